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
 * Serves the demo shop: `php -d extension=… serve.php [--port 8080] [--db var/demo.sqlite]`.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace local_shopengine\storefront;

require_once(__DIR__ . '/setup.php');

$options = options();
install_demo(new storefront($options['db']));
putenv('PHP_CLI_SERVER_WORKERS=4');
echo "Serving on http://127.0.0.1:{$options['port']}/ (database {$options['db']}); stop with Ctrl-C.\n";
$command = server_command($options['port']);
if (function_exists('pcntl_exec')) {
    // This process becomes the server: who ends it ends the shop.
    pcntl_exec($command[0], array_slice($command, 1), getenv());
}
$server = proc_open($command, [STDIN, STDOUT, STDERR], $pipes);
exit(proc_close($server));
