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
    /** Letters that are for the seller; the others are for the buyer. */
    private const FOR_SELLER = ['attention', 'held', 'unassigned'];

    /**
     * The letter that a task of kind `mail` asks for, in the language the order was placed in, or the seller's where it is about a bill. Nobody has
     * confirmed that a guest's address is theirs, so an email to it contains no text of the sender.
     *
     * @param array $task its payload names the letter (`template`) and what else it needs
     * @param host $host
     * @return array `to` (null: the seller), `subject`, `text`
     */
    public static function compose(array $task, host $host): array {
        $order = $task['order'];
        $template = $task['payload']['template'];
        if (isset($task['payload']['unpaid'])) {
            return self::about_bill($task['payload'], $host);
        }
        if ($order === null) {
            return [
                'to' => null,
                'subject' => $host->string("mail_{$template}_subject", $task['payload']),
                'text' => $host->string("mail_{$template}_text", $task['payload']),
            ];
        }
        $forseller = in_array($template, self::FOR_SELLER);
        $name = trim($order['customer']['firstname'] . ' ' . $order['customer']['lastname']);
        $lang = $order['lang'];
        $words = [
            'transid' => $order['transid'],
            'name' => $forseller || $task['confirmed'] ? $name : $host->string('mail_customer', [], $lang),
            'email' => $order['customer']['email'],
            'amount' => $order['totals']['taxed']['text'],
            'lines' => implode("\n", array_map(
                fn(array $line): string => "  {$line['quantity']} x {$line['label']}: " . $line['taxed']['text'],
                $order['lines']
            )),
            'reason' => $host->string($task['payload']['reason'] ?? '', [], $lang) ?? '',
            'refund' => $task['payload']['refund'] ?? '',
            'link' => $task['payload']['link'] ?? '',
            'url' => self::url($task, $host),
        ];
        $text = $host->string("mail_{$template}_text", $words, $lang);
        if ($template === 'paid' && $order['links']) {
            $text .= "\n" . $host->string('mail_links', ['links' => implode("\n", array_map(self::link(...), $order['links']))], $lang);
        }
        return [
            'to' => $forseller ? null : $order['customer']['email'],
            'subject' => $host->string("mail_{$template}_subject", $words, $lang),
            'text' => $text,
        ];
    }

    /**
     * The letter about a bill that was sold without a payment: which, since when, and what was delivered.
     *
     * @param array $payload as the engine gives it
     * @param host $host
     * @return array `to` (null: the seller), `subject`, `text`
     */
    private static function about_bill(array $payload, host $host): array {
        $bill = $payload['unpaid'];
        $string = fn(string $key, array $words = []): string => $host->string($key, $words, $payload['lang']) ?? '';
        $product = fn(array $one): string => '  ' . $string('unpaid_product', [
            'access' => $host->string("product_{$one['context']}", ['instance' => $one['instance']], $payload['lang']) ?? '',
            'time' => $host->date($one['time']),
        ] + $one);
        $words = [
            'bill' => $bill['bill'],
            'transid' => $bill['transid'],
            'status' => $string("status_{$bill['status']}"),
            'amount' => $bill['amount'],
            'since' => $host->date($bill['since']),
            'test' => $bill['test'] ? $string('unpaid_test') : '',
            'delivered' => implode("\n", array_map($product, $bill['delivered'])) ?: '  ' . $string('unpaid_nothing'),
            'url' => $host->wwwroot() . '/local/shopengine/orders.php',
        ];
        return ['to' => null, 'subject' => $string('mail_unpaid_subject', $words), 'text' => $string('mail_unpaid_text', $words)];
    }

    /**
     * Keeps a letter that was sent in the trace of mails. That it cannot be kept stops nothing.
     *
     * @param \ShopEngine\Trace $trace
     * @param array $letter `to`, `subject`, `text`
     * @param string $transid the order that it is about
     * @param host $host
     */
    public static function trace(object $trace, array $letter, string $transid, host $host): void {
        try {
            $trace->writeMail($letter['to'], $letter['subject'], $letter['text'], $transid);
        } catch (\Throwable $error) {
            $host->log($error);
        }
    }

    /**
     * Where the order is shown: to its account, and with the token of an email to the buyer to whoever has that email.
     *
     * @param array $task
     * @param host $host
     * @return string
     */
    private static function url(array $task, host $host): string {
        $query = array_filter(['transid' => $task['transid'], 'token' => $task['token'] ?? null]);
        return $host->wwwroot() . '/local/shop/front/order.popup.php?' . http_build_query($query, '', '&', PHP_QUERY_RFC3986);
    }

    /**
     * Where a product of the order is found, for a letter.
     *
     * @param array $link
     * @return string
     */
    private static function link(array $link): string {
        return implode("\n  ", array_filter(["  {$link['label']}", $link['url'], str_replace("\n", "\n  ", $link['message'])]));
    }
}
