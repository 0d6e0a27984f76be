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

namespace local_shopengine;

defined('MOODLE_INTERNAL') || die();

global $CFG;
require_once($CFG->dirroot . '/local/shop/paymodes/paymode.class.php');

/**
 * A payment interface of the engine, for the plugin since 4.5.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
abstract class paymode_by_value extends \shop_paymode {
    use engine_paymode;

    /**
     * Says on an invoice how it was paid.
     *
     * @param \local_shop\Bill|null $billdata
     */
    public function print_invoice_info(?\local_shop\Bill $billdata = null) {
        $this->invoice_info();
    }

    /**
     * The settings, as the engine asks for them.
     *
     * @param \admin_settingpage $settings
     */
    public function settings($settings) {
        $this->add_settings($settings);
    }
}
