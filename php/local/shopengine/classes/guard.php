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
 * Stands before commands that the plugin carries out itself: the choice of a payment interface, and the back office.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */
class guard {
    /** Commands of the back office that move an order. */
    private const MOVES = ['flowchange', 'changestate'];

    /** Commands that would change what was placed: its amounts, its lines, its number, or that it exists. */
    private const FIXED = ['ignoretax', 'restoretax', 'recalculate', 'generatecode', 'deletebill', 'deletebillitems', 'relocate'];

    /** @var moodle_host */
    private moodle_host $host;

    /**
     * Constructor.
     *
     * @param moodle_host $host
     */
    public function __construct(moodle_host $host) {
        $this->host = $host;
    }

    /**
     * Lets only those payment interfaces pass that this buyer was offered for this cart.
     */
    public function paymode(): void {
        $paymode = optional_param('paymode', '', PARAM_TEXT);
        if ($paymode === '' || in_array($paymode, $this->host->engine()->paymodes($this->host->request()), true)) {
            return;
        }
        $this->refuse(403, 'paymode_not_allowed', ['paymode' => $paymode]);
    }

    /**
     * Lets nothing pass: whatever else that address can be made to run is no business of a page.
     */
    public function service(): void {
        $this->refuse(403, 'message_not_expected', ['name' => 'ajax']);
    }

    /**
     * Lets only those moves pass that the table of states allows, and carries them out; lets nothing pass that would change
     * what was placed.
     */
    public function backoffice(): void {
        if (!has_capability('local/shop:salesadmin', \context_system::instance())) {
            $this->refuse(403, 'staff_only', []);
        }
        $what = optional_param('what', '', PARAM_ALPHA);
        $bill = optional_param('billid', 0, PARAM_INT);
        if (in_array($what, self::MOVES, true) || $what === 'release') {
            $this->move($what, $bill);
        }
        if (in_array($what, self::FIXED, true)) {
            $this->refuse(403, 'bill_is_fixed', []);
        }
        if ($bill > 0 && $what === '') {
            // The plugin's page of a bill needs what only its own classes can write.
            production::complete_bill($bill);
        }
    }

    /**
     * Moves an order, once its seller has said so on a page of this site.
     *
     * @param string $what
     * @param int $bill
     */
    private function move(string $what, int $bill): void {
        global $DB, $OUTPUT, $PAGE;
        if (!hash_equals(sesskey(), optional_param('sesskey', '', PARAM_RAW))) {
            // The plugin's links carry no key of the session: what they would do is asked first.
            $order = $DB->get_record('local_shop_bill', ['id' => $bill], 'id, transactionid, status', MUST_EXIST);
            $back = new \moodle_url('/local/shop/bills/view.php', ['view' => 'viewBill', 'billid' => $bill]);
            $status = optional_param('status', '', PARAM_ALPHA);
            $go = new \moodle_url($back, ['what' => 'flowchange', 'status' => $status, 'sesskey' => sesskey()]);
            $this->host->prepare_page($this->host->string('title_move'));
            $words = ['transid' => $order->transactionid, 'from' => $order->status, 'to' => $status];
            echo $OUTPUT->header(), $OUTPUT->confirm(s($this->host->string('move_confirm', $words)), $go, $back), $OUTPUT->footer();
            exit;
        }
        if ((new front($this->host, fn(): object => $this->host->engine()))->answer()) {
            exit;
        }
    }

    /**
     * Shows why not.
     *
     * @param int $status HTTP status
     * @param string $code
     * @param array $params
     */
    private function refuse(int $status, string $code, array $params): void {
        $this->host->send_page($status, new page($this->host, 'error', [
            'shop' => null,
            'notices' => [],
            'view' => '',
            'status' => $status,
            'error' => ['level' => 'error', 'code' => $code, 'params' => $params],
            'next' => null,
        ]));
        exit;
    }
}
