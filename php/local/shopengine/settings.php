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
 * The companion's pages in the administration: the takeovers first, then settings.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

// Moodle does not know the capability before the upgrade that brings it.
$configures = get_capability_info('local/shopengine:configure', false)
    && has_capability('local/shopengine:configure', context_system::instance());
// Who need not administer the site has no category of local plugins.
$category = $hassiteconfig ? 'localplugins' : 'root';
if ($hassiteconfig || $configures) {
    $takeovers = new \local_shopengine\takeovers_entry(
        'local_shopengine',
        new lang_string('pluginname', 'local_shopengine'),
        new moodle_url('/local/shopengine/takeovers.php'),
        'local/shopengine:configure'
    );
    // It names who is paid, and whom the engine believes.
    $paypal = new admin_settingpage(
        'local_shopengine_paypal',
        new lang_string('paypal_settings', 'local_shopengine'),
        'moodle/site:config'
    );
    if ($ADMIN->fulltree) {
        $about = html_writer::tag('p', s(get_string('paypal_settings_desc', 'local_shopengine')))
            . \local_shopengine\paymode_settings::told('paypal');
        $paypal->add(new admin_setting_heading('local_shopengine/paypal', '', $about));
        foreach (\local_shopengine\paymode_settings::of('paypal', 'local_shopengine') as $setting) {
            $paypal->add($setting);
        }
    }
    $selling = new admin_settingpage(
        'local_shopengine_selling',
        new lang_string('selling_settings', 'local_shopengine'),
        'local/shopengine:configure'
    );
    $selling->add(new admin_setting_configcheckbox(
        'local_shopengine/repurchase_refunded',
        new lang_string('setting_repurchase_refunded', 'local_shopengine'),
        new lang_string('setting_repurchase_refunded_desc', 'local_shopengine'),
        0
    ));
    $selling->add(new admin_setting_configtext(
        'local_shopengine/stalehours',
        new lang_string('setting_stalehours', 'local_shopengine'),
        new lang_string('setting_stalehours_desc', 'local_shopengine'),
        48,
        PARAM_INT
    ));
    // What anyone may send.
    $selling->add(new admin_setting_heading(
        'local_shopengine/limits',
        new lang_string('setting_limits', 'local_shopengine'),
        new lang_string('setting_limits_desc', 'local_shopengine')
    ));
    $limits = ['mailsperhour' => 10, 'emaillinkdays' => 90];
    $kinds = ['import', 'customer', 'passcode', 'placement', 'endpoint', 'emaillink'];
    foreach (extension_loaded('shopengine') ? $kinds : [] as $kind) {
        foreach (\ShopEngine\Limits::defaults($kind) as $whose => $default) {
            $limits["limit{$kind}{$whose}"] = $default;
        }
    }
    foreach ($limits as $name => $default) {
        $selling->add(new admin_setting_configtext(
            "local_shopengine/$name",
            new lang_string("setting_$name", 'local_shopengine'),
            new lang_string("setting_{$name}_desc", 'local_shopengine'),
            $default,
            PARAM_INT
        ));
    }
    $trace = new admin_settingpage(
        'local_shopengine_trace',
        new lang_string('trace_settings', 'local_shopengine'),
        'local/shopengine:configure'
    );
    $trace->add(new admin_setting_configselect(
        'local_shopengine/tracesink',
        new lang_string('setting_tracesink', 'local_shopengine'),
        new lang_string('setting_tracesink_desc', 'local_shopengine'),
        'file',
        array_map(
            fn(string $sink): lang_string => new lang_string("tracesink_$sink", 'local_shopengine'),
            array_combine(\local_shopengine\journal::SINKS, \local_shopengine\journal::SINKS)
        )
    ));
    $trace->add(new admin_setting_configtext(
        'local_shopengine/tracenode',
        new lang_string('setting_tracenode', 'local_shopengine'),
        new lang_string('setting_tracenode_desc', 'local_shopengine'),
        '',
        PARAM_TEXT
    ));
    foreach (['tracesize' => 64, 'tracedays' => 0, 'tracekeep' => 730] as $name => $default) {
        $trace->add(new admin_setting_configtext(
            "local_shopengine/$name",
            new lang_string("setting_$name", 'local_shopengine'),
            new lang_string("setting_{$name}_desc", 'local_shopengine'),
            $default,
            PARAM_INT
        ));
    }
    $trace->add(new admin_setting_configcheckbox(
        'local_shopengine/tracechain',
        new lang_string('setting_tracechain', 'local_shopengine'),
        new lang_string('setting_tracechain_desc', 'local_shopengine'),
        0
    ));
    foreach ([$takeovers, $paypal, $selling, $trace] as $page) {
        $ADMIN->add($category, $page);
    }
}

$pages = ['home' => 'title_home', 'orders' => 'title_bills', 'partners' => 'title_partners', 'products' => 'title_products'];
foreach ($pages as $name => $title) {
    $ADMIN->add($category, new admin_externalpage(
        "local_shopengine_$name",
        new lang_string($title, 'local_shopengine'),
        new moodle_url("/local/shopengine/$name.php"),
        'local/shopengine:manage' . ($name === 'home' ? 'orders' : $name)
    ));
}
