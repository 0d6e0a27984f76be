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
 * What the card interfaces of the engine are to the plugin: their settings, and a word where the engine is off.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

require_once($CFG->dirroot . '/local/shop/paymodes/paymode.class.php');
require_once($CFG->libdir . '/adminlib.php');

/**
 * Answers a gateway or a buyer whom the engine did not answer: the message must come again.
 *
 * @return never
 */
function local_shopengine_paymode_off(): void {
    http_response_code(503);
    header('Content-Type: text/plain; charset=utf-8');
    header('Retry-After: 600');
    echo get_string('engine_off', 'local_shopengine');
    exit;
}

/**
 * What is the same in every version of the plugin.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
trait local_shopengine_paymode_body {
    /**
     * The buyer pays at once.
     *
     * @return bool
     */
    public function is_instant_payment() {
        return true;
    }

    /**
     * The engine draws the payment page; where it is off there is nothing to press.
     *
     * @param \stdClass|null $shoppingcart
     */
    public function print_payment_portlet(&$shoppingcart = null) {
        echo html_writer::div(s(get_string('engine_off', 'local_shopengine')), 'alert alert-warning');
    }

    /**
     * Says that the payment is complete.
     */
    public function print_complete() {
        echo s(get_string($this->name . 'paymodeinvoiceinfo', 'shoppaymodes_' . $this->name));
    }

    /**
     * A browser that comes back proves nothing: no order moves here.
     */
    public function process() {
        return null;
    }

    /**
     * A notification is the engine's.
     */
    public function process_ipn() {
        return null;
    }

    /**
     * The settings, as the engine asks for them, under the plugin's keys.
     *
     * @param \admin_settingpage $settings
     */
    protected function add_settings($settings): void {
        $component = 'shoppaymodes_' . $this->name;
        $about = get_string_manager()->string_exists($this->name . 'paymodeparams_help', $component)
            ? get_string($this->name . 'paymodeparams_help', $component) : '';
        $title = get_string($this->name . 'paymodeparams', $component);
        $about = s(trim($about)) . \local_shopengine\paymode_settings::told($this->name);
        $settings->add(new admin_setting_heading('local_shop/' . $this->name, $title, $about));
        foreach (\local_shopengine\paymode_settings::of($this->name, $component) as $setting) {
            $settings->add($setting);
        }
    }

    /**
     * Says on an invoice how it was paid.
     */
    protected function invoice_info(): void {
        echo s(get_string($this->name . 'paymodeinvoiceinfo', 'shoppaymodes_' . $this->name));
    }
}

// The plugin's own class takes the bill by reference up to 4.1, and by value since.
if ((new ReflectionMethod('shop_paymode', 'print_invoice_info'))->getParameters()[0]->isPassedByReference()) {
    /**
     * A card interface of the engine, for the plugin up to 4.1.
     *
     * @package   local_shopengine
     * @copyright 2026 the shopengine authors
     * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
     */
    abstract class local_shopengine_paymode extends shop_paymode {
        use local_shopengine_paymode_body;

        /**
         * Says on an invoice how it was paid.
         *
         * @param \local_shop\Bill|null $billdata
         */
        public function print_invoice_info(&$billdata = null) {
            $this->invoice_info();
        }

        /**
         * The settings, as the engine asks for them.
         *
         * @param \admin_settingpage $settings
         */
        public function settings(&$settings) {
            $this->add_settings($settings);
        }
    }
} else {
    /**
     * A card interface of the engine, for the plugin since 4.5.
     *
     * @package   local_shopengine
     * @copyright 2026 the shopengine authors
     * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
     */
    abstract class local_shopengine_paymode extends shop_paymode {
        use local_shopengine_paymode_body;

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
}
