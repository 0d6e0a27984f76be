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

namespace local_shopengine\privacy;

use core_privacy\local\metadata\collection;
use core_privacy\local\request\approved_contextlist;
use core_privacy\local\request\approved_userlist;
use core_privacy\local\request\contextlist;
use core_privacy\local\request\userlist;
use core_privacy\local\request\writer;

/**
 * What the engine keeps of people: the buyer of an order, as he gave himself. The plugin's own bills are local_shop's to tell.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class provider implements
    \core_privacy\local\metadata\provider,
    \core_privacy\local\request\core_userlist_provider,
    \core_privacy\local\request\plugin\provider {
    /** The table with the buyers. */
    private const TABLE = 'local_shopengine_order';

    /** Tokens of emails' links. */
    private const LINKS = 'local_shopengine_link';

    /** Which account a partner's tag vouched for. */
    private const TAGS = 'local_shopengine_tag';

    /**
     * What is kept, and where.
     *
     * @param collection $collection
     * @return collection
     */
    public static function get_metadata(collection $collection): collection {
        $fields = ['userid', 'transactionid', 'customer', 'shown', 'invoice', 'partnercode', 'boundsession', 'timecreated'];
        $strings = array_map(fn(string $field): string => "privacy:metadata:order:$field", $fields);
        $collection->add_database_table(self::TABLE, array_combine($fields, $strings), 'privacy:metadata:order');
        $collection->add_database_table(self::TAGS, [
            'userid' => 'privacy:metadata:tag:userid',
            'timecreated' => 'privacy:metadata:tag:timecreated',
        ], 'privacy:metadata:tag');
        $collection->add_database_table(self::LINKS, [
            'userid' => 'privacy:metadata:link:userid',
            'addresskey' => 'privacy:metadata:link:addresskey',
            'timecreated' => 'privacy:metadata:link:timecreated',
        ], 'privacy:metadata:link');
        $collection->add_database_table('local_shopengine_inbox', [
            'body' => 'privacy:metadata:inbox:body',
        ], 'privacy:metadata:inbox');
        $collection->add_database_table('local_shopengine_history', [
            'message' => 'privacy:metadata:history:message',
        ], 'privacy:metadata:history');
        $collection->add_database_table('local_shopengine_produced', [
            'reason' => 'privacy:metadata:produced:reason',
        ], 'privacy:metadata:produced');
        $collection->add_database_table('local_shopengine_shadow', [
            'transactionid' => 'privacy:metadata:shadow:transactionid',
        ], 'privacy:metadata:shadow');
        $collection->add_external_location_link('merchant_trace.log', [
            'partnercode' => 'privacy:metadata:trace:partnercode',
        ], 'privacy:metadata:trace');
        return $collection;
    }

    /**
     * Where there is something of a user.
     *
     * @param int $userid
     * @return contextlist
     */
    public static function get_contexts_for_userid(int $userid): contextlist {
        global $DB;
        $list = new contextlist();
        if (
            $DB->record_exists(self::TABLE, ['userid' => $userid]) || $DB->record_exists(self::TAGS, ['userid' => $userid])
                || $DB->record_exists(self::LINKS, ['userid' => $userid])
        ) {
            $list->add_system_context();
        }
        return $list;
    }

    /**
     * Who is known in a context.
     *
     * @param userlist $userlist
     */
    public static function get_users_in_context(userlist $userlist) {
        if ($userlist->get_context() instanceof \context_system) {
            $userlist->add_from_sql('userid', 'SELECT userid FROM {' . self::TABLE . '} WHERE userid > 0', []);
            $userlist->add_from_sql('userid', 'SELECT userid FROM {' . self::TAGS . '} WHERE userid > 0', []);
            $userlist->add_from_sql('userid', 'SELECT userid FROM {' . self::LINKS . '} WHERE userid > 0', []);
        }
    }

    /**
     * Gives a user what is kept of him.
     *
     * @param approved_contextlist $contextlist
     */
    public static function export_user_data(approved_contextlist $contextlist) {
        global $DB;
        foreach ($contextlist->get_contexts() as $context) {
            if (!$context instanceof \context_system) {
                continue;
            }
            $fields = 'id, billid, transactionid, customer, invoice, partnercode, timecreated';
            $orders = $DB->get_records(self::TABLE, ['userid' => $contextlist->get_user()->id], 'id', $fields);
            foreach ($orders as $order) {
                self::add_details($order);
            }
            $path = [get_string('pluginname', 'local_shopengine')];
            $userid = $contextlist->get_user()->id;
            $arrivals = $DB->get_records(self::TAGS, ['userid' => $userid], 'id', 'id, timecreated');
            $links = $DB->get_records(self::LINKS, ['userid' => $userid], 'id', 'id, timecreated, timeexpires, timerevoked');
            $data = ['orders' => array_values($orders), 'arrivals' => array_values($arrivals), 'links' => array_values($links)];
            writer::with_context($context)->export_data($path, (object) $data);
        }
    }

    /**
     * Adds to an order its history, what payment interfaces sent about it, and its lines of the trace.
     *
     * @param \stdClass $order
     */
    private static function add_details(\stdClass $order): void {
        global $DB;
        $conditions = ['billid' => $order->billid];
        $history = $DB->get_records('local_shopengine_history', $conditions, 'seq', 'id, timecreated, message');
        $order->history = array_values($history);
        $messages = $DB->get_records('local_shopengine_inbox', $conditions, 'id', 'id, gateway, timecreated, query, body');
        $order->messages = array_map(fn(\stdClass $message): array => [
            'gateway' => $message->gateway,
            'timecreated' => $message->timecreated,
            'content' => trim(base64_decode($message->query) . "\n" . base64_decode($message->body)),
        ], array_values($messages));
        $order->trace = [];
        $trace = (new \local_shopengine\moodle_host())->trace();
        for ($from = 0; $from !== null; $from = $page['resumeat']) {
            $page = $trace->scan($order->transactionid, $from);
            array_push($order->trace, ...array_column($page['entries'], 'line'));
        }
    }

    /**
     * Forgets everybody.
     *
     * @param \context $context
     */
    public static function delete_data_for_all_users_in_context(\context $context) {
        if ($context instanceof \context_system) {
            self::forget('userid > 0', []);
        }
    }

    /**
     * Forgets a user.
     *
     * @param approved_contextlist $contextlist
     */
    public static function delete_data_for_user(approved_contextlist $contextlist) {
        foreach ($contextlist->get_contexts() as $context) {
            if ($context instanceof \context_system) {
                self::forget('userid = ?', [$contextlist->get_user()->id]);
            }
        }
    }

    /**
     * Forgets several users.
     *
     * @param approved_userlist $userlist
     */
    public static function delete_data_for_users(approved_userlist $userlist) {
        global $DB;
        if ($userlist->get_context() instanceof \context_system && $userlist->get_userids()) {
            [$in, $values] = $DB->get_in_or_equal($userlist->get_userids());
            self::forget("userid $in", $values);
        }
    }

    /**
     * Takes the person out of orders, and e-mail, address, full name and partner code out of both traces: out of entries that name
     * one of their orders or their account's address, because they typed what they liked for a name. The order's amounts stay: they
     * are the seller's books.
     *
     * @param string $where
     * @param array $values
     */
    private static function forget(string $where, array $values): void {
        global $DB;
        $texts = [];
        $numbers = [];
        $marks = $DB->get_fieldset_sql(
            "SELECT email FROM {user} WHERE confirmed = 1 AND id IN (SELECT userid FROM {" . self::TABLE . "} WHERE $where)",
            $values
        );
        $orders = $DB->get_recordset_select(self::TABLE, $where, $values, '', 'id, transactionid, customer, partnercode');
        foreach ($orders as $order) {
            $customer = json_decode((string) $order->customer, true) ?: [];
            // A first name alone, or a town, is in other people's lines too.
            $name = trim(($customer['firstname'] ?? '') . ' ' . ($customer['lastname'] ?? ''));
            array_push($texts, $customer['email'] ?? '', $customer['address'] ?? '', $name, (string) $order->partnercode);
            $marks[] = $order->transactionid;
            $numbers[] = $order->transactionid;
        }
        $orders->close();
        foreach (array_chunk($numbers, 500) as $some) {
            [$in, $ids] = $DB->get_in_or_equal($some);
            $DB->execute("UPDATE {local_shopengine_shadow} SET transactionid = '' WHERE transactionid $in", $ids);
        }
        $texts = array_unique(array_filter($texts, fn(string $text): bool => strlen($text) > 5));
        $marks = array_values(array_unique(array_filter($marks, fn(string $mark): bool => $mark !== '')));
        $bills = $DB->get_fieldset_select(self::TABLE, 'billid', $where, $values);
        foreach (array_chunk($bills, 500) as $some) {
            [$in, $ids] = $DB->get_in_or_equal($some);
            // That a message came, and what it did, is the seller's books; what it says of the buyer is not.
            $DB->execute("UPDATE {local_shopengine_inbox} SET query = '', body = ''
                           WHERE billid $in OR subject $in", [...$ids, ...$ids]);
            $DB->execute("UPDATE {local_shopengine_outbox} SET addresskey = '' WHERE billid $in", $ids);
            $DB->execute('DELETE FROM {' . self::LINKS . "} WHERE billid $in", $ids);
            $DB->execute("UPDATE {local_shopengine_produced} SET reason = '' WHERE billid $in", $ids);
            $DB->execute("UPDATE {local_shopengine_history} SET message = ''
                           WHERE event IN ('message', 'disowned') AND billid $in", $ids);
        }
        $empty = "userid = 0, customer = '', shown = '', invoice = '', partnercode = '', boundsession = ''";
        $DB->execute('UPDATE {' . self::TABLE . "} SET $empty WHERE $where", $values);
        // Somebody's, nobody knows whose: a tag that has vouched for a buyer does not do it again.
        $DB->execute('UPDATE {' . self::TAGS . "} SET userid = -1 WHERE $where", $values);
        $DB->execute('DELETE FROM {' . self::LINKS . "} WHERE $where", $values);
        foreach ([(new \local_shopengine\moodle_host())->trace(), \local_shopengine\moodle_host::mail_trace()] as $trace) {
            // Many texts are looked for in one reading; a few thousand at once are enough.
            foreach (array_chunk($texts, 1000) as $some) {
                $trace->conceal(array_values($some), \local_shopengine\sealing::key(), $marks);
            }
        }
    }
}
