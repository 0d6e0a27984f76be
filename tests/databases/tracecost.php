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

// What a line of the trace costs, by where it goes.
//   tests/databases/servers.sh FOLDER sh -c 'php -d extension=target/release/libshopengine.so tests/databases/tracecost.php "$MARIADB" "$PGSQL"'

namespace shopengine\tests;

use ShopEngine\Database;
use ShopEngine\Trace;

require __DIR__ . '/moodle_database.php';

const TRANSACTIONS = 100;
const LINES = 10;

$root = dirname(__DIR__, 2);
$folder = sys_get_temp_dir() . '/shopengine-tracecost-' . getmypid();
mkdir($folder);
$sqlite = Database::sqlite("$folder/shop.sqlite");
$sqlite->install();
$places = [
    'file' => new Trace("$folder/merchant_trace.log", 'UTC'),
    'file of a machine' => new Trace("$folder/merchant_trace.log", 'UTC', 'filepernode', 'web1'),
    'table, SQLite' => new Trace("$folder/merchant_trace.log", 'UTC', 'table', 'web1', $sqlite),
];
foreach (array_slice($argv, 1) as $description) {
    $database = moodle_database::connect($description);
    $database->install("$root/src/database/schema/plugin.sql", "$root/src/database/schema/engine.sql");
    $places['table, ' . explode(':', $description)[0]] = new Trace("$folder/merchant_trace.log", 'UTC', 'table', 'web1', Database::moodle($database));
}
foreach ($places as $place => $trace) {
    $times = [];
    for ($number = 0; $number < TRANSACTIONS * LINES; $number++) {
        $transid = sprintf('%018d==', intdiv($number, LINES));
        $start = hrtime(true);
        $trace->write("Order placed : 1 objects, 23.99 EUR by test, line $number", $transid);
        $times[] = hrtime(true) - $start;
    }
    sort($times);
    $median = $times[count($times) >> 1] / 1000;
    $mean = array_sum($times) / count($times) / 1000;
    $looks = [];
    for ($look = 0; $look < 200; $look++) {
        $transid = sprintf('%018d==', random_int(0, TRANSACTIONS - 1));
        $start = hrtime(true);
        count($trace->scan($transid)['entries']) % LINES === 0 || throw new \Exception($place);
        $looks[] = hrtime(true) - $start;
    }
    sort($looks);
    printf("%-18s a line %8.1f us (median; mean %8.1f), look-up of %d among %d lines %8.1f us\n", $place, $median, $mean, LINES, TRANSACTIONS * LINES, $looks[100] / 1000);
}
array_map('unlink', glob("$folder/*"));
rmdir($folder);
