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
 * Where the history of the site ends: what was sold until the engine came raises no alarm.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class watch {
    /** The plugin's tables that the engine watches. */
    private const TABLES = ['local_shop_bill', 'local_shop_product', 'local_shop_productevent'];

    /**
     * Writes down the last row of each table, once: the engine's own counters, which no page of the site changes.
     */
    public static function begin(): void {
        global $DB;
        foreach (self::TABLES as $table) {
            $name = "watch.$table.start";
            if (!$DB->record_exists('local_shopengine_counter', ['name' => $name])) {
                $last = (int) $DB->get_field_sql("SELECT MAX(id) FROM {{$table}}");
                $DB->insert_record('local_shopengine_counter', ['name' => $name, 'value' => $last]);
            }
        }
    }
}
