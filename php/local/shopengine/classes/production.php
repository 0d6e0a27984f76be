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
 * The plugin's own production, called by the engine: line by line, as the order's account, and only by a task of the outbox.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class production {
    /** Files of the plugin that its production is made of. */
    private const FILES = [
        'locallib.php', 'lib.php', 'front/lib.php', 'mailtemplatelib.php', 'classes/Shop.class.php', 'classes/Catalog.class.php',
        'classes/Bill.class.php', 'classes/BillItem.class.php', 'front/front.controller.php', 'front/produce.controller.php',
        // Not every handler names its parent's file.
        'datahandling/shophandler.class.php',
    ];

    /** The plugin's functions by phase. */
    private const PHASES = ['prepay' => 'produce_prepay', 'postpay' => 'produce_postpay'];

    /** The plugin's functions for one line, by phase. */
    private const ITEM_PHASES = ['prepay' => 'product_prepay_item', 'postpay' => 'product_postpay_item'];

    /** @var array what was performed of the lines so far */
    private static array $lines = [];

    /** @var array|null the line and phase under way */
    private static ?array $underway = null;

    /**
     * Produces the lines that a task names, and lets the plugin send its last emails when the task says so and no line failed.
     *
     * @param array $task of kind `deliver` or `prepare`
     * @return array `outcome` (done, failed), `public` and `private` sentences, `lines`
     */
    public static function perform(array $task): array {
        self::$lines = [];
        $payload = $task['payload'];
        return acting_as::account($payload['account'], $task['order']['lang'], function () use ($task, $payload): array {
            self::load();
            bill_items::complete($task['transid']);
            try {
                foreach ($payload['lines'] as $line) {
                    self::produce_line($task['transid'], $line, $payload['account']);
                }
            } catch (no_longer_wanted) {
                // The engine sees to the order when it gets the report.
                return ['outcome' => 'done', 'lines' => self::$lines] + self::told($task['transid']);
            }
            $failed = in_array('failed', array_column(self::$lines, 'outcome'), true);
            if ($payload['notify'] && !$failed) {
                self::notify($task['transid'], $payload['account']);
            }
            return ['outcome' => $failed ? 'failed' : 'done', 'lines' => self::$lines] + self::told($task['transid']);
        });
    }

    /**
     * What is to be reported when a product's handler has ended the request.
     *
     * @return array as perform() returns it
     */
    public static function interrupted(): array {
        $reason = self::reason(new \moodle_exception('line_interrupted', 'local_shopengine'));
        $lines = self::$lines;
        if (self::$underway !== null) {
            $lines[] = self::$underway + ['outcome' => 'failed', 'private' => $reason];
        }
        return ['outcome' => 'failed', 'public' => '', 'private' => $reason, 'lines' => $lines];
    }

    /**
     * Produces the phases of a line in their order; the first that fails ends it.
     *
     * @param string $transid
     * @param array $line `item` (id of the bill item), `phases`, `produced` (by a handler?), `handler` and `elements` as they were
     *     ordered
     * @param int $account
     */
    private static function produce_line(string $transid, array $line, int $account): void {
        foreach ($line['phases'] as $phase) {
            self::$underway = ['item' => $line['item'], 'phase' => $phase];
            $result = $line['produced']
                ? self::produce($transid, $line, $phase, $account)
                : ['outcome' => 'done', 'private' => ''];
            self::$lines[] = self::$underway + $result;
            self::$underway = null;
            if ($result['outcome'] === 'failed') {
                return;
            }
        }
    }

    /**
     * Produces one phase of a line. Its mark and all that the handler writes are committed together, so that a second worker, or a
     * retry after a crash, finds either both or nothing; emails are sent after the commit.
     *
     * @param string $transid
     * @param array $line as of produce_line()
     * @param string $phase
     * @param int $account
     * @param int $attempts how often it may begin anew when the database ended it in favour of another order's production
     * @return array `outcome` (done, already, failed) and `private`
     */
    private static function produce(string $transid, array $line, string $phase, int $account, int $attempts = 5): array {
        global $DB;
        $mark = ['billitemid' => $line['item'], 'phase' => $phase];
        $transaction = $DB->start_delegated_transaction();
        $emails = held_emails::begin();
        try {
            $before = self::lock_bill($transid);
            self::mark((int) $before->id, $mark);
            $customer = self::name_account($before, $account);
            self::run(self::bill($before), $line, $phase);
            self::restore($before, $customer);
            $transaction->allow_commit();
        } catch (\Throwable $error) {
            $DB->force_transaction_rollback();
            $emails->drop();
            if ($error instanceof no_longer_wanted) {
                self::$underway = null;
                throw $error;
            }
            if (
                $error instanceof already_produced
                || $DB->record_exists('local_shopengine_produced', $mark + ['state' => 'done'])
            ) {
                return ['outcome' => 'already', 'private' => ''];
            }
            if ($attempts > 1 && self::is_deadlock($error)) {
                // Nothing of it is left. The other one goes first.
                usleep(random_int(10000, 100000));
                return self::produce($transid, $line, $phase, $account, $attempts - 1);
            }
            (new moodle_host())->log($error);
            return ['outcome' => 'failed', 'private' => self::reason($error)];
        }
        $emails->send($transid);
        return ['outcome' => 'done', 'private' => ''];
    }

    /**
     * Did the database end this transaction because it and another one waited for each other?
     *
     * @param \Throwable $error
     * @return bool
     */
    private static function is_deadlock(\Throwable $error): bool {
        return $error instanceof \dml_exception && preg_match('/deadlock|could not serialize/i', (string) ($error->error ?? ''));
    }

    /**
     * Why a line failed, in the site's language: the seller reads it.
     *
     * @param \Throwable $error
     * @return string
     */
    private static function reason(\Throwable $error): string {
        global $CFG;
        if ($error instanceof \moodle_exception && $error->module === 'local_shopengine') {
            return get_string_manager()->get_string($error->errorcode, $error->module, $error->a, $CFG->lang);
        }
        return $error->getMessage();
    }

    /**
     * Locks a bill until the end of the transaction: a change of it waits, and one that came before is seen.
     *
     * @param string $transid
     * @return \stdClass the bill
     */
    private static function lock_bill(string $transid): \stdClass {
        global $DB;
        $DB->execute('UPDATE {local_shop_bill} SET lastactiondate = lastactiondate WHERE transactionid = ?', [$transid]);
        if (!(new moodle_host())->engine()->mayProduce($transid)) {
            throw new no_longer_wanted();
        }
        return $DB->get_record('local_shop_bill', ['transactionid' => $transid], '*', MUST_EXIST);
    }

    /**
     * The plugin's object of a bill, with the amounts of its row: the plugin computes them anew from the taxes of today.
     *
     * @param \stdClass $row
     * @return \local_shop\Bill
     */
    private static function bill(\stdClass $row): \local_shop\Bill {
        $bill = \local_shop\Bill::get_by_transaction($row->transactionid);
        foreach (['untaxedamount', 'taxes', 'amount'] as $name) {
            $bill->$name = $row->$name;
        }
        return $bill;
    }

    /**
     * Marks a phase of a line as produced.
     *
     * @param int $bill
     * @param array $mark `billitemid` and `phase`
     */
    private static function mark(int $bill, array $mark): void {
        global $DB;
        $now = (int) (microtime(true) * 1000);
        $row = ['state' => 'done', 'reason' => '', 'timemodified' => $now];
        $found = $DB->get_record('local_shopengine_produced', $mark);
        if (!$found) {
            $DB->insert_record('local_shopengine_produced', (object) ($mark + $row + ['billid' => $bill, 'timecreated' => $now]));
        } else if ($found->state !== 'done') {
            $DB->update_record('local_shopengine_produced', (object) (['id' => $found->id] + $row));
        } else {
            throw new already_produced();
        }
    }

    /**
     * The plugin saves the whole bill with amounts computed anew; amounts and status are the engine's,
     * and the customer's row is the account's.
     *
     * @param \stdClass $before the bill as it was
     * @param \stdClass|null $customer the customer's row as it was, if it is to be kept
     */
    private static function restore(\stdClass $before, ?\stdClass $customer): void {
        global $DB;
        if ($customer) {
            $DB->update_record('local_shop_customer', $customer);
        }
        $before->productionfeedback = $DB->get_field('local_shop_bill', 'productionfeedback', ['id' => $before->id]);
        $DB->update_record('local_shop_bill', $before);
    }

    /**
     * Lets the plugin produce one phase of a line.
     *
     * @param \local_shop\Bill $bill
     * @param array $ordered as of produce_line()
     * @param string $phase
     */
    private static function run(\local_shop\Bill $bill, array $ordered, string $phase): void {
        $item = $ordered['item'];
        $line = $bill->items[$item] ?? null;
        $product = $line ? $bill->thecatalogue->get_product_by_code($line->itemcode) : null;
        if (!$product || !$product->id) {
            throw new \moodle_exception('line_no_product', 'local_shopengine', '', $line->itemcode ?? '');
        }
        line_answer::check_elements($product, array_column($ordered['elements'], 'id'));
        line_answer::check_ordered_handler($product, $ordered['handler']);
        foreach ($product->elements as $element) {
            line_answer::check_ordered_handler($element, array_column($ordered['elements'], 'handler', 'id')[$element->id] ?? '');
        }
        line_answer::check_handler($product);
        $bill->items = [$item => $line];
        // Some handlers read the account here.
        $bill->user = $bill->customeruser;
        if ($product->isset == PRODUCT_BUNDLE) {
            $response = self::produce_bundle($bill, $line, $phase, $product->elements);
        } else {
            $response = self::PHASES[$phase]($bill);
            line_answer::check($product, $line, $phase, $response);
        }
        shop_aggregate_production($bill, $response);
    }

    /**
     * Lets the plugin produce a bundle: each element by itself, so that the answer of each is known,
     * then what the bundle's own handler does.
     *
     * @param \local_shop\Bill $bill
     * @param \local_shop\BillItem $line
     * @param string $phase
     * @param \local_shop\CatalogItem[] $elements
     * @return \stdClass all answers
     */
    private static function produce_bundle(
        \local_shop\Bill $bill,
        \local_shop\BillItem $line,
        string $phase,
        array $elements
    ): \stdClass {
        // As the plugin's functions for whole bills do.
        $line->transactionid = $bill->transactionid;
        $line->customer = $bill->customer;
        $line->shopid = $bill->theshop->id;
        $all = line_answer::feedback('');
        foreach ([...array_values($elements), null] as $element) {
            $part = $bill->thecatalogue->get_product_by_code($line->itemcode);
            $part->elements = $element ? [$element] : [];
            if ($element) {
                $part->enablehandler = '';
            }
            $response = line_answer::feedback('');
            self::ITEM_PHASES[$phase]($line, $part, $bill, $response);
            line_answer::check($element ?? $part, $line, $phase, $response);
            foreach ((array) $response as $name => $text) {
                $all->$name .= $text;
            }
        }
        return $all;
    }

    /**
     * Lets the plugin send the emails with which it ends a production: once, after everything is committed. That the buyer was told
     * is noted once the mail server has taken the email to them; the engine tells them of the payment otherwise,
     * also after a crash meanwhile.
     *
     * @param string $transid
     * @param int $account
     */
    private static function notify(string $transid, int $account): void {
        global $DB;
        $transaction = $DB->start_delegated_transaction();
        $emails = held_emails::begin();
        try {
            $before = self::lock_bill($transid);
            if ($DB->record_exists('local_shopengine_delivery', ['billid' => $before->id])) {
                throw new already_produced();
            }
            $DB->insert_record('local_shopengine_delivery', (object) ['billid' => $before->id, 'timecreated' => time()]);
            $customer = self::name_account($before, $account);
            $bill = self::bill($before);
            $buyer = \core_text::strtolower((string) ($bill->customeruser->email ?? ''));
            line_answer::notify($bill);
            // Only the emails count: what the plugin wrote beside them is put back. Where no handler reported,
            // it keeps an empty report.
            $feedback = $before->productionfeedback ?? base64_encode(json_encode(line_answer::feedback('')));
            self::restore($before, $customer);
            $DB->set_field('local_shop_bill', 'productionfeedback', $feedback, ['id' => $before->id]);
            $transaction->allow_commit();
        } catch (\Throwable $error) {
            $DB->force_transaction_rollback();
            $emails->drop();
            // What is delivered stays delivered.
            if (!$error instanceof already_produced && !$error instanceof no_longer_wanted) {
                (new moodle_host())->log($error);
            }
            return;
        }
        if (in_array($buyer, $emails->send($transid), true)) {
            $DB->set_field('local_shopengine_delivery', 'told', 1, ['billid' => $before->id]);
        }
    }

    /**
     * What the plugin's productions of a bill have reported.
     *
     * @param string $transid
     * @return array `public` and `private` sentences
     */
    private static function told(string $transid): array {
        global $DB;
        $stored = $DB->get_field('local_shop_bill', 'productionfeedback', ['transactionid' => $transid]);
        $feedback = line_answer::feedback((string) $stored);
        $told = fn(string $name): string => trim(html_to_text($feedback->$name, 0, false));
        return ['public' => $told('public'), 'private' => $told('salesadmin')];
    }

    /**
     * The plugin finds the buyer's account by the customer's row of a bill, and makes one for a row without. The row of an
     * account's order names that account while the order is produced: also a row that is only this order's, because a partner
     * vouched for its buyer.
     *
     * @param \stdClass $bill
     * @param int $account the order's account; 0 for none
     * @return \stdClass|null the row as it was and shall be afterwards; null for a guest's
     */
    private static function name_account(\stdClass $bill, int $account): ?\stdClass {
        global $DB;
        if ($account === 0) {
            return null;
        }
        $id = (int) $bill->customerid;
        // Locks the row until the commit.
        $DB->execute('UPDATE {local_shop_customer} SET hasaccount = hasaccount WHERE id = ?', [$id]);
        $customer = $DB->get_record('local_shop_customer', ['id' => $id]);
        if ($customer) {
            $DB->set_field('local_shop_customer', 'hasaccount', $account, ['id' => $id]);
        }
        return $customer ?: null;
    }

    /**
     * Loads what the plugin's production is made of.
     */
    public static function load(): void {
        global $CFG;
        foreach (self::FILES as $file) {
            require_once("$CFG->dirroot/local/shop/$file");
        }
    }
}
