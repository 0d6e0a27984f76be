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
 * The pages of one partner, and the way back to all.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<?php
$partner = $data['partner'];
$url = fn(array $query): string => $s($this->address($query));
$pages = ['change' => 'partner_change', 'statement' => 'partner_statement', 'compare' => 'partner_compare', 'link' => 'partner_link_short',
    'rotate' => 'partner_rotate'];
?>
<nav class="shopengine-tabs" aria-label="<?= $t('partners_pages') ?>">
    <ul>
        <li><a href="<?= $url($partner ? ['shopid' => $partner['shopid']] : array_filter(['shopid' => $data['shopid'] ?? null])) ?>"><?= $t('partners_back') ?></a></li>
<?php if ($partner) { ?>
<?php foreach ($pages as $view => $code) { ?>
        <li><a href="<?= $url(['view' => $view, 'id' => $partner['id']]) ?>"<?= $view === $data['here'] ? ' aria-current="page"' : '' ?>><?= $t($code) ?></a></li>
<?php } ?>
<?php } ?>
    </ul>
</nav>
<?php if ($partner && !$partner['enabled']) { ?>
<p><span class="shopengine-status shopengine-status-CANCELLED"><?= $t('partner_is_disabled') ?></span></p>
<?php } ?>
