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
 * Where what was bought is found, and what its seller says.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<section class="shopengine-bought" aria-labelledby="shopengine-links">
    <h2 id="shopengine-links"><?= $t('order_links') ?></h2>
    <ul class="shopengine-links">
<?php foreach ($data['links'] as $link) { ?>
        <li>
<?php if ($link['url'] !== '') { ?>
            <a class="shopengine-primary" href="<?= $s($link['url']) ?>" rel="noopener"><?= $t('open_it', ['product' => $link['label']]) ?></a>
<?php } else { ?>
            <strong><?= $s($link['label']) ?></strong>
<?php } ?>
<?php if ($link['message'] !== '') { ?>
            <p class="shopengine-message"><?= nl2br($s($link['message']), false) ?></p>
<?php } ?>
        </li>
<?php } ?>
    </ul>
<?php if ($data['opens']) { ?>
    <p class="shopengine-about"><?= $t('opens_soon', ['seconds' => $data['opens']['seconds']]) ?>
        <a href="<?= $s($this->again()) ?>"><?= $t('stay_here') ?></a></p>
<?php } ?>
</section>
