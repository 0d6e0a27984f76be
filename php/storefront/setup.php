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
 * What the storefront's scripts share: classes, the data set, the options of the command line.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

namespace local_shopengine\storefront;

// Files of the Moodle plugin ask for it.
defined('MOODLE_INTERNAL') || define('MOODLE_INTERNAL', true);

spl_autoload_register(function (string $class): void {
    if (preg_match('/^local_shopengine\\\\(storefront\\\\)?([a-z_]+)$/', $class, $found)) {
        require_once($found[1] ? __DIR__ . "/{$found[2]}.php" : dirname(__DIR__) . "/local/shopengine/classes/{$found[2]}.php");
    }
});

/**
 * The database file the environment names.
 *
 * @return string path
 */
function database_path(): string {
    return getenv('SHOPENGINE_DB') ?: dirname(__DIR__, 2) . '/var/demo.sqlite';
}

/**
 * Creates the demo shop where it is not there yet. Every statement may be repeated, so that
 * an interrupted creation is completed by the next one.
 *
 * @param storefront $host
 */
function install_demo(storefront $host): void {
    $host->database()->install();
    $database = $host->database();
    if ($database->query("SELECT value FROM {config_plugins} WHERE plugin = 'local_shopengine' AND name = 'demo'")) {
        // What was changed since stays changed.
        return;
    }
    $statements = preg_split('/;\s*$/m', preg_replace('/^--.*$/m', '', file_get_contents(__DIR__ . '/demo.sql')));
    foreach (array_filter(array_map('trim', $statements)) as $statement) {
        $database->execute($statement);
    }
}

/**
 * Reads `--name=value`, `--name value` and `--switch` options; ends with a sentence when one is not understood.
 *
 * @return array `port`, `db`, `once`
 */
function options(): array {
    $given = getopt('', ['port:', 'db:', 'once'], $rest);
    $port = filter_var($given['port'] ?? 8080, FILTER_VALIDATE_INT, ['options' => ['min_range' => 1, 'max_range' => 65535]]);
    if ($port === false || $rest < $GLOBALS['argc']) {
        fwrite(STDERR, "usage: php {$GLOBALS['argv'][0]} [--port 8080] [--db var/demo.sqlite] [--once]\n");
        exit(2);
    }
    if (!extension_loaded('shopengine') && !class_exists('ShopEngine\Engine')) {
        fwrite(STDERR, "the extension shopengine is not loaded: run php -d extension=/path/to/libshopengine.so {$GLOBALS['argv'][0]}\n");
        exit(2);
    }
    $db = $given['db'] ?? database_path();
    $folder = dirname($db);
    if (!is_dir($folder) && !mkdir($folder, 0770, true)) {
        fwrite(STDERR, "the folder $folder cannot be created\n");
        exit(2);
    }
    $db = realpath($folder) . '/' . basename($db);
    putenv("SHOPENGINE_DB=$db");
    return ['port' => $port, 'db' => $db, 'once' => isset($given['once'])];
}
