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

use local_shopengine\takeover;

/**
 * Keeps the traces, every five minutes while any takeover is not off: puts them aside by the settings, conceals passwords and
 * tickets in the mail trace, seals both, brings the index up to date.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class trace extends \core\task\scheduled_task {
    /**
     * What the list of tasks calls it.
     *
     * @return string
     */
    public function get_name() {
        return get_string('task_trace', 'local_shopengine');
    }

    /**
     * Does it.
     */
    public function execute() {
        if (!array_filter(takeover::ALL, fn(string $name): bool => takeover::mode($name) !== 'off')) {
            return;
        }
        $trace = (new \local_shopengine\moodle_host())->trace();
        $mails = \local_shopengine\moodle_host::mail_trace();
        $setting = fn(string $name): int => max(0, (int) get_config('local_shopengine', $name));
        // Before the mail trace is put aside: what it holds is concealed where it is.
        $concealed = $mails->concealSecrets($setting('mailtraceconcealed'), \local_shopengine\sealing::key());
        set_config('mailtraceconcealed', $concealed['next'], 'local_shopengine');
        mtrace("secrets of the mail trace concealed: {$concealed['places']}");
        foreach (['trace' => $trace, 'mailtrace' => $mails] as $name => $one) {
            $this->seal($one, $name);
            $there = \local_shopengine\sealing::sealed_files($name);
            $rotated = $one->rotate($setting('tracesize') * 1024 * 1024, $setting('tracedays'), $setting('tracekeep'));
            foreach ($rotated['aside'] as $aside) {
                mtrace("put aside: $aside");
                if (str_starts_with(basename($aside), 'merchant_mail_trace.log.')) {
                    // The plugin's: what was written last, and what other processes are writing right now.
                    sleep(1);
                    (new \ShopEngine\Trace($aside, date_default_timezone_get()))
                        ->concealSecrets($concealed['next'], \local_shopengine\sealing::key());
                    set_config('mailtraceconcealed', 0, 'local_shopengine');
                }
            }
            mtrace("files removed: {$rotated['removed']}, lines of the table: {$rotated['forgotten']}");
            // Those of a machine that is no more went with their age: nobody shall miss them.
            \local_shopengine\sealing::forget($name, array_diff($there, \local_shopengine\sealing::sealed_files($name)));
            $this->seal($one, $name);
        }
        $indexed = $trace->index();
        mtrace("bytes of the trace indexed: {$indexed['covered']} of {$indexed['length']}");
    }

    /**
     * Seals a trace, if the settings say so. A chain that cannot be written, or was changed, keeps nothing else from being done:
     * the status page tells it.
     *
     * @param object $trace
     * @param string $name
     */
    private function seal(object $trace, string $name): void {
        if (!\local_shopengine\sealing::is_on()) {
            return;
        }
        try {
            $sealed = \local_shopengine\sealing::seal($trace, $name);
            mtrace("bytes sealed: {$sealed['bytes']}");
        } catch (\ShopEngine\Exception\TraceException $error) {
            mtrace($error->getMessage());
        }
    }
}
