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

/**
 * Compares orders and bills, and takes up what was left behind. Without --fix nothing is changed. From Moodle's folder:
 *
 *     php local/shopengine/cli/repair.php [--fix] [--trace=HOURS] [--release=MESSAGE] [--plugin-tables]
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);

// The plugin's folder may be a link to elsewhere: then Moodle is where the command says.
require((is_file(dirname(__DIR__, 3) . '/config.php') ? dirname(__DIR__, 3) : dirname($_SERVER['SCRIPT_FILENAME'], 4))
    . '/config.php');
require_once($CFG->libdir . '/clilib.php');

[$options, $unknown] = cli_get_params(
    ['fix' => false, 'trace' => 0, 'release' => 0, 'plugin-tables' => false, 'help' => false],
    ['h' => 'help']
);
if ($unknown) {
    cli_error(get_string('cliunknowoption', 'core_admin', implode("\n  ", $unknown)));
}
if ($options['help']) {
    echo get_string('repair_help', 'local_shopengine');
    exit(0);
}
$say = fn(string $key, $values = null) => cli_writeln(get_string($key, 'local_shopengine', $values));
if ($options['plugin-tables']) {
    $say('repair_columns', implode(', ', \local_shopengine\plugin_tables::complete()) ?: '-');
}
$host = new \local_shopengine\moodle_host();
$engine = $host->engine();

if ((int) $options['release'] > 0) {
    $message = (int) $options['release'];
    $say($engine->releaseMessage($message) ? 'repair_released' : 'repair_not_held', $message);
}
if ($options['fix']) {
    while ($done = $engine->reconcile(100)) {
        foreach ($done as $one) {
            $say('repair_changed', (object) $one);
        }
        if (count($done) < 100 || !array_diff(array_column($done, 'outcome'), ['failed'])) {
            // The rest cannot be read: another pass would find the same.
            break;
        }
    }
    // Messages that a dead process left undecided are taken up with the work.
    $say('repair_drained', \local_shopengine\outbox::drain($engine, $host, 1000));
}
if ((int) $options['trace'] > 0) {
    $since = (time() - (int) $options['trace'] * HOURSECS) * 1000;
    $orders = $DB->get_fieldset_select('local_shopengine_order', 'transactionid', 'timemodified > ?', [$since]);
    $say('repair_traced', array_sum(array_map(fn(string $transid): int => $engine->restoreTrace($transid), $orders)));
}
$findings = $engine->integrity(100);
foreach ($findings as $finding) {
    cli_writeln(\local_shopengine\check\integrity::sentence($finding));
}
if (!$findings) {
    $say('repair_nothing');
} else if (!$options['fix']) {
    $say('repair_dry');
}
exit($findings ? 1 : 0);
