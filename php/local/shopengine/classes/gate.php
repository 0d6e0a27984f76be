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
 * The gate before the plugin's scripts: asks the engine what becomes of the request, and carries it out.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class gate {
    /** @var moodle_host */
    private moodle_host $host;

    /**
     * Answers the request, or returns so that the plugin's script runs. It throws nothing: Moodle 4.1 to 4.3 ignores exceptions of
     * after_config callbacks, and would go on with the script.
     *
     * @param string $script its path below local/shop/
     */
    public function guard(string $script): void {
        try {
            $this->judge($script);
        } catch (\Throwable $error) {
            default_exception_handler($error);
            exit;
        }
    }

    /**
     * The same, without an answer to what goes wrong.
     *
     * @param string $script
     */
    private function judge(string $script): void {
        $settings = takeover::settings();
        $this->host = new moodle_host("/local/shop/$script");
        if (!array_diff(array_intersect_key($settings, array_flip(takeover::ALL)), ['off'])) {
            return;
        }
        if (!extension_loaded('shopengine')) {
            if (in_array('on', $settings, true)) {
                // The engine was promised and is not there: the plugin must not sell without it.
                $this->refuse(503, 'engine_unavailable', []);
            }
            return;
        }
        try {
            $decision = $this->decide($script, $settings);
        } catch (\Throwable $error) {
            // A request that cannot be judged is not let past.
            $this->host->log($error);
            $this->refuse(503, 'internal_error', []);
        }
        $this->carry_out($decision);
    }

    /**
     * What the engine says of the request.
     *
     * @param string $script
     * @param string[] $settings
     * @return array as docs/front.md describes it
     */
    private function decide(string $script, array $settings): array {
        return \ShopEngine\Gate::decide(
            method: $_SERVER['REQUEST_METHOD'] ?? 'GET',
            script: $script,
            query: $_SERVER['QUERY_STRING'] ?? '',
            body: moodle_host::body(),
            contenttype: moodle_host::content_type(),
            sesskey: sesskey(),
            modes: $settings,
            sender: moodle_host::sender(),
        );
    }

    /**
     * Does what the engine said.
     *
     * @param array $decision
     */
    private function carry_out(array $decision): void {
        access::check($decision['access']);
        $capability = ['seller' => 'local/shop:salesadmin', 'trace' => 'local/shopengine:viewtrace'][$decision['access']] ?? null;
        if ($capability !== null && !has_capability($capability, \context_system::instance())) {
            $this->refuse(403, 'staff_only', []);
        }
        if ($decision['check'] !== '') {
            $this->admit($decision['check']);
        }
        switch ($decision['passage']) {
            case 'pass':
                return;
            case 'plugin':
                $this->route($decision);
                $this->limit_choice($decision);
                return;
            case 'shadow':
                (new shadow($this->host, $decision['takeover']))->watch();
                $this->route($decision);
                $this->limit_choice($decision);
                return;
            case 'steer':
                $this->route($decision);
                (new steering($this->host, $decision['takeover'], $decision['command']))->answer();
                $this->limit_choice($decision);
                return;
            case 'engine':
                $this->hand_over($decision);
                return;
            case 'confirm':
                $this->confirm($decision);
                exit;
        }
        $this->refuse($decision['status'], $decision['code'], $decision['params']);
    }

    /**
     * Puts the words that were decided on in the place of the routing parameters: the plugin reads these and no others. What
     * visitors send is made plain text where the plugin would print it.
     *
     * @param array $decision
     */
    private function route(array $decision): void {
        if ($decision['plain']) {
            foreach ([&$_GET, &$_POST, &$_REQUEST] as &$parameters) {
                array_walk_recursive($parameters, function (mixed &$value): void {
                    $value = \ShopEngine\Gate::plain((string) $value);
                });
            }
        }
        foreach ($decision['get'] as $name => $word) {
            unset($_GET[$name], $_REQUEST[$name]);
            if ($word !== null) {
                $_GET[$name] = $_REQUEST[$name] = $word;
            }
        }
        foreach ($decision['post'] as $name => $word) {
            unset($_POST[$name]);
            if ($word !== null) {
                $_POST[$name] = $_REQUEST[$name] = $word;
            }
        }
    }

    /**
     * The plugin's summary lists each payment interface of the shop: those that the engine would not go on with are left out.
     *
     * @param array $decision
     */
    private function limit_choice(array $decision): void {
        if (!$decision['choice']) {
            return;
        }
        try {
            $offered = $this->host->engine()->paymodes($this->host->request());
            $none = s($this->host->string('no_paymode'));
            ob_start(fn(string $page): string => paymode_choice::limit($page, $offered, $none));
        } catch (\Throwable $error) {
            // The plugin's page is shown as it is: what is chosen there is judged when it comes.
            $this->host->log($error);
        }
    }

    /**
     * Goes on only if the engine has nothing against what the request is about.
     *
     * @param string $check the engine's word for what it looks at
     */
    private function admit(string $check): void {
        try {
            $refusal = $this->host->engine()->admit($this->host->request(), $check);
        } catch (\Throwable $error) {
            $this->host->log($error);
            $refusal = ['status' => 503, 'code' => 'database_unavailable', 'params' => []];
        }
        if ($refusal !== null) {
            $this->refuse($refusal['status'], $refusal['code'], $refusal['params']);
        }
    }

    /**
     * The engine answers with a page of its own, or lets the plugin draw one.
     *
     * @param array $decision
     */
    private function hand_over(array $decision): void {
        if ($decision['access'] === 'interface') {
            // A payment interface has no session and must not wait for anybody's; a buyer who comes there has one.
            moodle_host::lend_session();
        }
        if ((new front($this->host, fn(): object => $this->host->engine()))->answer()) {
            exit;
        }
        $this->route($decision);
        if ($decision['takeover'] === 'backoffice') {
            // The plugin's page of a bill needs what only its own classes can write.
            bill_items::complete_bill(optional_param('billid', 0, PARAM_INT));
        }
    }

    /**
     * Asks the visitor whether they mean it, and tells what it would be done to.
     *
     * @param array $decision
     */
    private function confirm(array $decision): void {
        try {
            $subjects = $this->host->engine()->named($decision['subjects']);
        } catch (\Throwable $error) {
            $this->host->log($error);
            $this->refuse(503, 'database_unavailable', []);
        }
        $this->host->send_page(200, new page($this->host, 'confirm', [
            'shop' => null,
            'notices' => [],
            'view' => '',
            'code' => $decision['code'],
            'params' => $decision['params'],
            'subjects' => $subjects,
            'values' => $decision['values'],
            'action' => $this->host->wwwroot() . $this->host->script,
            'fields' => $decision['fields'],
            'back' => $this->host->wwwroot() . $decision['back'],
        ]));
    }

    /**
     * Shows why not.
     *
     * @param int $status HTTP status
     * @param string $code
     * @param array $params
     */
    private function refuse(int $status, string $code, array $params): void {
        $this->host->send_page($status, new page($this->host, 'error', [
            'shop' => null,
            'notices' => [],
            'view' => '',
            'status' => $status,
            'error' => ['level' => 'error', 'code' => $code, 'params' => $params],
            'next' => ['code' => 'back_to_shop', 'url' => $this->host->wwwroot() . '/local/shop/front/view.php?view=shop'],
        ]));
        exit;
    }
}
