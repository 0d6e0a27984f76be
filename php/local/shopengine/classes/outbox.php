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
 * Performs the work that orders leave behind: deliver, send mail.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class outbox {
    /** @var \Closure|null reports the task under way, should the request end meanwhile */
    private static ?\Closure $interrupted = null;

    /**
     * Performs due tasks until none is left, or the bound is reached; the rest waits for the next request or for cron.
     *
     * @param \ShopEngine\Engine $engine
     * @param host $host
     * @param int $limit most tasks of this call
     * @param bool $visitor a visitor's request: what was tried three times is left to cron
     * @return int tasks performed
     */
    public static function drain(object $engine, host $host, int $limit = 20, bool $visitor = false): int {
        static $watched = false;
        if (!$watched) {
            $watched = true;
            register_shutdown_function(function (): void {
                if (self::$interrupted !== null) {
                    set_time_limit(30);
                    (self::$interrupted)();
                }
            });
        }
        for ($performed = 0; $performed < $limit; $performed++) {
            // One at a time: a lease that waited for slow work before it would run out, and somebody else would do the task again.
            $task = $engine->lease(1, $visitor)[0] ?? null;
            if ($task === null) {
                break;
            }
            if ($task['lock'] === '') {
                self::perform_leased($engine, $host, $task);
            } else {
                self::perform_locked($engine, $host, $task);
            }
        }
        return $performed;
    }

    /**
     * Performs a task that one process at a time may perform: the engine is asked again once the lock is held,
     * and says whether it still may.
     *
     * @param \ShopEngine\Engine $engine
     * @param host $host
     * @param array $task
     */
    private static function perform_locked(object $engine, host $host, array $task): void {
        $release = null;
        try {
            $release = $host->lock($task['lock']);
            if ($release === null) {
                $engine->giveBack($task['id'], $task['stamp']);
            } else if ($engine->mayPerform($task['id'], $task['stamp'])) {
                self::perform_leased($engine, $host, $task);
            }
        } catch (\Throwable $error) {
            // Its lease runs out, and it is offered again.
            $host->log($error);
        } finally {
            if ($release !== null) {
                $release();
            }
        }
    }

    /**
     * Performs a task and reports it, also if the request ends meanwhile.
     *
     * @param \ShopEngine\Engine $engine
     * @param host $host
     * @param array $task
     */
    private static function perform_leased(object $engine, host $host, array $task): void {
        self::$interrupted = fn() => self::finish($engine, $host, $task, $host->interrupted($task));
        $result = self::perform($host, $task);
        self::$interrupted = null;
        self::finish($engine, $host, $task, $result);
    }

    /**
     * Reports a task, and lets the host tell of it. A report that cannot be recorded ends neither the page nor the work for other
     * orders: its lease runs out, and the task is offered again.
     *
     * @param \ShopEngine\Engine $engine
     * @param host $host
     * @param array $task
     * @param array $result as perform() returns it
     */
    private static function finish(object $engine, host $host, array $task, array $result): void {
        try {
            $engine->finish($task['id'], $task['stamp'], $result);
            $host->performed($task, $result);
        } catch (\Throwable $error) {
            $host->log($error);
        }
    }

    /**
     * Performs one task; whatever it throws is a failure to report, never the end of the page.
     *
     * @param host $host
     * @param array $task
     * @return array outcome
     */
    private static function perform(host $host, array $task): array {
        try {
            return $host->perform($task);
        } catch (\Throwable $error) {
            $host->log($error);
            return [
                'outcome' => 'failed',
                'public' => $host->string('task_failed') ?? '',
                'private' => get_class($error) . ': ' . $error->getMessage(),
            ];
        }
    }
}
