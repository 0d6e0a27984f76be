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
 * Lines of a bill that only the plugin's classes can complete.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class bill_items {
    /**
     * Writes into the lines of a bill what only the plugin's classes can: the catalogue's product as it is now, and the settings
     * of its production.
     *
     * @param string $transid transaction id
     */
    public static function complete(string $transid): void {
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
        $conditions = ['billid' => $bill, 'type' => 'BILLING'];
        $items = $DB->get_records('local_shop_billitem', $conditions, 'id', 'id, itemcode, catalogitem, productiondata');
        $items = array_filter($items, fn(\stdClass $item): bool => (string) $item->catalogitem === '');
        if (!$items) {
            return;
        }
        production::load();
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
}
