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
 * The letters about an order, the same on each host; the host sends them.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */
class mail {
    /**
     * The letter that a task of kind `mail` asks for.
     *
     * @param array $task its payload names the letter (`code`) and may name the receiver (`to`)
     * @param host $host
     * @return array `to`, `subject`, `text`
     */
    public static function compose(array $task, host $host): array {
        $order = $task['order'];
        $code = $task['payload']['code'] ?? 'order';
        $words = [
            'transid' => $order['transid'],
            'name' => trim($order['customer']['firstname'] . ' ' . $order['customer']['lastname']),
            'amount' => $order['totals']['taxed']['text'],
            'lines' => implode("\n", array_map(
                fn(array $line): string => "  {$line['quantity']} x {$line['label']}: {$line['taxed']['text']}",
                $order['lines']
            )),
            'links' => implode("\n", array_map(fn(array $link): string => "  {$link['label']}: {$link['url']}", $order['links'])),
            'url' => $host->wwwroot() . '/local/shop/front/order.popup.php?transid=' . rawurlencode($order['transid']),
        ];
        return [
            'to' => $task['payload']['to'] ?? $order['customer']['email'],
            'subject' => $host->string("mail_{$code}_subject", $words) ?? $host->string('mail_order_subject', $words),
            'text' => $host->string("mail_{$code}_text", $words) ?? $host->string('mail_order_text', $words),
        ];
    }
}
