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
 * What cron does.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\task
 */
final class task_test extends shop_testcase {
    /**
     * Runs a task and gives what it said.
     *
     * @param \core\task\scheduled_task $task
     * @return string
     */
    private function run_task(\core\task\scheduled_task $task): string {
        ob_start();
        try {
            $task->execute();
        } finally {
            $said = ob_get_clean();
        }
        return $said;
    }

    /**
     * Each task is on Moodle's list, with a name.
     */
    public function test_the_tasks_are_on_the_list(): void {
        $tasks = \core\task\manager::load_scheduled_tasks_for_component('local_shopengine');
        $names = array_map(fn($task): string => (new \ReflectionClass($task))->getShortName(), $tasks);
        sort($names);
        $this->assertSame(['inbox', 'integrity', 'outbox', 'stale', 'trace'], $names);
        foreach ($tasks as $task) {
            $this->assertNotEmpty($task->get_name());
        }
    }

    /**
     * A report that cannot be recorded ends neither the page nor the work for other orders.
     */
    public function test_a_report_that_cannot_be_recorded_ends_no_other_task(): void {
        $engine = new class {
            /** @var int[] ids of the tasks that are due */
            public array $due = [1, 2];

            /** @var int[] ids of the tasks that were reported */
            public array $finished = [];

            /**
             * As the engine's.
             *
             * @param int $limit
             * @return array[]
             */
            public function lease(int $limit): array {
                $leased = array_splice($this->due, 0, $limit);
                return array_map(fn(int $id): array => ['id' => $id, 'stamp' => 'stamp', 'lock' => ''], $leased);
            }

            /**
             * As the engine's.
             *
             * @param int $id
             */
            public function finish(int $id): void {
                if ($id === 1) {
                    throw new \RuntimeException('not recorded');
                }
                $this->finished[] = $id;
            }
        };
        $host = $this->createMock(host::class);
        $host->method('perform')->willReturn(['outcome' => 'done']);
        $host->expects($this->once())->method('log');
        $host->expects($this->once())->method('performed');
        $this->assertSame(2, outbox::drain($engine, $host));
        $this->assertSame([2], $engine->finished);
    }

    /**
     * What buyers wait for is looked at each minute, the rest as often as the documents say.
     */
    public function test_tasks_run_as_often_as_they_have_to(): void {
        $minutes = [];
        foreach (\core\task\manager::load_default_scheduled_tasks_for_component('local_shopengine') as $task) {
            $name = (new \ReflectionClass($task))->getShortName();
            $minutes[$name] = $task->get_minute();
            if ($name !== 'integrity') {
                $this->assertSame('*', $task->get_hour(), $name);
            }
        }
        $this->assertSame(['*', '*', '*/5'], [$minutes['outbox'], $minutes['inbox'], $minutes['trace']]);
        $this->assertCount(5, $minutes);
    }

    /**
     * Orders that nobody pays are cancelled after the hours of the setting.
     */
    public function test_stale_orders_are_cancelled(): void {
        global $DB;
        $bill = $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $this->assertStringContainsString('orders cancelled: 0', $this->run_task(new task\stale()));
        $DB->set_field('local_shopengine_order', 'timemodified', (time() - 47 * HOURSECS) * 1000);
        $this->assertStringContainsString('orders cancelled: 0', $this->run_task(new task\stale()));
        set_config('stalehours', '0', 'local_shopengine');
        $DB->set_field('local_shopengine_order', 'timemodified', (time() - 1000 * HOURSECS) * 1000);
        $this->assertStringContainsString('orders cancelled: 0', $this->run_task(new task\stale()));
        set_config('stalehours', '48', 'local_shopengine');
        $this->assertStringContainsString('orders cancelled: 1', $this->run_task(new task\stale()));
        $this->assertSame('CANCELLED', $DB->get_field('local_shop_bill', 'status', ['id' => $bill]));
    }

    /**
     * Moves of the plugin's pages are adopted.
     */
    public function test_the_inbox_task_brings_bills_and_orders_together(): void {
        global $DB;
        $bill = $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $DB->set_field('local_shop_bill', 'status', 'PENDING', ['id' => $bill]);
        $this->assertStringContainsString(self::TRANSID . ' adopted', $this->run_task(new task\inbox()));
        $this->assertSame('PENDING', $this->engine()->order(self::TRANSID)['status']);
        $this->assertSame('', $this->run_task(new task\inbox()));
    }

    /**
     * What is wrong is said in a sentence.
     */
    public function test_the_integrity_task_says_what_is_wrong(): void {
        global $DB;
        $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $this->assertStringContainsString('findings: 0', $this->run_task(new task\integrity()));
        $DB->delete_records('local_shopengine_history');
        $said = $this->run_task(new task\integrity());
        $this->assertStringContainsString('findings: 1', $said);
        $this->assertStringContainsString(get_string(
            'history_gap',
            'local_shopengine',
            (object) ['transid' => self::TRANSID, 'expected' => 1]
        ), $said);
    }

    /**
     * Mail that an order leaves behind is sent by the task.
     */
    public function test_the_outbox_task_sends_mail(): void {
        global $DB;
        $bill = $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $DB->set_field('local_shop_bill', 'status', 'COMPLETE', ['id' => $bill]);
        $this->engine()->reconcile();
        $sink = $this->redirectEmails();
        $this->assertStringContainsString('tasks performed: 1', $this->run_task(new task\outbox()));
        $emails = $sink->get_messages();
        $this->assertSame(['jean.dupont@example.org'], array_column($emails, 'to'));
        $this->assertStringContainsString('tasks performed: 0', $this->run_task(new task\outbox()));
    }
}
