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

defined('MOODLE_INTERNAL') || die();
require_once(dirname(__DIR__) . '/shop_testcase.php');

use core_privacy\local\metadata\collection;
use core_privacy\local\request\approved_contextlist;
use core_privacy\local\request\approved_userlist;
use core_privacy\local\request\userlist;
use core_privacy\local\request\writer;

/**
 * What is kept of people, told and forgotten.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\privacy\provider
 */
final class provider_test extends \local_shopengine\shop_testcase {
    /** @var \stdClass a buyer */
    private \stdClass $buyer;

    /** @var \stdClass another one */
    private \stdClass $other;

    /**
     * Two buyers with an order each.
     */
    protected function setUp(): void {
        parent::setUp();
        $this->buyer = $this->getDataGenerator()->create_user();
        $this->other = $this->getDataGenerator()->create_user();
        foreach ([self::TRANSID => $this->buyer, 'STOCKPLUGINORDER02==' => $this->other] as $transid => $user) {
            $this->stock_bill($transid, 'PLACED', $user->id);
            $this->engine()->adopt($transid);
        }
    }

    /**
     * Everything that is kept is told, in words that exist.
     */
    public function test_everything_that_is_kept_is_told(): void {
        $items = provider::get_metadata(new collection('local_shopengine'))->get_collection();
        $this->assertNotEmpty($items);
        foreach ($items as $item) {
            foreach (array_merge([$item->get_summary()], array_values($item->get_privacy_fields())) as $key) {
                $this->assertTrue(get_string_manager()->string_exists($key, 'local_shopengine'), $key);
            }
        }
    }

    /**
     * A buyer gets his own orders and nobody else's.
     */
    public function test_a_buyer_gets_his_own_orders(): void {
        $contexts = provider::get_contexts_for_userid($this->buyer->id);
        $this->assertSame([(string) \context_system::instance()->id], array_map('strval', $contexts->get_contextids()));
        $nobody = $this->getDataGenerator()->create_user();
        $this->assertCount(0, provider::get_contexts_for_userid($nobody->id));
        $users = new userlist(\context_system::instance(), 'local_shopengine');
        provider::get_users_in_context($users);
        $this->assertEqualsCanonicalizing([$this->buyer->id, $this->other->id], $users->get_userids());
        $ids = $contexts->get_contextids();
        provider::export_user_data(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $path = [get_string('pluginname', 'local_shopengine')];
        $data = writer::with_context(\context_system::instance())->get_data($path);
        $this->assertSame([self::TRANSID], array_column($data->orders, 'transactionid'));
    }

    /**
     * A buyer is forgotten, his order's amount is not; the other buyer stays.
     */
    public function test_a_buyer_is_forgotten_and_the_books_stay(): void {
        global $DB;
        foreach (['same' => self::TRANSID, 'other_cart' => 'STOCKPLUGINORDER02=='] as $cause => $transid) {
            $DB->insert_record('local_shopengine_shadow', (object) ['takeover' => 'cart', 'cause' => $cause, 'number' => 1,
                'timefirst' => 1, 'timelast' => 1, 'transactionid' => $transid]);
        }
        $ids = [\context_system::instance()->id];
        provider::delete_data_for_user(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $examples = $DB->get_records_menu('local_shopengine_shadow', null, '', 'cause, transactionid');
        $this->assertSame(['', 'STOCKPLUGINORDER02=='], [$examples['same'], $examples['other_cart']]);
        $order = $DB->get_record('local_shopengine_order', ['transactionid' => self::TRANSID], '*', MUST_EXIST);
        $this->assertSame(['0', '', '71.96'], [(string) $order->userid, (string) $order->customer, $order->amount]);
        $this->assertSame(1, $DB->count_records('local_shopengine_order', ['userid' => $this->other->id]));
        $system = \context_system::instance();
        provider::delete_data_for_users(new approved_userlist($system, 'local_shopengine', [$this->other->id]));
        $this->assertSame(0, $DB->count_records_select('local_shopengine_order', 'userid > 0'));
    }

    /**
     * What payment interfaces, handlers and emails have left of a buyer is told to the buyer and goes with the buyer,
     * and stays of others.
     */
    public function test_what_messages_emails_and_the_trace_say_of_a_buyer_is_told_and_forgotten(): void {
        global $DB;
        $host = new \local_shopengine\moodle_host();
        $traces = [$host->trace(), \local_shopengine\moodle_host::mail_trace()];
        foreach ([self::TRANSID => 'jeanne@example.org', 'STOCKPLUGINORDER02==' => 'marie@example.org'] as $transid => $email) {
            $bill = (int) $DB->get_field('local_shopengine_order', 'billid', ['transactionid' => $transid]);
            $DB->set_field('local_shopengine_order', 'customer', json_encode(['email' => $email]), ['billid' => $bill]);
            $when = ['billid' => $bill, 'timecreated' => 1, 'timemodified' => 1];
            $DB->insert_record('local_shopengine_inbox', (object) ([
                'gateway' => 'paypal', 'messagekey' => $email, 'channel' => 'notification', 'endpoint' => '', 'method' => 'POST',
                'query' => base64_encode("payer=$email"), 'contenttype' => '', 'body' => base64_encode("payer_email=$email"),
                'state' => 'done',
            ] + $when));
            $DB->insert_record('local_shopengine_outbox', (object) ([
                'taskkey' => "mail:$email", 'kind' => 'mail', 'payload' => '{}', 'state' => 'done', 'timedue' => 1, 'result' => '',
                'addresskey' => sha1($email),
            ] + $when));
            $DB->insert_record('local_shopengine_produced', (object) ([
                'billitemid' => $bill, 'phase' => 'postpay', 'state' => 'failed', 'reason' => "no account for $email",
            ] + $when));
            $DB->insert_record('local_shopengine_history', (object) ([
                'seq' => 100, 'actor' => 'gateway:paypal', 'event' => 'message', 'statusfrom' => 'PLACED', 'statusto' => 'PLACED',
                'revision' => 1, 'message' => "message of $email",
            ] + $when));
            foreach ($traces as $trace) {
                $trace->write("written to $email", $transid);
            }
        }
        $ids = [\context_system::instance()->id];
        provider::export_user_data(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $data = writer::with_context(\context_system::instance())->get_data([get_string('pluginname', 'local_shopengine')]);
        [$order] = $data->orders;
        $this->assertSame(
            ['paypal', "payer=jeanne@example.org\npayer_email=jeanne@example.org"],
            [$order->messages[0]['gateway'], $order->messages[0]['content']]
        );
        $this->assertContains('message of jeanne@example.org', array_column($order->history, 'message'));
        $this->assertStringContainsString('written to jeanne@example.org', implode("\n", $order->trace));
        $this->assertStringNotContainsString('marie', json_encode($data));

        provider::delete_data_for_user(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $kept = json_encode([$DB->get_records('local_shopengine_produced'), $DB->get_records('local_shopengine_history'),
            array_map(
                fn(\stdClass $message): array => [base64_decode($message->query), base64_decode($message->body)],
                $DB->get_records('local_shopengine_inbox')
            ),
            array_map(fn(object $trace): array => array_column($trace->scan(self::TRANSID)['entries'], 'line'), $traces),
            array_map(fn(object $trace): array => array_column($trace->scan('STOCKPLUGINORDER02==')['entries'], 'line'), $traces),
        ]);
        $this->assertStringNotContainsString('jeanne', $kept);
        // Reason, message of the history, query and body of the message, both traces.
        $this->assertSame(6, substr_count($kept, 'marie@example.org'));
        $select = "kind = 'mail' AND timecreated = 1";
        $this->assertSame(
            ['', sha1('marie@example.org')],
            array_values($DB->get_records_select_menu('local_shopengine_outbox', $select, [], 'id', 'id, addresskey'))
        );
    }

    /**
     * A buyer who is forgotten takes nothing out of the trace's lines about others, whatever they typed for their name and address.
     */
    public function test_lines_about_others_stay_when_a_buyer_is_forgotten(): void {
        global $DB;
        $trace = (new \local_shopengine\moodle_host())->trace();
        foreach ([self::TRANSID, 'STOCKPLUGINORDER02=='] as $transid) {
            $trace->write('Order placed for Marie', $transid);
        }
        $customer = json_encode([
            'firstname' => 'Order', 'lastname' => 'placed', 'address' => 'STOCKPLUGINORDER02==', 'email' => 'eve@example.org',
        ]);
        $DB->set_field('local_shopengine_order', 'customer', $customer, ['transactionid' => self::TRANSID]);
        $ids = [\context_system::instance()->id];
        provider::delete_data_for_user(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $texts = fn(string $transid): string => implode("\n", array_column($trace->scan($transid)['entries'], 'line'));
        $this->assertStringContainsString('Order placed for Marie', $texts('STOCKPLUGINORDER02=='));
        $this->assertStringContainsString('************ for Marie', $texts(self::TRANSID));
    }

    /**
     * The links in emails to a buyer are told to the buyer and end when they are forgotten, also those of a guest's time.
     */
    public function test_links_in_emails_are_forgotten_with_their_buyer(): void {
        global $DB;
        $bill = (int) $DB->get_field('local_shopengine_order', 'billid', ['transactionid' => self::TRANSID]);
        foreach (['a' => $this->buyer->id, 'b' => 0, 'c' => $this->other->id] as $digest => $userid) {
            $DB->insert_record('local_shopengine_link', (object) [
                'billid' => $userid == $this->other->id ? 0 : $bill, 'digest' => $digest, 'userid' => $userid, 'addresskey' => 'k',
                'timecreated' => 1, 'timeexpires' => 2, 'timerevoked' => 0,
            ]);
        }
        $ids = [\context_system::instance()->id];
        provider::export_user_data(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $data = writer::with_context(\context_system::instance())->get_data([get_string('pluginname', 'local_shopengine')]);
        $this->assertCount(1, $data->links);
        provider::delete_data_for_user(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $this->assertSame(['c'], $DB->get_fieldset_select('local_shopengine_link', 'digest', '1 = 1'));
    }

    /**
     * That a partner vouched for a buyer is told to the buyer and forgotten with him; the tag vouches for nobody again.
     */
    public function test_a_tag_that_vouched_for_a_buyer_is_forgotten_and_stays_spent(): void {
        global $DB;
        $host = new \local_shopengine\moodle_host();
        $partners = new \ShopEngine\Partners(\ShopEngine\Database::moodle($DB), make_request_directory() . '/trace.log', 'UTC');
        $partner = $partners->register($this->shop, 'ECOLE', ['name' => 'École', 'referer' => 'https://ecole.example'], 2);
        $unsigned = ['authenticates' => true, 'signature' => false, 'unsignedlinks' => true, 'unsignedconfirmed' => true];
        $partners->change($partner['id'], $unsigned, 2);
        $arrive = fn(string $session): array => $host->engine()->handle([
            'method' => 'GET', 'script' => '/local/shop/front/view.php',
            'query' => "shopid=$this->shop&what=import&monproduit=1&partner=ECOLE_t1_" . $this->buyer->email, 'https' => true,
            'referer' => 'https://ecole.example/cours', 'wwwroot' => 'https://shop.example', 'lang' => 'en',
            'sesskey' => $session,
        ]);
        $this->assertSame(303, $arrive('one')['status']);
        $users = $DB->get_fieldset_select('local_shopengine_tag', 'userid', '1 = 1');
        $this->assertSame([(int) $this->buyer->id], array_map('intval', $users));
        $ids = [\context_system::instance()->id];
        provider::export_user_data(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $data = writer::with_context(\context_system::instance())->get_data([get_string('pluginname', 'local_shopengine')]);
        $this->assertCount(1, $data->arrivals);

        provider::delete_data_for_user(new approved_contextlist($this->buyer, 'local_shopengine', $ids));
        $this->assertSame(0, $DB->count_records('local_shopengine_tag', ['userid' => $this->buyer->id]));
        $arrive('two');
        $this->assertSame(0, $DB->count_records('local_shopengine_tag', ['userid' => $this->buyer->id]));
        $entries = $DB->get_fieldset_select('local_shopengine_ledger', 'state', 'partnerid = ? ORDER BY seq', [$partner['id']]);
        $this->assertSame(['authenticated', 'identified'], $entries);
    }

    /**
     * All are forgotten.
     */
    public function test_everybody_is_forgotten(): void {
        global $DB;
        provider::delete_data_for_all_users_in_context(\context_system::instance());
        $this->assertSame(0, $DB->count_records_select('local_shopengine_order', 'userid > 0'));
        $this->assertSame(2, $DB->count_records('local_shopengine_order'));
    }
}
