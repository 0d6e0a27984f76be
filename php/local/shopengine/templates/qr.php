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
 * A QR code of an address, beside which the address itself stands.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<svg class="shopengine-qr" viewBox="0 0 <?= (int) $data['qr']['size'] ?> <?= (int) $data['qr']['size'] ?>" role="img" aria-label="<?= $t('qr_code') ?>" shape-rendering="crispEdges"><rect width="100%" height="100%" fill="#fff"/><path d="<?= $s($data['qr']['path']) ?>" fill="#000"/></svg>
