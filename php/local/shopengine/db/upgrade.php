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
 * Upgrade steps. The engine's tables grow by addition only, because two versions share them while a site is upgraded node by node:
 * a step adds a table, a column with a default, or an index, each only if it is not there yet, and ends with its savepoint. The
 * version of the last step is that of version.php; src/database/schema/engine.sql and db/install.xml (scripts/install-xml.py) say
 * the same as all steps together.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

/**
 * Brings an installed version up to this one.
 *
 * @param int $oldversion
 * @return bool
 */
function xmldb_local_shopengine_upgrade($oldversion) {
    global $DB;
    $manager = $DB->get_manager();

    if ($oldversion < 2026112201) {
        local_shopengine_create_missing_tables($manager);
        // Stale orders are found by their status and age.
        $table = new xmldb_table('local_shopengine_order');
        $index = new xmldb_index('status', XMLDB_INDEX_NOTUNIQUE, ['status', 'timemodified']);
        if (!$manager->index_exists($table, $index)) {
            $manager->add_index($table, $index);
        }
        upgrade_plugin_savepoint(true, 2026112201, 'local', 'shopengine');
    }

    if ($oldversion < 2026112202) {
        // Refused arrivals are found over all partners.
        $table = new xmldb_table('local_shopengine_ledger');
        $index = new xmldb_index('state', XMLDB_INDEX_NOTUNIQUE, ['kind', 'state', 'id']);
        if (!$manager->index_exists($table, $index)) {
            $manager->add_index($table, $index);
        }
        upgrade_plugin_savepoint(true, 2026112202, 'local', 'shopengine');
    }

    if ($oldversion < 2026112203) {
        // The table of the trace.
        local_shopengine_create_missing_tables($manager);
        upgrade_plugin_savepoint(true, 2026112203, 'local', 'shopengine');
    }

    if ($oldversion < 2026112204) {
        // What was bought is found where the order says, and an order knows what its buyer owns.
        $columns = [
            'local_shopengine_order' => [
                new xmldb_field('fulfillmenturl', XMLDB_TYPE_TEXT),
                new xmldb_field('fulfillmentmessage', XMLDB_TYPE_TEXT),
                new xmldb_field('article', XMLDB_TYPE_CHAR, '64', null, XMLDB_NOTNULL),
                new xmldb_field('boundsession', XMLDB_TYPE_CHAR, '32', null, XMLDB_NOTNULL),
                new xmldb_field('boughtbefore', XMLDB_TYPE_INTEGER, '18', null, XMLDB_NOTNULL, null, '0'),
            ],
            'local_shopengine_line' => [
                new xmldb_field('fulfillmenturl', XMLDB_TYPE_TEXT),
                new xmldb_field('fulfillmentmessage', XMLDB_TYPE_TEXT),
                new xmldb_field('article', XMLDB_TYPE_CHAR, '64', null, XMLDB_NOTNULL),
            ],
        ];
        foreach ($columns as $name => $fields) {
            $table = new xmldb_table($name);
            foreach ($fields as $field) {
                if (!$manager->field_exists($table, $field)) {
                    $manager->add_field($table, $field);
                }
            }
        }
        $table = new xmldb_table('local_shopengine_order');
        foreach (['account' => 'userid', 'owner' => 'ownerkey', 'bound' => 'boundsession'] as $name => $column) {
            $index = new xmldb_index($name, XMLDB_INDEX_NOTUNIQUE, [$column]);
            if (!$manager->index_exists($table, $index)) {
                $manager->add_index($table, $index);
            }
        }
        // Lines placed before found their address with the product.
        $DB->execute("UPDATE {local_shopengine_line}
                         SET fulfillmenturl = (SELECT e.fulfillmenturl FROM {local_shopengine_item} e
                                                WHERE e.catalogitemid = itemid)
                       WHERE fulfillmenturl IS NULL");
        upgrade_plugin_savepoint(true, 2026112204, 'local', 'shopengine');
    }

    if ($oldversion < 2026112205) {
        // What was put to a gateway under a try's reference, and what its answers left behind.
        $table = new xmldb_table('local_shopengine_attempt');
        $fields = [
            new xmldb_field('request', XMLDB_TYPE_TEXT),
            new xmldb_field('kept', XMLDB_TYPE_TEXT),
            new xmldb_field('version', XMLDB_TYPE_INTEGER, '18', null, XMLDB_NOTNULL, null, '0'),
        ];
        foreach ($fields as $field) {
            if (!$manager->field_exists($table, $field)) {
                $manager->add_field($table, $field);
            }
        }
        upgrade_plugin_savepoint(true, 2026112205, 'local', 'shopengine');
    }

    if ($oldversion < 2026112801) {
        // Earlier sales are history and raise no alarm.
        local_shopengine_create_missing_tables($manager);
        \local_shopengine\watch::begin();
        upgrade_plugin_savepoint(true, 2026112801, 'local', 'shopengine');
    }

    if ($oldversion < 2026112802) {
        // Whether a partner's unsigned links authenticate buyers, which tags a signed link used up,
        // what a session may see of its order.
        $columns = [
            'local_shopengine_partner'
                => new xmldb_field('unsignedlinks', XMLDB_TYPE_INTEGER, '18', null, XMLDB_NOTNULL, null, '0'),
            'local_shopengine_tag' => new xmldb_field('bysignature', XMLDB_TYPE_INTEGER, '18', null, XMLDB_NOTNULL, null, '0'),
            'local_shopengine_order' => new xmldb_field('shown', XMLDB_TYPE_TEXT),
        ];
        foreach ($columns as $name => $field) {
            $table = new xmldb_table($name);
            if (!$manager->field_exists($table, $field)) {
                $manager->add_field($table, $field);
            }
        }
        // What partners may do stays; the status page lists them. A tag that was used up stays so.
        $DB->execute('UPDATE {local_shopengine_partner} SET unsignedlinks = 1 WHERE authenticates = 1 AND signature = 0');
        $DB->execute('UPDATE {local_shopengine_tag} SET bysignature = 1');
        upgrade_plugin_savepoint(true, 2026112802, 'local', 'shopengine');
    }

    if ($oldversion < 2026112803) {
        // Calls under way; what a message names, and its size; addresses that emails went to.
        local_shopengine_create_missing_tables($manager);
        $columns = [
            'local_shopengine_inbox' => [
                new xmldb_field('size', XMLDB_TYPE_INTEGER, '18', null, XMLDB_NOTNULL, null, '0'),
                new xmldb_field('subject', XMLDB_TYPE_INTEGER, '18', null, XMLDB_NOTNULL, null, '0'),
            ],
            'local_shopengine_outbox' => [new xmldb_field('addresskey', XMLDB_TYPE_CHAR, '64', null, XMLDB_NOTNULL)],
        ];
        foreach ($columns as $name => $fields) {
            $table = new xmldb_table($name);
            foreach ($fields as $field) {
                if (!$manager->field_exists($table, $field)) {
                    $manager->add_field($table, $field);
                }
            }
        }
        $indexes = [
            'local_shopengine_inbox' => new xmldb_index('subject', XMLDB_INDEX_NOTUNIQUE, ['subject', 'state']),
            'local_shopengine_outbox' => new xmldb_index('address', XMLDB_INDEX_NOTUNIQUE, ['addresskey', 'timemodified']),
        ];
        foreach ($indexes as $name => $index) {
            $table = new xmldb_table($name);
            if (!$manager->index_exists($table, $index)) {
                $manager->add_index($table, $index);
            }
        }
        upgrade_plugin_savepoint(true, 2026112803, 'local', 'shopengine');
    }

    if ($oldversion < 2026112811) {
        // Marks of produced lines. Orders that a seller moved to PREPROD were not delivered; their payment delivers them.
        local_shopengine_create_missing_tables($manager);
        $DB->execute("UPDATE {local_shopengine_order} SET fulfilment = 'partial'
                       WHERE status = 'PREPROD' AND fulfilment = 'done' AND billid IN (
                             SELECT billid FROM {local_shopengine_history}
                              WHERE event = 'deliver' AND statusto = 'PREPROD' AND actor LIKE 'seller:%')");
        upgrade_plugin_savepoint(true, 2026112811, 'local', 'shopengine');
    }

    if ($oldversion < 2026112812) {
        // Tokens of the links in emails.
        local_shopengine_create_missing_tables($manager);
        upgrade_plugin_savepoint(true, 2026112812, 'local', 'shopengine');
    }

    if ($oldversion < 2026112813) {
        // The names of a bundle's elements.
        $table = new xmldb_table('local_shopengine_line');
        $field = new xmldb_field('elements', XMLDB_TYPE_TEXT);
        if (!$manager->field_exists($table, $field)) {
            $manager->add_field($table, $field);
        }
        upgrade_plugin_savepoint(true, 2026112813, 'local', 'shopengine');
    }

    if ($oldversion < 2026112814) {
        if (extension_loaded('shopengine')) {
            try {
                // Takeovers that are on stay on; the status page names what they lose.
                \local_shopengine\survey::look();
            } catch (Throwable $error) {
                // An extension that is older, until the web server is restarted: cron looks again.
                debugging($error->getMessage(), DEBUG_DEVELOPER);
            }
        }
        upgrade_plugin_savepoint(true, 2026112814, 'local', 'shopengine');
    }

    if ($oldversion < 2026112900) {
        // The plugin's community edition has no class for partners, and its list of bills breaks at a bill that names one.
        if (\local_shopengine\takeover::settings()['pro'] === '') {
            $DB->execute("UPDATE {local_shop_bill} SET partnerid = 0
                           WHERE id IN (SELECT r.billid FROM {local_shopengine_referral} r
                                          JOIN {local_shopengine_order} o ON o.billid = r.billid)");
        }
        upgrade_plugin_savepoint(true, 2026112900, 'local', 'shopengine');
    }

    if ($oldversion < 2026112901) {
        // The handler of a line; whether the plugin's email about a delivery was taken, as was believed of those until now.
        $table = new xmldb_table('local_shopengine_line');
        $field = new xmldb_field('handler', XMLDB_TYPE_CHAR, '64', null, XMLDB_NOTNULL);
        if (!$manager->field_exists($table, $field)) {
            $manager->add_field($table, $field);
        }
        $table = new xmldb_table('local_shopengine_delivery');
        $field = new xmldb_field('told', XMLDB_TYPE_INTEGER, '18', null, XMLDB_NOTNULL, null, '0');
        if (!$manager->field_exists($table, $field)) {
            $manager->add_field($table, $field);
            $DB->set_field('local_shopengine_delivery', 'told', 1);
        }
        upgrade_plugin_savepoint(true, 2026112901, 'local', 'shopengine');
    }

    if ($oldversion < 2026112903) {
        // What Moodle's log of settings has of a private key, from before its setting masked it.
        foreach (['value', 'oldvalue'] as $column) {
            $told = $DB->sql_isnotempty('config_log', $column, true, true);
            $key = ['local_shop', 'paypal_ewp_private_key'];
            $DB->set_field_select('config_log', $column, '********', "plugin = ? AND name = ? AND $told", $key);
        }
        upgrade_plugin_savepoint(true, 2026112903, 'local', 'shopengine');
    }

    if ($oldversion < 2026113001) {
        // What takeovers that watch have seen.
        local_shopengine_create_missing_tables($manager);
        upgrade_plugin_savepoint(true, 2026113001, 'local', 'shopengine');
    }

    if ($oldversion < 2026113002) {
        // What a time's orders, payments and arrivals are found by.
        $indexes = [
            ['local_shopengine_order', 'created', ['timecreated']],
            ['local_shopengine_settlement', 'created', ['timecreated']],
            ['local_shopengine_settlement', 'modified', ['timemodified']],
            ['local_shopengine_ledger', 'kind', ['kind', 'timecreated']],
        ];
        foreach ($indexes as [$name, $index, $columns]) {
            $table = new xmldb_table($name);
            $index = new xmldb_index($index, XMLDB_INDEX_NOTUNIQUE, $columns);
            if (!$manager->index_exists($table, $index)) {
                $manager->add_index($table, $index);
            }
        }
        upgrade_plugin_savepoint(true, 2026113002, 'local', 'shopengine');
    }

    if ($oldversion < 2026113003) {
        // What an upgrade of local_shop left out of its tables.
        \local_shopengine\plugin_tables::complete();
        upgrade_plugin_savepoint(true, 2026113003, 'local', 'shopengine');
    }

    return true;
}

/**
 * Creates the tables of install.xml that came since.
 *
 * @param database_manager $manager
 */
function local_shopengine_create_missing_tables(database_manager $manager): void {
    $file = new xmldb_file(__DIR__ . '/install.xml');
    $file->loadXMLStructure();
    foreach ($file->getStructure()->getTables() as $table) {
        if (!$manager->table_exists($table)) {
            $manager->create_table($table);
        }
    }
}
