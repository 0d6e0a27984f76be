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

defined('MOODLE_INTERNAL') || die();
require_once(__DIR__ . '/shop_testcase.php');

/**
 * What cli/check.php says.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\installation
 */
final class installation_test extends shop_testcase {
    /**
     * A shop that can be sold in is right; one without a currency that is known is wrong.
     */
    public function test_the_report_tells_what_is_wrong(): void {
        global $DB;
        $lines = [];
        $tell = function (string $line) use (&$lines): void {
            $lines[] = $line;
        };
        (new installation())->report($tell);
        $said = implode("\n", $lines);
        foreach (['check_extension', 'check_schema', 'check_seller'] as $key) {
            $start = explode('{', get_string_manager()->get_string($key, 'local_shopengine'))[0];
            $this->assertStringContainsString('ok     ' . $start, $said);
        }
        $this->assertStringNotContainsString('wrong  Shop ', $said);
        $DB->set_field('local_shop', 'currency', 'E', ['id' => $this->shop]);
        $lines = [];
        $this->assertFalse((new installation())->report($tell));
        $this->assertStringContainsString("wrong  Shop $this->shop ", implode("\n", $lines));
    }

    /**
     * The tables are those of db/install.xml, however the site came to this version.
     */
    public function test_upgrade_steps_lead_to_the_schema_of_install_xml(): void {
        global $CFG, $DB;
        require_once($CFG->libdir . '/ddllib.php');
        require_once($CFG->libdir . '/upgradelib.php');
        require_once(dirname(__DIR__) . '/db/upgrade.php');
        $table = new \xmldb_table('local_shopengine_order');
        $index = new \xmldb_index('status', XMLDB_INDEX_NOTUNIQUE, ['status', 'timemodified']);
        $this->assertTrue($DB->get_manager()->index_exists($table, $index));
        $DB->get_manager()->drop_index($table, $index);
        $before = get_config('local_shopengine', 'version');
        set_config('version', 2026112100, 'local_shopengine');
        ob_start();
        $done = xmldb_local_shopengine_upgrade(2026112100);
        ob_end_clean();
        $this->assertTrue($done);
        $this->assertTrue($DB->get_manager()->index_exists($table, $index));
        $this->assertEquals($before, get_config('local_shopengine', 'version'));
    }
}
