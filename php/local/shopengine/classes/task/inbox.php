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
 * Asks again about messages that nobody has vouched for yet, and brings together orders and the bills that the plugin's own
 * pages changed: each minute.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class inbox extends \core\task\scheduled_task {
    /** Most bills of one run. */
    private const BILLS = 500;

    /**
     * What the list of tasks calls it.
     *
     * @return string
     */
    public function get_name() {
        return get_string('task_inbox', 'local_shopengine');
    }

    /**
     * Does it.
     */
    public function execute() {
        $host = new \local_shopengine\moodle_host();
        $engine = $host->engine();
        $asked = \local_shopengine\inbox::verify($engine, $host);
        if ($asked > 0) {
            mtrace("messages asked about: $asked");
        }
        $done = $engine->reconcile(self::BILLS);
        foreach ($done as $one) {
            mtrace("{$one['transid']} {$one['outcome']}: {$one['text']}");
        }
    }
}
