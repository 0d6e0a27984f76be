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

namespace local_shopengine\storefront;

/**
 * The pages of the site around the shop, which Moodle has of its own: log-in, log-out, "no such page".
 * It answers requests in the engine's words, so that the same loop serves them.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class site {
    /** A hash no password has: unknown users take as long to refuse as known ones. */
    private const NOBODY = '$2y$10$aTJ9sfbq8NkJ7zQj94DMi.ikMZeQcU8/NpgS/bzh6Tr1b66jXbSDm';

    /** @var storefront */
    private storefront $host;

    /**
     * Constructor.
     *
     * @param storefront $host
     */
    public function __construct(storefront $host) {
        $this->host = $host;
    }

    /**
     * Answers a request, as \ShopEngine\Engine::handle does.
     *
     * @param array $request
     * @return array
     */
    public function handle(array $request): array {
        parse_str($request['method'] === 'POST' ? $request['body'] : $request['query'], $fields);
        $fields = array_filter($fields, 'is_string');
        $answer = match ($request['script']) {
            '/login/index.php' => $this->login($request, $fields),
            '/login/logout.php' => $this->logout($request, $fields),
            default => $this->page('error', 404, $this->problem('not_found', 404)),
        };
        return $answer + ['drain' => ''];
    }

    /**
     * The log-in form and what it posts.
     *
     * @param array $request
     * @param string[] $fields
     * @return array answer
     */
    private function login(array $request, array $fields): array {
        $wantsurl = $this->own_url($fields['wantsurl'] ?? '');
        $form = [
            'action' => $this->host->wwwroot() . '/login/index.php',
            'wantsurl' => $wantsurl,
            'username' => $fields['username'] ?? '',
        ];
        if ($request['method'] !== 'POST') {
            return $this->page('login', 200, $form);
        }
        if (!$this->from_here()) {
            return $this->page('error', 403, $this->problem('sesskey_invalid', 403));
        }
        $user = $this->host->find_user('email', trim($form['username']));
        if (!password_verify($fields['password'] ?? '', $user['password'] ?? self::NOBODY) || $user === null) {
            $form['notices'] = [['level' => 'error', 'code' => 'login_failed', 'params' => []]];
            return $this->page('login', 403, $form);
        }
        $this->host->become($user);
        return ['kind' => 'redirect', 'status' => 303, 'location' => $wantsurl];
    }

    /**
     * Ends the session of a visitor who asks for it from a page of ours.
     *
     * @param array $request
     * @param string[] $fields
     * @return array answer
     */
    private function logout(array $request, array $fields): array {
        if (!hash_equals($request['sesskey'], $fields['sesskey'] ?? '')) {
            return $this->page('error', 403, $this->problem('sesskey_invalid', 403));
        }
        $this->host->become(null);
        return ['kind' => 'redirect', 'status' => 303, 'location' => $this->own_url('')];
    }

    /**
     * An address of this site, or the shop's front where the wish leads elsewhere.
     *
     * @param string $wish
     * @return string absolute URL
     */
    private function own_url(string $wish): string {
        $root = $this->host->wwwroot();
        if (preg_match('~^/(?![/\\\\])~', $wish)) {
            $wish = $root . $wish;
        }
        return str_starts_with($wish, "$root/") && !preg_match('/[\x00-\x20\x7f\\\\]/', $wish)
            ? $wish
            : "$root/local/shop/front/view.php?view=shop";
    }

    /**
     * False when the browser says that another site's page posts this form: nobody is logged in behind his back.
     *
     * @return bool
     */
    private function from_here(): bool {
        $origin = $_SERVER['HTTP_ORIGIN'] ?? $this->host->wwwroot();
        return $origin === $this->host->wwwroot() && ($_SERVER['HTTP_SEC_FETCH_SITE'] ?? 'same-origin') !== 'cross-site';
    }

    /**
     * An answer that is a page.
     *
     * @param string $name
     * @param int $status
     * @param array $data
     * @return array answer
     */
    private function page(string $name, int $status, array $data): array {
        $data += ['shop' => null, 'notices' => [], 'view' => ''];
        return ['kind' => 'page', 'status' => $status, 'page' => $name, 'data' => $data, 'session' => null];
    }

    /**
     * What the error page needs.
     *
     * @param string $code
     * @param int $status
     * @return array data
     */
    private function problem(string $code, int $status): array {
        return ['error' => ['level' => 'error', 'code' => $code, 'params' => []], 'status' => $status, 'next' => null];
    }
}
