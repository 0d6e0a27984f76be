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

/**
 * Gives the plugin what it asks of a payment interface of the engine: settings, and a sentence where the engine is off.
 * Every version of the plugin asks for these.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
trait engine_paymode {
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
        echo \html_writer::div(s(get_string('engine_off', 'local_shopengine')), 'alert alert-warning');
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
        global $CFG;
        require_once($CFG->libdir . '/adminlib.php');
        $component = 'shoppaymodes_' . $this->name;
        $about = get_string_manager()->string_exists($this->name . 'paymodeparams_help', $component)
            ? get_string($this->name . 'paymodeparams_help', $component) : '';
        $title = get_string($this->name . 'paymodeparams', $component);
        $about = s(trim($about)) . paymode_settings::told($this->name);
        $settings->add(new \admin_setting_heading('local_shop/' . $this->name, $title, $about));
        foreach (paymode_settings::of($this->name, $component) as $setting) {
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
