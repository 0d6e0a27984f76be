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
 * Are the traces as they were sealed? The daily task compares them; a gigabyte takes seconds.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class seals extends check {
    /**
     * What the status page calls it.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('status_seals', 'local_shopengine');
    }

    /**
     * How it is.
     *
     * @return result
     */
    public function get_result(): result {
        $found = \local_shopengine\sealing::found();
        if ($found === null) {
            return \local_shopengine\sealing::is_on()
                ? new result(result::INFO, get_string('status_seals_never', 'local_shopengine'))
                : new result(result::NA, get_string('status_seals_off', 'local_shopengine'));
        }
        if (!$found['count']) {
            return new result(result::OK, get_string('status_seals_ok', 'local_shopengine', userdate($found['time'])));
        }
        $summary = get_string('status_seals_some', 'local_shopengine', $found['count']);
        $sentences = array_map(fn(string $one): string => s($one), $found['sentences']);
        return new result(result::ERROR, $summary, \html_writer::alist($sentences));
    }
}
