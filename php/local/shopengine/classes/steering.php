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
 * Takes over the steps of the purchase up to the order. The pages stay the plugin's: the engine says where the buyer goes,
 * what he is told there, and what is in the cart that the plugin's pages read.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class steering {
    /** @var moodle_host */
    private moodle_host $host;

    /** @var string the takeover */
    private string $name;

    /** @var bool whether PHP reads a command in the request */
    private bool $command;

    /**
     * Constructor.
     *
     * @param moodle_host $host
     * @param string $name the takeover that the request belongs to
     * @param bool $command whether PHP reads a command in the request, not only the display of a page
     */
    public function __construct(moodle_host $host, string $name, bool $command) {
        $this->host = $host;
        $this->name = $name;
        $this->command = $command;
    }

    /**
     * Answers the current request, or prepares the session for the plugin's page and returns.
     */
    public function answer(): void {
        try {
            $request = $this->host->request();
            if (limits::refuse($this->host, $request)) {
                exit;
            }
            $steering = $this->host->engine()->steer($request);
        } catch (\Throwable $error) {
            // A request that cannot be judged is not let past.
            $this->host->log($error);
            $steering = ['kind' => 'page', 'status' => 503, 'error' => ['code' => 'database_unavailable', 'params' => []]];
        }
        if ($steering['error'] === null && $steering['kind'] === 'pass' && $this->command) {
            // PHP and the engine read the same bytes otherwise: whoever writes them so is not let past.
            $error = ['code' => 'message_malformed', 'params' => ['field' => 'what']];
            $steering = ['kind' => 'page', 'status' => 400, 'error' => $error];
        }
        if ($steering['error'] !== null) {
            $this->refuse($steering);
        }
        // Whoever only asks where a link leads (a mail filter, a crawler) changes no cart.
        if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'HEAD') {
            $this->keep($steering);
        }
        if ($steering['kind'] === 'redirect') {
            $this->host->send_redirect($steering['location']);
            exit;
        }
        $this->show_steps($steering['steps']);
    }

    /**
     * Shows how far the purchase is on the plugin's page as on the engine's own.
     *
     * @param array $steps
     */
    private function show_steps(array $steps): void {
        global $PAGE;
        if (!$steps) {
            return;
        }
        $PAGE->requires->css(moodle_host::styles());
        $html = (new page($this->host, 'steps', ['steps' => $steps]))->steps();
        ob_start(fn(string $page): string => progress::replace($page, $html));
    }

    /**
     * Keeps the cart where the plugin looks for it, and what is to be said for the page that comes next.
     *
     * @param array $steering
     */
    private function keep(array $steering): void {
        global $SESSION;
        if ($steering['session'] !== null) {
            $this->host->save_session($steering['session']);
        }
        if ($steering['cart'] !== null) {
            if ($this->name === 'import') {
                unset($SESSION->shoppingcart);
            }
            $this->host->save_cart($steering['cart']);
            if ($steering['kind'] !== 'pass') {
                $this->tell_problems($steering['problems']);
            }
            if ($this->name === 'placement' && isset($steering['cart']['transid'])) {
                $this->complete($steering['cart']['transid']);
            }
        }
        foreach ($steering['notices'] as $notice) {
            $text = $this->host->string($notice['code'], $notice['params']) ?? $notice['code'];
            $html = s($text);
            if (page::opens($notice)) {
                $words = $this->host->string('open_it', $notice['params']);
                $html .= ' ' . \html_writer::link($notice['params']['url'], s($words), ['rel' => 'noopener']);
            }
            \core\notification::add($html, $notice['level']);
        }
    }

    /**
     * Completes the lines of an order that was placed. What fails here is done when the lines are needed.
     *
     * @param string $transid
     */
    private function complete(string $transid): void {
        try {
            bill_items::complete($transid);
        } catch (\Throwable $error) {
            $this->host->log($error);
        }
    }

    /**
     * What the plugin's customer page shows above its form.
     *
     * @param string[] $problems code by field name
     */
    private function tell_problems(array $problems): void {
        global $SESSION;
        $errors = (object) ['customerinfo' => null, 'invoiceinfo' => null];
        foreach ($problems as $name => $code) {
            [$group, $field] = explode('::', $name, 2);
            $label = $this->host->string("field_$field") ?? $field;
            $errors->{$group}[$field] = s($this->host->string($code, ['field' => $label]) ?? $code);
        }
        $SESSION->shoppingcart->errors = $errors;
    }

    /**
     * Shows why a request cannot be followed.
     *
     * @param array $steering
     */
    private function refuse(array $steering): void {
        $this->host->send_page($steering['status'], new page($this->host, 'error', [
            'shop' => null,
            'notices' => [],
            'view' => '',
            'status' => $steering['status'],
            'error' => ['level' => 'error'] + $steering['error'],
            'next' => ['code' => 'back_to_shop', 'url' => $this->host->wwwroot() . '/local/shop/front/view.php?view=shop'],
        ]));
        exit;
    }
}
