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
 * What Moodle's log is told.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\events
 */
final class events_test extends shop_testcase {
    /**
     * A task that was done is an event; one that failed is none, and a delivery is one with its last part.
     */
    public function test_a_task_that_was_done_is_an_event(): void {
        $bill = $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $unpaid = ['bill' => $bill, 'transid' => self::TRANSID, 'status' => 'SOLDOUT', 'amount' => '71.96 EUR', 'since' => 1];
        $cases = [
            ['deliver', ['notify' => true], 'done', event\order_delivered::class],
            ['deliver', ['notify' => true], 'already', null],
            ['deliver', ['notify' => true], 'failed', null],
            ['deliver', ['notify' => false], 'done', null],
            ['mail', ['template' => 'paid'], 'done', event\order_paid::class],
            ['mail', ['template' => 'held', 'reason' => 'amount_mismatch'], 'done', event\order_held::class],
            ['mail', ['template' => 'announced'], 'done', null],
            ['mail', ['template' => 'unpaid'], 'done', null],
            ['event', ['unpaid' => $unpaid], 'done', event\bill_unpaid::class],
        ];
        foreach ($cases as [$kind, $payload, $outcome, $class]) {
            $sink = $this->redirectEvents();
            events::performed(['kind' => $kind, 'transid' => self::TRANSID, 'payload' => $payload], ['outcome' => $outcome]);
            $told = $sink->get_events();
            $sink->close();
            $this->assertSame($class === null ? [] : [$class], array_map('get_class', $told));
            foreach ($told as $event) {
                $this->assertEquals($bill, $event->objectid);
                $this->assertStringContainsString(self::TRANSID, $event->get_description());
                $this->assertNotEmpty($event->get_name());
                $this->assertEventContextNotUsed($event);
            }
        }
    }
}
