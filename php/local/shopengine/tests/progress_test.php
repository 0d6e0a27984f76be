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
 * The steps of a purchase on the plugin's pages.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\progress
 */
final class progress_test extends \basic_testcase {
    /**
     * The steps stand in the place of the plugin's pictures, character by character.
     */
    public function test_steps_stand_in_the_place_of_pictures(): void {
        $pictures = '<div id="progress"><center><img src="a.png" /><img src="b.png" /></center></div>';
        $steps = '<nav><a href="?a=$1&amp;b=\\0">Cart</a></nav>';
        $this->assertSame("<p>$steps</p>", progress::replace("<p>$pictures</p>", $steps));
    }

    /**
     * A page without them stays as it is.
     */
    public function test_another_page_stays_as_it_is(): void {
        $page = '<div id="progress"><center><p>50 %</p></center></div>';
        $this->assertSame($page, progress::replace($page, '<nav></nav>'));
    }
}
