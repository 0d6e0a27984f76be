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
 * Looks for what is wrong, and says it in the task's log; the status page shows the same: daily.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class integrity extends \core\task\scheduled_task {
    /**
     * What the list of tasks calls it.
     *
     * @return string
     */
    public function get_name() {
        return get_string('task_integrity', 'local_shopengine');
    }

    /**
     * Does it.
     */
    public function execute() {
        $findings = (new \local_shopengine\moodle_host())->engine()->integrity();
        foreach ($findings as $finding) {
            mtrace(\local_shopengine\check\integrity::sentence($finding));
        }
        mtrace('findings: ' . count($findings));
        if (\local_shopengine\sealing::key() !== null) {
            \local_shopengine\sealing::inspect(mtrace(...));
        }
    }
}
