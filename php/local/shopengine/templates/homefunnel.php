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
 * How far the buyers came who arrived by partners' links.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php $rows = array_merge($data['rows'], count($data['rows']) > 1 ? [['name' => $this->text('home_all')] + $data['total']] : []); ?>
<section aria-labelledby="shopengine-funnel">
    <h3 id="shopengine-funnel"><?= $t('home_funnel') ?></h3>
    <p class="shopengine-about"><?= $t('home_funnel_about') ?></p>
<?php if (!$data['rows']) { ?>
    <p><?= $t('home_funnel_none') ?></p>
<?php } else { ?>
    <table class="shopengine-bills shopengine-stacking" data-group="funnel">
        <caption class="shopengine-hidden"><?= $t('home_funnel') ?></caption>
        <thead>
            <tr>
                <th scope="col"><?= $t('home_partner') ?></th>
                <th scope="col" class="shopengine-number"><?= $t('home_arrived') ?></th>
                <th scope="col" class="shopengine-number"><?= $t('home_arrived_placed') ?></th>
                <th scope="col" class="shopengine-number"><?= $t('home_arrived_paid') ?></th>
            </tr>
        </thead>
        <tbody>
<?php foreach ($rows as $row) { ?>
            <tr>
                <th scope="row"><?= $s($row['name'] ?? $this->text('home_unknown_key')) ?></th>
                <td class="shopengine-number" data-label="<?= $t('home_arrived') ?>"><?= $s($row['arrived']['count']) ?></td>
                <td class="shopengine-number" data-label="<?= $t('home_arrived_placed') ?>"><?= $this->counted($row['placed']) ?></td>
                <td class="shopengine-number" data-label="<?= $t('home_arrived_paid') ?>"><?= $this->counted($row['paid']) ?></td>
            </tr>
<?php } ?>
        </tbody>
    </table>
<?php if ($data['uncounted']) { ?>
    <p class="shopengine-about"><?= $t('home_uncounted', ['count' => $data['uncounted']]) ?></p>
<?php } ?>
<?php if ($data['hidden']) { ?>
    <p class="shopengine-about"><?= $t('home_hidden', ['count' => $data['hidden']]) ?></p>
<?php } ?>
<?php } ?>
</section>
