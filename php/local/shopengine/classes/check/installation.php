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
 * Is everything there that the engine needs? The same as cli/check.php.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class installation extends check {
    /**
     * What the status page calls it.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('status_installation', 'local_shopengine');
    }

    /**
     * How it is.
     *
     * @return result
     */
    public function get_result(): result {
        $lines = [];
        $right = (new \local_shopengine\installation())->report(function (string $line) use (&$lines): void {
            $lines[] = s($line);
        });
        $status = $right ? result::OK : result::ERROR;
        $summary = get_string($right ? 'status_installation_ok' : 'status_installation_wrong', 'local_shopengine');
        return new result($status, $summary, \html_writer::alist($lines));
    }
}
