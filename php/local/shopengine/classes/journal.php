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
 * Where a site's trace is kept, and under which name this machine writes to it: the settings `tracesink` and `tracenode`,
 * the same on each host.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class journal {
    /** What `tracesink` may say. */
    public const SINKS = ['file', 'filepernode', 'table'];

    /**
     * The arguments `sink` and `node` of the engine's classes. A word that is none of the sinks is the plugin's file:
     * no sale stops for it.
     *
     * @param string|null $sink what the settings say
     * @param string|null $node
     * @return array
     */
    public static function place(?string $sink, ?string $node): array {
        return [
            'sink' => in_array($sink, self::SINKS, true) ? $sink : 'file',
            'node' => trim((string) $node) !== '' ? $node : (string) gethostname(),
        ];
    }

    /**
     * The same for the trace of emails: whole emails are no rows, so a table means a file for each machine.
     *
     * @param array $place as place() gives it
     * @return array
     */
    public static function of_mails(array $place): array {
        return ['sink' => $place['sink'] === 'table' ? 'filepernode' : $place['sink']] + $place;
    }
}
