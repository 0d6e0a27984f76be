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
 * Moodle as the engine's host: the database, the trace, the current request and its session, the site's own pages and mail.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class moodle_host implements host {
    /** Most bytes of a body handed to the engine; it refuses far shorter ones. */
    private const BODY_LIMIT = 4194304;

    /** Seconds to wait for a lock. */
    private const LOCK_WAIT = 5;

    /** Pages of the administration: their scripts, sections and capabilities. */
    private const SECTIONS = [
        '/local/shopengine/home.php' => ['local_shopengine_home', 'manageorders'],
        '/local/shopengine/orders.php' => ['local_shopengine_orders', 'manageorders'],
        '/local/shopengine/partners.php' => ['local_shopengine_partners', 'managepartners'],
        '/local/shopengine/products.php' => ['local_shopengine_products', 'manageproducts'],
    ];

    /** The engine's words for what sellers may do, and the capabilities of each. */
    private const PERMISSIONS = [
        'orders' => 'manageorders',
        'partners' => 'managepartners',
        'products' => 'manageproducts',
        'refunds' => 'refund',
        'trace' => 'viewtrace',
    ];

    /** The type of a form without files. */
    private const FORM = 'application/x-www-form-urlencoded';

    /** @var bool the visitor's session was closed, to be taken up again when there is something to keep */
    private static bool $lent = false;

    /** @var array|null what the engine was given of the session; null: it was given nothing yet */
    private ?array $given = null;

    /** @var string path of the script below wwwroot */
    public readonly string $script;

    /**
     * Constructor.
     *
     * @param string|null $script path of the script below wwwroot, where its address may be written in another way
     */
    public function __construct(?string $script = null) {
        $this->script = $script ?? self::script();
    }

    /**
     * The body of the request. A form that is not plain (with files, of another spelling of the type, longer than the engine reads)
     * is put together again from the fields that PHP has read, so that nothing of it is hidden from the engine.
     *
     * @return string bytes
     */
    public static function body(): string {
        return self::is_form_apart() ? http_build_query($_POST, '', '&') : self::raw_body();
    }

    /**
     * The page that the request was sent from, as the browser tells it.
     *
     * @return string[]
     */
    public static function sender(): array {
        global $CFG;
        return [
            'wwwroot' => $CFG->wwwroot,
            'fetchsite' => $_SERVER['HTTP_SEC_FETCH_SITE'] ?? '',
            'fetchdest' => $_SERVER['HTTP_SEC_FETCH_DEST'] ?? '',
            'origin' => $_SERVER['HTTP_ORIGIN'] ?? '',
            'referer' => $_SERVER['HTTP_REFERER'] ?? '',
        ];
    }

    /**
     * The type of what body() gives.
     *
     * @return string
     */
    public static function content_type(): string {
        return self::is_form_apart() ? self::FORM : ($_SERVER['CONTENT_TYPE'] ?? '');
    }

    /**
     * Has PHP read fields from a body that is not a plain form?
     *
     * @return bool
     */
    private static function is_form_apart(): bool {
        return $_POST
            && !(preg_match('~^' . self::FORM . '(;|$)~iD', $_SERVER['CONTENT_TYPE'] ?? '')
                && strlen(self::raw_body()) < self::BODY_LIMIT);
    }

    /**
     * The body as it came, as far as the engine reads; that of a GET means nothing (RFC 9110, section 9.3.1).
     *
     * @return string bytes
     */
    private static function raw_body(): string {
        if (in_array($_SERVER['REQUEST_METHOD'] ?? 'GET', ['GET', 'HEAD'], true)) {
            return '';
        }
        return (string) file_get_contents('php://input', false, null, 0, self::BODY_LIMIT);
    }

    /**
     * The engine on the site's database.
     *
     * @return \ShopEngine\Engine
     */
    public function engine(): object {
        global $DB;
        $place = self::trace_place();
        takeover::keep_edition();
        return new \ShopEngine\Engine(
            \ShopEngine\Database::moodle($DB),
            self::trace_file(),
            date_default_timezone_get(),
            ...$place,
            texts: $this
        );
    }

    /**
     * The register of partners on the site's database.
     *
     * @return \ShopEngine\Partners
     */
    public function partners(): object {
        global $DB;
        $place = self::trace_place();
        return new \ShopEngine\Partners(
            \ShopEngine\Database::moodle($DB),
            self::trace_file(),
            date_default_timezone_get(),
            ...$place
        );
    }

    /**
     * The site's trace: the plugin's file, what each machine wrote beside it, the table.
     *
     * @return \ShopEngine\Trace
     */
    public function trace(): object {
        global $DB;
        $place = self::trace_place() + ['database' => \ShopEngine\Database::moodle($DB)];
        return new \ShopEngine\Trace(self::trace_file(), date_default_timezone_get(), ...$place);
    }

    /**
     * The plugin's trace of mails.
     *
     * @return \ShopEngine\Trace
     */
    public static function mail_trace(): object {
        global $CFG;
        $place = journal::of_mails(self::trace_place());
        return new \ShopEngine\Trace($CFG->dataroot . '/merchant_mail_trace.log', date_default_timezone_get(), ...$place);
    }

    /**
     * Where lines of the trace go, and this machine's name.
     *
     * @return array `sink`, `node`
     */
    public static function trace_place(): array {
        $setting = fn(string $name): string => (string) get_config('local_shopengine', $name);
        return journal::place($setting('tracesink'), $setting('tracenode'));
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
     * Closes the visitor's session, for the time of a call or until the engine has something to keep in it:
     * no other request of his waits.
     *
     * @return bool whether it was open
     */
    public static function lend_session(): bool {
        $open = session_status() === PHP_SESSION_ACTIVE && method_exists(\core\session\manager::class, 'start_session');
        if ($open) {
            \core\session\manager::write_close();
            self::$lent = true;
        }
        return $open;
    }

    #[\Override]
    public function request(): array {
        global $SESSION;
        $this->given = $SESSION->shopengine ?? [];
        return self::sender() + [
            'method' => $_SERVER['REQUEST_METHOD'] ?? 'GET',
            'script' => $this->script,
            'query' => $_SERVER['QUERY_STRING'] ?? '',
            'body' => self::body(),
            'contenttype' => self::content_type(),
            'secret' => $_SERVER['HTTP_X_SHOPENGINE_SECRET'] ?? '',
            'https' => is_https(),
            'lang' => $this->lang(),
            'sesskey' => sesskey(),
            'loginurl' => get_login_url(),
            'user' => self::user(),
            'instantonly' => !has_any_capability(
                ['local/shop:paycheckoverride', 'local/shop:usenoninstantpayments'],
                \context_system::instance()
            ),
            'pluginplaces' => takeover::mode('placement') !== 'on',
            'pluginshows' => takeover::mode('production') !== 'on' || takeover::mode('bills') !== 'on',
            'session' => $this->given,
            'shoppingcart' => json_encode(
                $SESSION->shoppingcart ?? new \stdClass(),
                JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR
            ),
        ];
    }

    #[\Override]
    public function save_session(array $session): void {
        global $SESSION;
        self::reopen_session();
        $kept = $SESSION->shopengine ?? [];
        // What another request of this visitor wrote while a call was made stays, where the engine has nothing new to say.
        foreach (array_keys($session + ($this->given ?? $kept)) as $name) {
            if ($this->given === null || ($session[$name] ?? null) !== ($this->given[$name] ?? null)) {
                $kept[$name] = $session[$name] ?? null;
            }
        }
        $SESSION->shopengine = array_filter($kept, fn($value): bool => $value !== null);
        $this->given = $session;
    }

    /**
     * Takes the visitor's session up again, as it is by now.
     */
    public static function reopen_session(): void {
        if (self::$lent && !headers_sent()) {
            self::$lent = false;
            // Moodle has no public way back: restart_with_write_lock() does nothing once a session is closed.
            $start = new \ReflectionMethod(\core\session\manager::class, 'start_session');
            $start->invoke(null, true);
        }
    }

    #[\Override]
    public function save_cart(array $cart): void {
        global $SESSION;
        self::reopen_session();
        if (!$cart) {
            unset($SESSION->shoppingcart);
            return;
        }
        $SESSION->shoppingcart ??= new \stdClass();
        foreach ($cart as $name => $value) {
            if ($value === null) {
                unset($SESSION->shoppingcart->$name);
            } else {
                $SESSION->shoppingcart->$name = self::as_kept($name, $value);
            }
        }
    }

    /**
     * A field of the cart with objects where the plugin reads objects.
     *
     * @param string $name
     * @param mixed $value
     * @return mixed
     */
    private static function as_kept(string $name, mixed $value): mixed {
        $objects = fn(array $list): array => array_map(fn(array $record): object => (object) $record, $list);
        return match ($name) {
            'partner' => (object) $value,
            'participants' => $objects($value),
            'users' => array_map(fn(array $roles): array => array_map($objects, $roles), $value),
            default => $value,
        };
    }

    #[\Override]
    public function setting(string $name): ?string {
        $value = get_config('local_shopengine', $name);
        return $value === false ? null : (string) $value;
    }

    #[\Override]
    public function client(): string {
        return (string) getremoteaddr();
    }

    #[\Override]
    public function count(string $key): int {
        $cache = \cache::make('local_shopengine', 'limits');
        $count = (int) $cache->get($key) + 1;
        $cache->set($key, $count);
        return $count;
    }

    #[\Override]
    public function sesskey(): string {
        return sesskey();
    }

    #[\Override]
    public function wwwroot(): string {
        global $CFG;
        return $CFG->wwwroot;
    }

    #[\Override]
    public function lang(): string {
        return current_language();
    }

    #[\Override]
    public function site_lang(): string {
        global $CFG;
        return $CFG->lang;
    }

    #[\Override]
    public function shop_name(): string {
        global $SITE;
        $seller = trim((string) get_config('local_shop', 'sellername'));
        return $seller !== ''
            ? $seller
            : format_string($SITE->fullname, true, ['context' => \context_system::instance(), 'escape' => false]);
    }

    #[\Override]
    public function string(string $key, array $params = [], ?string $lang = null): ?string {
        $strings = get_string_manager();
        return $strings->string_exists($key, 'local_shopengine')
            ? $strings->get_string($key, 'local_shopengine', (object) $params, $lang) : null;
    }

    #[\Override]
    public function countries(): array {
        return get_string_manager()->get_list_of_countries();
    }

    #[\Override]
    public function date(int $time): string {
        return userdate($time, get_string('strftimedatetimeshort', 'langconfig'));
    }

    #[\Override]
    public function goods(string $transid): array {
        global $DB;
        $bill = $DB->get_record('local_shop_bill', ['transactionid' => $transid], 'id, productionfeedback', MUST_EXIST);
        $of = 'JOIN {local_shop_product} p ON p.instanceid = x.id JOIN {local_shop_billitem} i ON i.id = p.initialbillitemid
            WHERE i.billid = ?';
        $enrolled = "SELECT c.id, c.fullname FROM {course} c JOIN {enrol} e ON e.courseid = c.id
            JOIN {user_enrolments} x ON x.enrolid = e.id $of AND p.contexttype = 'userenrol'";
        $assigned = "SELECT c.id, c.fullname FROM {course} c JOIN {context} t ON t.instanceid = c.id AND t.contextlevel = ?
            JOIN {role_assignments} x ON x.contextid = t.id $of AND p.contexttype = 'roleassign'";
        $courses = $DB->get_records_sql("$enrolled UNION $assigned", [$bill->id, CONTEXT_COURSE, $bill->id]);
        $told = trim(line_answer::feedback((string) $bill->productionfeedback)->public);
        return [
            'links' => array_values(array_map(fn(\stdClass $course): array => [
                'label' => format_string(
                    $course->fullname,
                    true,
                    ['context' => \context_course::instance($course->id), 'escape' => false]
                ),
                'url' => (new \moodle_url('/course/view.php', ['id' => $course->id]))->out(false),
            ], $courses)),
            'told' => $told === '' ? '' : format_text($told, FORMAT_HTML, ['context' => \context_system::instance()]),
        ];
    }

    #[\Override]
    public function rich_text(string $text, string $area = '', int $item = 0): string {
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');
        $context = \context_system::instance();
        if ($area !== '') {
            $text = file_rewrite_pluginfile_urls($text, 'pluginfile.php', $context->id, 'local_shop', $area, $item);
        }
        return format_text($text, FORMAT_HTML, ['context' => $context]);
    }

    #[\Override]
    public function logo(): ?string {
        $path = (string) get_config('local_shop', 'sellerlogo');
        if ($path === '') {
            return null;
        }
        $folder = rtrim(dirname($path), '/') . '/';
        $context = \context_system::instance();
        return \moodle_url::make_pluginfile_url($context->id, 'local_shop', 'shoplogo', 0, $folder, basename($path))->out(false);
    }

    /**
     * A name of the catalogue, through the site's filters for strings. The engine calls it.
     *
     * @param string $text as its author wrote it
     * @param string $lang language code
     * @return string plain text, not HTML
     */
    public function plain_text(string $text, string $lang): string {
        $before = $lang === $this->lang() ? null : force_current_language($lang);
        try {
            $html = format_string($text, true, ['context' => \context_system::instance()]);
        } finally {
            if ($before !== null) {
                force_current_language($before);
            }
        }
        return html_entity_decode(strip_tags($html), ENT_QUOTES | ENT_HTML5, 'UTF-8');
    }

    #[\Override]
    public function chart(array $chart): string {
        global $OUTPUT;
        $drawn = new \core\chart_bar();
        $drawn->set_title($chart['title']);
        $drawn->set_labels($chart['labels']);
        foreach ($chart['series'] as $series) {
            // Moodle's charts take floats. They are drawn, and nothing is computed with them.
            $drawn->add_series(new \core\chart_series($series['label'], array_map('floatval', $series['values'])));
        }
        return $OUTPUT->render_chart($drawn, false);
    }

    #[\Override]
    public function send_page(int $status, page $page): void {
        global $OUTPUT, $PAGE;
        $this->prepare_page($page->title(), match (true) {
            $page->is_popup() => 'popup',
            $page->is_wide() => 'report',
            default => 'standard',
        });
        $PAGE->requires->css(self::styles());
        foreach ($page->scripts() as $script) {
            $PAGE->requires->js("/local/shopengine/scripts/$script");
        }
        // Drawn before a byte is sent: a fault in a template must still become a page.
        $html = $OUTPUT->header() . $page->steps() . $OUTPUT->heading(page::escape($page->title())) . $page->content()
            . $OUTPUT->footer();
        http_response_code($status);
        if ($status === 503) {
            header('Retry-After: 60');
        } else if ($status === 405) {
            header('Allow: GET, HEAD, POST');
        }
        if ($page->is_confidential()) {
            header('Referrer-Policy: no-referrer');
            header('Cache-Control: no-store');
        } else {
            header('Referrer-Policy: strict-origin-when-cross-origin');
        }
        if ($page->acts()) {
            // Also where the site lets itself be framed: nobody's click is led to a button that they do not see.
            header("Content-Security-Policy: frame-ancestors 'self'", false);
            header('X-Frame-Options: SAMEORIGIN');
        }
        echo $html;
    }

    /**
     * The style sheet of the shop's pages. It is not the plugin's `styles.css`, which Moodle would load on every page of the site.
     *
     * @return \moodle_url
     */
    public static function styles(): \moodle_url {
        return new \moodle_url('/local/shopengine/styles/shop.css', ['v' => (string) get_config('local_shopengine', 'version')]);
    }

    /**
     * What Moodle wants to know before it draws a page.
     *
     * @param string $title
     * @param string $layout
     */
    public function prepare_page(string $title, string $layout = 'standard'): void {
        global $CFG, $PAGE;
        $PAGE->set_context(\context_system::instance());
        [$section, $capability] = self::SECTIONS[$this->script] ?? ['', ''];
        if ($section !== '' && self::may($capability)) {
            // Tabs and breadcrumb of the administration.
            require_once($CFG->libdir . '/adminlib.php');
            try {
                admin_externalpage_setup($section);
            } catch (\Throwable $error) {
                // It loads the settings of every plugin. One that is broken takes no page from a seller.
                $PAGE->set_primary_active_tab('siteadminnode');
            }
        } else {
            $PAGE->set_primary_active_tab('none');
            $PAGE->navbar->add($this->shop_name(), new \moodle_url('/local/shop/front/view.php', ['view' => 'shop']));
            $PAGE->navbar->add($title);
        }
        // Moodle's addresses have no lists in lists.
        $PAGE->set_url(new \moodle_url($this->script, array_filter($_GET, 'is_scalar')));
        $PAGE->set_pagelayout($layout);
        $PAGE->set_title($title);
        $PAGE->set_heading($this->shop_name());
        $PAGE->set_cacheable(false);
    }

    #[\Override]
    public function send_redirect(string $location): void {
        header('Location: ' . $location);
        $this->send_text(303, 'text/plain; charset=utf-8', '');
    }

    #[\Override]
    public function send_text(int $status, string $contenttype, string $body): void {
        http_response_code($status);
        header('Content-Type: ' . $contenttype);
        header('Cache-Control: no-store');
        header('X-Content-Type-Options: nosniff');
        echo $body;
    }

    #[\Override]
    public function send_file(string $name, string $contenttype, \Closure $write): void {
        \core_php_time_limit::raise();
        $path = make_request_directory() . '/statement';
        $write($path);
        \core\session\manager::write_close();
        header('Content-Type: ' . $contenttype);
        header('Content-Disposition: attachment; filename="' . $name . '"');
        header('Content-Length: ' . filesize($path));
        header('Cache-Control: private, no-store');
        header('X-Content-Type-Options: nosniff');
        while (ob_get_level() > 0) {
            ob_end_clean();
        }
        readfile($path);
    }

    #[\Override]
    public function close_answer(): void {
        ignore_user_abort(true);
        \core\session\manager::write_close();
        function_exists('fastcgi_finish_request') ? fastcgi_finish_request() : flush();
    }

    #[\Override]
    public function lock(string $name): ?\Closure {
        $lock = \core\lock\lock_config::get_lock_factory('local_shopengine')->get_lock($name, self::LOCK_WAIT);
        return $lock ? fn() => $lock->release() : null;
    }

    #[\Override]
    public function perform(array $task): array {
        return match ($task['kind']) {
            'mail' => $this->send_email($task),
            'event' => ['outcome' => 'done', 'public' => '', 'private' => ''],
            default => production::perform($task),
        };
    }

    #[\Override]
    public function performed(array $task, array $result): void {
        events::performed($task, $result);
    }

    #[\Override]
    public function interrupted(array $task): array {
        global $FULLME;
        if (!CLI_SCRIPT && !headers_sent()) {
            // The answer of whatever ended the request is not the visitor's; the same page is asked for again.
            $this->send_redirect($FULLME);
        }
        return in_array($task['kind'], ['deliver', 'prepare'], true) ? production::interrupted()
            : ['outcome' => 'failed', 'public' => '', 'private' => get_string('task_failed', 'local_shopengine')];
    }

    #[\Override]
    public function http(array $call): array {
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');
        self::lend_session();
        // Moodle's own client: the site's proxy and its blocked hosts count.
        $curl = new \curl();
        if ($call['contenttype'] !== '') {
            $curl->setHeader("Content-Type: {$call['contenttype']}");
        }
        foreach ($call['headers'] as $name => $value) {
            $curl->setHeader("$name: $value");
        }
        $options = [
            'CURLOPT_TIMEOUT' => $call['timeout'],
            'CURLOPT_CONNECTTIMEOUT' => $call['timeout'],
            'CURLOPT_FOLLOWLOCATION' => 0,
            'CURLOPT_SSL_VERIFYPEER' => 1,
            'CURLOPT_SSL_VERIFYHOST' => 2,
        ];
        $body = $call['method'] === 'POST'
            ? $curl->post($call['url'], $call['body'], $options)
            : $curl->get($call['url'], [], $options);
        if ($curl->get_errno() !== 0) {
            return ['status' => 0, 'body' => '', 'error' => (string) $curl->error];
        }
        $status = (int) ($curl->get_info()['http_code'] ?? 0);
        return ['status' => $status, 'body' => (string) $body, 'error' => $status === 0 ? (string) $body : ''];
    }

    #[\Override]
    public function log(\Throwable $error): void {
        // To the server's own log: the trace itself may be what is wrong.
        $text = get_class($error) . ": {$error->getMessage()} ({$error->getFile()}:{$error->getLine()})";
        if ($error instanceof \dml_write_exception) {
            // What the database said, without the values that it names.
            $text .= ' : ' . preg_replace("/'[^']*'/", "'…'", strtok((string) $error->error, "\n"));
        }
        error_log('local_shopengine: ' . fix_utf8($text)); // phpcs:ignore
    }

    /**
     * Sends an email to the buyer, to the seller, or to everyone who sells.
     *
     * @param array $task
     * @return array outcome
     */
    private function send_email(array $task): array {
        global $PAGE;
        // The request may be a script without a page of its own; the site's texts in an email need a context.
        $PAGE->set_context(\context_system::instance());
        $email = $task['to'] === 'sales' ? sales::compose($task, $this) : mail::compose($task, $this);
        $recipients = $task['to'] === 'sales' ? sales::recipients() : [];
        if (!$recipients) {
            $address = clone \core_user::get_support_user();
            $address->id = -1;
            $address->email = $email['to'] ?? (string) get_config('local_shop', 'sellermail');
            $address->mailformat = 0;
            // Nobody has confirmed that a guest's address is theirs: it is told no name.
            $named = $email['to'] !== null && $task['confirmed'];
            foreach (\core_user\fields::get_name_fields() as $field) {
                $address->$field = $named ? (string) ($task['order']['customer'][$field] ?? '') : '';
            }
            $recipients = [$address];
        }
        // The last name alone: with a first name alone two blanks would come before what Moodle adds.
        $from = clone \core_user::get_noreply_user();
        $from->firstname = '';
        $from->lastname = $this->shop_name();
        $recipients = array_values(array_filter($recipients, fn(\stdClass $to): bool => $to->email !== ''));
        if (!$recipients) {
            return ['outcome' => 'done', 'public' => '', 'private' => 'there is no address to send it to'];
        }
        $sent = 0;
        foreach ($recipients as $to) {
            if (email_to_user($to, $from, $email['subject'], $email['text'], $email['html'] ?? '')) {
                $sent++;
                mail::trace(self::mail_trace(), ['to' => $to->email] + $email, $task['transid'], $this);
            } else {
                $this->log(new \RuntimeException("mail to `$to->email` not sent"));
            }
        }
        // One that was sent is not sent again for the sake of another.
        return [
            'outcome' => $sent ? 'done' : 'failed',
            'public' => '',
            'private' => $sent ? '' : "mail to `{$recipients[0]->email}` not sent",
        ];
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
     * Does the user have a capability on the whole site?
     *
     * @param string $capability below `local/shopengine:`
     * @return bool
     */
    private static function may(string $capability): bool {
        return has_capability("local/shopengine:$capability", \context_system::instance());
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
            'may' => array_keys(array_filter(self::PERMISSIONS, self::may(...))),
        ];
    }
}
