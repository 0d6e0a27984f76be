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
 * Buyers, and products of each handler, for the tests of who gets what.
 *
 *     php people.php MOODLE_DIR account NAME...      an account with a customer's row for each name
 *     php people.php MOODLE_DIR plain NAME...        an account without
 *     php people.php MOODLE_DIR features             products that use what the plugin offers
 *     php people.php MOODLE_DIR inscription          a product whose handler notes who produces it (handlers.py)
 *     php people.php MOODLE_DIR catalogue            a course and the products that lead to it; prints the course and the context
 *
 * Everybody's password is Demo!2026, and everybody's address NAME@example.org.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');
require_once($CFG->dirroot . '/user/lib.php');
require_once($CFG->dirroot . '/course/lib.php');

/** An account whose password is hashed once for all. */
function account(string $name): int {
    global $CFG;
    static $hash = null;
    $hash ??= hash_internal_user_password('Demo!2026', true);
    return user_create_user((object) [
        'username' => $name, 'password' => $hash, 'email' => "$name@example.org", 'firstname' => ucfirst($name),
        'lastname' => 'Person', 'auth' => 'manual', 'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id,
    ], false, false);
}

$shop = (int) $DB->get_field_sql('SELECT MIN(id) FROM {local_shop}');
$catalog = (int) $DB->get_field('local_shop', 'catalogid', ['id' => $shop]);
switch ($argv[2]) {
    case 'account':
    case 'plain':
        foreach (array_slice($argv, 3) as $name) {
            $id = account($name);
            if ($argv[2] === 'account') {
                $DB->insert_record('local_shop_customer', (object) ['shopid' => $shop, 'firstname' => ucfirst($name),
                    'lastname' => 'Person', 'hasaccount' => $id, 'address' => '12 rue des Lilas', 'zip' => '75011', 'city' => 'Paris',
                    'country' => 'FR', 'organisation' => '', 'email' => "$name@example.org", 'timecreated' => 1735689600]);
            }
        }
        break;
    case 'features':
        $dollars = ['name' => 'Dollars', 'currency' => 'USD'] + (array) $DB->get_record('local_shop', ['id' => $shop]);
        unset($dollars['id']);
        if (!$DB->record_exists('local_shop', ['name' => 'Dollars'])) {
            $DB->insert_record('local_shop', (object) $dollars);
        }
        $like = (array) $DB->get_record('local_shop_catalogitem', ['catalogid' => $catalog, 'shortname' => 'monproduit']);
        $sets = [];
        foreach ([
            'tranches' => ['price1' => 10, 'range1' => 5, 'price2' => 8, 'range2' => 10, 'price3' => 6],
            'secret' => ['password' => 'sesame'],
            'conditions' => ['eula' => 'Conditions de vente', 'eulaformat' => 1],
            'lot' => ['isset' => 2, 'price1' => 42],
            'piece' => ['setid' => 'lot', 'price1' => 40],
            'ensemble' => ['isset' => 1],
            'element' => ['setid' => 'ensemble', 'price1' => 7],
        ] as $name => $values) {
            $key = ['catalogid' => $catalog, 'shortname' => $name];
            $values['setid'] = $sets[$values['setid'] ?? ''] ?? 0;
            $row = ['code' => 'REF-' . strtoupper($name), 'idnumber' => $name, 'name' => ucfirst($name)] + $values + $key + $like;
            unset($row['id']);
            $DB->delete_records('local_shop_catalogitem', $key);
            $sets[$name] = $DB->insert_record('local_shop_catalogitem', (object) $row);
        }
        break;
    case 'inscription':
        $key = ['catalogid' => $catalog, 'shortname' => 'inscription'];
        $like = (array) $DB->get_record('local_shop_catalogitem', ['catalogid' => $catalog, 'shortname' => 'formation']);
        $row = ['code' => 'REF-INSCRIPTION', 'idnumber' => 'inscription', 'name' => 'Inscription', 'enablehandler' => 'Test_inscription'] + $key + $like;
        unset($row['id']);
        $DB->delete_records('local_shop_catalogitem', $key);
        $DB->insert_record('local_shop_catalogitem', (object) $row);
        break;
    case 'catalogue':
        $course = $DB->get_field('course', 'id', ['shortname' => 'PERSONNE'])
            ?: create_course((object) ['shortname' => 'PERSONNE', 'fullname' => 'Personne', 'category' => 1])->id;
        $like = $DB->get_record('local_shop_catalogitem', ['catalogid' => $catalog, 'shortname' => 'formation']);
        $role = "contextlevel=course&instance=$course&role=teacher";
        foreach ([
            'cours' => ['std_enrolonecourse', 'coursename=PERSONNE&role=student&groupname=Boutique'],
            'cours2' => ['Test_enrolonecourse', 'coursename=PERSONNE&role=student&groupname=Boutique'],
            'periode' => ['Test_extendenrolperiod', 'coursename=PERSONNE&enroltype=manual&extension=30'],
            'tuteur' => ['Test_assignroleoncontext', $role],
            'periode0' => ['std_extendenrolperiod', 'coursename=PERSONNE&enroltype=manual&extension=30'],
            'tuteur0' => ['std_assignroleoncontext', $role],
        ] as $name => [$handler, $params]) {
            $key = ['catalogid' => $catalog, 'shortname' => $name];
            $row = ['code' => 'REF-' . strtoupper($name), 'idnumber' => $name, 'name' => ucfirst($name),
                'enablehandler' => $handler, 'handlerparams' => $params] + $key + (array) $like;
            unset($row['id']);
            $DB->delete_records('local_shop_catalogitem', $key);
            $DB->insert_record('local_shop_catalogitem', (object) $row);
        }
        echo json_encode(['course' => (int) $course, 'context' => \context_course::instance($course)->id]), "\n";
        break;
}
