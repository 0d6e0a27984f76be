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
 * What went wrong, and what to do next.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();
?>
<div class="shopengine-notice shopengine-error" role="alert">
    <p><?= $t($data['error']['code'], $data['error']['params'] ?? []) ?></p>
</div>
<p><a class="shopengine-primary" href="<?= $s($data['next']['url'] ?? $this->host->wwwroot() . '/local/shop/front/view.php?view=shop') ?>"><?= $t($data['next']['code'] ?? 'back_to_shop') ?></a></p>
