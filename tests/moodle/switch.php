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
 * Sets takeovers and other settings, for the tests.
 *
 *     php switch.php MOODLE_DIR [COMPONENT/]NAME=VALUE...      of local_shopengine, when no component is named; `core` is the site's
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');

foreach (array_slice($argv, 2) as $setting) {
    [$name, $value] = explode('=', $setting, 2);
    [$component, $name] = str_contains($name, '/') ? explode('/', $name, 2) : ['local_shopengine', $name];
    set_config($name, $value, $component === 'core' ? null : $component);
}
