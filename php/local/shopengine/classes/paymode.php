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
 * The class that the payment interfaces of the engine extend: the one that fits the plugin.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

namespace local_shopengine;

defined('MOODLE_INTERNAL') || die();

global $CFG;
require_once($CFG->dirroot . '/local/shop/paymodes/paymode.class.php');

// The plugin's own class takes the bill by reference up to 4.1, and by value since.
$bill = (new \ReflectionMethod(\shop_paymode::class, 'print_invoice_info'))->getParameters()[0];
class_alias($bill->isPassedByReference() ? paymode_by_reference::class : paymode_by_value::class, __NAMESPACE__ . '\paymode');
