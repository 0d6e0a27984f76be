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
 * Watches the plugin answer a request: the engine rehearses its own answer, and once the plugin is done the trace tells, in one
 * line, what differs. Nothing is changed.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class shadow {
    /** @var moodle_host */
    private moodle_host $host;

    /** @var string the takeover */
    private string $name;

    /**
     * Constructor.
     *
     * @param moodle_host $host
     * @param string $name the takeover that the request belongs to
     */
    public function __construct(moodle_host $host, string $name) {
        $this->host = $host;
        $this->name = $name;
    }

    /**
     * Rehearses the engine's answer, and compares when the request is over.
     */
    public function watch(): void {
        try {
            $request = ['rehearsal' => true, 'drained' => true] + $this->host->request();
            $engine = $this->host->engine();
            $steered = in_array($this->name, ['import', 'cart', 'customer', 'placement'], true);
            $answer = match (true) {
                $this->name === 'paymode' => ['kind' => 'guard', 'status' => 200, 'offered' => $engine->paymodes($request)],
                $steered => $engine->steer($request),
                default => $engine->handle($request),
            };
        } catch (\Throwable $error) {
            $this->host->log($error);
            return;
        }
        \core_shutdown_manager::register_function([$this, 'tell'], [$answer]);
    }

    /**
     * Traces what differs.
     *
     * @param array $answer the engine's
     */
    public function tell(array $answer): void {
        try {
            $told = array_filter([$this->answer($answer), $this->cart($answer), $this->bill($answer)]);
            $this->host->trace()->write("Shadow {$this->name} : " . implode(' ; ', $told));
        } catch (\Throwable $error) {
            $this->host->log($error);
        }
    }

    /**
     * What the engine would answer.
     *
     * @param array $answer
     * @return string
     */
    private function answer(array $answer): string {
        if ($answer['kind'] === 'guard') {
            $paymode = optional_param('paymode', '', PARAM_TEXT);
            return 'engine ' . (in_array($paymode, $answer['offered'], true) ? 'lets pass' : 'refuses') . " paymode `$paymode`";
        }
        $error = $answer['error'] ?? $answer['data']['error'] ?? null;
        return match (true) {
            $error !== null => "engine refuses : {$error['code']}",
            $answer['kind'] === 'redirect' => 'engine goes to ' . strstr($answer['location'], '/local/'),
            $answer['kind'] === 'page' => "engine shows {$answer['page']} ({$answer['status']})",
            $answer['kind'] === 'text' => "engine says {$answer['status']} " . substr($answer['body'], 0, 40),
            $answer['kind'] === 'ask' => "engine asks {$answer['ask']['url']} about it",
            default => 'engine lets pass',
        };
    }

    /**
     * Whether the plugin's cart is the engine's.
     *
     * @param array $answer
     * @return string '' where there is nothing to compare
     */
    private function cart(array $answer): string {
        global $SESSION;
        $engine = $answer['cart'] ?? null;
        if ($engine === null || !in_array($this->name, ['import', 'cart', 'customer', 'placement'], true)) {
            return '';
        }
        $plugin = $SESSION->shoppingcart ?? new \stdClass();
        $units = fn(array $order): string => json_encode((object) $order, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
        $orders = array_map(function (array $order): array {
            ksort($order);
            return array_map('intval', $order);
        }, [(array) ($plugin->order ?? []), (array) ($engine['order'] ?? [])]);
        if ($orders[0] !== $orders[1]) {
            return 'other cart : plugin ' . $units($orders[0]) . ', engine ' . $units($orders[1]);
        }
        if (!isset($plugin->finaltaxedtotal)) {
            return 'same cart';
        }
        $amount = sprintf('%.2F', $plugin->finaltaxedtotal);
        return $amount === $engine['finaltaxedtotal'] ? "same cart, $amount"
            : "same cart, other amount : plugin $amount, engine {$engine['finaltaxedtotal']}";
    }

    /**
     * Whether the plugin's bill is the engine's order.
     *
     * @param array $answer
     * @return string '' where there is nothing to compare
     */
    private function bill(array $answer): string {
        global $DB;
        $order = $answer['data']['order'] ?? null;
        $bill = $order ? $DB->get_record('local_shop_bill', ['transactionid' => $order['transid']], 'id, status, amount') : false;
        if (!$bill) {
            return '';
        }
        $plugin = sprintf('%s %.2F', $bill->status, $bill->amount);
        $engine = "{$order['status']} {$order['totals']['taxed']['amount']}";
        return $plugin === $engine ? "same bill, $plugin" : "other bill : plugin $plugin, engine $engine";
    }
}
