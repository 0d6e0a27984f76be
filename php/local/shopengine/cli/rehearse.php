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
 * Replays past bills: amount, tax and state as the engine would have had them, each difference with its cause. Nothing is written.
 * From Moodle's folder:
 *
 *     php local/shopengine/cli/rehearse.php --bills [--since=YYYY-MM-DD] [--limit=N]
 *
 * Ends with 0 where there is no difference, 1 where there are some, 2 where the question is wrong.
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

[$options, $unknown] = cli_get_params(['bills' => false, 'since' => '', 'limit' => 0, 'help' => false], ['h' => 'help']);
if ($unknown) {
    cli_error(get_string('cliunknowoption', 'core_admin', implode("\n  ", $unknown)), 2);
}
if ($options['help'] || !$options['bills']) {
    echo get_string('rehearse_help', 'local_shopengine');
    exit($options['help'] ? 0 : 2);
}
$since = 0;
if ($options['since'] !== '') {
    $day = DateTimeImmutable::createFromFormat('!Y-m-d', (string) $options['since'], core_date::get_server_timezone_object());
    if (!$day || $day->format('Y-m-d') !== $options['since']) {
        cli_error(get_string('rehearse_since', 'local_shopengine', s($options['since'])), 2);
    }
    $since = $day->getTimestamp();
}
// Bills of one batch: what is in memory at once.
$batch = 500;
$limit = (int) $options['limit'] > 0 ? (int) $options['limit'] : PHP_INT_MAX;
$engine = (new \local_shopengine\moodle_host())->engine();
$bills = $different = $after = 0;
$causes = [];
$began = microtime(true);
while ($bills < $limit) {
    $replayed = $engine->replayBills($after, $since, min($batch, $limit - $bills));
    if (!$replayed['bills']) {
        break;
    }
    $bills += $replayed['bills'];
    $after = $replayed['last'];
    $different += count($replayed['differences']);
    foreach ($replayed['differences'] as $difference) {
        foreach ($difference['causes'] as $cause) {
            $causes[$cause['code']] = ($causes[$cause['code']] ?? 0) + 1;
            $sentence = get_string($cause['code'], 'local_shopengine', (object) $cause['params']);
            cli_writeln(get_string('rehearse_bill', 'local_shopengine', [
                'bill' => $difference['bill'], 'transid' => $difference['transid'], 'sentence' => $sentence,
            ]));
        }
    }
}
cli_writeln(get_string('rehearse_done', 'local_shopengine', [
    'bills' => $bills, 'alike' => $bills - $different, 'different' => $different,
    'seconds' => sprintf('%.1f', microtime(true) - $began),
]));
arsort($causes);
foreach ($causes as $code => $count) {
    cli_writeln(get_string('rehearse_cause', 'local_shopengine', [
        'count' => $count, 'cause' => get_string("{$code}_short", 'local_shopengine'),
    ]));
}
exit($different ? 1 : 0);
