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
        <li class="shopengine-level-<?= $s($line['level']) ?>"<?= $line['gap'] === null ? '' : ' data-gap="' . $t('trace_gap', ['seconds' => intdiv($line['gap'], 1000)]) . '"' ?>><?= $s($line['text']) ?></li>
<?php } ?>
    </ol>
<?php } ?>
<?php if ($data['more']) { ?>
    <p><a class="shopengine-secondary" href="<?= $s($data['action'] . '?' . http_build_query(['transid' => $data['transid'], 'from' => $data['from']])) ?>"><?= $t('trace_next') ?></a></p>
<?php } ?>
</section>
<?php if ($data['events']) { ?>
<section aria-labelledby="shopengine-events">
    <h2 id="shopengine-events"><?= $t('trace_events') ?></h2>
    <ol class="shopengine-history">
<?php foreach ($data['events'] as $event) { ?>
        <li>
            <span><?= $s($this->host->date(intdiv($event['time'], 1000))) ?></span>
            <span><?= $event['kind'] === 'message' ? $t('trace_message', ['gateway' => $event['actor'], 'state' => $event['status']]) : $s($event['actor'] . ': ' . $event['text']) ?><?= $event['kind'] === 'message' ? $s($event['text'] === '' ? '' : ' ' . $this->text($event['text'])) : ' <strong>' . $s($event['status']) . '</strong>' ?></span>
        </li>
<?php } ?>
    </ol>
</section>
<?php } ?>
<?php if ($data['lines']) { ?>
<details>
    <summary><?= $t('trace_copy') ?></summary>
    <textarea readonly rows="12" aria-label="<?= $t('trace_copy') ?>"><?= $s(implode("\n", array_column($data['lines'], 'text'))) ?></textarea>
</details>
<?php } ?>
<?php } ?>
<section aria-labelledby="shopengine-recent">
    <h2 id="shopengine-recent"><?= $t('trace_recent') ?></h2>
    <?= $this->form($data['action'], [], 'class="shopengine-inline shopengine-scan"', 'get') ?>

        <?= $this->field(['name' => 'find', 'label' => $this->text('trace_find'), 'value' => $data['find'], 'autocomplete' => 'off']) ?>
        <button class="shopengine-secondary"><?= $t('scan') ?></button>
    </form>
<?php if ($data['recent']) { ?>
    <ul class="shopengine-recent">
<?php foreach ($data['recent'] as $order) { ?>
        <li>
            <a href="<?= $s($data['action'] . '?transid=' . rawurlencode($order['transid'])) ?>"><code><?= $s($order['transid']) ?></code></a>
            <?= $m($order['amount']) ?> <small><?= $s($this->host->date($order['time'])) ?></small>
        </li>
<?php } ?>
    </ul>
<?php } ?>
<?php if ($data['older']) { ?>
    <a class="shopengine-secondary" href="<?= $s($data['action'] . '?' . http_build_query(['find' => $data['find'], 'page' => $data['page'] + 1])) ?>"><?= $t('bills_older') ?></a>
<?php } ?>
<?php if ($data['page'] > 0) { ?>
    <a class="shopengine-secondary" href="<?= $s($data['action'] . '?' . http_build_query(['find' => $data['find'], 'page' => $data['page'] - 1])) ?>"><?= $t('bills_newer') ?></a>
<?php } ?>
</section>
