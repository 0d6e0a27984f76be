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
 * The payment interface sherlocks as the plugin sees it.
 *
 * @package   shoppaymodes_sherlocks
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

/**
 * Sherlock’s (LCL). What it does is in the engine.
 *
 * @package   shoppaymodes_sherlocks
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class shop_paymode_sherlocks extends \local_shopengine\paymode {
    /**
     * Constructor.
     *
     * @param \local_shop\Shop|null $shop
     */
    public function __construct($shop = null) {
        parent::__construct('sherlocks', $shop, true, true);
    }
}
