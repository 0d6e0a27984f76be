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

namespace local_shopengine\task;

/**
 * Cancels orders that nobody has paid for the hours of the setting: hourly.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class stale extends \core\task\scheduled_task {
    /** Hours when the setting was never saved. */
    public const HOURS = 48;

    /** Most orders of one run. */
    private const ORDERS = 1000;

    /**
     * What the list of tasks calls it.
     *
     * @return string
     */
    public function get_name() {
        return get_string('task_stale', 'local_shopengine');
    }

    /**
     * Does it.
     */
    public function execute() {
        $hours = get_config('local_shopengine', 'stalehours');
        // Not set yet is the default; 0 is never.
        $hours = $hours === false ? self::HOURS : max(0, (int) $hours);
        $cancelled = (new \local_shopengine\moodle_host())->engine()->sweep($hours, self::ORDERS);
        mtrace("orders cancelled: $cancelled");
        // The site may use more features than at the last survey: takeovers that would lose them stay off.
        \local_shopengine\survey::look();
    }
}
