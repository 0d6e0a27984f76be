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

namespace local_shopengine\check;

use core\check\check;
use core\check\result;

/**
 * Does cron do the work that requests leave behind?
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class cron extends check {
    /** Seconds between two runs that are too many. */
    private const LATE = 1800;

    /**
     * What the status page calls it.
     *
     * @return string
     */
    public function get_name(): string {
        return get_string('status_cron', 'local_shopengine');
    }

    /**
     * Where to act.
     *
     * @return \action_link|null
     */
    public function get_action_link(): ?\action_link {
        return new \action_link(new \moodle_url('/admin/tool/task/scheduledtasks.php'), get_string('scheduledtasks', 'tool_task'));
    }

    /**
     * How it is.
     *
     * @return result
     */
    public function get_result(): result {
        $task = \core\task\manager::get_scheduled_task(\local_shopengine\task\outbox::class);
        $name = get_string('task_outbox', 'local_shopengine');
        if (!$task || $task->get_disabled()) {
            return new result(result::ERROR, get_string('status_cron_disabled', 'local_shopengine', $name));
        }
        $last = (int) $task->get_last_run_time();
        if ($last === 0) {
            return new result(result::WARNING, get_string('status_cron_never', 'local_shopengine', $name));
        }
        if (time() - $last > self::LATE) {
            $said = (object) ['task' => $name, 'time' => userdate($last)];
            return new result(result::ERROR, get_string('status_cron_late', 'local_shopengine', $said));
        }
        return new result(result::OK, get_string('status_cron_ok', 'local_shopengine', userdate($last)));
    }
}
