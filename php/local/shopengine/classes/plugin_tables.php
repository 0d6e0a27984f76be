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
 * Columns that a fresh installation of the plugin has and one that was upgraded from older versions lacks.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class plugin_tables {
    /**
     * Has the table of partners the column that the plugin's install.xml names? Its upgrade steps call it otherwise.
     *
     * @return bool
     */
    public static function has_partner_secret(): bool {
        global $DB;
        return isset($DB->get_columns('local_shop_partner', false)['partnersecret']);
    }

    /**
     * Adds what is missing, with the values of the column that has another name.
     *
     * @return string[] columns that were added
     */
    public static function complete(): array {
        global $CFG, $DB;
        if (!$DB->get_manager()->table_exists('local_shop_partner') || self::has_partner_secret()) {
            return [];
        }
        require_once($CFG->libdir . '/ddllib.php');
        $table = new \xmldb_table('local_shop_partner');
        $field = new \xmldb_field('partnersecret', XMLDB_TYPE_CHAR, '32', null, XMLDB_NOTNULL);
        $DB->get_manager()->add_field($table, $field);
        if (isset($DB->get_columns('local_shop_partner', false)['partnersecretkey'])) {
            $DB->execute("UPDATE {local_shop_partner} SET partnersecret = partnersecretkey WHERE partnersecretkey IS NOT NULL");
        }
        return ['local_shop_partner.partnersecret'];
    }
}
