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
 * Bills of the plugin become orders, and follow or are set back, on Moodle's own database.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \ShopEngine\Engine
 */
final class upkeep_test extends shop_testcase {
    /**
     * An unrounded bill becomes an order of what is due, once.
     */
    public function test_an_unrounded_bill_is_adopted_with_what_is_due(): void {
        global $DB;
        $user = $this->getDataGenerator()->create_user();
        $bill = $this->stock_bill(self::TRANSID, 'PENDING', $user->id);
        $order = $this->engine()->adopt(self::TRANSID);
        $this->assertSame(['71.96', 'EUR'], [$order['totals']['taxed']['amount'], $order['totals']['taxed']['currency']]);
        $this->assertSame(['59.97', '11.99'], [$order['totals']['untaxed']['amount'], $order['totals']['taxes']['amount']]);
        $this->assertSame('PENDING', $order['status']);
        $this->assertSame('20', $order['lines'][0]['rate']);
        $kept = $DB->get_record('local_shopengine_order', ['billid' => $bill], '*', MUST_EXIST);
        $this->assertSame(['71.96', (string) $user->id, '1'], [$kept->amount, (string) $kept->userid, (string) $kept->test]);
        $this->engine()->adopt(self::TRANSID);
        $this->assertSame(1, $DB->count_records('local_shopengine_order'));
        $this->assertSame([], $this->engine()->reconcile());
        $this->assertSame([], $this->engine()->integrity());
        $this->assertSame('71.964', (string) (0 + $DB->get_field('local_shop_bill', 'amount', ['id' => $bill])));
    }

    /**
     * What no order can be is refused, and nothing is left behind.
     */
    public function test_a_bill_that_no_order_can_be_is_refused(): void {
        global $DB;
        $this->stock_bill(self::TRANSID, 'DELAYED');
        try {
            $this->engine()->adopt(self::TRANSID);
            $this->fail('adopted');
        } catch (\ShopEngine\Exception\ShopException $error) {
            $this->assertSame('bill_not_adoptable', $error->errorcode);
        }
        $this->assertSame(0, $DB->count_records('local_shopengine_order'));
        $this->assertFalse($DB->is_transaction_started());
    }

    /**
     * A move that the plugin made is adopted, and what it means is done once.
     */
    public function test_soldout_by_the_plugin_is_settled_and_delivery_is_due_once(): void {
        global $DB;
        $bill = $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $DB->set_field('local_shop_bill', 'status', 'SOLDOUT', ['id' => $bill]);
        $done = $this->engine()->reconcile();
        $this->assertSame(['adopted'], array_column($done, 'outcome'));
        $this->assertSame([], $this->engine()->reconcile());
        $this->assertSame(1, $DB->count_records('local_shopengine_settlement', ['billid' => $bill, 'state' => 'settled']));
        $this->assertSame(1, $DB->count_records('local_shopengine_outbox', ['billid' => $bill, 'kind' => 'deliver']));
        $this->assertNotEmpty($DB->get_field('local_shop_bill', 'idnumber', ['id' => $bill]));
    }

    /**
     * What the plugin delivered is not delivered again.
     */
    public function test_complete_by_the_plugin_delivers_nothing(): void {
        global $DB;
        $bill = $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $DB->set_field('local_shop_bill', 'status', 'COMPLETE', ['id' => $bill]);
        $this->assertSame(['adopted'], array_column($this->engine()->reconcile(), 'outcome'));
        $states = $DB->get_fieldset_select('local_shopengine_outbox', 'state', 'kind = ?', ['deliver']);
        $this->assertSame(['void'], $states);
        $this->assertTrue($this->engine()->order(self::TRANSID)['delivered']);
    }

    /**
     * A move outside the table is set back; an amount too. The order is held.
     */
    public function test_a_forbidden_move_and_a_changed_amount_are_set_back_and_held(): void {
        global $DB;
        $bill = $this->stock_bill(self::TRANSID, 'CANCELLED');
        $this->engine()->adopt(self::TRANSID);
        $DB->set_field('local_shop_bill', 'status', 'SOLDOUT', ['id' => $bill]);
        $this->assertSame(['held'], array_column($this->engine()->reconcile(), 'outcome'));
        $this->assertSame('CANCELLED', $DB->get_field('local_shop_bill', 'status', ['id' => $bill]));
        $this->assertSame('bill_move_refused', $this->engine()->order(self::TRANSID)['held']);
        $DB->set_field('local_shop_bill', 'amount', '1.5', ['id' => $bill]);
        $this->assertContains('bill_differs', array_column($this->engine()->integrity(), 'code'));
        $this->assertSame(['held'], array_column($this->engine()->reconcile(), 'outcome'));
        $this->assertEquals('71.960', $DB->get_field('local_shop_bill', 'amount', ['id' => $bill]));
        $this->assertSame([], $this->engine()->reconcile());
    }

    /**
     * Changed lines hold the order.
     */
    public function test_changed_lines_hold_the_order(): void {
        global $DB;
        $bill = $this->stock_bill(self::TRANSID);
        $this->engine()->adopt(self::TRANSID);
        $DB->set_field('local_shop_billitem', 'quantity', 4, ['billid' => $bill]);
        $this->assertSame(['held'], array_column($this->engine()->reconcile(), 'outcome'));
        $this->assertSame([], $this->engine()->reconcile());
        $this->assertSame('bill_lines_changed', $this->engine()->order(self::TRANSID)['held']);
    }
}
