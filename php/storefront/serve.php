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
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

namespace local_shopengine\storefront;

require_once(__DIR__ . '/setup.php');

$options = options();
try {
    install_demo(new storefront($options['db']));
    $server = new server($options['port'], [STDOUT, STDERR]);
} catch (\Throwable $error) {
    fwrite(STDERR, "The shop does not open: {$error->getMessage()}\n");
    exit(1);
}
echo "Serving on {$server->root()}/ (database {$options['db']}); stop it with Ctrl-C. Buyers' password: demo\n";
$server->wait();
