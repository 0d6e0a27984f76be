<?php
// This file is part of shopengine, the commerce engine of Moodle's local_shop.
//
// Shopengine is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Shopengine is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with shopengine.  If not, see <http://www.gnu.org/licenses/>.

/**
 * A partner's own list of tags against the paid orders.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$here = $data + ['here' => 'compare', 'button' => ''];
$found = $data['found'];
?>
<?= $this->partial('partnernav', $here) ?>
<p class="shopengine-lead"><?= $t('compare_lead') ?></p>
<?= $this->form($data['action'], ['what' => 'compare', 'id' => $data['partner']['id']], 'class="shopengine-narrow" novalidate') ?>

    <?= $this->partial('partnerperiod', $here) ?>
    <?= $this->field(['name' => 'list', 'label' => $this->text('compare_list'), 'type' => 'textarea', 'required' => true, 'description' => $this->text('compare_list_about')] + $data['list']) ?>
    <div class="shopengine-navigation">
        <button class="shopengine-primary"><?= $t('compare_now') ?></button>
    </div>
</form>
<?php if ($found) { ?>
<section class="shopengine-section" aria-labelledby="shopengine-found">
    <h2 id="shopengine-found"><?= $t('compare_result') ?></h2>
    <dl class="shopengine-facts">
<?php foreach ($found['counts'] as $finding => $count) { ?>
        <div><dt><?= $t("finding_$finding") ?></dt><dd><?= $s($count) ?></dd></div>
<?php } ?>
    </dl>
<?php if ($found['hidden']) { ?>
    <p><?= $t('compare_hidden', ['shown' => $found['shown'], 'hidden' => $found['hidden']]) ?></p>
<?php } ?>
<?php if ($found['findings']) { ?>
    <table class="shopengine-bills shopengine-stacking">
        <caption class="shopengine-hidden"><?= $t('compare_result') ?></caption>
        <thead>
            <tr>
                <th scope="col"><?= $t('entry_tag') ?></th>
                <th scope="col"><?= $t('compare_finding') ?></th>
                <th scope="col"><?= $t('order_number') ?></th>
                <th scope="col" class="shopengine-number"><?= $t('compare_our_amount') ?></th>
                <th scope="col"><?= $t('order_status') ?></th>
            </tr>
        </thead>
        <tbody>
<?php foreach ($found['findings'] as $one) { ?>
            <tr>
                <th scope="row" class="shopengine-long"><?= $one['tag'] === '' ? $t('compare_no_tag') : '<code>' . $s($one['tag']) . '</code>' ?></th>
                <td data-label="<?= $t('compare_finding') ?>"><span class="<?= $one['finding'] === 'found' ? 'shopengine-complete' : 'shopengine-missing' ?>"><?= $t('finding_' . $one['finding']) ?></span></td>
                <td data-label="<?= $t('order_number') ?>">
<?php foreach ($one['transids'] as $order) { ?>
                    <a href="<?= $s($order['url']) ?>"><code><?= $s($order['transid']) ?></code></a><br>
<?php } ?>
<?php if (!$one['transids']) { ?>
                    –
<?php } ?>
                </td>
                <td data-label="<?= $t('compare_our_amount') ?>" class="shopengine-number"><?= $one['amount'] ? $m($one['amount']) : '–' ?></td>
                <td data-label="<?= $t('order_status') ?>"><?= $one['state'] === '' ? '–' : $t('status_' . $one['state']) ?></td>
            </tr>
<?php } ?>
        </tbody>
    </table>
<?php } ?>
</section>
<?php } ?>
