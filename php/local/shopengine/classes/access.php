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
 * Moodle's own access checks, before the engine answers. The hook after_config comes before the scripts of the plugin, so the
 * require_login() of those scripts has not run yet.
 *
 * Each check returns only if the request may go on; otherwise it redirects or shows an error, and exits.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class access {
    /** Seconds after which a gateway tries again while the site is in maintenance mode; as on Moodle's own maintenance page. */
    private const RETRY_AFTER = 300;

    /**
     * The checks of a request to a script of the plugin.
     *
     * @param string $who the gate's word: `visitor`, `script`, `seller`, `trace`, `interface`; '' for no check here
     */
    public static function check(string $who): void {
        match ($who) {
            'visitor' => self::visitor(),
            // After the login nobody should land on an address that answers scripts only.
            'script' => self::visitor(false),
            'seller', 'trace' => self::seller(),
            'interface' => self::endpoint(),
            '' => null,
        };
    }

    /**
     * A page that guests may see. Users who are logged in have passed all checks of require_login(); guests are asked to log in
     * on sites with `forcelogin`, and wait while the site is in maintenance mode.
     *
     * @param bool $comesback whether the login page leads back to this address
     */
    public static function visitor(bool $comesback = true): void {
        global $CFG, $PAGE;
        if (!empty($CFG->forcelogin) || self::is_user()) {
            self::login($comesback);
        } else if (self::is_closed()) {
            $PAGE->set_context(null);
            print_maintenance_message();
        }
    }

    /**
     * A page for sellers: it takes a login. Their capability is checked where the page is made.
     */
    public static function seller(): void {
        self::login(true);
    }

    /**
     * A script of a payment interface. Notifications come without a session, so `forcelogin` does not concern them; in maintenance
     * mode they are refused with 503, and the gateway sends them again.
     *
     * A user who comes back from the gateway is checked as on a page. Posted messages are kept first, because a redirect would
     * lose them: they lead to a page with checks of its own.
     */
    public static function endpoint(): void {
        if (self::is_closed()) {
            header('Retry-After: ' . self::RETRY_AFTER);
            (new moodle_host())->send_text(503, 'text/plain; charset=utf-8', get_string('sitemaintenance', 'admin'));
            exit;
        }
        if (self::is_user() && ($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST') {
            self::login(true);
        }
    }

    /**
     * Calls require_login() for an account that is still in use. It also calls the plugins' `after_require_login`, so that a
     * pending second factor is noticed whatever the order of the after_config callbacks.
     *
     * @param bool $comesback
     */
    private static function login(bool $comesback): void {
        // With this header require_login() does not redirect, and tool_mfa lets the request pass.
        // No page of the shop is sent in parts.
        unset($_SERVER['HTTP_RANGE']);
        try {
            self::end_session_of_closed_account();
            require_login(null, true, null, $comesback);
        } catch (\Throwable $error) {
            // Moodle 4.1 to 4.3 ignores exceptions of after_config callbacks, and would go on with the page.
            default_exception_handler($error);
        }
    }

    /**
     * Logs out a user whose account was suspended or deleted while the session went on. Moodle ends such sessions when an
     * administrator suspends the account, but not when another system writes the account's row.
     */
    private static function end_session_of_closed_account(): void {
        if (!self::is_user()) {
            return;
        }
        $id = \core\session\manager::get_realuser()->id;
        $user = \core_user::get_user($id, 'id, username, deleted, confirmed, suspended, auth', MUST_EXIST);
        try {
            \core_user::require_active_user($user, true, true);
        } catch (\moodle_exception $error) {
            require_logout();
            redirect(get_login_url());
        }
    }

    /**
     * Is somebody logged in with an account of their own?
     *
     * @return bool
     */
    private static function is_user(): bool {
        return isloggedin() && !isguestuser();
    }

    /**
     * Is the site in maintenance mode for this visitor?
     *
     * @return bool
     */
    private static function is_closed(): bool {
        global $CFG;
        return !empty($CFG->maintenance_enabled) && !has_capability('moodle/site:maintenanceaccess', \context_system::instance());
    }
}
