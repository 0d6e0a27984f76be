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
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?= $this->form($data['action'], [], 'class="shopengine-inline shopengine-scan" role="search"', 'get') ?>

    <?= $this->field([
        'name' => 'transid', 'label' => $this->text('order_number'), 'value' => $data['transid'], 'required' => true, 'autocomplete' => 'off',
    ]) ?>
    <button class="shopengine-primary"><?= $t('scan') ?></button>
</form>
<?php
$kind = fn(array $item): string => $this->text('trace_kind_' . $item['kind']);
$by = fn(array $item): string => $this->text($item['by']['code'], $item['by']['params']);
$said = fn(array $item): string => $item['kind'] === 'message'
    ? $this->text('trace_message', ['gateway' => $by($item), 'state' => $this->text('trace_state_' . $item['status'])])
        . ($item['text'] === '' ? '' : ' · ' . $this->text($item['text']))
    : $item['text'];
$whose = fn(array $item): string => $item['kind'] === 'decision' ? $by($item) . ' → ' . $this->text('status_' . $item['status']) : '';
$writer = fn(array $item): string => implode(' ', array_filter([$item['node'], $item['process'], $item['sequence']], fn($part): bool => $part !== null));
$link = fn(array $query): string => $s($this->address(['transid' => $data['transid']] + $query));
?>
<?php if ($data['transid'] !== '') { ?>
<section aria-labelledby="shopengine-trace">
    <h2 id="shopengine-trace"><?= $t('trace_timeline', ['count' => $data['count']]) ?></h2>
    <p><code><?= $s($data['transid']) ?></code></p>
<?php if ($data['others']) { ?>
    <p><?= $t('trace_others') ?>
<?php foreach ($data['others'] as $other) { ?>
        <a href="<?= $s($data['action'] . '?transid=' . rawurlencode($other)) ?>"><code><?= $s($other) ?></code></a>
<?php } ?>
    </p>
<?php } ?>
<?php if ($data['counts']['all']) { ?>
    <p class="shopengine-note"><?= $t('trace_zone', ['zone' => $data['zone']]) ?><?php if ($data['nodes']) { ?>

        <?= $t('trace_nodes', ['count' => count($data['nodes']), 'names' => implode(', ', $data['nodes'])]) ?>
<?php } ?>
    </p>
    <nav class="shopengine-filter" aria-label="<?= $t('trace_show') ?>">
<?php foreach ($data['counts'] as $name => $count) { ?>
        <a href="<?= $link(array_filter(['show' => $name === 'all' ? null : $name, 'from' => $data['start'] ?: null])) ?>"<?= $name === $data['show'] ? ' aria-current="true"' : '' ?>><?= $t("trace_show_$name") ?> <small><?= $s((string) $count) ?></small></a>
<?php } ?>
    </nav>
    <ol class="shopengine-timeline">
<?php foreach ($data['timeline'] as $item) { ?>
<?php if ($item['gap'] !== null) { ?>
        <li class="shopengine-gap"><?= $t('trace_gap', ['span' => $item['span']]) ?></li>
<?php } ?>
        <li data-kind="<?= $s($item['kind']) ?>" class="shopengine-level-<?= $s($item['level']) ?>"<?= $item['line'] === null ? '' : ' data-line' ?>>
            <p class="shopengine-when"><span class="shopengine-kind"><?= $s($kind($item)) ?></span><?php if ($item['level'] !== 'info') { ?> <strong><?= $t('trace_level_' . $item['level']) ?></strong><?php } ?> <time><?= $s($item['at']) ?></time><?php if ($writer($item) !== '' && $data['nodes']) { ?> <small><?= $s($writer($item)) ?></small><?php } ?></p>
            <p class="shopengine-what"><?= nl2br($s($said($item))) ?></p>
<?php if ($whose($item) !== '') { ?>
            <p class="shopengine-whose"><?= $s($whose($item)) ?><?= $item['traced'] ? '' : ' · ' . $t('trace_untraced') ?></p>
<?php } ?>
        </li>
<?php } ?>
    </ol>
<?php } ?>
<?php if ($data['more']) { ?>
    <p><a class="shopengine-secondary" href="<?= $link(array_filter(['from' => $data['from'], 'show' => $data['show'] === 'all' ? null : $data['show']])) ?>"><?= $t('trace_next') ?></a></p>
<?php } ?>
</section>
<?php if ($data['copy']) { ?>
<details class="shopengine-copy">
    <summary><?= $t('trace_copy') ?></summary>
    <p class="shopengine-note"><?= $t('trace_copy_how') ?><?= $data['cut'] ? ' ' . $t('trace_copy_cut') : '' ?></p>
    <pre tabindex="0" aria-label="<?= $t('trace_copy') ?>"><?php
        echo $s($data['transid'] . "\n" . $this->text('trace_zone', ['zone' => $data['zone']]) . "\n");
        echo $data['nodes'] ? $t('trace_nodes', ['count' => count($data['nodes']), 'names' => implode(', ', $data['nodes'])]) . "\n" : '';
        foreach ($data['copy'] as $item) {
            $what = $item['line'] ?? "-- {$item['at']} -- " . $said($item);
            $by = implode(' ; ', array_filter([$whose($item), $data['nodes'] ? $writer($item) : '']));
            echo "\n" . $s($kind($item) . " : $what" . ($by === '' ? '' : " ($by)"));
        }
    ?></pre>
</details>
<?php } ?>
<?php } ?>
<section aria-labelledby="shopengine-recent">
    <h2 id="shopengine-recent"><?= $t('trace_recent') ?></h2>
    <?= $this->form($data['action'], [], 'class="shopengine-inline shopengine-scan"', 'get') ?>

        <?= $this->field(['name' => 'find', 'label' => $this->text('search_find'), 'description' => $this->text('search_find_about'), 'value' => $data['find'], 'autocomplete' => 'off']) ?>
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
    <a class="shopengine-secondary" href="<?= $s($this->address(['find' => $data['find'], 'page' => $data['page'] + 1])) ?>"><?= $t('bills_older') ?></a>
<?php } ?>
<?php if ($data['page'] > 0) { ?>
    <a class="shopengine-secondary" href="<?= $s($this->address(['find' => $data['find'], 'page' => $data['page'] - 1])) ?>"><?= $t('bills_newer') ?></a>
<?php } ?>
</section>
