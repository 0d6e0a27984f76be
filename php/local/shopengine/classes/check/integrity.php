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
 * Do orders, payments, bills and their history agree?
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class integrity extends check {
    /** Most findings of a kind. */
    private const SHOWN = 10;

    /**
     * What the status page calls it.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('status_integrity', 'local_shopengine');
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
        if (!$findings) {
            return new result(result::OK, get_string('status_integrity_ok', 'local_shopengine'));
        }
        $lines = array_map(fn(array $finding): string => s(self::sentence($finding)), $findings);
        $summary = get_string('status_integrity_some', 'local_shopengine', count($findings));
        return new result(result::ERROR, $summary, \html_writer::alist($lines));
    }

    /**
     * A finding in the words of the language files.
     *
     * @param array $finding as the engine gives it
     * @return string plain text
     */
    public static function sentence(array $finding): string {
        $values = $finding['params'];
        // Why an order is held is a code with a sentence of its own.
        $reason = $values['reason'] ?? '';
        if ($reason !== '' && get_string_manager()->string_exists($reason, 'local_shopengine')) {
            $values['reason'] = get_string($reason, 'local_shopengine');
        }
        return get_string($finding['code'], 'local_shopengine', (object) $values);
    }
}
