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
 * What waits for a seller, with the reason and what to do.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<section aria-labelledby="shopengine-held">
    <h2 id="shopengine-held"><?= $t('home_waiting') ?></h2>
<?php if ($data['unpaid']['count']) { ?>
    <div class="shopengine-notice shopengine-warning" role="note"><p><?= $t('home_unpaid', ['count' => $data['unpaid']['count']]) ?>
        <a href="<?= $s($data['unpaid']['url']) ?>"><?= $t('home_unpaid_look') ?></a></p></div>
<?php } ?>
<?php if (!$data['orders']) { ?>
    <p><?= $t('home_waiting_none') ?></p>
<?php } else { ?>
    <ul class="shopengine-held">
<?php foreach ($data['orders'] as $order) { ?>
        <li>
            <p><a href="<?= $s($order['url']) ?>"><code><?= $s($order['transid']) ?></code></a>
                <?= $s($order['name']) ?>, <?= $m($order['amount']) ?>, <?= $s($this->host->date($order['emissiondate'])) ?>

                <span class="shopengine-status shopengine-status-<?= $s($order['status']) ?>"><?= $t('status_' . $order['status']) ?></span>
<?php if ($order['test']) { ?>
                <span class="shopengine-status"><?= $t('test') ?></span>
<?php } ?>
            </p>
            <p class="shopengine-problem"><?= $t($order['reason']) ?></p>
<?php if ($order['todo'] !== null) { ?>
            <p><strong><?= $t('home_todo') ?></strong> <?= $t($order['todo']) ?></p>
<?php } ?>
            <p><a href="<?= $s($order['act']) ?>"><?= $t('home_act') ?></a></p>
        </li>
<?php } ?>
    </ul>
<?php if ($data['more']) { ?>
    <p><a href="<?= $s($data['url']) ?>"><?= $t('home_waiting_all') ?></a></p>
<?php } ?>
<?php } ?>
</section>
