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
 * Rows of the site's database, for the tests.
 *
 *     php tell.php MOODLE_DIR SQL [VALUE...]      prints them as JSON; tables in braces, ? for values
 *     php tell.php MOODLE_DIR                     the same for each line of its input, a JSON list [SQL, VALUE...]; a statement that
 *                                                 is no query is executed and gives no rows
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);
require($argv[1] . '/config.php');

/** The rows of a query; of any other statement, none. */
function rows(string $statement, array $values): array {
    global $DB;
    if (!str_starts_with($statement, 'SELECT')) {
        $DB->execute($statement, $values);
        return [];
    }
    $rows = [];
    foreach ($DB->get_recordset_sql($statement, $values) as $row) {
        $rows[] = $row;
    }
    return $rows;
}

if (isset($argv[2])) {
    echo json_encode(rows($argv[2], array_slice($argv, 3))), "\n";
    exit;
}
while (($line = fgets(STDIN)) !== false) {
    [$statement, $values] = json_decode($line);
    echo json_encode(rows($statement, $values), JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}
