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
 * What was sold by day, payment interface, partner or product: a chart where the host draws one, and the table.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$id = 'shopengine-by-' . $data['code'];
$names = array_map(fn(array $row): string => isset($row['paymode']) ? $this->paymode($row['paymode'])
    : ($row['name'] ?? $this->text('home_no_partner')), $data['rows']);
$charts = array_map(fn(array $chart): string => $this->host->chart([
    'title' => $this->text('home_by_' . $data['code']) . ' (' . $chart['currency'] . ')',
    'labels' => $names,
    'series' => [
        ['label' => $this->text('home_revenue'), 'values' => $chart['revenue']],
        ['label' => $this->text('home_refunded'), 'values' => $chart['refunded']],
    ],
]), $data['charts']);
$units = $data['code'] === 'product';
// A chart has every day, the table those on which something happened.
$rows = array_filter($data['rows'], fn(array $row): bool => $row['placed']['count'] || $row['paid']['count'] || $row['sums']);
?>
<section aria-labelledby="<?= $s($id) ?>">
    <h3 id="<?= $s($id) ?>"><?= $t('home_by_' . $data['code']) ?></h3>
<?php if (!$rows) { ?>
    <p><?= $t('home_nothing') ?></p>
<?php } else { ?>
    <?= implode("\n", $charts) ?>

    <table class="shopengine-bills shopengine-stacking" data-group="<?= $s($data['code']) ?>">
        <caption class="shopengine-hidden"><?= $t('home_by_' . $data['code']) ?></caption>
        <thead>
            <tr>
                <th scope="col"><?= $t('home_' . $data['code']) ?></th>
                <th scope="col" class="shopengine-number"><?= $t('home_placed') ?></th>
                <th scope="col" class="shopengine-number"><?= $t('home_paid') ?></th>
<?php if ($units) { ?>
                <th scope="col" class="shopengine-number"><?= $t('home_units') ?></th>
<?php } ?>
                <th scope="col" class="shopengine-number"><?= $t('home_held') ?></th>
                <th scope="col" class="shopengine-number"><?= $t('home_revenue') ?></th>
                <th scope="col" class="shopengine-number"><?= $t('home_refunded') ?></th>
            </tr>
        </thead>
        <tbody>
<?php foreach ($rows as $place => $row) { ?>
            <tr>
                <th scope="row"><?= $s($names[$place]) ?><?= isset($row['code']) ? ' <code>' . $s($row['code']) . '</code>' : '' ?></th>
                <td class="shopengine-number" data-label="<?= $t('home_placed') ?>"><?= $this->counted($row['placed']) ?></td>
                <td class="shopengine-number" data-label="<?= $t('home_paid') ?>"><?= $this->counted($row['paid']) ?></td>
<?php if ($units) { ?>
                <td class="shopengine-number" data-label="<?= $t('home_units') ?>"><?= $s($row['units']) ?></td>
<?php } ?>
                <td class="shopengine-number" data-label="<?= $t('home_held') ?>"><?= $this->counted($row['held']) ?></td>
<?php foreach (['revenue', 'refunded'] as $moved) { ?>
                <td class="shopengine-number" data-label="<?= $t("home_$moved") ?>">
<?php foreach ($row['sums'] as $sum) { ?>
                    <div><?= $this->counted(['url' => $row["{$moved}url"]] + $sum[$moved]) ?></div>
<?php } ?>
                </td>
<?php } ?>
            </tr>
<?php } ?>
        </tbody>
    </table>
<?php if (count($rows) < count($data['rows'])) { ?>
    <p class="shopengine-about"><?= $t('home_empty_days') ?></p>
<?php } ?>
<?php if ($data['hidden']) { ?>
    <p class="shopengine-about"><?= $t('home_hidden', ['count' => $data['hidden']]) ?></p>
<?php } ?>
<?php if ($units) { ?>
    <p class="shopengine-about"><?= $t('home_product_about') ?></p>
<?php } ?>
<?php } ?>
</section>
