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
 * The partners of a shop.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php $url = fn(array $query): string => $s($this->address($query)); ?>
<p class="shopengine-lead"><?= $t('partners_lead') ?></p>
<?php if (count($data['shops']) > 1) { ?>
<?= $this->form($data['action'], [], 'class="shopengine-inline shopengine-scan"', 'get') ?>

    <?= $this->field([
        'name' => 'shopid', 'label' => $this->text('shop'), 'type' => 'select', 'required' => true, 'value' => $data['shopid'],
        'options' => array_map(fn(array $shop): array => ['value' => $shop['id'], 'label' => $shop['name']], $data['shops']),
    ]) ?>
    <button class="shopengine-secondary"><?= $t('apply') ?></button>
</form>
<?php } ?>
<nav class="shopengine-tools" aria-label="<?= $t('partners_tools') ?>">
    <a class="shopengine-primary" href="<?= $url(['view' => 'register', 'shopid' => $data['shopid']]) ?>"><?= $t('partner_register') ?></a>
    <a class="shopengine-secondary" href="<?= $url(['view' => 'link', 'shopid' => $data['shopid']]) ?>"><?= $t('partner_link') ?></a>
    <a class="shopengine-secondary" href="<?= $url(['view' => 'refused']) ?>"><?= $t('partner_refused') ?></a>
</nav>
<?php if (!$data['partners']) { ?>
<p><?= $t('partners_empty') ?></p>
<?php } else { ?>
<table class="shopengine-bills shopengine-stacking">
    <caption class="shopengine-hidden"><?= $t('title_partners') ?></caption>
    <thead>
        <tr>
            <th scope="col"><?= $t('partner_name') ?></th>
            <th scope="col"><?= $t('partner_key') ?></th>
            <th scope="col"><?= $t('partner_site') ?></th>
            <th scope="col"><?= $t('partner_policy') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('partner_entries') ?></th>
            <th scope="col"><?= $t('partner_actions') ?></th>
        </tr>
    </thead>
    <tbody>
<?php foreach ($data['partners'] as $partner) { ?>
        <tr>
            <th scope="row">
                <a href="<?= $url(['view' => 'change', 'id' => $partner['id']]) ?>"><?= $s($partner['name'] === '' ? $partner['key'] : $partner['name']) ?></a>
<?php if (!$partner['enabled']) { ?>
                <span class="shopengine-status shopengine-status-CANCELLED"><?= $t('partner_is_disabled') ?></span>
<?php } ?>
            </th>
            <td data-label="<?= $t('partner_key') ?>"><code><?= $s($partner['key']) ?></code></td>
            <td data-label="<?= $t('partner_site') ?>" class="shopengine-long"><?= $s($partner['site']) ?></td>
            <td data-label="<?= $t('partner_policy') ?>"><?= $t($partner['authenticates'] ? 'partner_authenticates' : 'partner_names') ?><?= $partner['signature'] ? ' ' . $t('partner_signs') : '' ?><?= $partner['unsignedlinks'] ? ' ' . $t('partner_unsignedlinks') : '' ?></td>
            <td data-label="<?= $t('partner_entries') ?>" class="shopengine-number">
                <span><?= $s($partner['entries']) ?><?php if ($partner['last']) { ?><br><small><time datetime="<?= $s($partner['last']['utc']) ?>"><?= $s($partner['last']['text']) ?></time></small><?php } ?></span>
            </td>
            <td>
                <div class="shopengine-rowtools">
                    <a href="<?= $url(['view' => 'statement', 'id' => $partner['id']]) ?>"><?= $t('partner_statement') ?> <span class="shopengine-hidden"><?= $s($partner['name']) ?></span></a>
                    <a href="<?= $url(['view' => 'link', 'id' => $partner['id']]) ?>"><?= $t('partner_link_short') ?> <span class="shopengine-hidden"><?= $s($partner['name']) ?></span></a>
                    <?= $this->form($data['action'], ['what' => $partner['enabled'] ? 'disable' : 'enable', 'id' => $partner['id']]) ?><button class="shopengine-link"><?= $t($partner['enabled'] ? 'partner_disable' : 'partner_enable') ?> <span class="shopengine-hidden"><?= $s($partner['name']) ?></span></button></form>
                </div>
            </td>
        </tr>
<?php } ?>
    </tbody>
</table>
<p class="shopengine-about"><?= $t('zone_is', ['zone' => $data['zone']]) ?></p>
<?php } ?>
<nav class="shopengine-navigation" aria-label="<?= $t('title_partners') ?>">
<?php if ($data['more']) { ?>
    <a class="shopengine-secondary" href="<?= $url(['shopid' => $data['shopid'], 'page' => $data['page'] + 1]) ?>"><?= $t('partners_next') ?></a>
<?php } ?>
<?php if ($data['page'] > 0) { ?>
    <a class="shopengine-secondary" href="<?= $url(['shopid' => $data['shopid'], 'page' => $data['page'] - 1]) ?>"><?= $t('partners_previous') ?></a>
<?php } ?>
</nav>
