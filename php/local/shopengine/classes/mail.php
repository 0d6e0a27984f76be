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
 * The engine's emails, the same on each host; the host sends them. The engine says which is due and who gets it: docs/emails.md.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class mail {
    /**
     * The email that a task of kind `mail` asks for: to the buyer in the language of the order, to others in the seller's or the
     * site's. Nobody has confirmed that a guest's address is theirs, so an email to it contains no text of the sender.
     *
     * @param array $task its payload names the template and what else it needs
     * @param host $host
     * @return array `to` (null: not the buyer), `subject`, `text`
     */
    public static function compose(array $task, host $host): array {
        $order = $task['order'];
        $template = $task['payload']['template'];
        $tobuyer = $task['to'] === 'buyer';
        $lang = $tobuyer ? $order['lang'] : $task['payload']['lang'] ?? $host->site_lang();
        if (isset($task['payload']['unpaid'])) {
            return self::email(null, 'unpaid', self::about_bill($task['payload']['unpaid'], $lang, $host), $lang, $host);
        }
        if ($order === null) {
            return self::email(null, $template, $task['payload'], $lang, $host);
        }
        $name = trim($order['customer']['firstname'] . ' ' . $order['customer']['lastname']);
        $words = [
            'transid' => $order['transid'],
            'name' => !$tobuyer || $task['confirmed'] ? $name : $host->string('mail_customer', [], $lang),
            'email' => $order['customer']['email'],
            'amount' => $order['totals']['taxed']['text'],
            'paymode' => $host->string("paymode_{$order['paymode']}", [], $lang) ?? $order['paymode'],
            'lines' => implode("\n", array_map(
                fn(array $line): string => "  {$line['quantity']} x {$line['label']}: " . $line['taxed']['text'],
                $order['lines']
            )),
            'reason' => $host->string($task['payload']['reason'] ?? '', [], $lang) ?? '',
            'refund' => $task['payload']['refund'] ?? '',
            'link' => $task['payload']['link'] ?? '',
            'url' => self::url($task, $host),
        ];
        $email = self::email($tobuyer ? $order['customer']['email'] : null, $template, $words, $lang, $host);
        if (!empty($task['instructions'])) {
            $email['text'] .= "\n" . $host->string($task['instructions']['code'], $task['instructions']['params'], $lang) . "\n";
        }
        if ($template === 'paid' && $order['links']) {
            $links = implode("\n", array_map(self::link(...), $order['links']));
            $email['text'] .= "\n" . $host->string('mail_links', ['links' => $links], $lang);
        }
        return $email;
    }

    /**
     * Subject and text of a template.
     *
     * @param string|null $to
     * @param string $template
     * @param array $words
     * @param string $lang
     * @param host $host
     * @return array `to`, `subject`, `text`
     */
    private static function email(?string $to, string $template, array $words, string $lang, host $host): array {
        $subject = $host->string("mail_{$template}_subject", $words, $lang);
        return [
            'to' => $to,
            'subject' => $host->string('mail_subject', ['shop' => $host->shop_name(), 'subject' => $subject], $lang),
            'text' => $host->string("mail_{$template}_text", $words, $lang),
        ];
    }

    /**
     * The words of the email about a bill that was sold without a payment: which, since when, and what was delivered.
     *
     * @param array $bill as the engine gives it
     * @param string $lang
     * @param host $host
     * @return array
     */
    private static function about_bill(array $bill, string $lang, host $host): array {
        $string = fn(string $key, array $words = []): string => $host->string($key, $words, $lang) ?? '';
        $product = fn(array $one): string => '  ' . $string('unpaid_product', [
            'access' => $string("product_{$one['context']}", ['instance' => $one['instance']]),
            'time' => $host->date($one['time']),
        ] + $one);
        return [
            'bill' => $bill['bill'],
            'transid' => $bill['transid'],
            'status' => $string("status_{$bill['status']}"),
            'amount' => $bill['amount'],
            'since' => $host->date($bill['since']),
            'test' => $bill['test'] ? $string('unpaid_test') : '',
            'delivered' => implode("\n", array_map($product, $bill['delivered'])) ?: '  ' . $string('unpaid_nothing'),
            'url' => $host->wwwroot() . '/local/shopengine/orders.php',
        ];
    }

    /**
     * Keeps an email that was sent in the trace of mails. That it cannot be kept stops nothing.
     *
     * @param \ShopEngine\Trace $trace
     * @param array $email `to`, `subject`, `text`
     * @param string $transid the order that it is about
     * @param host $host
     */
    public static function trace(object $trace, array $email, string $transid, host $host): void {
        try {
            $trace->writeMail($email['to'], $email['subject'], $email['text'], $transid);
        } catch (\Throwable $error) {
            $host->log($error);
        }
    }

    /**
     * The address of the order. The token lets the holder of the email read it.
     *
     * @param array $task
     * @param host $host
     * @return string
     */
    private static function url(array $task, host $host): string {
        $query = array_filter(['transid' => $task['transid'], 'token' => $task['token']]);
        return $host->wwwroot() . '/local/shop/front/order.popup.php?' . http_build_query($query, '', '&', PHP_QUERY_RFC3986);
    }

    /**
     * Where a product of the order is found, for an email.
     *
     * @param array $link
     * @return string
     */
    private static function link(array $link): string {
        return implode("\n  ", array_filter(["  {$link['label']}", $link['url'], str_replace("\n", "\n  ", $link['message'])]));
    }
}
