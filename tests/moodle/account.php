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
 * What the site asks of an account, and a bill that is not complete, for the tests.
 *
 *     php account.php MOODLE_DIR USERNAME password=0|1     a change of the password is forced
 *     php account.php MOODLE_DIR USERNAME suspended=0|1    the row alone is written: sessions go on
 *     php account.php MOODLE_DIR USERNAME seller=1         makes the account, a sales administrator who does not administer the site
 *     php account.php MOODLE_DIR USERNAME elsewhere=1      makes the account, a sales administrator of one block and of one category only
 *     php account.php MOODLE_DIR USERNAME may=viewtrace,refund  makes the account, with these capabilities of the companion alone
 *     php account.php MOODLE_DIR USERNAME known=1          an account that a production created gets the password of the others
 *     php account.php MOODLE_DIR ID incomplete=1           a line of a bill loses what bill_items::complete_bill() writes into it
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');
require_once($CFG->dirroot . '/user/lib.php');

[, , $username, $setting] = $argv;
[$name, $value] = explode('=', $setting, 2);
$user = (int) $DB->get_field('user', 'id', ['username' => $username]);
switch ($name) {
    case 'password':
        set_user_preference('auth_forcepasswordchange', $value ?: null, $user);
        break;
    case 'suspended':
        $DB->set_field('user', 'suspended', $value, ['id' => $user]);
        break;
    case 'known':
        update_internal_user_password(core_user::get_user($user), 'Demo!2026');
        unset_user_preference('auth_forcepasswordchange', $user);
        break;
    case 'incomplete':
        $DB->set_field('local_shop_billitem', 'catalogitem', '', ['id' => $username]);
        break;
    case 'may':
    case 'seller':
    case 'elsewhere':
        $user = $user ?: user_create_user((object) [
            'username' => $username, 'password' => 'Demo!2026', 'email' => "$username@example.org", 'firstname' => 'Vera',
            'lastname' => 'Vendeuse', 'auth' => 'manual', 'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id,
        ]);
        $context = context_system::instance();
        if ($name === 'may') {
            $role = create_role("Role of $username", "test$user", '');
            foreach (explode(',', $value) as $capability) {
                assign_capability("local/shopengine:$capability", CAP_ALLOW, $role, $context);
            }
            role_assign($role, $user, $context);
            break;
        }
        $role = $DB->get_field('role', 'id', ['shortname' => 'testseller']) ?: create_role('Seller', 'testseller', '');
        $own = $DB->get_fieldset_select('capabilities', 'name', 'component = ?', ['local_shopengine']);
        foreach (['local/shop:salesadmin', ...array_diff($own, ['local/shopengine:configure'])] as $capability) {
            assign_capability($capability, CAP_ALLOW, $role, $context, true);
        }
        if ($name === 'seller') {
            role_assign($role, $user, $context);
            break;
        }
        $block = $DB->get_field_sql('SELECT MIN(id) FROM {block_instances}');
        $category = $DB->get_field_sql('SELECT MIN(id) FROM {course_categories}');
        foreach ([context_block::instance($block), context_coursecat::instance($category)] as $place) {
            role_assign($role, $user, $place);
            if (!has_capability('local/shop:salesadmin', $place, $user)) {
                throw new coding_exception('the account does not sell there');
            }
        }
        break;
}
