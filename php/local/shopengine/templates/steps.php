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
 * How far the purchase is, with the way back to the steps done.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<nav class="shopengine-steps" aria-label="<?= $t('steps') ?>">
    <ol>
<?php foreach ($data['steps'] as $step) { ?>
        <li class="shopengine-<?= $s($step['state']) ?>"<?= $step['state'] === 'current' ? ' aria-current="step"' : '' ?>>
<?php if ($step['state'] === 'done' && !empty($step['url'])) { ?>
            <a href="<?= $s($step['url']) ?>"><?= $t('step_' . $step['step']) ?></a>
<?php } else { ?>
            <span><?= $t('step_' . $step['step']) ?></span>
<?php } ?>
        </li>
<?php } ?>
    </ol>
</nav>
