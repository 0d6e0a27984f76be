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
 * Work as another account: its language, and emails that wait.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\acting_as
 * @covers    \local_shopengine\held_emails
 */
final class acting_as_test extends \advanced_testcase {
    /**
     * The work is done as the account and in the language that was asked for; both are the visitor's again afterwards.
     */
    public function test_the_work_has_its_own_account_and_language(): void {
        global $CFG, $USER;
        $this->resetAfterTest();
        $this->setAdminUser();
        check_dir_exists("$CFG->dataroot/lang/fr_ca");
        file_put_contents("$CFG->dataroot/lang/fr_ca/langconfig.php", "<?php \$string['thislanguage'] = 'Français (Canada)';");
        get_string_manager()->reset_caches(true);
        $buyer = $this->getDataGenerator()->create_user(['lang' => 'en']);
        $seen = acting_as::account((int) $buyer->id, 'fr_ca', fn(): array => [(int) $GLOBALS['USER']->id, current_language()]);
        $this->assertSame([(int) $buyer->id, 'fr_ca'], $seen);
        $this->assertSame([get_admin()->id, 'en'], [$USER->id, current_language()]);
        $this->assertSame([0, 'en'], acting_as::account(0, 'xx', fn(): array => [(int) $GLOBALS['USER']->id, current_language()]));
        remove_dir("$CFG->dataroot/lang/fr_ca");
        get_string_manager()->reset_caches(true);
    }

    /**
     * A site that sends several emails over one connection goes on doing so.
     */
    public function test_the_sites_limit_for_one_connection_is_kept(): void {
        global $CFG;
        $this->resetAfterTest();
        $CFG->smtpmaxbulk = 7;
        held_emails::begin()->drop();
        $this->assertSame(7, $CFG->smtpmaxbulk);
        $this->assertSame([], held_emails::begin()->send('STOCKPLUGINORDER01=='));
        $this->assertSame(7, $CFG->smtpmaxbulk);
    }
}
