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
 * The plugin's own production, called by the engine: once for each paid order, and only by a task of the outbox.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */
class production {
    /**
     * Produces what an order bought. A mark and all that the plugin writes are committed together, so that a second worker, or
     * a second try after a crash, finds either both or nothing.
     *
     * @param string $transid transaction id
     * @return array `outcome` (done, already), `public` and `private` sentences
     */
    public static function produce(string $transid): array {
        global $DB;
        self::load();
        self::complete_items($transid);
        $id = $DB->get_field('local_shop_bill', 'id', ['transactionid' => $transid], MUST_EXIST);
        $transaction = $DB->start_delegated_transaction();
        try {
            try {
                $DB->insert_record('local_shopengine_delivery', (object) ['billid' => $id, 'timecreated' => time()]);
            } catch (\dml_write_exception $error) {
                if ($DB->record_exists('local_shopengine_delivery', ['billid' => $id])) {
                    throw new already_produced();
                }
                throw $error;
            }
            // Whoever wants to move the order meanwhile waits until it is produced.
            $DB->execute('UPDATE {local_shop_bill} SET lastactiondate = lastactiondate WHERE id = ?', [$id]);
            $before = $DB->get_record('local_shop_bill', ['id' => $id], '*', MUST_EXIST);
            $customer = self::name_account($before);
            $feedback = self::run($transid, (string) $before->productionfeedback);
            if ($customer) {
                $DB->update_record('local_shop_customer', $customer);
            }
            // The plugin saves the whole bill with amounts computed anew; amounts and status are the engine's.
            $before->productionfeedback = $DB->get_field('local_shop_bill', 'productionfeedback', ['id' => $id]);
            $DB->update_record('local_shop_bill', $before);
            $transaction->allow_commit();
        } catch (\Throwable $error) {
            $DB->force_transaction_rollback();
            if ($error instanceof already_produced || self::is_produced($id)) {
                return ['outcome' => 'already', 'public' => '', 'private' => ''];
            }
            throw $error;
        }
        return ['outcome' => 'done', 'products' => false] + $feedback;
    }

    /**
     * Writes into the lines of a bill what only the plugin's classes can: the catalogue's product as it is now, and the settings
     * of its production.
     *
     * @param string $transid transaction id
     */
    public static function complete_items(string $transid): void {
        global $DB;
        $id = $DB->get_field('local_shop_bill', 'id', ['transactionid' => $transid]);
        if ($id) {
            self::complete_bill((int) $id);
        }
    }

    /**
     * The same for a bill by its id.
     *
     * @param int $bill
     */
    public static function complete_bill(int $bill): void {
        global $DB;
        $items = $DB->get_records('local_shop_billitem', ['billid' => $bill, 'type' => 'BILLING'], 'id', 'id, itemcode, catalogitem, productiondata');
        $items = array_filter($items, fn(\stdClass $item): bool => (string) $item->catalogitem === '');
        if (!$items) {
            return;
        }
        self::load();
        $shop = new \local_shop\Shop($DB->get_field('local_shop_bill', 'shopid', ['id' => $bill]));
        $catalog = new \local_shop\Catalog($shop->catalogid);
        foreach ($items as $item) {
            $product = $catalog->get_product_by_code($item->itemcode);
            if (!$product) {
                continue;
            }
            $data = unserialize_object((string) base64_decode((string) $item->productiondata));
            $data->handlerparams = $product->handlerparams;
            $data->catalogitemdata = $product->productiondata;
            $DB->update_record('local_shop_billitem', (object) [
                'id' => $item->id,
                'catalogitem' => base64_encode(serialize($product)),
                'productiondata' => base64_encode(serialize($data)),
            ]);
        }
    }

    /**
     * The plugin finds the buyer's account by the customer's row of a bill, and makes one for a row without. The row of an account's
     * order names that account while the order is produced: also a row that is only this order's, because a partner vouched for
     * its buyer.
     *
     * @param \stdClass $bill
     * @return \stdClass|null the row as it was and shall be afterwards; null for a guest's
     */
    private static function name_account(\stdClass $bill): ?\stdClass {
        global $DB;
        if (!$bill->userid) {
            return null;
        }
        $id = (int) $bill->customerid;
        // Whoever wants to change the row meanwhile waits.
        $DB->execute('UPDATE {local_shop_customer} SET hasaccount = hasaccount WHERE id = ?', [$id]);
        $customer = $DB->get_record('local_shop_customer', ['id' => $id]);
        if ($customer) {
            $DB->set_field('local_shop_customer', 'hasaccount', $bill->userid, ['id' => $id]);
        }
        return $customer ?: null;
    }

    /**
     * Calls the plugin's production of a paid bill.
     *
     * @param string $transid
     * @param string $before what productions told so far
     * @return array `public` and `private` sentences
     */
    private static function run(string $transid, string $before): array {
        global $DB, $PAGE;
        if (!$PAGE->has_set_url()) {
            $PAGE->set_url('/local/shop/front/view.php');
            $PAGE->set_context(\context_system::instance());
        }
        $bill = \local_shop\Bill::get_by_transaction($transid);
        $shop = $bill->theshop;
        $catalog = $bill->thecatalogue;
        $block = null;
        ob_start();
        try {
            $controller = new \local_shop\front\production_controller($shop, $catalog, $block, $bill);
            $controller->receive('produce');
            // "Holding": the plugin leaves the session alone, and does not call the bill complete by itself.
            $controller->process('produce', true);
        } catch (\Throwable $error) {
            // The plugin writes its letters when all is produced and told. One that fails undoes nothing.
            if ((string) $DB->get_field('local_shop_bill', 'productionfeedback', ['id' => $bill->id]) === $before) {
                throw $error;
            }
            (new moodle_host())->log($error);
        } finally {
            ob_end_clean();
        }
        foreach ($bill->items as $item) {
            if (!empty($item->error)) {
                throw new \moodle_exception('production_failed', 'local_shopengine', '', $item->itemcode);
            }
        }
        $feedback = json_decode((string) base64_decode((string) $bill->productionfeedback));
        $told = fn(string $name): string => trim(html_to_text((string) ($feedback->$name ?? ''), 0, false));
        return ['public' => $told('public'), 'private' => $told('salesadmin')];
    }

    /**
     * Was a bill produced?
     *
     * @param int $bill
     * @return bool
     */
    private static function is_produced(int $bill): bool {
        global $DB;
        return $DB->record_exists('local_shopengine_delivery', ['billid' => $bill]);
    }

    /**
     * Loads what the plugin's production is made of.
     */
    private static function load(): void {
        global $CFG;
        foreach ([
            'locallib.php', 'lib.php', 'front/lib.php', 'mailtemplatelib.php', 'classes/Shop.class.php', 'classes/Catalog.class.php',
            'classes/Bill.class.php', 'classes/BillItem.class.php', 'front/front.controller.php', 'front/produce.controller.php',
        ] as $file) {
            require_once("$CFG->dirroot/local/shop/$file");
        }
    }
}
