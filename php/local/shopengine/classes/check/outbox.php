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
 * Does work that is due wait for too long?
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class outbox extends check {
    /** Seconds that work may wait. */
    private const LATE = 600;

    /** Seconds after which it is an error. */
    private const VERY_LATE = 7200;

    /**
     * What the status page calls it.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('status_outbox', 'local_shopengine');
    }

    /**
     * How it is.
     *
     * @return result
     */
    public function get_result(): result {
        global $DB;
        $due = "state IN ('due', 'leased') AND timedue <= ?";
        $sql = "SELECT COUNT(id) AS waiting, MIN(timedue) AS oldest FROM {local_shopengine_outbox} WHERE $due";
        $now = time();
        $found = $DB->get_record_sql($sql, [$now * 1000]);
        $oldest = (int) ($found->oldest / 1000);
        if (!$found->waiting || $now - $oldest < self::LATE) {
            return new result(result::OK, get_string('status_outbox_ok', 'local_shopengine', (int) $found->waiting));
        }
        $said = ['count' => (int) $found->waiting, 'time' => userdate($oldest)];
        $status = $now - $oldest < self::VERY_LATE ? result::WARNING : result::ERROR;
        return new result($status, get_string('status_outbox_late', 'local_shopengine', (object) $said));
    }
}
