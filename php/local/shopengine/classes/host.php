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
 * What the shop's front asks of the site it lives in: Moodle, or the stand-alone storefront.
 *
 * A host decides nothing about money, states or trust. It reads the request, keeps the session,
 * knows the user, sends the answer and performs the tasks that the engine hands out.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
interface host {
    /**
     * One of the companion's settings.
     *
     * @param string $name
     * @return string|null null when it was never set
     */
    public function setting(string $name): ?string;

    /**
     * The address of the client that asks, as the site sees it behind its proxies.
     *
     * @return string
     */
    public function client(): string;

    /**
     * Counts something in the site's cache, for two minutes at least. Two at once may count as one.
     *
     * @param string $key letters, digits and `_`
     * @return int how often it was counted, this time included
     */
    public function count(string $key): int;

    /**
     * The current request, as docs/front.md describes it, without the key `drained`.
     *
     * @return array
     */
    public function request(): array;

    /**
     * Keeps what the engine wants back with the next request of the same visitor.
     *
     * @param array $session opaque
     */
    public function save_session(array $session): void;

    /**
     * Keeps the cart where the plugin's own pages look for it; only hosts that have such pages are asked to.
     *
     * @param array $cart fields of `$SESSION->shoppingcart`, null for one to take away; empty when the cart is
     */
    public function save_cart(array $cart): void;

    /**
     * The session's own anti-forgery key, to be carried by each form of a page.
     *
     * @return string
     */
    public function sesskey(): string;

    /**
     * The site's address, without a final slash.
     *
     * @return string
     */
    public function wwwroot(): string;

    /**
     * The language pages are drawn in: an ISO 639-1 code, or one that begins with it (`pt_br`).
     *
     * @return string
     */
    public function lang(): string;

    /**
     * The site's own language, in which sellers are written to.
     *
     * @return string
     */
    public function site_lang(): string;

    /**
     * The name under which the shop writes emails.
     *
     * @return string plain text
     */
    public function shop_name(): string;

    /**
     * A sentence of the component's language file; null where there is none under that key.
     *
     * @param string $key
     * @param array $params values of the sentence's placeholders
     * @param string|null $lang another language than the page's
     * @return string|null plain text, not HTML
     */
    public function string(string $key, array $params = [], ?string $lang = null): ?string;

    /**
     * Countries a buyer may live in, by name.
     *
     * @return array name by ISO 3166 code
     */
    public function countries(): array;

    /**
     * A moment, in the visitor's language and time zone.
     *
     * @param int $time Unix seconds
     * @return string plain text
     */
    public function date(int $time): string;

    /**
     * Lists the places on the site that an order has opened for its buyer. The engine knows the addresses of products,
     * and not these.
     *
     * @param string $transid
     * @return array `links`: [`label`, `url`] of each place that was opened; `told`: what production told the buyer, HTML
     */
    public function goods(string $transid): array;

    /**
     * Makes a text written by the shop's administrator (a description, conditions of sale) safe to show, in the page's language.
     *
     * @param string $text HTML
     * @param string $area where its pictures are: a file area of the plugin, or ''
     * @param int $item the area's item
     * @return string HTML
     */
    public function rich_text(string $text, string $area = '', int $item = 0): string;

    /**
     * The seller's logo, for orders and bills.
     *
     * @return string|null URL; null where there is none
     */
    public function logo(): ?string;

    /**
     * A chart of amounts, where the host can draw one. The page has a table of the same beside it.
     *
     * @param array $chart `title`; `labels`; `series`: [`label`, `values`: a decimal string for each label]
     * @return string HTML; '' where there are no charts
     */
    public function chart(array $chart): string;

    /**
     * Sends a page: the host adds its own header, menus and footer.
     *
     * @param int $status HTTP status
     * @param page $page
     */
    public function send_page(int $status, page $page): void;

    /**
     * Sends the visitor on, with a 303.
     *
     * @param string $location absolute URL
     */
    public function send_redirect(string $location): void;

    /**
     * Sends a body as it is: what a payment interface or a script expects to read.
     *
     * @param int $status HTTP status
     * @param string $contenttype
     * @param string $body
     */
    public function send_text(int $status, string $contenttype, string $body): void;

    /**
     * Sends a file to be kept, in memory that does not grow with it.
     *
     * @param string $name its name: letters, digits, `-` and `.`
     * @param string $contenttype
     * @param \Closure $write writes it to the path it is given, before anything is sent
     */
    public function send_file(string $name, string $contenttype, \Closure $write): void;

    /**
     * Lets the visitor go: the answer is complete, what follows must not keep the browser waiting.
     */
    public function close_answer(): void;

    /**
     * Waits some seconds for a lock that one process at a time holds, on all machines of the site.
     *
     * @param string $name
     * @return \Closure|null releases it; null: somebody else holds it
     */
    public function lock(string $name): ?\Closure;

    /**
     * Performs one task of the outbox. Safe to repeat.
     *
     * @param array $task as docs/front.md describes it
     * @return array `outcome` (done, already, failed), `public` and `private` sentences, and `products`: true where the
     *     engine shall write down what was delivered, false where the host has; `lines` where it delivers line by line
     */
    public function perform(array $task): array;

    /**
     * Tells others on the site that a task was performed: once, after the engine has taken the report.
     *
     * @param array $task
     * @param array $result as perform() returned it
     */
    public function performed(array $task, array $result): void;

    /**
     * The report on a task when the request ended while it was performed.
     *
     * @param array $task
     * @return array as perform() returns it
     */
    public function interrupted(array $task): array;

    /**
     * Makes one HTTP call: certificates verified, no redirect followed, the body sent byte for byte. Nothing of the visitor's is
     * held meanwhile: a session that is open is closed first.
     *
     * @param array $call `method`, `url`, `headers` by name, `contenttype`, `body`, `timeout` in seconds
     * @return array `status` (0 when nobody answered), `body`, `error` (why nobody answered, or '')
     */
    public function http(array $call): array;

    /**
     * Notes an error for the person who runs the site.
     *
     * @param \Throwable $error
     */
    public function log(\Throwable $error): void;
}
