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

namespace local_shopengine;

/**
 * Moodle as the engine sees it: the database, the trace, the current request and its session.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */
class moodle_host {
    /**
     * The engine on the site's database.
     *
     * @param string|null $trace another trace than the site's
     * @return \ShopEngine\Engine
     */
    public function engine(?string $trace = null): object {
        global $DB;
        $database = \ShopEngine\Database::moodle($DB);
        return new \ShopEngine\Engine($database, $trace ?? self::trace_file(), date_default_timezone_get());
    }

    /**
     * The plugin's trace.
     *
     * @return \ShopEngine\Trace
     */
    public function trace(): object {
        return new \ShopEngine\Trace(self::trace_file(), date_default_timezone_get());
    }

    /**
     * Where the plugin's trace is.
     *
     * @return string
     */
    public static function trace_file(): string {
        global $CFG;
        return $CFG->dataroot . '/merchant_trace.log';
    }

    /**
     * The current request, as docs/front.md describes it, without the key `drained`.
     *
     * @return array
     */
    public function request(): array {
        global $CFG;
        return [
            'method' => $_SERVER['REQUEST_METHOD'] ?? 'GET',
            'script' => self::script(),
            'query' => $_SERVER['QUERY_STRING'] ?? '',
            'body' => (string) file_get_contents('php://input'),
            'contenttype' => $_SERVER['CONTENT_TYPE'] ?? '',
            'wwwroot' => $CFG->wwwroot,
            'https' => is_https(),
            'referer' => $_SERVER['HTTP_REFERER'] ?? '',
            'lang' => substr(current_language(), 0, 2),
            'sesskey' => sesskey(),
            'loginurl' => get_login_url(),
            'user' => self::user(),
            'session' => self::session(),
        ];
    }

    /**
     * Keeps what went wrong.
     *
     * @param \Throwable $error
     */
    public function log(\Throwable $error): void {
        // To the server's own log: the trace itself may be what is wrong.
        error_log('local_shopengine: ' . get_class($error) . ': ' . $error->getMessage()); // phpcs:ignore
    }

    /**
     * The script's path below wwwroot.
     *
     * @return string
     */
    private static function script(): string {
        global $CFG;
        $base = rtrim((string) parse_url($CFG->wwwroot, PHP_URL_PATH), '/');
        $script = $_SERVER['SCRIPT_NAME'] ?? '';
        return $base !== '' && str_starts_with($script, "$base/") ? substr($script, strlen($base)) : $script;
    }

    /**
     * The logged-in user; null for a guest.
     *
     * @return array|null
     */
    private static function user(): ?array {
        global $USER;
        if (!isloggedin() || isguestuser()) {
            return null;
        }
        return [
            'id' => (int) $USER->id,
            'username' => $USER->username,
            'email' => $USER->email,
            'firstname' => $USER->firstname,
            'lastname' => $USER->lastname,
            'admin' => has_capability('local/shop:salesadmin', \context_system::instance()),
        ];
    }

    /**
     * What the plugin's session knows of the buyer, for the engine.
     *
     * @return array
     */
    private static function session(): array {
        global $SESSION;
        $cart = $SESSION->shoppingcart ?? new \stdClass();
        return ['cart' => [
            'customerinfo' => (array) ($cart->customerinfo ?? []),
            'usedistinctinvoiceinfo' => !empty($cart->usedistinctinvoiceinfo),
            'invoiceinfo' => (array) ($cart->invoiceinfo ?? []),
        ]];
    }
}
