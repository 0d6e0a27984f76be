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
 * Takes the companion back to version 2026112203, before orders knew what was bought, for the tests of its upgrade.
 *
 *     php earlier.php MOODLE_DIR
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');
require_once($CFG->libdir . '/ddllib.php');

$manager = $DB->get_manager();
$order = new xmldb_table('local_shopengine_order');
foreach (['userid', 'ownerkey', 'boundsession'] as $column) {
    $manager->drop_index($order, new xmldb_index($column, XMLDB_INDEX_NOTUNIQUE, [$column]));
}
$manager->drop_index(new xmldb_table('local_shopengine_inbox'), new xmldb_index('subject', XMLDB_INDEX_NOTUNIQUE, ['subject', 'state']));
$address = new xmldb_index('address', XMLDB_INDEX_NOTUNIQUE, ['addresskey', 'timemodified']);
$manager->drop_index(new xmldb_table('local_shopengine_outbox'), $address);
$manager->drop_table(new xmldb_table('local_shopengine_query'));
$manager->drop_table(new xmldb_table('local_shopengine_link'));
$manager->drop_table(new xmldb_table('local_shopengine_shadow'));
$columns = [
    'local_shopengine_inbox' => ['size', 'subject'],
    'local_shopengine_outbox' => ['addresskey'],
    'local_shopengine_order' => ['fulfillmenturl', 'fulfillmentmessage', 'article', 'boundsession', 'boughtbefore', 'shown'],
    'local_shopengine_line' => ['fulfillmenturl', 'fulfillmentmessage', 'article'],
    'local_shopengine_partner' => ['unsignedlinks'],
    'local_shopengine_tag' => ['bysignature'],
];
foreach ($columns as $table => $fields) {
    foreach ($fields as $field) {
        $manager->drop_field(new xmldb_table($table), new xmldb_field($field));
    }
}
set_config('version', 2026112203, 'local_shopengine');
// Otherwise Moodle believes that it has seen these files.
unset_config('allversionshash');
