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

namespace local_shopengine;

defined('MOODLE_INTERNAL') || die();
require_once(__DIR__ . '/shop_testcase.php');

/**
 * What the status page says.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\check
 */
final class check_test extends shop_testcase {
    /**
     * The checks are on the page, each with a name and a result.
     */
    public function test_the_checks_are_on_the_status_page(): void {
        $all = \core\check\manager::get_status_checks();
        $ours = array_filter($all, fn($check): bool => $check->get_component() === 'local_shopengine');
        $classes = array_map(fn(string $file): string => basename($file, '.php'), glob(dirname(__DIR__) . '/classes/check/*.php'));
        $names = array_map(fn($check): string => (new \ReflectionClass($check))->getShortName(), array_values($ours));
        $this->assertEqualsCanonicalizing($classes, $names);
        foreach ($ours as $check) {
            $this->assertStringStartsWith('Shop engine', $check->get_name());
            $this->assertNotEmpty($check->get_result()->get_summary());
        }
    }

    /**
     * Work that waits is a warning, then an error.
     */
    public function test_work_that_waits_is_told(): void {
        global $DB;
        $this->assertSame(\core\check\result::OK, (new check\outbox())->get_result()->get_status());
        $row = ['taskkey' => 'k', 'billid' => 1, 'kind' => 'mail', 'payload' => '{}', 'state' => 'due', 'timecreated' => 1,
            'timemodified' => 1, 'timedue' => (time() - 30) * 1000];
        $id = $DB->insert_record('local_shopengine_outbox', $row);
        $this->assertSame(\core\check\result::OK, (new check\outbox())->get_result()->get_status());
        $DB->set_field('local_shopengine_outbox', 'timedue', (time() - 3600) * 1000, ['id' => $id]);
        $this->assertSame(\core\check\result::WARNING, (new check\outbox())->get_result()->get_status());
        $DB->set_field('local_shopengine_outbox', 'timedue', (time() - DAYSECS) * 1000, ['id' => $id]);
        $this->assertSame(\core\check\result::ERROR, (new check\outbox())->get_result()->get_status());
        $DB->set_field('local_shopengine_outbox', 'state', 'done', ['id' => $id]);
        $this->assertSame(\core\check\result::OK, (new check\outbox())->get_result()->get_status());
    }

    /**
     * Held orders and other findings are told, with sentences.
     */
    public function test_held_orders_and_findings_are_told(): void {
        global $DB;
        $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $this->assertSame(\core\check\result::OK, (new check\held())->get_result()->get_status());
        $this->assertSame(\core\check\result::OK, (new check\integrity())->get_result()->get_status());
        $DB->set_field('local_shopengine_order', 'held', 'oversold');
        $this->assertSame(\core\check\result::WARNING, (new check\held())->get_result()->get_status());
        $result = (new check\integrity())->get_result();
        $this->assertSame(\core\check\result::ERROR, $result->get_status());
        $this->assertStringContainsString(self::TRANSID, $result->get_details());
        $this->assertStringContainsString(s(get_string('oversold', 'local_shopengine')), $result->get_details());
    }

    /**
     * A bill that was sold without a payment is an error until a seller has looked.
     */
    public function test_a_bill_that_was_sold_without_a_payment_is_told(): void {
        $this->assertSame(\core\check\result::OK, (new check\unpaid())->get_result()->get_status());
        foreach (['cart', 'customer', 'placement', 'payment', 'production', 'endpoints', 'backoffice'] as $name) {
            set_config($name, 'on', 'local_shopengine');
        }
        $bill = $this->stock_bill(self::TRANSID, 'SOLDOUT');
        foreach ([false, true] as $reported) {
            $result = (new check\unpaid())->get_result();
            $this->assertSame(\core\check\result::ERROR, $result->get_status());
            $this->assertStringContainsString(self::TRANSID, $result->get_details());
            $this->assertSame($reported ? [] : ['reported'], array_column($this->engine()->reconcile(), 'outcome'));
        }
        $this->engine()->handle(['method' => 'POST', 'script' => '/local/shopengine/orders.php', 'query' => '',
            'wwwroot' => 'https://www.example.com', 'body' => "what=acknowledge&billid=$bill&sesskey=key",
            'contenttype' => 'application/x-www-form-urlencoded', 'sesskey' => 'key', 'lang' => 'en',
            'user' => ['id' => 2, 'username' => 'admin', 'may' => ['orders']], 'session' => []]);
        $this->assertSame(\core\check\result::OK, (new check\unpaid())->get_result()->get_status());
    }

    /**
     * Products that share an address are told, by name.
     */
    public function test_products_that_share_an_address_are_told(): void {
        global $DB;
        $this->assertSame(\core\check\result::OK, (new check\catalogue())->get_result()->get_status());
        foreach (['Alpha', 'Beta'] as $name) {
            $item = $DB->insert_record('local_shop_catalogitem', (object) ['catalogid' => 1, 'categoryid' => 1,
                'code' => strtoupper($name), 'shortname' => strtolower($name), 'name' => $name, 'description' => '', 'price1' => 1,
                'taxcode' => 0, 'stock' => 0, 'sold' => 0, 'status' => 'AVAILABLE', 'setid' => 0, 'quantaddressesusers' => 0,
                'requireddata' => '']);
            $DB->insert_record('local_shopengine_item', ['catalogitemid' => $item, 'fulfillmenturl' => 'https://a.example/book']);
        }
        $result = (new check\catalogue())->get_result();
        $this->assertSame(\core\check\result::WARNING, $result->get_status());
        $this->assertStringContainsString('Alpha, Beta', $result->get_details());
        $DB->set_field('local_shopengine_item', 'fulfillmenturl', 'https://a.example/${ORDER_ID}');
        $this->assertSame(\core\check\result::OK, (new check\catalogue())->get_result()->get_status());
    }

    /**
     * Cron that never ran, or ran long ago, is told.
     */
    public function test_cron_that_does_not_run_is_told(): void {
        $task = \core\task\manager::get_scheduled_task(task\outbox::class);
        $this->assertSame(\core\check\result::WARNING, (new check\cron())->get_result()->get_status());
        foreach ([[time() - 60, \core\check\result::OK], [time() - DAYSECS, \core\check\result::ERROR]] as [$last, $status]) {
            global $DB;
            $DB->set_field('task_scheduled', 'lastruntime', $last, ['classname' => '\\' . get_class($task)]);
            $this->assertSame($status, (new check\cron())->get_result()->get_status());
        }
    }

    /**
     * A trace that was changed after it was sealed is told, once the task has compared it.
     */
    public function test_a_trace_that_was_changed_is_told(): void {
        $status = fn(): string => (new check\seals())->get_result()->get_status();
        $this->assertSame(\core\check\result::NA, $status());
        set_config('tracechain', '1', 'local_shopengine');
        $this->assertSame(\core\check\result::INFO, $status());
        $file = moodle_host::trace_file();
        file_put_contents($file, "-- 2024-5-14 15:39:00 001 -1-  [A==] total 100\n");
        sealing::seal((new moodle_host())->trace(), 'trace');
        sealing::inspect(fn() => null);
        $this->assertSame(\core\check\result::OK, $status());
        file_put_contents($file, "-- 2024-5-14 15:39:00 001 -1-  [A==] total 900\n");
        $said = [];
        sealing::inspect(function (string $sentence) use (&$said): void {
            $said[] = $sentence;
        });
        $result = (new check\seals())->get_result();
        $this->assertSame(\core\check\result::ERROR, $result->get_status());
        $this->assertCount(1, $said);
        $this->assertStringContainsString(s($said[0]), $result->get_details());
        unlink($file);
        unlink("$file.chain");
    }

    /**
     * With a file for each machine, the end of each file's chain is kept: one that vanishes is told,
     * one that went with its age is not.
     */
    public function test_a_machines_trace_that_vanished_is_told(): void {
        set_config('tracechain', '1', 'local_shopengine');
        set_config('tracesink', 'filepernode', 'local_shopengine');
        set_config('tracenode', 'web1', 'local_shopengine');
        $own = dirname(moodle_host::trace_file()) . '/merchant_trace.web1.log';
        (new moodle_host())->trace()->write('Order placed', 'A==');
        sealing::seal((new moodle_host())->trace(), 'trace');
        $this->assertSame(['merchant_trace.log', 'merchant_trace.web1.log'], sealing::sealed_files('trace'));
        $found = function (): array {
            sealing::inspect(fn() => null);
            return sealing::found()['sentences'];
        };
        $this->assertSame([], $found());
        unlink($own);
        unlink("$own.chain");
        $this->assertSame(['merchant_trace.log'], sealing::sealed_files('trace'));
        set_config('tracenode', 'web2', 'local_shopengine');
        $this->assertCount(1, $found());
        $this->assertStringStartsWith('merchant_trace.web1.log: ', $found()[0]);
        sealing::forget('trace', ['merchant_trace.web1.log']);
        $this->assertSame([], $found());
        unlink(moodle_host::trace_file() . '.chain');
    }

    /**
     * The task seals, puts aside and removes; a machine that is no more is not missed when its files went with their age.
     */
    public function test_the_task_seals_what_it_puts_aside(): void {
        set_config('trace', 'on', 'local_shopengine');
        set_config('tracechain', '1', 'local_shopengine');
        set_config('tracesink', 'filepernode', 'local_shopengine');
        $folder = dirname(moodle_host::trace_file());
        foreach (['web1', 'web2'] as $node) {
            set_config('tracenode', $node, 'local_shopengine');
            (new moodle_host())->trace()->write('Order placed', 'A==');
            sealing::seal((new moodle_host())->trace(), 'trace');
        }
        $entry = "-- 2024-5-14 15:39:00 001 -1-  Mail\nPassword: s3cr3t\n";
        file_put_contents("$folder/merchant_mail_trace.log", $entry, FILE_APPEND);
        $run = function (): array {
            ob_start();
            (new task\trace())->execute();
            ob_end_clean();
            sealing::inspect(fn() => null);
            return sealing::found()['sentences'];
        };
        $this->assertSame([], $run());
        $this->assertStringNotContainsString('s3cr3t', file_get_contents("$folder/merchant_mail_trace.log"));
        set_config('tracedays', 1, 'local_shopengine');
        file_put_contents("$folder/merchant_trace.log", "-- 2024-5-14 15:39:00 001 -1-  [A==] Paid\n", FILE_APPEND);
        $this->assertSame([], $run());
        $aside = glob("$folder/merchant_trace.log.*-???");
        $this->assertCount(1, $aside);
        $this->assertFileExists("{$aside[0]}.chain");
        // The first machine is no more, and its file was put aside long ago.
        $old = "$folder/merchant_trace.web1.log.20240514-153900-001";
        rename("$folder/merchant_trace.web1.log", $old);
        rename("$folder/merchant_trace.web1.log.chain", "$old.chain");
        touch($old, time() - 40 * DAYSECS);
        set_config('tracekeep', 30, 'local_shopengine');
        $this->assertSame([], $run());
        $this->assertSame([], glob("$folder/merchant_trace.web1.log*"));
        array_map(unlink(...), glob("$folder/merchant_*trace.*"));
    }
}
