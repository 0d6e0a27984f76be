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
 * A page of the site that is not the shop's, which times the companion's hook and one that does nothing: the first call, in which
 * PHP finds and loads the class, and a second one. hookcost.py puts it into the Moodle, with both classes.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('NO_MOODLE_COOKIES', true);
require(__DIR__ . '/config.php');

$names = ['ours', 'empty'];
// Who comes first pays for what both need.
foreach (((int) $_GET['round']) % 2 ? $names : array_reverse($names) as $name) {
    $class = "\\local_shopengine\\hookcost_$name";
    foreach (['first', 'second'] as $call) {
        $began = hrtime(true);
        $class::after_config();
        $nanoseconds[$name][$call] = hrtime(true) - $began;
    }
}
// A request to the shop: the settings are read and the gate decides, with all takeovers on.
foreach (['first', 'second'] as $call) {
    $began = hrtime(true);
    $settings = \local_shopengine\takeover::settings();
    $decision = \ShopEngine\Gate::decide(
        method: 'GET',
        script: 'front/view.php',
        query: 'view=order&what=navigate&shopid=1&paymode=check&sesskey=0123456789',
        body: \local_shopengine\moodle_host::body(),
        contenttype: \local_shopengine\moodle_host::content_type(),
        sesskey: '0123456789',
        modes: array_fill_keys(\local_shopengine\takeover::ALL, 'on') + $settings,
    );
    $nanoseconds['gate'][$call] = hrtime(true) - $began;
}
if ($decision['passage'] !== 'steer') {
    throw new coding_exception('the gate decided otherwise');
}
header('Content-Type: application/json');
echo json_encode($nanoseconds + ['opcache' => (bool) (opcache_get_status(false)['opcache_enabled'] ?? false)]);
