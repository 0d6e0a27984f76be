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
 * The switches of the takeovers, and their page.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\switches
 * @covers    \local_shopengine\takeovers_entry
 * @covers    \local_shopengine\output\takeovers_page
 */
final class takeovers_page_test extends shop_testcase {
    /** Where the page leads for an order. */
    private const TRACE = '/local/shop/front/scantrace.php';

    /**
     * The site is looked at once a request, and these tests are one.
     */
    protected function setUp(): void {
        global $CFG;
        require_once($CFG->libdir . '/adminlib.php');
        parent::setUp();
        $this->setAdminUser();
        survey::look();
    }

    /**
     * What the page shows.
     *
     * @return array of the template; the rows by name
     */
    private function page(): array {
        global $PAGE;
        $PAGE->set_url('/local/shopengine/takeovers.php');
        $output = $PAGE->get_renderer('core');
        $data = (new output\takeovers_page())->export_for_template($output);
        $data['html'] = $output->render_from_template('local_shopengine/takeovers', $data);
        $data['takeovers'] = array_column($data['takeovers'], null, 'name');
        return $data;
    }

    /**
     * Each takeover has a value from the installation on: no page of settings gives it one.
     */
    public function test_each_takeover_is_off_at_first(): void {
        foreach (takeover::ALL as $name) {
            $this->assertSame('off', get_config('local_shopengine', $name), $name);
        }
        $this->assertEqualsCanonicalizing(takeover::ALL, array_keys(switches::order()));
    }

    /**
     * Moodle's search of the administration finds the page by the name of a takeover.
     */
    public function test_the_page_is_found_by_the_names_of_the_takeovers(): void {
        $page = new takeovers_entry('local_shopengine', 'Shop engine', new \moodle_url('/local/shopengine/takeovers.php'));
        foreach (['shop engine', 'placing the order', 'endpoints'] as $query) {
            $this->assertSame(['local_shopengine'], array_keys($page->search($query)), $query);
        }
        $this->assertSame([], $page->search('no such thing'));
    }

    /**
     * A switch is saved and logged like a setting; words that are no modes and names that are no takeovers are left out.
     */
    public function test_a_switch_is_saved_and_logged(): void {
        global $DB;
        $log = ['plugin' => 'local_shopengine', 'name' => 'trace'];
        $before = $DB->count_records('config_log', $log);
        $this->assertSame([], switches::set(['trace' => 'on', 'cart' => 'On', 'blocked' => 'on', 'nothing' => 'on']));
        $this->assertSame('on', get_config('local_shopengine', 'trace'));
        $this->assertSame('off', switches::mode('cart'));
        $this->assertFalse(get_config('local_shopengine', 'nothing'));
        $this->assertSame($before + 1, $DB->count_records('config_log', $log));
        switches::set(['trace' => 'on']);
        $this->assertSame($before + 1, $DB->count_records('config_log', $log));
    }

    /**
     * The page refuses a takeover that would lose money, names it, and saves the others.
     */
    public function test_what_would_lose_something_is_refused_and_the_others_are_saved(): void {
        global $DB;
        // Costs of shipping, which the engine does not compute.
        $catalog = (int) $DB->get_field('local_shop', 'catalogid', ['id' => $this->shop], MUST_EXIST);
        $DB->insert_record('local_shop_catalogshipzone', ['catalogid' => $catalog, 'zonecode' => '00', 'applicability' => '']);
        set_config('useshipping', 1, 'local_shop');
        survey::look();
        $refused = switches::set(array_fill_keys(takeover::ALL, 'on'));
        $this->assertEqualsCanonicalizing(['cart', 'customer', 'placement'], array_keys($refused));
        $this->assertSame(get_string('takeover_would_lose', 'local_shopengine'), $refused['cart']);
        $this->assertSame('off', switches::mode('cart'));
        $this->assertSame('on', switches::mode('production'));
        $this->assertSame([], switches::set(['cart' => 'shadow']));
        $row = $this->page()['takeovers']['cart'];
        $this->assertSame($refused['cart'], $row['barrier']);
        $this->assertStringContainsString('/local/shop/shipzones/index.php', $row['against'][0]['url']);
    }

    /**
     * One that is set in config.php is left alone.
     */
    public function test_what_is_set_in_the_configuration_file_cannot_be_switched(): void {
        global $CFG;
        $CFG->forced_plugin_settings['local_shopengine']['bills'] = 'shadow';
        $this->assertSame(['bills'], array_keys(switches::set(['bills' => 'on', 'trace' => 'on'])));
        $page = $this->page();
        $this->assertTrue($page['takeovers']['bills']['forced']);
        $this->assertFalse($page['takeovers']['trace']['forced']);
        unset($CFG->forced_plugin_settings['local_shopengine']);
    }

    /**
     * The page has the takeovers in the recommended order, with what each builds on and the mode in force.
     */
    public function test_the_page_tells_what_is_in_force(): void {
        set_config('customer', 'on', 'local_shopengine');
        $page = $this->page();
        $this->assertSame(array_keys(\ShopEngine\Gate::takeovers()), array_keys($page['takeovers']));
        $row = $page['takeovers']['customer'];
        $this->assertSame('cart', $row['base']['name']);
        $this->assertTrue($row['base']['missing']);
        $this->assertSame(get_string('takeover_shadow', 'local_shopengine'), $row['inforce']['label']);
        $this->assertNull($page['takeovers']['trace']['inforce']);
        $this->assertSame(['on'], array_column(array_filter($row['modes'], fn(array $mode): bool => $mode['selected']), 'mode'));
        $this->assertStringContainsString('id="takeover-customer"', $page['html']);
        $this->assertStringContainsString('aria-labelledby="takeover-customer-label"', $page['html']);
    }

    /**
     * The test mode is told while it is on.
     */
    public function test_the_test_mode_is_told(): void {
        set_config('testoverride', 1, 'local_shop');
        $page = $this->page();
        $this->assertTrue($page['test']['override']);
        $this->assertStringContainsString(s(get_string('survey_test_mode', 'local_shopengine')), $page['html']);
        set_config('test', 0, 'local_shop');
        $page = $this->page();
        $this->assertNull($page['test']);
        $this->assertStringNotContainsString('shopengine-test', $page['html']);
    }

    /**
     * The page lists the differences in shadow by cause, each with its last order. A takeover that is switched to shadow
     * again counts from zero.
     */
    public function test_what_shadow_has_seen_is_told_and_begins_anew(): void {
        global $DB;
        $now = time() * 1000;
        foreach (['same' => 5, 'other_amount' => 2, 'refuses:unknown_order' => 1, 'nothing' => 3] as $cause => $number) {
            $DB->insert_record('local_shopengine_shadow', ['takeover' => 'bills', 'cause' => $cause, 'number' => $number,
                'timefirst' => $now, 'timelast' => $now, 'transactionid' => $cause === 'other_amount' ? self::TRANSID : '']);
        }
        $watched = $this->page()['takeovers']['bills']['watched'];
        $words = get_string('takeovers_compared', 'local_shopengine', (object) ['compared' => 8, 'same' => 5]);
        $this->assertSame($words, $watched['words']);
        $this->assertSame([2, 1], array_column($watched['causes'], 'number'));
        $this->assertStringContainsString(self::TRACE, $watched['causes'][0]['url']);
        $this->assertSame('', $watched['causes'][1]['url']);
        $this->assertStringContainsString('unknown_order', $watched['causes'][1]['words']);
        switches::set(['bills' => 'shadow']);
        $this->assertSame(0, $DB->count_records('local_shopengine_shadow'));
        $this->assertTrue($this->page()['takeovers']['bills']['watches']);
    }
}
