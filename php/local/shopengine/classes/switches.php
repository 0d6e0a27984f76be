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
 * The switches of the takeovers: each is judged by the engine, saved and logged as Moodle does with a setting.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class switches {
    /** What a switch can be set to. */
    public const MODES = ['off', 'shadow', 'on'];

    /**
     * The takeovers in the order in which a site should switch them on, each with the one that it builds on.
     *
     * @return string[] names by name, '' for none
     */
    public static function order(): array {
        return extension_loaded('shopengine') ? \ShopEngine\Gate::takeovers() : array_fill_keys(takeover::ALL, '');
    }

    /**
     * Reads the setting of a takeover.
     *
     * @param string $name
     * @return string one of MODES
     */
    public static function mode(string $name): string {
        $mode = (string) get_config('local_shopengine', $name);
        return in_array($mode, self::MODES, true) ? $mode : 'off';
    }

    /**
     * Is a takeover set in config.php, so that nobody can switch it here?
     *
     * @param string $name
     * @return bool
     */
    public static function is_forced(string $name): bool {
        global $CFG;
        return array_key_exists($name, $CFG->forced_plugin_settings['local_shopengine'] ?? []);
    }

    /**
     * Switches takeovers, one after the other in the recommended order. One that is refused does not keep the others.
     *
     * @param string[] $modes one of MODES by name; what is missing stays as it is
     * @return string[] why not, by name, of those that were refused
     */
    public static function set(array $modes): array {
        $refused = [];
        foreach (array_keys(self::order()) as $name) {
            $mode = $modes[$name] ?? null;
            if (!in_array($mode, self::MODES, true) || $mode === self::mode($name)) {
                continue;
            }
            $problem = self::is_forced($name)
                ? get_string('takeover_forced', 'local_shopengine')
                : self::setting($name)->write_setting($mode);
            if ($problem !== '') {
                $refused[$name] = $problem;
            } else if ($mode === 'shadow') {
                // The counts begin anew with each period in shadow.
                (new moodle_host())->engine()->watchAnew($name);
            }
        }
        return $refused;
    }

    /**
     * The setting of a takeover.
     *
     * @param string $name
     * @return setting_takeover
     */
    private static function setting(string $name): setting_takeover {
        global $CFG;
        require_once($CFG->libdir . '/adminlib.php');
        return new setting_takeover(
            "local_shopengine/$name",
            get_string("setting_$name", 'local_shopengine'),
            '',
            'off',
            array_combine(self::MODES, self::MODES)
        );
    }
}
