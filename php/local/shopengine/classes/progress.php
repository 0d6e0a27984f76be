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
 * The steps of a purchase on the plugin's pages: those of the engine's own pages stand in the place of the plugin's row of
 * pictures, which have no text and exist in two languages.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class progress {
    /** The plugin's row of pictures. */
    private const PICTURES = '~<div id="progress"><center>(?:<img\b[^>]*>)*</center></div>~';

    /**
     * Puts the steps in the place of the pictures.
     *
     * @param string $page HTML
     * @param string $steps HTML
     * @return string the page; as it was where it has no such pictures
     */
    public static function replace(string $page, string $steps): string {
        return preg_replace_callback(self::PICTURES, fn(): string => $steps, $page, 1) ?? $page;
    }
}
