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
 * A shop with one product, and bills as the plugin's own pages write them.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
abstract class shop_testcase extends \advanced_testcase {
    /** @var int the shop */
    protected int $shop;

    /** @var int the tax of 20 % */
    protected int $tax;

    /**
     * Fills the tables.
     */
    protected function setUp(): void {
        global $DB;
        parent::setUp();
        $this->resetAfterTest();
        // The engine's transactions are its own.
        $this->preventResetByRollback();
        set_config('test', 1, 'local_shop');
        set_config('sellername', 'Seller', 'local_shop');
        $DB->delete_records('local_shop');
        $DB->delete_records('local_shop_catalog');
        // Moodle's tests count from a hundred thousand on PostgreSQL;
        // the plugin keeps these two numbers in columns that end at 32767.
        $catalog = 2;
        $this->shop = 2;
        $DB->import_record('local_shop_catalog', (object) ['id' => $catalog, 'name' => 'Catalogue', 'description' => '',
            'descriptionformat' => 1, 'salesconditions' => '', 'salesconditionsformat' => 1, 'billfooter' => '',
            'billfooterformat' => 1]);
        $DB->import_record('local_shop', (object) ['id' => $this->shop, 'name' => 'Shop', 'description' => '',
            'descriptionformat' => 1, 'currency' => 'EUR', 'catalogid' => $catalog, 'eula' => '', 'eulaformat' => 1,
            'defaultpaymode' => 'check']);
        $tax = ['country' => 'FR', 'title' => 'TVA 20 %', 'ratio' => 20, 'formula' => ''];
        $this->tax = $DB->insert_record('local_shop_tax', $tax);
        $DB->insert_record('local_shop_catalogitem', ['catalogid' => $catalog, 'code' => 'MONPRODUIT', 'shortname' => 'monproduit',
            'name' => 'MonProduit', 'description' => '', 'descriptionformat' => 1, 'notes' => '', 'notesformat' => 1, 'eula' => '',
            'eulaformat' => 1, 'price1' => '19.990', 'taxcode' => $this->tax, 'status' => 'AVAILABLE', 'requireddata' => '',
            'productiondata' => '', 'handlerparams' => '']);
    }

    /**
     * A bill of three products as the stock plugin leaves it: 71.964 of what is 71.96.
     *
     * @param string $transid
     * @param string $status
     * @param int $userid whose it is
     * @return int its id
     */
    protected function stock_bill(string $transid, string $status = 'PLACED', int $userid = 0): int {
        global $DB;
        $customer = $DB->insert_record('local_shop_customer', ['shopid' => $this->shop, 'firstname' => 'Jean',
            'lastname' => 'Dupont', 'address' => '12 rue des Lilas', 'zip' => '75011', 'city' => 'Paris', 'country' => 'FR',
            'organisation' => '', 'email' => 'jean.dupont@example.org', 'hasaccount' => $userid, 'timecreated' => time()]);
        $bill = $DB->insert_record('local_shop_bill', ['shopid' => $this->shop, 'userid' => $userid,
            'ordering' => 1 + $DB->count_records('local_shop_bill'), 'customerid' => $customer, 'invoiceinfo' => '',
            'title' => 'Shop', 'worktype' => 'PROD', 'status' => $status, 'emissiondate' => time(), 'lastactiondate' => time(),
            'untaxedamount' => '59.970', 'taxes' => '11.994', 'amount' => '71.964', 'currency' => 'EUR',
            'transactionid' => $transid, 'paymode' => 'check', 'test' => 1, 'idnumber' => '', 'expectedpaiement' => '0',
            'productionfeedback' => '']);
        $DB->insert_record('local_shop_billitem', ['billid' => $bill, 'ordering' => 1, 'type' => 'BILLING',
            'itemcode' => 'MONPRODUIT', 'catalogitem' => '', 'abstract' => 'MonProduit', 'description' => '',
            'unitcost' => '19.990', 'quantity' => 3, 'totalprice' => '59.970', 'taxcode' => $this->tax,
            'customerdata' => '', 'productiondata' => '']);
        return $bill;
    }

    /**
     * The engine on the site's database.
     *
     * @return \ShopEngine\Engine
     */
    protected function engine(): object {
        return (new moodle_host())->engine();
    }

    /** A transaction id. */
    protected const TRANSID = 'STOCKPLUGINORDER01==';
}
