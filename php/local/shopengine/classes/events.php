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

/**
 * Tells Moodle what became of an order, where the effect is performed: once for each task that succeeded.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class events {
    /** Template of an email to event. */
    private const EVENTS = ['paid' => event\order_paid::class, 'held' => event\order_held::class];

    /**
     * Triggers the event that a task of the outbox stands for, if it has one and was done now.
     *
     * @param array $task as the engine leased it
     * @param array $result as the host performed it
     */
    public static function performed(array $task, array $result): void {
        if ($result['outcome'] !== 'done') {
            return;
        }
        if (isset($task['payload']['unpaid']) && $task['kind'] === 'event') {
            self::bill_unpaid($task['payload']['unpaid']);
            return;
        }
        $delivered = $task['kind'] === 'deliver' && $task['payload']['notify'];
        $class = $delivered ? event\order_delivered::class : self::EVENTS[$task['payload']['template'] ?? ''] ?? null;
        if ($class !== null) {
            $class::create([
                'context' => \context_system::instance(),
                'objectid' => self::bill($task['transid']),
                'other' => ['transid' => $task['transid'], 'reason' => $task['payload']['reason'] ?? ''],
            ])->trigger();
        }
    }

    /**
     * Tells that a bill was sold without a payment.
     *
     * @param array $bill as the engine tells it
     */
    private static function bill_unpaid(array $bill): void {
        event\bill_unpaid::create([
            'context' => \context_system::instance(),
            'objectid' => $bill['bill'],
            'other' => array_intersect_key($bill, array_flip(['transid', 'status', 'amount', 'since'])),
        ])->trigger();
    }

    /**
     * The bill of a transaction.
     *
     * @param string $transid
     * @return int
     */
    private static function bill(string $transid): int {
        global $DB;
        return (int) $DB->get_field('local_shopengine_order', 'billid', ['transactionid' => $transid]);
    }
}
