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
 * Sees each request of the site before its script runs, and takes over those that the settings give to the engine.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */
class takeover {
    /**
     * Called in every request of the site, so it loads nothing and asks nothing before it knows that the request concerns it.
     */
    public static function after_config(): void {
        if (($_GET['what'] ?? '') === 'import' && str_ends_with($_SERVER['SCRIPT_NAME'] ?? '', '/local/shop/front/view.php')) {
            import::answer();
        }
    }

    /**
     * What the settings say of a takeover.
     *
     * @param string $name
     * @return string `off`, `shadow` or `on`
     */
    public static function mode(string $name): string {
        $mode = get_config('local_shopengine', $name);
        return in_array($mode, ['shadow', 'on'], true) ? $mode : 'off';
    }

    /**
     * Why nothing can be taken over on this site, whatever the settings say: a language string key, or null.
     *
     * @return string|null
     */
    public static function obstacle(): ?string {
        global $CFG;
        if (!extension_loaded('shopengine')) {
            return 'check_extension_missing';
        }
        // With that folder the plugin has discounts and partners of its own, which the engine does not know.
        return is_dir($CFG->dirroot . '/local/shop/pro') ? 'check_pro' : null;
    }
}
