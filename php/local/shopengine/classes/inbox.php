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
 * Makes the calls by which payment interfaces vouch for their messages.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class inbox {
    /**
     * Makes the calls that are due for messages nobody has vouched for yet. For cron; safe to repeat. One message at a time is
     * chosen, so that one that came meanwhile takes its turn.
     *
     * @param \ShopEngine\Engine $engine
     * @param host $host
     * @param int $limit most messages
     * @return int calls made
     */
    public static function verify(object $engine, host $host, int $limit = 10): int {
        $made = 0;
        for ($messages = 0; $messages < $limit; $messages++) {
            $call = $engine->asks(1)[0] ?? null;
            if ($call === null) {
                break;
            }
            // One call may lead to the next; the engine itself ends that.
            while (is_array($call)) {
                $call = $engine->answered($call['token'], self::call($host, $call));
                $made++;
            }
        }
        return $made;
    }

    /**
     * Makes one call. Whatever the host throws is no answer: the message waits.
     *
     * @param host $host
     * @param array $call as docs/front.md describes it
     * @return array what to give back to the engine
     */
    public static function call(host $host, array $call): array {
        try {
            $result = $host->http($call);
        } catch (\Throwable $error) {
            $host->log($error);
            $result = ['status' => 0, 'body' => '', 'error' => get_class($error)];
        }
        return ['token' => $call['token']] + $result;
    }
}
