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
 * What an installation needs, and whether it is there. A sentence of the language files for each thing; `<key>_todo` says what
 * to do when it is wrong.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class installation {
    /** @var callable told each line */
    private $tell;

    /** @var bool nothing wrong so far */
    private bool $right = true;

    /** @var array[] what the last report found that the site uses */
    private array $features = [];

    /**
     * Checks everything and tells it line by line.
     *
     * @param callable $tell
     * @param bool $asksweb whether to ask the web server too: for the command line, which is another PHP
     * @return bool true when nothing is wrong
     */
    public function report(callable $tell, bool $asksweb = false): bool {
        $this->tell = $tell;
        $extension = extension_loaded('shopengine');
        $version = (string) phpversion('shopengine');
        $this->check('extension', $extension, ['version' => $version, 'ini' => (string) php_ini_loaded_file()]);
        if ($extension) {
            $this->check('version', $version === $this->release(), ['version' => $version, 'plugin' => $this->release()]);
        }
        if ($asksweb) {
            $this->check_web_server();
        }
        $shop = (string) get_config('local_shop', 'version');
        $this->check('plugin', $shop !== '', ['version' => $shop]);
        $installed = (string) get_config('local_shopengine', 'version');
        $this->check('installed', $installed === (string) $this->plugin()->version, ['version' => $installed]);
        // What was never installed lacks everything: one line says it.
        $wrong = $installed === '' ? null : $this->wrong_in_schema();
        if ($wrong !== null) {
            $this->check('schema', $wrong === [], ['wrong' => implode(', ', $wrong)]);
        }
        if ($extension && $shop !== '') {
            $unknown = \ShopEngine\Gate::unknown(self::scripts(), takeover::settings());
            $this->check('scripts', $unknown === [], ['scripts' => implode(', ', $unknown)]);
            $stray = self::files(fn(string $code): bool => preg_match('~\$_(GET|POST|REQUEST)\b~', $code)
                && !preg_match('~MOODLE_INTERNAL|config\.php~', $code));
            if ($stray) {
                // Whether the web server denies them cannot be seen from here.
                $this->line('look', 'check_stray', ['scripts' => implode(', ', $stray)]);
            }
        }
        if ($shop !== '') {
            $this->check('partner_secret', plugin_tables::has_partner_secret(), []);
        }
        if ($extension && $shop !== '' && $wrong === []) {
            $this->check_shops();
        }
        $this->check_trace();
        $this->check_tickets();
        $this->tell_postgresql();
        if ($extension) {
            $this->features = $shop !== '' && $wrong === [] ? survey::look() : [];
            $this->tell_features($this->features);
            $this->tell_takeovers();
        }
        return $this->right;
    }

    /**
     * What the last report found that a takeover would change or lose.
     *
     * @return array[] features as `ShopEngine\Engine::survey()` gives them
     */
    public function features(): array {
        return $this->features;
    }

    /**
     * What the site uses that a takeover would change or lose. It is wrong to lose something with a takeover that is on.
     *
     * @param array[] $features
     */
    private function tell_features(array $features): void {
        global $CFG;
        $on = array_keys(\ShopEngine\Gate::modes(takeover::settings()), 'on', true);
        foreach ($features as $feature) {
            $lost = $feature['severity'] === 'loses' && array_intersect($feature['takeovers'], $on);
            $this->right = $this->right && !$lost;
            $mark = $lost ? 'wrong' : survey::MARKS[$feature['severity']];
            $link = $feature['link'] === '' ? '' : " $CFG->wwwroot{$feature['link']}";
            ($this->tell)(str_pad($mark, 7) . survey::sentence($feature) . $link);
        }
    }

    /**
     * How far each takeover goes, and why some stay off. It is wrong to have set one that does.
     */
    private function tell_takeovers(): void {
        $settings = takeover::settings();
        $this->line('ok', $settings['pro'] ? 'check_pro' : 'check_community', []);
        $barriers = takeover::barriers();
        foreach (\ShopEngine\Gate::modes($settings) as $name => $mode) {
            $end = ': ' . get_string("takeover_$mode", 'local_shopengine');
            $ignored = $mode !== ($settings[$name] ?? 'off') && isset($barriers[$name]);
            if (isset($barriers[$name])) {
                $end .= '. ' . get_string($barriers[$name], 'local_shopengine');
            }
            $this->right = $this->right && !$ignored;
            $this->line($ignored ? 'wrong' : 'ok', "setting_$name", [], $end);
        }
    }

    /**
     * The plugin's scripts that a browser can ask for: those that load Moodle.
     *
     * @return string[] paths below local/shop/
     */
    private static function scripts(): array {
        $loads = '~^\s*(require|include)(_once)?\b[^;]*[/\'"]config\.php~m';
        return self::files(fn(string $code): bool => (bool) preg_match($loads, $code));
    }

    /**
     * The plugin's files of PHP whose code is of a kind. The folder of the PRO edition is not looked at.
     *
     * @param \Closure $is tells it from the code
     * @return string[] paths below local/shop/
     */
    private static function files(\Closure $is): array {
        global $CFG;
        $root = "$CFG->dirroot/local/shop/";
        $folders = new \RecursiveCallbackFilterIterator(
            new \RecursiveDirectoryIterator($root, \FilesystemIterator::SKIP_DOTS),
            fn(\SplFileInfo $file): bool => $file->getPathname() !== "{$root}pro"
        );
        $files = [];
        foreach (new \RecursiveIteratorIterator($folders) as $file) {
            if ($file->getExtension() === 'php' && $is(file_get_contents($file->getPathname()))) {
                $files[] = substr($file->getPathname(), strlen($root));
            }
        }
        sort($files);
        return $files;
    }

    /**
     * Each shop must be one that the engine can sell in, and the plugin can show.
     */
    private function check_shops(): void {
        global $DB;
        $this->check('seller', (string) get_config('local_shop', 'sellername') !== '', []);
        if (trim((string) get_config('local_shop', 'sellermail')) === '' && !sales::recipients()) {
            $this->line('look', 'check_no_seller', []);
        }
        foreach ($DB->get_records('local_shop', null, 'id', 'id, name') as $shop) {
            $problem = '';
            try {
                (new moodle_host())->engine()->quote((int) $shop->id, []);
            } catch (\Throwable $error) {
                $problem = $error->getMessage();
            }
            $this->check('shop', $problem === '', ['id' => $shop->id, 'name' => $shop->name, 'problem' => $problem]);
        }
    }

    /**
     * The trace must be writable for the web server; from the command line that can only be guessed by its owner.
     */
    private function check_trace(): void {
        $file = moodle_host::trace_file();
        $owner = @fileowner(dirname($file));
        $writable = file_exists($file) ? is_writable($file) : is_writable(dirname($file));
        $other = file_exists($file) && fileowner($file) !== $owner && (fileperms($file) & 0002) === 0;
        $this->check('trace', $writable && !$other, ['file' => $file]);
    }

    /**
     * The command line may have the extension and the web server not, or an older one that it has not been restarted for:
     * it is asked itself.
     */
    private function check_web_server(): void {
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');
        $key = random_string(32);
        set_config('extensionkey', $key, 'local_shopengine');
        try {
            $curl = new \curl(['ignoresecurity' => true]);
            $page = "$CFG->wwwroot/local/shopengine/extension.php";
            $answer = (string) $curl->get($page, ['key' => $key], ['CURLOPT_TIMEOUT' => 10]);
            $status = $curl->get_errno() === 0 ? (int) ($curl->get_info()['http_code'] ?? 0) : 0;
        } finally {
            unset_config('extensionkey', 'local_shopengine');
        }
        if ($status !== 200) {
            // Behind a proxy that this machine does not reach, for example.
            $this->line('look', 'check_web_unasked', ['url' => $CFG->wwwroot]);
            return;
        }
        $this->check('web', $answer === (string) phpversion('shopengine'), ['version' => $answer === 'none' ? '–' : $answer]);
    }

    /**
     * The plugin's emails with a link of `auth_ticket` call functions that some versions of it lack:
     * each such email ends with a fatal error.
     */
    private function check_tickets(): void {
        global $CFG;
        $library = "$CFG->dirroot/auth/ticket/lib.php";
        $code = is_readable($library) ? file_get_contents($library) : '';
        $lacks = fn(string $name): bool => !preg_match("~^\s*function\s+$name\s*\(~m", $code);
        $missing = array_filter(['ticket_generate', 'ticket_notify', 'ticket_notifyrole'], $lacks);
        if ($code !== '' && $missing) {
            $this->line('look', 'check_tickets', ['functions' => implode(', ', $missing)]);
        }
        $why = self::why_tickets_are_forged();
        if ($why !== '') {
            $this->line('look', 'check_ticket_login', ['why' => $why]);
        }
    }

    /**
     * Some of the plugin's own pages ask the database as only MySQL answers.
     */
    private function tell_postgresql(): void {
        global $DB;
        if ($DB->get_dbfamily() === 'postgres') {
            $this->line('look', 'check_postgresql', ['orders' => (new \moodle_url('/local/shopengine/orders.php'))->out(false)]);
        }
    }

    /**
     * Tickets of `auth_ticket` name the account that they log in, without a proof. Only its encryption by the database, with a
     * secret of the site's own, keeps others from making one.
     *
     * @return string why anybody can make one, in words; '' while the authentication plugin is off, or where nobody can
     */
    private static function why_tickets_are_forged(): string {
        global $CFG;
        if (!is_enabled_auth('ticket')) {
            return '';
        }
        $encryption = (string) get_config('auth_ticket', 'encryption');
        if (in_array($encryption, ['internal', 'rsa'], true)) {
            return get_string('check_ticket_encryption', 'local_shopengine', $encryption);
        }
        return empty($CFG->passwordsaltmain) ? get_string('check_ticket_name', 'local_shopengine') : '';
    }

    /**
     * What of db/install.xml the database lacks.
     *
     * @return string[]
     */
    private function wrong_in_schema(): array {
        global $CFG, $DB;
        require_once($CFG->libdir . '/ddllib.php');
        $file = new \xmldb_file(dirname(__DIR__) . '/db/install.xml');
        $file->loadXMLStructure();
        $manager = $DB->get_manager();
        $wrong = [];
        foreach ($file->getStructure()->getTables() as $table) {
            $name = $table->getName();
            if (!$manager->table_exists($table)) {
                $wrong[] = $name;
                continue;
            }
            $columns = $DB->get_columns($name, false);
            foreach ($table->getFields() as $field) {
                $column = $columns[$field->getName()] ?? null;
                $short = $column && $field->getType() === XMLDB_TYPE_CHAR && $column->max_length < $field->getLength();
                if (!$column || $short) {
                    $wrong[] = "$name.{$field->getName()}";
                }
            }
            foreach ($table->getKeys() as $key) {
                $index = new \xmldb_index('key', XMLDB_INDEX_UNIQUE, $key->getFields());
                if ($key->getType() === XMLDB_KEY_UNIQUE && !$manager->index_exists($table, $index)) {
                    $wrong[] = "$name (" . implode(', ', $key->getFields()) . ')';
                }
            }
        }
        return $wrong;
    }

    /**
     * What version.php says.
     *
     * @return \stdClass
     */
    private function plugin(): \stdClass {
        $plugin = new \stdClass();
        require(dirname(__DIR__) . '/version.php');
        return $plugin;
    }

    /**
     * The extension's version that this plugin was made for.
     *
     * @return string
     */
    private function release(): string {
        return $this->plugin()->release;
    }

    /**
     * Tells one thing, and what to do if it is wrong.
     *
     * @param string $key
     * @param bool $right
     * @param array $values
     */
    private function check(string $key, bool $right, array $values): void {
        $this->right = $this->right && $right;
        $this->line($right ? 'ok' : 'wrong', $right ? "check_$key" : "check_{$key}_todo", $values);
    }

    /**
     * Tells a line.
     *
     * @param string $mark
     * @param string $key
     * @param array $values
     * @param string $end
     */
    private function line(string $mark, string $key, array $values, string $end = ''): void {
        ($this->tell)(str_pad($mark, 7) . get_string($key, 'local_shopengine', (object) $values) . $end);
    }
}
