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
 * Do the products' addresses make sense?
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class catalogue extends check {
    /** Most findings of a kind. */
    private const SHOWN = 10;

    /**
     * What the status page calls it.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('status_catalogue', 'local_shopengine');
    }

    /**
     * Where it is put right.
     *
     * @return \action_link|null
     */
    public function get_action_link(): ?\action_link {
        $url = new \moodle_url('/local/shopengine/products.php');
        return new \action_link($url, get_string('title_products', 'local_shopengine'));
    }

    /**
     * How it is.
     *
     * @return result
     */
    public function get_result(): result {
        try {
            $host = new \local_shopengine\moodle_host();
            $findings = $host->engine()->catalogue(self::SHOWN);
        } catch (\Throwable $error) {
            $message = get_string('status_unavailable', 'local_shopengine', s($error->getMessage()));
            return new result(result::UNKNOWN, $message);
        }
        if (!$findings) {
            return new result(result::OK, get_string('status_catalogue_ok', 'local_shopengine'));
        }
        foreach ($findings as &$finding) {
            $finding['params']['name'] = $host->plain_text($finding['params']['name'], $host->lang());
        }
        unset($finding);
        $lines = array_map(fn(array $finding): string => s(integrity::sentence($finding)), $findings);
        $summary = get_string('status_catalogue_some', 'local_shopengine', count($findings));
        return new result(result::WARNING, $summary, \html_writer::alist($lines));
    }
}
