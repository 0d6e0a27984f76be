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
 * The heart of an order's pages: number, date, state, parties, lines, what was bought.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php $order = $data['order']; ?>
<?php if ($this->host->logo() !== null) { ?>
<p class="shopengine-logo"><img src="<?= $s($this->host->logo()) ?>" alt="<?= $s($order['seller']['organisation']) ?>"></p>
<?php } ?>
<?php if ($order['test']) { ?>
<p class="shopengine-test"><?= $t('order_is_test') ?></p>
<?php } ?>
<dl class="shopengine-facts">
<?php if ($order['idnumber'] !== '') { ?>
    <div><dt><?= $t('invoice_number') ?></dt><dd><?= $s($order['idnumber']) ?></dd></div>
<?php } ?>
    <div><dt><?= $t('order_number') ?></dt><dd><code><?= $s($order['transid']) ?></code></dd></div>
    <div><dt><?= $t('order_date') ?></dt><dd><?= $s($this->host->date($order['emissiondate'])) ?></dd></div>
    <div><dt><?= $t('order_status') ?></dt><dd><span class="shopengine-status shopengine-status-<?= $s($order['status']) ?>"><?= $t('status_' . $order['status']) ?></span></dd></div>
    <div><dt><?= $t('order_paymode') ?></dt><dd><?= $s($this->paymode($order['paymode'])) ?></dd></div>
</dl>
<div class="shopengine-addresses">
    <?= $this->partial('address', ['who' => $order['seller'], 'heading' => $this->text('seller'), 'level' => 2]) ?>
    <?= $this->partial('address', ['who' => $order['customer'], 'heading' => $this->text('customer'), 'level' => 2]) ?>
<?php if ($order['invoice']) { ?>
    <?= $this->partial('address', ['who' => $order['invoice'], 'heading' => $this->text('invoice_to'), 'level' => 2]) ?>
<?php } ?>
</div>
<?= $this->partial('lines', ['lines' => $order['lines'], 'totals' => $order['totals']]) ?>
<?php if (trim($order['footer']['text']) !== '') { ?>
<div class="shopengine-billfooter"><?= $this->host->rich_text($order['footer']['text'], 'catalogbillfooter', $order['footer']['catalog']) ?></div>
<?php } ?>
<?php if ($order['links']) { ?>
<?= $this->partial('links', ['links' => $order['links'], 'opens' => null]) ?>
<?php } ?>
<?php if ($order['history']) { ?>
<details class="shopengine-history">
    <summary><?= $t('order_history') ?></summary>
    <?php // The engine writes its history in one language, as it writes the trace. ?>
    <ol lang="en">
<?php foreach ($order['history'] as $event) { ?>
        <li><time><?= $s($this->host->date(intdiv($event['time'], 1000))) ?></time> <?= $s($event['text']) ?></li>
<?php } ?>
    </ol>
</details>
<?php } ?>
