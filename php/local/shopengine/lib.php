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
 * Callbacks that Moodle finds by name.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

/**
 * Sees each request before its script runs, on Moodle 4.1 to 4.3. Later versions call the hook of db/hooks.php instead, and
 * leave this one out.
 */
function local_shopengine_after_config(): void {
    \local_shopengine\takeover::after_config();
}

/**
 * The engine's lines on Moodle's status page.
 *
 * @return \core\check\check[]
 */
function local_shopengine_status_checks(): array {
    return [
        new \local_shopengine\check\installation(),
        new \local_shopengine\check\outbox(),
        new \local_shopengine\check\unpaid(),
        new \local_shopengine\check\held(),
        new \local_shopengine\check\cron(),
        new \local_shopengine\check\integrity(),
        new \local_shopengine\check\catalogue(),
        new \local_shopengine\check\unsigned_links(),
        new \local_shopengine\check\seals(),
    ];
}

/**
 * The buyer's orders on their profile; on anybody else's, for who sees all orders, those under that person's address.
 *
 * @param \core_user\output\myprofile\tree $tree
 * @param stdClass $user whose profile it is
 * @param bool $iscurrentuser
 */
function local_shopengine_myprofile_navigation(\core_user\output\myprofile\tree $tree, $user, $iscurrentuser): void {
    if (\local_shopengine\takeover::mode('bills') !== 'on' || isguestuser($user)) {
        return;
    }
    if ($iscurrentuser) {
        $title = get_string('title_myorders', 'local_shopengine');
        $page = new moodle_url('/local/shopengine/myorders.php');
    } else if ((string) $user->email !== '' && has_capability('local/shopengine:manageorders', context_system::instance())) {
        $title = get_string('title_bills', 'local_shopengine');
        $page = new moodle_url('/local/shopengine/orders.php', ['find' => $user->email]);
    } else {
        return;
    }
    $tree->add_node(new \core_user\output\myprofile\node('miscellaneous', 'local_shopengine_orders', $title, null, $page));
}
