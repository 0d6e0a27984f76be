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

namespace local_shopengine\event;

/**
 * A bill was sold or delivered without a payment that the engine knows; told once for each bill.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class bill_unpaid extends \core\event\base {
    /**
     * What kind of event it is.
     */
    protected function init() {
        $this->data['crud'] = 'u';
        $this->data['edulevel'] = self::LEVEL_OTHER;
        $this->data['objecttable'] = 'local_shop_bill';
    }

    /**
     * What the list of events calls it.
     *
     * @return string
     */
    public static function get_name() {
        return get_string('event_bill_unpaid', 'local_shopengine');
    }

    /**
     * What happened, in the words of the log.
     *
     * @return string
     */
    public function get_description() {
        return "Bill '$this->objectid' ('{$this->other['transid']}') of {$this->other['amount']} is {$this->other['status']}"
            . ' without a payment that the engine knows.';
    }
}
