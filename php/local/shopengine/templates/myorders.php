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
 * The orders of a buyer's account.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php if (!$data['orders'] && $data['page'] > 0) { ?>
<p><?= $t('orders_page_none') ?> <a href="<?= $s($data['action']) ?>"><?= $t('orders_first_page') ?></a></p>
<?php return; } ?>
<?php if (!$data['orders']) { ?>
<p><?= $t('my_orders_none') ?></p>
<?php return; } ?>
<table class="shopengine-bills shopengine-stacking">
    <caption class="shopengine-hidden"><?= $t('title_myorders') ?></caption>
    <thead>
        <tr>
            <th scope="col"><?= $t('order_number') ?></th>
            <th scope="col"><?= $t('order_date') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('amount') ?></th>
            <th scope="col"><?= $t('order_paymode') ?></th>
            <th scope="col"><?= $t('order_status') ?></th>
            <th scope="col"><span class="shopengine-hidden"><?= $t('my_orders_links') ?></span></th>
        </tr>
    </thead>
    <tbody>
<?php foreach ($data['orders'] as $order) { ?>
        <tr>
            <th scope="row"><a href="<?= $s($order['url']) ?>"><code><?= $s($order['transid']) ?></code></a></th>
            <td data-label="<?= $t('order_date') ?>"><?= $s($this->host->date($order['emissiondate'])) ?></td>
            <td class="shopengine-number" data-label="<?= $t('amount') ?>"><?= $m($order['amount']) ?></td>
            <td data-label="<?= $t('order_paymode') ?>"><?= $s($this->paymode($order['paymode'])) ?></td>
            <td data-label="<?= $t('order_status') ?>">
                <span class="shopengine-status shopengine-status-<?= $s($order['status']) ?>"><?= $t('status_' . $order['status']) ?></span>
<?php if ($order['test']) { ?>
                <span class="shopengine-status"><?= $t('test') ?></span>
<?php } ?>
            </td>
            <td>
<?php foreach (['payurl' => 'pay_now', 'opens' => 'my_orders_open', 'invoice' => 'my_orders_invoice'] as $link => $words) { ?>
<?php if ($order[$link] !== null) { ?>
                <a href="<?= $s($order[$link]) ?>"><?= $t($words) ?></a>
<?php } ?>
<?php } ?>
            </td>
        </tr>
<?php } ?>
    </tbody>
</table>
<?= $this->partial('pager', ['label' => $this->text('title_myorders'), 'query' => []] + $data) ?>
