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
 * The back office's list of orders.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php if ($data['unpaid']) { ?>
<?= $this->partial('unpaid', $data) ?>
<?php } ?>
<?php $typed = array_filter($data['search']['values'], fn(string $value): bool => $value !== ''); ?>
<?php if ($data['orders'] || $typed) { ?>
<?= $this->partial('billsearch', $data) ?>
<?php } ?>
<?php if (in_array(true, $data['search']['problems'], true)) { ?>
<p class="shopengine-problem"><?= $t('bills_not_understood') ?></p>
<?php return; } ?>
<?php if (!$data['orders'] && $data['page'] > 0) { ?>
<p><?= $t('orders_page_none') ?> <a href="<?= $s($this->address($typed)) ?>"><?= $t('orders_first_page') ?></a></p>
<?php return; } ?>
<?php if (!$data['orders']) { ?>
<p><?= $t($typed ? 'bills_none' : 'bills_empty') ?></p>
<?php return; } ?>
<p class="shopengine-tools">
    <a class="shopengine-secondary" href="<?= $s($this->address(['format' => 'csv'] + $typed)) ?>" download><?= $t('bills_export') ?></a>
</p>
<table class="shopengine-bills shopengine-stacking">
    <caption class="shopengine-hidden"><?= $t('title_bills') ?></caption>
    <thead>
        <tr>
            <th scope="col"><?= $t('order_number') ?></th>
            <th scope="col"><?= $t('order_date') ?></th>
            <th scope="col"><?= $t('customer') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('amount') ?></th>
            <th scope="col"><?= $t('order_paymode') ?></th>
            <th scope="col"><?= $t('order_status') ?></th>
            <th scope="col"><?= $t('move') ?></th>
        </tr>
    </thead>
    <tbody>
<?php foreach ($data['orders'] as $order) { ?>
<?php $id = $this->unique_id(); ?>
        <tr>
            <th scope="row"><a href="<?= $s($order['url']) ?>"><code><?= $s($order['transid']) ?></code></a></th>
            <td data-label="<?= $t('order_date') ?>"><?= $s($this->host->date($order['emissiondate'])) ?></td>
            <td data-label="<?= $t('customer') ?>"><?= $s($order['name']) ?></td>
            <td class="shopengine-number" data-label="<?= $t('amount') ?>"><?= $m($order['amount']) ?></td>
            <td data-label="<?= $t('order_paymode') ?>"><?= $s($this->paymode($order['paymode'])) ?></td>
            <td data-label="<?= $t('order_status') ?>">
                <span class="shopengine-status shopengine-status-<?= $s($order['status']) ?>"><?= $t('status_' . $order['status']) ?></span>
<?php if ($order['test']) { ?>
                <span class="shopengine-status"><?= $t('test') ?></span>
<?php } ?>
<?php foreach ($order['failed'] as $line) { ?>
                <p class="shopengine-problem"><?= $t('line_failed', $line) ?></p>
<?php } ?>
<?php if ($order['held']) { ?>
                <p class="shopengine-problem"><?= $t('held', ['reason' => $this->text($order['held'])]) ?></p>
                <?= $this->form($data['action'], ['what' => 'release', 'ask' => 1, 'transid' => $order['transid']], 'class="shopengine-inline"') ?>

                    <button class="shopengine-secondary"><?= $t('hold_release') ?></button>
                </form>
<?php } ?>
            </td>
            <td>
<?php if ($order['moves']) { ?>
                <?= $this->form($data['action'], ['what' => 'flowchange', 'ask' => 1, 'transid' => $order['transid']], 'class="shopengine-inline"') ?>

                    <label class="shopengine-hidden" for="<?= $s($id) ?>"><?= $t('move_to', ['transid' => $order['transid']]) ?></label>
                    <select id="<?= $s($id) ?>" name="status" required>
                        <option value=""><?= $t('choose') ?></option>
<?php foreach ($order['moves'] as $move) { ?>
                        <option value="<?= $s($move) ?>"><?= $t("status_$move") ?></option>
<?php } ?>
                    </select>
                    <button class="shopengine-secondary"><?= $t('apply') ?></button>
                </form>
<?php } ?>
<?php if ($order['links']) { ?>
                <?= $this->form($data['action'], ['what' => 'revoke', 'transid' => $order['transid']], 'class="shopengine-inline"') ?>

                    <button class="shopengine-secondary"><?= $t('email_links_revoke', ['count' => $order['links']]) ?></button>
                </form>
<?php } ?>
<?php if ($order['refund']) { ?>
                <details class="shopengine-refund">
                    <summary><?= $t('refund') ?></summary>
<?php if ($order['refund']['granted']) { ?>
                    <p><?= $t('refund_granted', ['amount' => $order['refund']['granted']]) ?></p>
<?php } ?>
<?php if ($order['refund']['waits']) { ?>
                    <p><?= $t('refund_waits', ['amount' => $order['refund']['waits']]) ?></p>
<?php } ?>
<?php if ($order['refund']['left']) { ?>
<?php $hidden = ['what' => 'refund', 'transid' => $order['transid'], 'sofar' => $order['refund']['sofar']]; ?>
                    <?= $this->form($data['action'], $hidden) ?>

                        <?= $this->field(['name' => 'amount', 'id' => "$id-amount", 'label' => $this->text('refund_amount', ['amount' => $order['refund']['left']]),
                            'value' => $order['refund']['left']['amount'], 'required' => true, 'maxlength' => 12]) ?>

                        <?= $this->field(['name' => 'reason', 'id' => "$id-reason", 'label' => $this->text('refund_reason'), 'maxlength' => 200]) ?>

                        <button class="shopengine-secondary"><?= $t('refund_start') ?></button>
                    </form>
<?php } ?>
                </details>
<?php } ?>
            </td>
        </tr>
<?php } ?>
    </tbody>
</table>
<?= $this->partial('pager', ['label' => $this->text('title_bills'), 'query' => $typed] + $data) ?>
