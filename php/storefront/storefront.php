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

use local_shopengine\host;
use local_shopengine\journal;
use local_shopengine\mail;
use local_shopengine\page;

/**
 * The stand-alone host: PHP's own web server, PHP's sessions, SQLite.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class storefront implements host {
    /** Languages that sentences exist in. */
    public const LANGUAGES = ['en' => 'English', 'fr' => 'Français'];

    /** Most bytes of a body handed to the engine; it refuses far shorter ones. */
    private const BODY_LIMIT = 4194304;

    /** @var string path of the database file; trace, emails and sessions lie beside it */
    private string $path;

    /** @var \ShopEngine\Database|null */
    private ?object $database = null;

    /** @var array|null the user, once looked up; false values of a guest are null */
    private ?array $user = null;

    /** @var bool whether the visitor's connection is encrypted */
    private bool $https = false;

    /** @var string the page's language */
    private string $lang = 'en';

    /** @var string[][] sentences by language and key */
    private array $strings = [];

    /** @var string|null key of a session that is not kept yet */
    private ?string $newsesskey = null;

    /**
     * Constructor.
     *
     * @param string $path path of the database file
     */
    public function __construct(string $path) {
        $this->path = $path;
        $this->https = !empty($_SERVER['HTTPS']) && $_SERVER['HTTPS'] !== 'off';
        $this->lang = $this->accepted_language();
    }

    /**
     * The shop's database. Opened by the engine's own SQLite: PDO's must not touch the file in the same process.
     *
     * @return \ShopEngine\Database
     */
    public function database(): \ShopEngine\Database {
        return $this->database ??= \ShopEngine\Database::sqlite($this->path);
    }

    /**
     * The engine on this database, tracing beside it.
     *
     * @return \ShopEngine\Engine
     */
    public function engine(): \ShopEngine\Engine {
        return new \ShopEngine\Engine(
            $this->database(),
            dirname($this->path) . '/merchant_trace.log',
            date_default_timezone_get(),
            ...$this->trace_place()
        );
    }

    /**
     * Where lines of the trace go, and this machine's name: the environment has the last word, as config.php on a Moodle.
     *
     * @return array `sink`, `node`
     */
    private function trace_place(): array {
        $node = getenv('SHOPENGINE_NODE') ?: $this->setting_of('local_shopengine', 'tracenode');
        return journal::place($this->setting_of('local_shopengine', 'tracesink'), $node);
    }

    /**
     * Reads who asks, from where, in which language. Before this, pages are drawn for a guest.
     */
    public function begin(): void {
        if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') {
            $this->https = $this->https || $this->setting_of('core', 'sslproxy') === '1';
        }
        if (isset($_COOKIE['MoodleSession'])) {
            $this->open_session();
            $this->lang = $_SESSION['lang'] ?? $this->lang;
        }
        parse_str($_SERVER['QUERY_STRING'] ?? '', $query);
        if ($this->method() === 'GET' && is_string($query['lang'] ?? null) && isset(self::LANGUAGES[$query['lang']])) {
            $this->lang = $query['lang'];
            $this->keep('lang', $this->lang);
        }
        if (!empty($_SESSION['userid'])) {
            $this->user = $this->find_user('id', $_SESSION['userid']);
        }
    }

    #[\Override]
    public function request(): array {
        $user = $this->user;
        return [
            'method' => $this->method(),
            'script' => $this->script(),
            'query' => $_SERVER['QUERY_STRING'] ?? '',
            'body' => file_get_contents('php://input', false, null, 0, self::BODY_LIMIT),
            'contenttype' => $_SERVER['CONTENT_TYPE'] ?? '',
            'wwwroot' => $this->wwwroot(),
            'secret' => $_SERVER['HTTP_X_SHOPENGINE_SECRET'] ?? '',
            'https' => $this->https,
            'referer' => $_SERVER['HTTP_REFERER'] ?? '',
            'lang' => $this->lang,
            'sesskey' => $_SESSION['sesskey'] ?? $this->newsesskey ??= bin2hex(random_bytes(16)),
            'loginurl' => $this->wwwroot() . '/login/index.php',
            'user' => $user === null ? null : [
                'id' => (int) $user['id'],
                'username' => $user['username'],
                'email' => $user['email'],
                'firstname' => $user['firstname'],
                'lastname' => $user['lastname'],
                'may' => $user['siteadmin'] ? ['orders', 'partners', 'products', 'refunds', 'trace'] : [],
            ],
            'session' => $_SESSION['shop'] ?? [],
        ];
    }

    #[\Override]
    public function save_session(array $session): void {
        $this->keep('shop', $session);
    }

    #[\Override]
    public function save_cart(array $cart): void {
        // All pages here are the engine's: its session has the cart.
    }

    #[\Override]
    public function sesskey(): string {
        $this->open_session();
        return $_SESSION['sesskey'];
    }

    #[\Override]
    public function wwwroot(): string {
        // A visitor who came by this machine's other name stays on it: his session is a cookie of that name.
        $port = $_SERVER['SERVER_PORT'];
        $name = ($_SERVER['HTTP_HOST'] ?? '') === "localhost:$port" ? 'localhost' : $_SERVER['SERVER_NAME'];
        return ($this->https ? 'https' : 'http') . "://$name:$port";
    }

    #[\Override]
    public function lang(): string {
        return $this->lang;
    }

    #[\Override]
    public function site_lang(): string {
        return $this->setting_of('core', 'lang') ?: 'en';
    }

    #[\Override]
    public function shop_name(): string {
        return $this->setting_of('local_shop', 'sellername') ?: 'Shop';
    }

    #[\Override]
    public function string(string $key, array $params = [], ?string $lang = null): ?string {
        $lang = isset(self::LANGUAGES[$lang]) ? $lang : $this->lang;
        if (!isset($this->strings[$lang])) {
            $string = [];
            require(dirname(__DIR__) . "/local/shopengine/lang/$lang/local_shopengine.php");
            $this->strings[$lang] = $string;
        }
        return isset($this->strings[$lang][$key]) ? preg_replace_callback(
            '/\{\$a->([a-z0-9_]+)\}/i',
            fn(array $match): string => (string) ($params[$match[1]] ?? ''),
            $this->strings[$lang][$key]
        ) : null;
    }

    #[\Override]
    public function countries(): array {
        $codes = str_split(
            'ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZ' .
            'DEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJM' .
            'JOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONP' .
            'NRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTM' .
            'TNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW',
            2
        );
        $names = class_exists('Locale')
            ? array_map(fn(string $code): string => \Locale::getDisplayRegion("-$code", $this->lang), $codes)
            : $codes;
        $countries = array_combine($codes, $names);
        class_exists('Collator') ? (new \Collator($this->lang))->asort($countries) : asort($countries);
        return $countries;
    }

    #[\Override]
    public function date(int $time): string {
        return class_exists('IntlDateFormatter')
            ? (new \IntlDateFormatter($this->lang === 'en' ? 'en_GB' : $this->lang, \IntlDateFormatter::MEDIUM, \IntlDateFormatter::SHORT))->format($time)
            : date('Y-m-d H:i', $time);
    }

    #[\Override]
    public function goods(string $transid): array {
        // What the demo sells is an address to open, which the engine knows.
        return ['links' => [], 'told' => ''];
    }

    #[\Override]
    public function rich_text(string $text, string $area = '', int $item = 0): string {
        // The storefront shows text only: nothing of an administrator's markup is trusted.
        $text = preg_replace('~<(?:br|/p|/div|/li|/h[1-6])\b[^>]*>~i', "\n", $text);
        $text = trim(html_entity_decode(strip_tags($text), ENT_QUOTES | ENT_HTML5, 'UTF-8'));
        return nl2br(page::escape($text));
    }

    #[\Override]
    public function logo(): ?string {
        return $this->setting_of('local_shop', 'sellerlogo') === '' ? null : $this->wwwroot() . '/styles/logo.svg';
    }

    #[\Override]
    public function chart(array $chart): string {
        // The table says it.
        return '';
    }

    #[\Override]
    public function send_page(int $status, page $page): void {
        $html = (function () use ($page): string {
            ob_start();
            try {
                // Drawn first: forms of the content may have to open a session.
                $content = $page->content();
                require(__DIR__ . '/templates/layout.php');
            } catch (\Throwable $error) {
                ob_end_clean();
                throw $error;
            }
            return ob_get_clean();
        })();
        if ($status === 503) {
            header('Retry-After: 60');
        } else if ($status === 405) {
            header('Allow: GET, HEAD, POST');
        }
        $scripts = $page->scripts() ? "script-src 'self'; " . ($page->watches() ? "connect-src 'self'; " : '') : '';
        header("Content-Security-Policy: default-src 'none'; {$scripts}style-src 'self'; img-src 'self' data:; base-uri 'none'; "
            . "frame-ancestors 'none'; form-action 'self' " . implode(' ', $page->form_targets()));
        $this->send($status, 'text/html; charset=utf-8', $html, $page->is_confidential());
    }

    #[\Override]
    public function send_redirect(string $location): void {
        header('Location: ' . $location);
        $this->send_text(303, 'text/plain; charset=utf-8', '');
    }

    #[\Override]
    public function send_text(int $status, string $contenttype, string $body): void {
        $this->send($status, $contenttype, $body, false);
    }

    /**
     * Sends an answer that no cache keeps.
     *
     * @param int $status HTTP status
     * @param string $contenttype
     * @param string $body
     * @param bool $confidential the address carries a secret: no other site is told it
     */
    private function send(int $status, string $contenttype, string $body, bool $confidential): void {
        http_response_code($status);
        header('Content-Type: ' . $contenttype);
        header('Content-Length: ' . strlen($body));
        header('Cache-Control: no-store');
        header('X-Content-Type-Options: nosniff');
        // The origin alone: some gateways ask for it, and transaction ids stay here.
        header('Referrer-Policy: ' . ($confidential ? 'no-referrer' : 'strict-origin-when-cross-origin'));
        echo $body;
    }

    #[\Override]
    public function send_file(string $name, string $contenttype, \Closure $write): void {
        set_time_limit(0);
        $path = tempnam(dirname($this->path), 'file');
        try {
            $write($path);
            header('Content-Type: ' . $contenttype);
            header('Content-Disposition: attachment; filename="' . $name . '"');
            header('Content-Length: ' . filesize($path));
            header('Cache-Control: no-store');
            header('X-Content-Type-Options: nosniff');
            readfile($path);
        } finally {
            unlink($path);
        }
    }

    #[\Override]
    public function close_answer(): void {
        ignore_user_abort(true);
        session_write_close();
        function_exists('fastcgi_finish_request') ? fastcgi_finish_request() : flush();
    }

    #[\Override]
    public function lock(string $name): ?\Closure {
        // Nothing here makes an account.
        return fn(): bool => true;
    }

    #[\Override]
    public function perform(array $task): array {
        if ($task['kind'] === 'mail') {
            $email = mail::compose($task, $this);
            $email['to'] ??= $this->setting_of('local_shop', 'sellermail') ?? 'seller';
            $text = "To: {$email['to']}\nSubject: {$email['subject']}\nDate: " . date(DATE_RFC2822) . "\n\n{$email['text']}\n----\n";
            file_put_contents(dirname($this->path) . '/mail.log', $text, FILE_APPEND | LOCK_EX);
            $place = journal::of_mails($this->trace_place());
            $mails = new \ShopEngine\Trace(dirname($this->path) . '/merchant_mail_trace.log', date_default_timezone_get(), ...$place);
            mail::trace($mails, $email, $task['transid'], $this);
            return ['outcome' => 'done', 'public' => '', 'private' => ''];
        }
        if ($task['kind'] === 'event') {
            // There is no log of events.
            return ['outcome' => 'done', 'public' => '', 'private' => ''];
        }
        // What the demo sells is an address to open: there is nothing to build.
        return ['outcome' => 'done', 'public' => $this->string('delivery_done'), 'private' => '', 'products' => $task['kind'] === 'deliver'];
    }

    #[\Override]
    public function performed(array $task, array $result): void {
        // There is nobody to tell.
    }

    #[\Override]
    public function interrupted(array $task): array {
        return ['outcome' => 'failed', 'public' => '', 'private' => $this->string('task_failed')];
    }

    #[\Override]
    public function http(array $call): array {
        if (session_status() === PHP_SESSION_ACTIVE) {
            session_write_close();
        }
        $headers = ['User-Agent: shopengine', 'Connection: close'];
        foreach (array_filter(['Content-Type' => $call['contenttype']]) + $call['headers'] as $name => $value) {
            $headers[] = "$name: $value";
        }
        $stream = @fopen($call['url'], 'rb', false, stream_context_create([
            'http' => [
                'method' => $call['method'], 'header' => $headers, 'content' => $call['body'], 'timeout' => $call['timeout'],
                'follow_location' => 0, 'ignore_errors' => true, 'protocol_version' => '1.1',
            ],
            'ssl' => ['verify_peer' => true, 'verify_peer_name' => true],
        ]));
        if (!$stream) {
            return ['status' => 0, 'body' => '', 'error' => error_get_last()['message'] ?? 'no answer'];
        }
        $status = 0;
        foreach (stream_get_meta_data($stream)['wrapper_data'] ?? [] as $line) {
            $status = preg_match('~^HTTP/\S+ (\d+)~', $line, $found) ? (int) $found[1] : $status;
        }
        // A sender that drips must not hold us longer than one that is silent.
        $end = microtime(true) + $call['timeout'];
        $body = '';
        while (!feof($stream) && strlen($body) < self::BODY_LIMIT && microtime(true) < $end) {
            $body .= fread($stream, 8192);
            if (stream_get_meta_data($stream)['timed_out']) {
                break;
            }
        }
        $complete = feof($stream);
        fclose($stream);
        return $complete ? ['status' => $status, 'body' => $body, 'error' => ''] : ['status' => 0, 'body' => '', 'error' => 'timeout'];
    }

    #[\Override]
    public function log(\Throwable $error): void {
        error_log(get_class($error) . ": {$error->getMessage()} ({$error->getFile()}:{$error->getLine()})");
    }

    /**
     * The request's path below wwwroot.
     *
     * @return string
     */
    public function script(): string {
        return explode('?', $_SERVER['REQUEST_URI'], 2)[0];
    }

    /**
     * The request's method.
     *
     * @return string
     */
    public function method(): string {
        return $_SERVER['REQUEST_METHOD'];
    }

    /**
     * The user who is logged in.
     *
     * @return array|null a row of the table `user`
     */
    public function user(): ?array {
        return $this->user;
    }

    /**
     * A user who may log in.
     *
     * @param string $column id or email
     * @param string|int $value
     * @return array|null a row of the table `user`
     */
    public function find_user(string $column, string|int $value): ?array {
        $match = $column === 'email' ? 'lower(email) = lower(?)' : 'id = ?';
        $found = $this->database()->query("SELECT * FROM {user} WHERE $match AND deleted = 0 AND suspended = 0", [$value]);
        return $found[0] ?? null;
    }

    /**
     * Logs a user in or out, under a new session id and key. Who logs in keeps the cart; who leaves takes nothing along.
     *
     * @param array|null $user a row of the table `user`; null logs out
     */
    public function become(?array $user): void {
        $this->open_session();
        session_regenerate_id(true);
        $_SESSION = $user === null ? ['lang' => $this->lang] : $_SESSION;
        $_SESSION['userid'] = (int) ($user['id'] ?? 0);
        $_SESSION['sesskey'] = bin2hex(random_bytes(16));
        $this->user = $user;
    }

    #[\Override]
    public function setting(string $name): ?string {
        return $this->setting_of('local_shopengine', $name);
    }

    #[\Override]
    public function client(): string {
        return $_SERVER['REMOTE_ADDR'] ?? '';
    }

    #[\Override]
    public function count(string $key): int {
        $file = fopen(dirname($this->path) . '/limits.json', 'c+');
        flock($file, LOCK_EX);
        $counts = json_decode((string) stream_get_contents($file), true) ?: [];
        // Counts of minutes that are over go.
        $counts = array_filter($counts, fn(array $one): bool => $one[1] > time() - 120);
        $count = ($counts[$key][0] ?? 0) + 1;
        $counts[$key] = [$count, time()];
        rewind($file);
        ftruncate($file, 0);
        fwrite($file, json_encode($counts));
        fclose($file);
        return $count;
    }

    /**
     * One of the site's settings.
     *
     * @param string $plugin
     * @param string $name
     * @return string|null
     */
    private function setting_of(string $plugin, string $name): ?string {
        $rows = $this->database()->query('SELECT value FROM {config_plugins} WHERE plugin = ? AND name = ?', [$plugin, $name]);
        return isset($rows[0]) ? (string) $rows[0]['value'] : null;
    }

    /**
     * Puts a value into the session. A payment interface that posts without a cookie gets none: it would take the
     * place of the buyer's own, whom browsers do not name in a post from elsewhere.
     *
     * @param string $key
     * @param mixed $value
     */
    private function keep(string $key, mixed $value): void {
        if (!isset($_COOKIE['MoodleSession']) && $this->method() === 'POST' && str_starts_with($this->script(), '/local/shop/paymodes/')) {
            return;
        }
        $this->open_session();
        $_SESSION[$key] = $value;
    }

    /**
     * Starts or resumes the visitor's session. Visitors who ask for nothing that needs one have none.
     */
    private function open_session(): void {
        if (session_status() === PHP_SESSION_ACTIVE) {
            return;
        }
        $folder = dirname($this->path) . '/sessions';
        is_dir($folder) || @mkdir($folder, 0700, true) || is_dir($folder);
        session_start([
            'name' => 'MoodleSession',
            'save_path' => $folder,
            'use_strict_mode' => 1,
            'use_only_cookies' => 1,
            'serialize_handler' => 'php_serialize',
            'gc_probability' => 1,
            'gc_divisor' => 100,
            'gc_maxlifetime' => 14400,
            'cache_limiter' => '',
            'cookie_path' => '/',
            'cookie_httponly' => true,
            'cookie_samesite' => 'Lax',
            'cookie_secure' => $this->https,
        ]);
        $_SESSION['sesskey'] ??= $this->newsesskey ??= bin2hex(random_bytes(16));
    }

    /**
     * The language the browser likes best among ours.
     *
     * @return string
     */
    private function accepted_language(): string {
        $best = ['en', 0.0];
        foreach (explode(',', strtolower($_SERVER['HTTP_ACCEPT_LANGUAGE'] ?? '')) as $wish) {
            if (preg_match('/^\s*([a-z]{2})\b[^;]*(?:;\s*q=([0-9.]+))?/', $wish, $found)) {
                $weight = (float) ($found[2] ?? 1);
                $best = isset(self::LANGUAGES[$found[1]]) && $weight > $best[1] ? [$found[1], $weight] : $best;
            }
        }
        return $best[0];
    }
}
