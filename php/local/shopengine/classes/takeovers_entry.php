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
 * The page of the takeovers in the tree of the administration: found by the names of the takeovers too.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class takeovers_entry extends \admin_externalpage {
    /**
     * Looks for a text in the name of the page and in those of the takeovers.
     *
     * @param string $query in lower case
     * @return \stdClass[] the page, or nothing
     */
    public function search($query) {
        $found = parent::search($query);
        foreach ($found ? [] : takeover::ALL as $name) {
            $label = \core_text::strtolower(get_string("setting_$name", 'local_shopengine'));
            if (str_contains($label, $query) || str_contains($name, $query)) {
                return [$this->name => (object) ['page' => $this, 'settings' => []]];
            }
        }
        return $found;
    }
}
