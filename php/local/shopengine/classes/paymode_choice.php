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
 * The choice of a payment interface on the plugin's summary, which lists every interface that the shop has switched on.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class paymode_choice {
    /** A radio button of the plugin's page and its label, up to the next button or the end of the list. */
    private const OPTION = '~<input\b(?=[^>]*\btype="radio")(?=[^>]*\bname="paymode")(?=[^>]*\bvalue="([^"]*)")[^>]*>'
        . '.*?(?=<input\b[^>]*\bname="paymode"|</div>)~s';

    /**
     * Takes out of the page the interfaces that are not offered, and checks the first one that is left where none of them is.
     *
     * @param string $page HTML
     * @param string[] $offered names of the interfaces that the buyer may choose
     * @param string $none what to say (HTML) where none is left
     * @return string the page; as it was where it has no such choice
     */
    public static function limit(string $page, array $offered, string $none): string {
        $left = [];
        $checked = false;
        $limited = preg_replace_callback(self::OPTION, function (array $option) use ($offered, &$left, &$checked): string {
            if (!in_array($option[1], $offered, true)) {
                return $left ? '' : self::MARK;
            }
            $left[] = $option[1];
            $checked = $checked || str_contains(strstr($option[0], '>', true), ' checked');
            return $option[0];
        }, $page) ?? $page;
        if ($left && !$checked) {
            $first = 'value="' . $left[0] . '"';
            $pattern = '~(<input\b[^>]*\bname="paymode"[^>]*' . preg_quote($first, '~') . ')~';
            $limited = preg_replace($pattern, '$1 checked="checked"', $limited, 1);
        }
        $said = $left ? '' : '<p class="alert alert-warning">' . $none . '</p>';
        $end = strpos($limited, self::MARK);
        if ($end !== false) {
            $limited = substr_replace($limited, $said, $end, strlen(self::MARK));
        }
        return str_replace(self::MARK, '', $limited);
    }

    /** Stands where an interface was, until it is known whether another one is left. */
    private const MARK = '<!-- not offered -->';
}
