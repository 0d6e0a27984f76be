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
 * The choice of days, with its usual ones.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php $period = $data['period']; ?>
<div class="shopengine-inline shopengine-period">
    <?= $this->field(['name' => 'from', 'label' => $this->text('period_from'), 'type' => 'date', 'required' => true] + $period['from']) ?>
    <?= $this->field(['name' => 'to', 'label' => $this->text('period_to'), 'type' => 'date', 'required' => true] + $period['to']) ?>
<?php if ($data['button'] !== '') { ?>
    <button class="shopengine-secondary"><?= $t($data['button']) ?></button>
<?php } ?>
</div>
<p class="shopengine-about">
<?php foreach ($period['presets'] as $number => $preset) { ?>
    <?= $number ? '·' : '' ?> <a href="<?= $s($this->address(['view' => $data['here'], 'id' => $data['partner']['id'], 'from' => $preset['from'], 'to' => $preset['to']])) ?>"><?= $t($preset['code']) ?></a>
<?php } ?>
</p>
<p class="shopengine-about"><?= $t('zone_days', ['zone' => $period['zone']]) ?></p>
