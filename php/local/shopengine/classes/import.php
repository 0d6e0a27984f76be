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
 * Takes over the import link: one call of the engine, the cart in the plugin's session, one redirect to the step where the
 * buyer has something to do. The pages stay the plugin's.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */
class import {
    /**
     * Answers the current request, if the settings say so; otherwise the plugin does.
     */
    public static function answer(): void {
        $mode = takeover::mode('import');
        if ($mode === 'off' || takeover::obstacle() !== null) {
            return;
        }
        $host = new moodle_host();
        try {
            if ($mode === 'shadow') {
                self::compare($host);
                return;
            }
            $landing = $host->engine()->import($host->request());
        } catch (\Throwable $error) {
            // The plugin can import too: what is wrong with the engine must not stop a sale.
            $host->log($error);
            return;
        }
        if ($landing['kind'] === 'redirect') {
            self::land($landing);
        }
        if ($landing['error'] !== null) {
            self::refuse($landing);
        }
    }

    /**
     * Keeps the cart where the plugin looks for it, and sends the buyer on.
     *
     * @param array $landing
     */
    private static function land(array $landing): void {
        global $SESSION;
        if (($_SERVER['REQUEST_METHOD'] ?? '') === 'HEAD') {
            // Whoever only asks where a link leads (a mail filter, a crawler) changes no cart.
            redirect(new \moodle_url($landing['location']));
        }
        $cart = (object) $landing['cart'];
        if (isset($cart->partner)) {
            $cart->partner = (object) $cart->partner;
        }
        $SESSION->shoppingcart = $cart;
        foreach ($landing['notices'] as $notice) {
            $text = s(get_string($notice['code'], 'local_shopengine', (object) $notice['params']));
            \core\notification::add($text, $notice['level']);
        }
        redirect(new \moodle_url($landing['location']));
    }

    /**
     * Shows why a link cannot be followed. An exception would be drawn as a fault of the site, so early in a request.
     *
     * @param array $landing
     */
    private static function refuse(array $landing): void {
        global $OUTPUT, $PAGE;
        $shop = new \moodle_url('/local/shop/front/view.php', ['view' => 'shop']);
        $PAGE->set_context(\context_system::instance());
        $PAGE->set_url($shop);
        $PAGE->set_pagelayout('standard');
        $PAGE->set_title(get_string('title_error', 'local_shopengine'));
        $error = get_string($landing['error']['code'], 'local_shopengine', (object) $landing['error']['params']);
        $page = $OUTPUT->header() . $OUTPUT->notification(s($error), 'error') . $OUTPUT->continue_button($shop) . $OUTPUT->footer();
        http_response_code($landing['status']);
        echo $page;
        exit;
    }

    /**
     * Traces, in one line, whether the engine would fill the same cart as the plugin; changes nothing.
     *
     * @param moodle_host $host
     */
    private static function compare(moodle_host $host): void {
        $landing = $host->engine('/dev/null')->import($host->request());
        $plugin = self::order_of_plugin();
        $engine = $landing['cart']['order'] ?? [];
        ksort($plugin);
        ksort($engine);
        $told = $plugin === $engine ? 'same cart' : 'other cart : plugin ' . self::told($plugin) . ', engine ' . self::told($engine);
        $where = $landing['error'] === null ? "engine goes to {$landing['location']}" : "engine refuses : {$landing['error']['code']}";
        $host->trace()->write("Shadow import : $told ; $where");
    }

    /**
     * What the plugin makes of the link: it takes each parameter for a product code, in any catalogue.
     *
     * @return int[] units by shortname
     */
    private static function order_of_plugin(): array {
        global $DB;
        $order = [];
        foreach (array_keys($_GET) as $name) {
            $item = in_array($name, self::NOT_PRODUCTS, true) ? false
                : $DB->get_record('local_shop_catalogitem', ['code' => $name], 'id, shortname', IGNORE_MULTIPLE);
            if ($item) {
                $order[$item->shortname] = optional_param($name, 0, PARAM_INT);
            }
        }
        return $order;
    }

    /**
     * An order as a trace tells it.
     *
     * @param int[] $order units by shortname
     * @return string
     */
    private static function told(array $order): string {
        return json_encode((object) $order, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
    }

    /** Parameters that the plugin does not take for a product. */
    private const NOT_PRODUCTS = ['shipping', 'partner', 'shopid', 'origin', 'autodrive', 'blockid', 'category', 'view', 'what'];
}
