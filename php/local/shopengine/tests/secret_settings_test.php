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
 * Secrets among the settings of payment interfaces.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\setting_secret_lines
 * @covers    \local_shopengine\paymode_settings
 */
final class secret_settings_test extends \advanced_testcase {
    /**
     * Moodle's log of settings tells that a private key was changed, and nothing of it.
     */
    public function test_the_log_of_settings_has_no_private_key(): void {
        global $CFG, $DB;
        require_once($CFG->libdir . '/adminlib.php');
        $this->resetAfterTest();
        $this->setAdminUser();
        // That the site was installed is told too.
        $DB->delete_records('config_log');
        $setting = new setting_secret_lines('local_shop/paypal_ewp_private_key', 'Key', '', '', PARAM_RAW);
        foreach (["first\nsecret", "second\nsecret"] as $key) {
            $this->assertSame('', $setting->write_setting($key));
            $this->assertSame($key, get_config('local_shop', 'paypal_ewp_private_key'));
        }
        $told = $DB->get_records('config_log', ['plugin' => 'local_shop', 'name' => 'paypal_ewp_private_key'], 'id');
        $this->assertSame(['********', '********'], array_column($told, 'value'));
        $this->assertSame('********', end($told)->oldvalue);
        $this->assertStringNotContainsString('secret', json_encode(array_values($told)));
    }

    /**
     * Uninstalling an interface deletes all its settings, and no others.
     */
    public function test_an_interface_leaves_no_setting_behind(): void {
        $this->resetAfterTest();
        foreach (['taler_access_token', 'taler_no_setting_any_more', 'talers', 'paypal_merchant_id'] as $key) {
            set_config($key, 'x', 'local_shop');
        }
        paymode_settings::forget('taler');
        $left = array_keys((array) get_config('local_shop'));
        $this->assertSame([], preg_grep('/^taler_/', $left));
        $this->assertContains('talers', $left);
        $this->assertContains('paypal_merchant_id', $left);
    }
}
