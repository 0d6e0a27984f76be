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
 * The lines of a cart or of an order, with their totals.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<table class="shopengine-lines shopengine-stacking">
    <caption class="shopengine-hidden"><?= $t('lines') ?></caption>
    <thead>
        <tr>
            <th scope="col"><?= $t('product') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('unitprice') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('quantity') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('taxrate') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('untaxed') ?></th>
            <th scope="col" class="shopengine-number"><?= $t('taxed') ?></th>
        </tr>
    </thead>
    <tbody>
<?php foreach ($data['lines'] as $line) { ?>
        <tr>
            <th scope="row"><?= $s($line['label']) ?><?php if ($line['elements']) { ?> <?= $this->partial('elements', ['elements' => $line['elements']]) ?><?php } ?></th>
            <td class="shopengine-number" data-label="<?= $t('unitprice') ?>"><?= $m($line['unitprice']) ?></td>
            <td class="shopengine-number" data-label="<?= $t('quantity') ?>"><?= $s($line['quantity']) ?></td>
            <td class="shopengine-number" data-label="<?= $t('taxrate') ?>"><?= $line['rate'] === null ? '–' : $t('percent', ['rate' => str_replace('.', $this->text('decimal_point'), $line['rate'])]) ?></td>
            <td class="shopengine-number" data-label="<?= $t('untaxed') ?>"><?= $m($line['untaxed']) ?></td>
            <td class="shopengine-number" data-label="<?= $t('taxed') ?>"><?= $m($line['taxed']) ?></td>
        </tr>
<?php } ?>
    </tbody>
</table>
<?= $this->partial('totals', ['totals' => $data['totals']]) ?>
