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
 * Arrivals whose partner was not credited.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php $url = fn(array $query): string => $s($this->address($query)); ?>
<?= $this->partial('partnernav', $data + ['here' => 'refused']) ?>
<p class="shopengine-lead"><?= $t('refused_lead') ?></p>
<?php if (!$data['entries']) { ?>
<p><?= $t('refused_empty') ?></p>
<?php } else { ?>
<?= $this->partial('partnerentries', $data + ['refused' => true]) ?>
<p class="shopengine-about"><?= $t('zone_is', ['zone' => $data['zone']]) ?></p>
<p class="shopengine-tools"><a class="shopengine-secondary" href="<?= $url(['view' => 'refused', 'format' => 'csv']) ?>" download><?= $t('refused_csv') ?></a></p>
<p class="shopengine-about"><?= $t('refused_csv_about') ?></p>
<?php } ?>
<nav class="shopengine-navigation" aria-label="<?= $t('title_partnerrefusals') ?>">
<?php if ($data['next'] !== null) { ?>
    <a class="shopengine-secondary" href="<?= $url(['view' => 'refused', 'before' => $data['next']]) ?>"><?= $t('entries_older') ?></a>
<?php } ?>
<?php if (!$data['newest']) { ?>
    <a class="shopengine-secondary" href="<?= $url(['view' => 'refused']) ?>"><?= $t('entries_newest') ?></a>
<?php } ?>
</nav>
