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
 * The plugin's notification of a new order, to the plugin's recipients:
 * its page that sends it is not shown while the engine places orders.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class sales {
    /**
     * The notification, by the plugin's template and in the site's language. Its link leads to the bill, for sellers who are logged
     * in: tickets of `auth_ticket` can be forged, and none is made here.
     *
     * @param array $task
     * @param host $host
     * @return array `to` (null), `subject`, `text`, `html`
     */
    public static function compose(array $task, host $host): array {
        global $CFG, $DB, $SITE;
        $order = $task['order'];
        $customer = $order['customer'];
        $lang = $host->site_lang();
        $strings = get_string_manager();
        $paymode = "shoppaymodes_{$order['paymode']}";
        $name = $strings->string_exists($order['paymode'], $paymode)
            ? $strings->get_string($order['paymode'], $paymode, null, $lang) : $order['paymode'];
        $words = array_map('s', [
            'TRANSACTION' => $order['transid'],
            'SERVER' => $SITE->fullname,
            'SERVER_URL' => $CFG->wwwroot,
            'SELLER' => $host->shop_name(),
            'FIRSTNAME' => $customer['firstname'],
            'LASTNAME' => $customer['lastname'],
            'MAIL' => $customer['email'],
            'CITY' => $customer['city'],
            'COUNTRY' => $customer['country'],
            'PAYMODE' => $name,
            'ITEMS' => (string) array_sum(array_column($order['lines'], 'quantity')),
            'AMOUNT' => $order['totals']['untaxed']['text'],
            'TAXES' => $order['totals']['taxes']['text'],
            'TTC' => $order['totals']['taxed']['text'],
        ]);
        // The plugin's function for its templates does not pass the language on.
        $html = $strings->get_string('transaction_input_tpl', 'local_shop', null, $lang);
        $html = str_replace(array_map(fn(string $name): string => "<%%$name%%>", array_keys($words)), $words, $html);
        $id = $DB->get_field('local_shop_bill', 'id', ['transactionid' => $order['transid']], MUST_EXIST);
        $bill = new \moodle_url('/local/shop/bills/view.php', ['view' => 'viewBill', 'billid' => $id]);
        $html = str_replace("$CFG->wwwroot/login/index.php?ticket=<%%TICKET%%>", $bill->out(false), $html);
        $html = str_replace('<%%TICKET%%>', '', $html);
        $title = $strings->get_string('orderinput', 'local_shop', null, $lang);
        $params = ['shop' => $host->shop_name(), 'subject' => "$title {$order['transid']}"];
        return [
            'to' => null,
            'subject' => $host->string('mail_subject', $params, $lang),
            'text' => html_to_text($html),
            'html' => $html,
        ];
    }

    /**
     * Everyone with the role `sales` on the site.
     *
     * @return \stdClass[] users
     */
    public static function recipients(): array {
        global $DB;
        $role = $DB->get_field('role', 'id', ['shortname' => 'sales']);
        $users = $role ? get_role_users($role, \context_system::instance(), false, 'u.*') : [];
        return array_values(array_filter($users, fn(\stdClass $user): bool => !$user->suspended && !$user->deleted));
    }
}
