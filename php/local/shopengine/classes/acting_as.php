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
 * Work that is done as another account than the visitor's, or as nobody. The visitor's session is closed before, so that nothing of
 * it can be stored there; user, session, page and language are put back afterwards, also when the work throws or ends the request.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class acting_as {
    /** Global variables that belong to the visitor. */
    private const GLOBALS = ['USER', 'SESSION', 'PAGE', 'OUTPUT', 'COURSE', 'THEME'];

    /** @var \Closure|null puts the visitor back; null when nobody else acts */
    private static ?\Closure $back = null;

    /** @var bool the end of the request is watched */
    private static bool $watched = false;

    /**
     * Does work as an account. Whatever it prints is discarded.
     *
     * @param int $account id of the account; 0: nobody is logged in
     * @param string $lang language of the work's texts
     * @param \Closure $work
     * @return mixed what the work returns
     */
    public static function account(int $account, string $lang, \Closure $work): mixed {
        if (!self::$watched) {
            self::$watched = true;
            \core_shutdown_manager::register_function(self::class . '::back');
        }
        $open = moodle_host::lend_session();
        \core\session\manager::write_close();
        self::$back = self::leave();
        try {
            self::enter($account, $lang);
            return $work();
        } finally {
            self::back();
            if ($open) {
                // One that was closed before is taken up again when there is something to keep in it.
                moodle_host::reopen_session();
            }
        }
    }

    /**
     * Puts the visitor back, if somebody else acts.
     */
    public static function back(): void {
        $back = self::$back;
        self::$back = null;
        if ($back !== null) {
            $back();
        }
    }

    /**
     * Takes the visitor away.
     *
     * @return \Closure puts them back
     */
    private static function leave(): \Closure {
        $kept = [];
        foreach (self::GLOBALS as $name) {
            // One by one: a copied array would go on referring to the variables.
            $kept[$name] = $GLOBALS[$name] ?? null;
        }
        // The stored session refers to both variables: it must not follow them to another account.
        unset($_SESSION['USER'], $_SESSION['SESSION']);
        $stored = $_SESSION ?? [];
        $headers = headers_list();
        $status = http_response_code();
        $session = session_id();
        if ($session !== '' && !headers_sent()) {
            // Whoever logs somebody in (complete_user_login) changes the records of this session.
            session_id(random_string(32));
        }
        $level = ob_get_level();
        ob_start();
        return function () use ($kept, $stored, $level, $headers, $status, $session): void {
            while (ob_get_level() > $level && ob_end_clean()) {
                continue;
            }
            if (!headers_sent()) {
                self::restore_headers($headers, $status);
                if ($session !== '') {
                    session_id($session);
                }
            }
            foreach (self::GLOBALS as $name) {
                $GLOBALS[$name] = $kept[$name];
            }
            $_SESSION = $stored;
            $_SESSION['USER'] =& $GLOBALS['USER'];
            $_SESSION['SESSION'] =& $GLOBALS['SESSION'];
            moodle_setlocale();
            set_access_log_user();
        };
    }

    /**
     * Takes back what the work has told the visitor's browser: a redirect, cookies, a status.
     *
     * @param string[] $headers as they were
     * @param int|bool $status as it was
     */
    private static function restore_headers(array $headers, int|bool $status): void {
        header_remove();
        foreach ($headers as $header) {
            header($header, false);
        }
        if (is_int($status)) {
            http_response_code($status);
        }
    }

    /**
     * Sets up the one who acts, on a page of their own.
     *
     * @param int $account
     * @param string $lang
     */
    private static function enter(int $account, string $lang): void {
        \core\session\manager::init_empty_session();
        if ($account !== 0) {
            $user = get_complete_user_data('id', $account);
            if (!$user) {
                throw new \moodle_exception('account_unusable', 'local_shopengine');
            }
            \core\session\manager::set_user($user);
        }
        if (get_string_manager()->translation_exists($lang, false)) {
            force_current_language($lang);
        }
        $GLOBALS['COURSE'] = clone $GLOBALS['SITE'];
        $GLOBALS['PAGE'] = new \moodle_page();
        $GLOBALS['PAGE']->set_context(\context_system::instance());
        $GLOBALS['PAGE']->set_url('/local/shop/front/view.php');
        $GLOBALS['OUTPUT'] = new \bootstrap_renderer();
    }
}
