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
 * The settings of a payment interface on a page of Moodle, as the engine asks for them and judges them.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class paymode_settings {
    /**
     * The settings, under the plugin's keys.
     *
     * @param string $paymode the interface
     * @param string $component whose strings name them, under `<key>` and `<key>_help`
     * @return \admin_setting[]
     */
    public static function of(string $paymode, string $component): array {
        return array_map(
            fn(array $asked): \admin_setting => self::setting($paymode, $asked, $component),
            class_exists(\ShopEngine\Paymode::class) ? \ShopEngine\Paymode::settings($paymode) : []
        );
    }

    /**
     * What the engine says of the settings as they are saved: what is wrong, else what was tried and what only a payment can prove.
     *
     * @param string $paymode
     * @return string HTML
     */
    public static function told(string $paymode): string {
        if (!class_exists(\ShopEngine\Paymode::class)) {
            return self::notice('warning', 'check_extension_missing', null);
        }
        $saved = array_map('strval', array_filter((array) get_config('local_shop'), 'is_scalar'));
        $told = array_map(
            fn(array $finding): string => self::notice(
                $finding['blocks'] ? 'warning' : 'info',
                $finding['code'],
                $finding['setting']
            ),
            \ShopEngine\Paymode::check($paymode, $saved)
        );
        return implode('', array_unique($told));
    }

    /**
     * Deletes the settings of a payment interface that is uninstalled, also where the extension is gone.
     *
     * @param string $paymode with which and `_` all its settings begin
     */
    public static function forget(string $paymode): void {
        foreach (array_keys((array) get_config('local_shop')) as $key) {
            if (str_starts_with($key, "{$paymode}_")) {
                unset_config($key, 'local_shop');
            }
        }
    }

    /**
     * A sentence on the page.
     *
     * @param string $level
     * @param string $code
     * @param string|null $setting what it is about: a key, as the page shows it below each label
     * @return string HTML
     */
    private static function notice(string $level, string $code, ?string $setting): string {
        $sentence = ($setting === null ? '' : "$setting: ") . get_string($code, 'local_shopengine');
        return \html_writer::div(s($sentence), "alert alert-$level");
    }

    /**
     * One setting.
     *
     * @param string $paymode
     * @param array $asked as the engine asks for it
     * @param string $component
     * @return \admin_setting
     */
    private static function setting(string $paymode, array $asked, string $component): \admin_setting {
        $key = 'local_shop/' . $asked['key'];
        $label = get_string($asked['key'], $component);
        $help = get_string($asked['key'] . '_help', $component);
        return match ($asked['kind']) {
            'choice' => new \admin_setting_configselect(
                $key,
                $label,
                $help,
                $asked['default'],
                array_combine($asked['choices'], $asked['choices'])
            ),
            'flag' => new \admin_setting_configcheckbox($key, $label, $help, $asked['default']),
            'lines' => new \admin_setting_configtextarea($key, $label, $help, $asked['default'], PARAM_RAW),
            'secretlines' => new setting_secret_lines($key, $label, $help, $asked['default'], PARAM_RAW),
            'secret' => new setting_secret($paymode, $key, $label, $help, $asked['default']),
            default => new setting_text($paymode, $key, $label, $help, $asked['default']),
        };
    }
}
