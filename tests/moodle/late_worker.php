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
 * Two workers with the same task of the outbox: the lease of the first one runs out before it begins. For the tests.
 *
 *     php late_worker.php MOODLE_DIR TRANSID      prints, as JSON, what each of them did with each line and what became of its report
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');

$host = new \local_shopengine\moodle_host();
$engine = $host->engine();
$bill = $DB->get_field('local_shop_bill', 'id', ['transactionid' => $argv[2]], MUST_EXIST);

/** Leases the delivery of the order, as if nobody had it. */
function lease(object $engine, int $bill, string $transid): array {
    global $DB;
    $DB->execute("UPDATE {local_shopengine_outbox} SET timedue = 0 WHERE billid = ? AND kind = 'deliver'", [$bill]);
    foreach ($engine->lease(50) as $task) {
        if ($task['transid'] === $transid && $task['kind'] === 'deliver') {
            return $task;
        }
    }
    throw new coding_exception('there is no delivery to lease');
}

$late = lease($engine, $bill, $argv[2]);
$second = lease($engine, $bill, $argv[2]);
$told = [];
$results = [$host->perform($second), $host->perform($late)];
foreach (['second' => $second, 'late' => $late] as $name => $task) {
    $result = array_shift($results);
    try {
        $engine->finish($task['id'], $task['stamp'], $result);
        $report = 'counts';
    } catch (\ShopEngine\Exception\StateException $error) {
        $report = $error->errorcode;
    }
    $told[$name] = ['lines' => array_column($result['lines'], 'outcome'), 'report' => $report];
}
echo json_encode($told), "\n";
