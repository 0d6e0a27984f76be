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
 * The choice of a payment interface on the plugin's summary.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 * @covers    \local_shopengine\paymode_choice
 */
final class paymode_choice_test extends \basic_testcase {
    /** The plugin's markup. */
    private const PAGE = '<form><div class="choice">'
        . '<input type="radio" name="paymode" value="stripe" checked="checked"  /> <em>Stripe <img src="x"></em> <br/>'
        . '<input type="radio" name="paymode" value="check"  /> <em>Cheque</em> <br/></div><input name="go"></form>';

    /**
     * What is not offered is left out, and one of the others is checked.
     */
    public function test_what_is_not_offered_is_left_out(): void {
        $this->assertSame(self::PAGE, paymode_choice::limit(self::PAGE, ['check', 'stripe'], 'none'));
        $this->assertSame(
            '<form><div class="choice"><input type="radio" name="paymode" value="check" checked="checked"  /> <em>Cheque</em>'
            . ' <br/></div><input name="go"></form>',
            paymode_choice::limit(self::PAGE, ['check'], 'none')
        );
        $left = paymode_choice::limit(self::PAGE, ['stripe'], 'none');
        $this->assertStringContainsString('value="stripe" checked="checked"', $left);
        $this->assertStringNotContainsString('Cheque', $left);
    }

    /**
     * Where none is left the buyer reads why; a page without a choice stays as it is.
     */
    public function test_where_none_is_left_the_page_says_so(): void {
        $this->assertSame(
            '<form><div class="choice"><p class="alert alert-warning">none</p></div><input name="go"></form>',
            paymode_choice::limit(self::PAGE, [], 'none')
        );
        $free = '<input type="hidden" name="paymode" value="freeorder" />';
        $this->assertSame($free, paymode_choice::limit($free, [], 'none'));
    }
}
