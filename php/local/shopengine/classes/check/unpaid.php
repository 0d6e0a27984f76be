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

namespace local_shopengine\check;

use core\check\check;
use core\check\result;

/**
 * Was a bill sold or delivered without a payment that the engine knows?
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class unpaid extends check {
    /** Most bills that are named. */
    private const SHOWN = 50;

    /**
     * What the status page calls it.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('status_unpaid', 'local_shopengine');
    }

    /**
     * How it is.
     *
     * @return result
     */
    public function get_result(): result {
        try {
            $findings = (new \local_shopengine\moodle_host())->engine()->integrity(self::SHOWN);
        } catch (\Throwable $error) {
            $message = get_string('status_unavailable', 'local_shopengine', s($error->getMessage()));
            return new result(result::UNKNOWN, $message);
        }
        $bills = array_filter($findings, fn(array $finding): bool => $finding['code'] === 'sold_without_payment');
        if (!$bills) {
            return new result(result::OK, get_string('status_unpaid_ok', 'local_shopengine'));
        }
        $lines = array_map(fn(array $finding): string => s(integrity::sentence($finding)), $bills);
        $orders = new \moodle_url('/local/shopengine/orders.php');
        $summary = get_string('status_unpaid_some', 'local_shopengine', count($bills));
        $details = \html_writer::alist($lines) . \html_writer::link($orders, s($orders->out(false)));
        return new result(result::ERROR, $summary, $details);
    }
}
