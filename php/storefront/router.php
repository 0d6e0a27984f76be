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
 * The storefront's one entry, for PHP's own web server: `php -S 127.0.0.1:8080 router.php`.
 *
 * SHOPENGINE_DB names the database file. Everything below /local/shop/ and /local/shopengine/ is the engine's.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

namespace local_shopengine\storefront;

use local_shopengine\front;

require_once(__DIR__ . '/setup.php');

// Whatever happens, the visitor gets a page and the details go to the server's log.
ini_set('display_errors', '0');
error_reporting(E_ALL);
set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    if (!(error_reporting() & $level)) {
        return false;
    }
    throw new \ErrorException($message, 0, $level, $file, $line);
});
register_shutdown_function(function (): void {
    $fatal = [E_ERROR, E_PARSE, E_CORE_ERROR, E_COMPILE_ERROR];
    if (in_array(error_get_last()['type'] ?? 0, $fatal) && !headers_sent()) {
        http_response_code(500);
        header('Content-Type: text/plain; charset=utf-8');
        echo "Something went wrong on our side. Please try again.\nUn incident s’est produit de notre côté. Merci de réessayer.\n";
    }
});
header_remove('X-Powered-By');

$host = new storefront(database_path());
$script = $host->script();
$shared = dirname(__DIR__) . '/local/shopengine';
[$file, $type] = [
    '/styles/shop.css' => ["$shared/styles/shop.css", 'text/css'],
    '/styles/storefront.css' => [__DIR__ . '/styles/storefront.css', 'text/css'],
    '/styles/logo.svg' => [__DIR__ . '/styles/logo.svg', 'image/svg+xml'],
    '/scripts/copy.js' => ["$shared/scripts/copy.js", 'text/javascript'],
    '/local/shopengine/verify-statement.html' => ["$shared/verify-statement.html", 'text/html'],
    '/scripts/watch.js' => ["$shared/scripts/watch.js", 'text/javascript'],
][$script] ?? [null, ''];

if ($file !== null) {
    $host->send_text(200, "$type; charset=utf-8", file_get_contents($file));
} else if ($script === '/') {
    $host->send_redirect($host->wwwroot() . '/local/shop/front/view.php?view=shop');
} else {
    // Scripts that are not the shop's go to an engine that only knows log-in, log-out and "no such page".
    $site = !preg_match('~^/local/shop(engine)?/~', $script);
    $answered = (new front($host, function () use ($host, $site): object {
        $host->begin();
        return $site ? new site($host) : $host->engine();
    }))->answer();
    if (!$answered) {
        (new front($host, fn(): object => new site($host)))->answer();
    }
}
