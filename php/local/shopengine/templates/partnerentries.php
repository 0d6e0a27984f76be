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
 * Entries of partners' ledgers.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<table class="shopengine-bills shopengine-stacking">
    <caption class="shopengine-hidden"><?= $t('statement_entries') ?></caption>
    <thead>
        <tr>
<?php if (!$data['refused']) { ?>
            <th scope="col" class="shopengine-number"><?= $t('entry_number') ?></th>
<?php } ?>
            <th scope="col"><?= $t('entry_time') ?></th>
            <th scope="col"><?= $t($data['refused'] ? 'partner_key' : 'entry_kind') ?></th>
            <th scope="col"><?= $t('entry_tag') ?></th>
<?php if (!$data['refused']) { ?>
            <th scope="col"><?= $t('order_number') ?></th>
            <th scope="col"><?= $t('order_status') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('amount') ?></th>
<?php } ?>
            <th scope="col"><?= $t('entry_note') ?></th>
        </tr>
    </thead>
    <tbody>
<?php foreach ($data['entries'] as $entry) { ?>
        <tr>
<?php if (!$data['refused']) { ?>
            <th scope="row" class="shopengine-number" data-label="<?= $t('entry_number') ?>"><?= $s($entry['seq']) ?></th>
<?php } ?>
            <td data-label="<?= $t('entry_time') ?>"><time datetime="<?= $s($entry['time']['utc']) ?>"><?= $s($entry['time']['text']) ?></time></td>
<?php if ($data['refused']) { ?>
            <td data-label="<?= $t('partner_key') ?>"><?php if ($entry['partner']) { ?><a href="<?= $s($this->address(['view' => 'statement', 'id' => $entry['partner']])) ?>"><code><?= $s($entry['key']) ?></code></a><?php } else { ?><?= $t('refused_nobody') ?><?php } ?></td>
            <td data-label="<?= $t('entry_tag') ?>" class="shopengine-long"><?= $entry['tag'] === '' ? '–' : '<code>' . $s($entry['tag']) . '</code>' ?></td>
<?php } else { ?>
            <td data-label="<?= $t('entry_kind') ?>"><?= $t('kind_' . $entry['kind']) ?></td>
            <td data-label="<?= $t('entry_tag') ?>" class="shopengine-long"><?= $entry['tag'] === '' ? '–' : '<code>' . $s($entry['tag']) . '</code>' ?></td>
            <td data-label="<?= $t('order_number') ?>"><?php if ($entry['transid'] === '') { ?>–<?php } else if ($entry['url']) { ?><a href="<?= $s($entry['url']) ?>"><code><?= $s($entry['transid']) ?></code></a><?php } else { ?><code><?= $s($entry['transid']) ?></code><?php } ?></td>
            <td data-label="<?= $t('order_status') ?>"><span class="shopengine-status shopengine-status-<?= $s($entry['state']) ?>"><?= $t($entry['statecode']) ?></span></td>
            <td data-label="<?= $t('amount') ?>" class="shopengine-number">
<?php if ($entry['amount']) { ?>
                <span><?= $m($entry['amount']) ?><br><small><?= $t('entry_settled') ?> <?= $m($entry['settled']) ?></small><br><small><?= $t('entry_refunded') ?> <?= $m($entry['refunded']) ?></small></span>
<?php } else { ?>
                –
<?php } ?>
            </td>
<?php } ?>
            <td class="shopengine-notes">
<?php if ($entry['notes']) { ?>
                <ul>
<?php foreach ($entry['notes'] as $note) { ?>
                    <li><?= $t($note) ?></li>
<?php } ?>
                </ul>
<?php } ?>
            </td>
        </tr>
<?php } ?>
    </tbody>
</table>
