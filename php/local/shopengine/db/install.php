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
 * What is done once, when the plugin is installed.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

/**
 * Called by Moodle after the tables are there.
 */
function xmldb_local_shopengine_install(): void {
    \local_shopengine\watch::begin();
    \local_shopengine\plugin_tables::complete();
    // The page of the takeovers is no page of settings, so Moodle sets no defaults.
    foreach (\local_shopengine\takeover::ALL as $name) {
        if (get_config('local_shopengine', $name) === false) {
            set_config($name, 'off', 'local_shopengine');
        }
    }
    // No takeover is on yet: the first look at the site judges each of them.
    set_config('running', '', 'local_shopengine');
    if (extension_loaded('shopengine')) {
        try {
            \local_shopengine\survey::look();
        } catch (Throwable $error) {
            // Cron looks again.
            debugging($error->getMessage(), DEBUG_DEVELOPER);
        }
    }
}
