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
 * The trace of one transaction.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?= $this->form($data['action'], [], 'class="shopengine-inline shopengine-scan" role="search"', 'get') ?>

    <?= $this->field([
        'name' => 'transid', 'label' => $this->text('order_number'), 'value' => $data['transid'], 'required' => true, 'autocomplete' => 'off',
    ]) ?>
    <button class="shopengine-primary"><?= $t('scan') ?></button>
</form>
<?php if ($data['transid'] !== '') { ?>
<section aria-labelledby="shopengine-trace">
    <h2 id="shopengine-trace"><?= $t('trace_lines', ['count' => $data['count']]) ?></h2>
<?php if ($data['lines']) { ?>
    <ol class="shopengine-trace" tabindex="0" aria-labelledby="shopengine-trace">
<?php foreach ($data['lines'] as $line) { ?>
        <li><?= $s($line) ?></li>
<?php } ?>
    </ol>
<?php } ?>
<?php if ($data['more']) { ?>
    <p><a class="shopengine-secondary" href="<?= $s($data['action'] . '?' . http_build_query(['transid' => $data['transid'], 'from' => $data['from']])) ?>"><?= $t('trace_next') ?></a></p>
<?php } ?>
</section>
<?php } ?>
<?php if ($data['recent']) { ?>
<section aria-labelledby="shopengine-recent">
    <h2 id="shopengine-recent"><?= $t('trace_recent') ?></h2>
    <ul class="shopengine-recent">
<?php foreach ($data['recent'] as $order) { ?>
        <li>
            <a href="<?= $s($data['action'] . '?transid=' . rawurlencode($order['transid'])) ?>"><code><?= $s($order['transid']) ?></code></a>
            <?= $m($order['amount']) ?> <small><?= $s($this->host->date($order['time'])) ?></small>
        </li>
<?php } ?>
    </ul>
</section>
<?php } ?>
