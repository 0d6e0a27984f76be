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
 * Which partners authenticate buyers by unsigned links, which whoever knows their key can forge?
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class unsigned_links extends check {
    /** Most partners that are listed. */
    private const SHOWN = 100;

    /**
     * What the status page calls it.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('status_unsigned', 'local_shopengine');
    }

    /**
     * Where the seller changes it.
     *
     * @return \action_link|null
     */
    public function get_action_link(): ?\action_link {
        return new \action_link(new \moodle_url('/local/shopengine/partners.php'), get_string('partners', 'local_shopengine'));
    }

    /**
     * How it is.
     *
     * @return result
     */
    public function get_result(): result {
        try {
            $partners = (new \local_shopengine\moodle_host())->partners()->onUnsignedLinks(self::SHOWN);
        } catch (\Throwable $error) {
            $message = get_string('status_unavailable', 'local_shopengine', s($error->getMessage()));
            return new result(result::UNKNOWN, $message);
        }
        if (!$partners) {
            return new result(result::OK, get_string('status_unsigned_ok', 'local_shopengine'));
        }
        $names = array_map(fn(array $partner): string => s("{$partner['name']} ({$partner['key']})"), $partners);
        $summary = get_string('status_unsigned_some', 'local_shopengine', count($partners));
        return new result(result::WARNING, $summary, \html_writer::alist($names));
    }
}
