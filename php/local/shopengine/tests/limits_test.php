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
 * Tests of what anyone may send.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\limits
 */
final class limits_test extends shop_testcase {
    /**
     * Requests are counted in the site's cache, each key for itself, by every host of the site.
     */
    public function test_requests_are_counted_in_the_cache(): void {
        $this->assertSame([1, 2], [(new moodle_host())->count('import_1'), (new moodle_host())->count('import_1')]);
        $this->assertSame(1, (new moodle_host())->count('import_1_' . sha1('192.0.2.1')));
    }

    /**
     * A request below the limits is answered; what is not limited is not counted.
     */
    public function test_a_request_below_the_limits_is_answered(): void {
        $host = new moodle_host();
        $request = ['method' => 'GET', 'script' => '/local/shop/front/view.php', 'query' => 'what=import&a=1', 'body' => '',
            'contenttype' => '', 'sesskey' => 'key'];
        $this->assertFalse(limits::refuse($host, $request));
        $this->assertFalse(limits::refuse($host, ['query' => 'view=shop'] + $request));
        $window = intdiv(time(), \ShopEngine\Limits::WINDOW);
        $this->assertSame(2, $host->count("import_$window"));
        $this->assertSame(2, $host->count("import_{$window}_" . sha1(\ShopEngine\Limits::network($host->client()))));
    }

    /**
     * The settings have the engine's defaults, and the traces are put aside and deleted.
     */
    public function test_limits_and_rotation_are_on_by_default(): void {
        $setting = fn(string $name): int => (int) get_config('local_shopengine', $name);
        foreach (['import', 'placement', 'endpoint'] as $kind) {
            foreach (\ShopEngine\Limits::defaults($kind) as $whose => $default) {
                $this->assertSame($default, $setting("limit{$kind}{$whose}"));
            }
        }
        $this->assertSame([64, 0, 730, 10], array_map($setting, ['tracesize', 'tracedays', 'tracekeep', 'mailsperhour']));
    }
}
