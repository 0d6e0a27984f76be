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
 * Makes the site of tests/moodle what its tests expect: the demo shop's products and buyers in shop 1. Safe to repeat.
 *
 *     php seed.php MOODLE_DIR      prints what the tests need to know, as JSON
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');
require_once($CFG->dirroot . '/user/lib.php');

/** Writes a row under the key that tells it, or adds it; returns its id. */
function row(string $table, array $key, array $values): int {
    global $DB;
    $found = $DB->get_record($table, $key, 'id', IGNORE_MULTIPLE);
    if ($found) {
        $DB->update_record($table, (object) (['id' => $found->id] + $values));
        return (int) $found->id;
    }
    return (int) $DB->insert_record($table, (object) ($key + $values));
}

/** A buyer's account; everybody's password is Demo!2026. */
function buyer(string $name, string $firstname, string $lastname): int {
    global $CFG, $DB;
    $found = $DB->get_field('user', 'id', ['username' => $name]);
    return (int) ($found ?: user_create_user((object) [
        'username' => $name, 'password' => 'Demo!2026', 'email' => "$name@example.org", 'firstname' => $firstname,
        'lastname' => $lastname, 'auth' => 'manual', 'confirmed' => 1, 'mnethostid' => $CFG->mnet_localhost_id,
    ]));
}

foreach (['sellername' => 'Demo shop', 'sellermail' => 'seller@example.org', 'test' => '1', 'testoverride' => '1'] as $name => $value) {
    set_config($name, $value, 'local_shop');
}
set_config('debug', E_ALL);
// Letters are written, and go nowhere.
set_config('noemailever', 1);
// The tests' buyers share an address, of email and of the network.
set_config('mailsperhour', 0, 'local_shopengine');
set_config('limitcustomerclient', 0, 'local_shopengine');
set_config('debugdisplay', 0);
$shop = (int) $DB->get_field_sql('SELECT MIN(id) FROM {local_shop}');
$catalog = (int) $DB->get_field('local_shop', 'catalogid', ['id' => $shop]);
$paymodes = base64_encode(serialize([['test' => 1, 'check' => 1, 'freeorder' => 1, 'paypal' => 1, 'systempay' => 1, 'taler' => 1]]));
$DB->update_record('local_shop', (object) ['id' => $shop, 'customerorganisationrequired' => 0, 'paymodes' => $paymodes,
    'defaultpaymode' => 'test']);
$category = row('local_shop_catalogcategory', ['catalogid' => $catalog, 'name' => 'Products'], ['parentid' => 0,
    'description' => '', 'descriptionformat' => 1, 'sortorder' => 1, 'visible' => 1]);
$formula = '$ttc = $ht * (1 + ($tr / 100))';
$full = row('local_shop_tax', ['title' => 'TVA 20 %'], ['country' => 'FR', 'ratio' => 20, 'formula' => $formula]);
$low = row('local_shop_tax', ['title' => 'TVA 5,5 %'], ['country' => 'FR', 'ratio' => 5.5, 'formula' => $formula]);
$named = json_encode([['field' => 'nom', 'label' => 'Nom', 'displayname' => 'Nom', 'type' => 'textfield', 'desc' => 'Nom']]);
// A course that a product opens, by the plugin's own production.
require_once($CFG->dirroot . '/course/lib.php');
$course = $DB->get_field('course', 'id', ['shortname' => 'FORMATION'])
    ?: create_course((object) ['shortname' => 'FORMATION', 'fullname' => 'Formation', 'category' => 1])->id;
// Code, shortname, price, tax, status, seats, required data: the code is another word than the shortname.
foreach ([
    ['REF-MONPRODUIT', 'monproduit', '19.990', $full, 'AVAILABLE', 0, ''],
    ['REF-LIVRE', 'livre', '10.000', $low, 'AVAILABLE', 0, ''],
    ['REF-ATTESTATION', 'attestation', '30.000', $full, 'AVAILABLE', 0, $named],
    ['REF-SESSION', 'session', '120.000', $full, 'AVAILABLE', 2, ''],
    ['REF-FORMATION', 'formation', '50.000', $full, 'AVAILABLE', 0, ''],
    ['REF-OFFERT', 'offert', '0.000', $full, 'AVAILABLE', 0, ''],
    ['REF-BROUILLON', 'brouillon', '5.000', $full, 'PREVIEW', 0, ''],
] as [$code, $shortname, $price, $tax, $status, $seats, $required]) {
    row('local_shop_catalogitem', ['catalogid' => $catalog, 'shortname' => $shortname], [
        'categoryid' => $category, 'userid' => 0, 'code' => $code, 'name' => ucfirst($shortname), 'idnumber' => $code,
        'description' => '', 'descriptionformat' => 1, 'price1' => $price, 'taxcode' => $tax, 'stock' => 100000, 'sold' => 0,
        'status' => $status, 'onlyforloggedin' => 0, 'quantaddressesusers' => $seats, 'requireddata' => $required,
        'maxdeliveryquant' => 0, 'setid' => 0, 'isset' => 0,
        'enablehandler' => $shortname === 'formation' ? 'std_enrolonecourse' : '',
        'handlerparams' => $shortname === 'formation' ? 'coursename=FORMATION&role=student' : '',
    ]);
}
// A set and a bundle, each with two elements that open a course. Bundle elements have the same code and shortname: the plugin takes one for the other.
foreach ([['set', 1, '0.000'], ['bundle', 2, '79.990']] as [$name, $kind, $price]) {
    $common = ['categoryid' => $category, 'userid' => 0, 'description' => '', 'descriptionformat' => 1, 'taxcode' => $full, 'stock' => 0,
        'sold' => 0, 'status' => 'AVAILABLE', 'onlyforloggedin' => 0, 'quantaddressesusers' => 0, 'requireddata' => '', 'maxdeliveryquant' => 0];
    $parent = row('local_shop_catalogitem', ['catalogid' => $catalog, 'shortname' => "a$name"], $common + [
        'code' => "REF-A$name", 'name' => "A $name", 'idnumber' => "a$name", 'price1' => $price, 'setid' => 0, 'isset' => $kind,
        'enablehandler' => '', 'handlerparams' => '']);
    foreach ([['one', '24.990'], ['two', '29.990']] as [$element, $price]) {
        $open = "$name$element";
        if (!$DB->record_exists('course', ['shortname' => $open])) {
            create_course((object) ['shortname' => $open, 'fullname' => $open, 'category' => 1]);
        }
        row('local_shop_catalogitem', ['catalogid' => $catalog, 'shortname' => $open], $common + [
            'code' => $kind === 1 ? "REF-$open" : $open, 'name' => "Element $element of the $name", 'idnumber' => $open, 'price1' => $price,
            'setid' => $parent, 'isset' => 0, 'enablehandler' => 'std_enrolonecourse', 'handlerparams' => "coursename=$open&role=student"]);
    }
}
update_internal_user_password(get_admin(), 'Admin!23');
$jean = buyer('jean.dupont', 'Jean', 'Dupont');
buyer('sans.adresse', 'Sacha', 'Sans-Adresse');
row('local_shop_customer', ['hasaccount' => $jean], ['shopid' => $shop, 'firstname' => 'Jean', 'lastname' => 'Dupont', 'city' => 'Paris',
    'address' => '12 rue des Lilas', 'zip' => '75011', 'email' => 'jean.dupont@example.org', 'country' => 'FR',
    'organisation' => '', 'timecreated' => 1735689600]);
row('local_shop_partner', ['partnerkey' => 'ACADEMIE'], ['shopid' => $shop, 'name' => 'Partner', 'referer' => '',
    'partnersecret' => 'demo', 'customerid' => 0, 'moodleuser' => 0, 'enabled' => 1]);
echo json_encode(['wwwroot' => $CFG->wwwroot, 'dirroot' => $CFG->dirroot, 'trace' => $CFG->dataroot . '/merchant_trace.log',
    'shop' => $shop, 'course' => (int) $course, 'release' => $CFG->release]), "\n";
