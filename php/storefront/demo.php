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

/**
 * The demo: creates the shop, starts it, makes one purchase through its URLs and shows the transaction's trace.
 * Then keeps serving; with --once it stops instead.
 *
 *     php -d extension=… demo.php [--port 8080] [--db var/demo.sqlite] [--once]
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

namespace local_shopengine\storefront;

require_once(__DIR__ . '/setup.php');

/**
 * Ends the demo's purchase with a sentence when something is not as it should be.
 *
 * @param bool $fine
 * @param string $sentence what is wrong
 */
function expect(bool $fine, string $sentence): void {
    if (!$fine) {
        throw new \RuntimeException($sentence);
    }
}

/**
 * Buys three MonProduit and an EBook through a partner's link, as a guest.
 *
 * @param string $root the shop's address
 */
function purchase(string $root): void {
    $shorten = fn(string $url): string => str_replace($root, '', $url);
    $guest = new visitor(function (string $method, string $url, int $status, string $location) use ($shorten): void {
        echo "   $method {$shorten($url)}\n      $status" . ($location === '' ? '' : " -> {$shorten($location)}") . "\n";
    });
    $page = function () use ($guest): string {
        return $guest->texts('~<h1>(.*?)</h1>~s')[0] ?? '';
    };
    $at = function (string $view) use ($guest, $page): void {
        $problems = implode(' ', $guest->texts('~role="alert">(.*?)</div>~s'));
        expect($guest->status === 200, "expected a page, got status $guest->status: $problems");
        expect(str_contains($guest->url, "view=$view"), "expected to be at the step $view, but is at $guest->url. $problems");
        echo "   => {$page()}\n\n";
    };

    echo "1. A partner's link: three MonProduit and an EBook, straight to the first step that needs the buyer\n";
    $guest->visit('GET', "$root/local/shop/front/view.php?shopid=1&what=import&monproduit=3&ebook=1&partner=ACADEMIE_rentree&autodrive=1");
    $at('customer');

    echo "2. The customer step\n";
    $guest->submit(['view' => 'customer', 'what' => 'navigate'], [
        'customerinfo::firstname' => 'Camille', 'customerinfo::lastname' => 'Martin', 'customerinfo::organisation' => '',
        'customerinfo::address' => '3 rue du Port', 'customerinfo::zip' => '44000', 'customerinfo::city' => 'Nantes',
        'customerinfo::country' => 'FR', 'customerinfo::email' => 'camille.martin@example.org', 'go' => '1',
    ]);
    $at('order');

    echo "3. The order: summary and means of payment\n";
    foreach ($guest->texts('~<dl class="shopengine-totals">(.*?)</dl>~s') as $totals) {
        echo "   $totals\n";
    }
    $guest->submit(['view' => 'order', 'what' => 'navigate'], ['paymode' => 'test', 'go' => '1']);
    $at('payment');

    echo "4. The test payment\n";
    $guest->submit(['view' => 'payment', 'what' => 'navigate', 'delayed' => null, 'finish' => null], ['pay' => '1']);
    $at('produce');

    $transid = $guest->texts('~<code>(.*?)</code>~s')[0] ?? '';
    $status = $guest->texts('~<span class="shopengine-status shopengine-status-(\w+)"~')[0] ?? '';
    expect($status === 'COMPLETE', "expected the order to be COMPLETE, but it is '$status'");
    echo "5. Delivered: order $transid is $status\n";
    foreach ($guest->texts('~<div class="shopengine-notice[^>]*>(.*?)</div>~s') as $notice) {
        echo "   $notice\n";
    }
    foreach ($guest->texts('~<ul class="shopengine-links">(.*?)</ul>~s') as $links) {
        echo "   to open: $links\n";
    }

    echo "\n6. The transaction's trace, as the seller finds it at /local/shop/front/scantrace.php\n";
    $seller = new visitor();
    $seller->visit('POST', "$root/login/index.php", ['username' => 'admin@example.org', 'password' => 'demo']);
    $seller->visit('GET', "$root/local/shop/front/scantrace.php?transid=" . rawurlencode($transid));
    expect($seller->status === 200, "the trace page answers with status $seller->status");
    $trace = $seller->texts('~<details class="shopengine-copy">.*?<pre[^>]*>(.*?)</pre>~s')[0] ?? '';
    expect(str_contains($trace, ' : -- '), "the trace has no line for transaction $transid");
    echo '   ' . str_replace("\n", "\n   ", $trace) . "\n\n";
}

$options = options();
$server = null;
try {
    install_demo(new storefront($options['db']));
    $log = dirname($options['db']) . '/server.log';
    $server = new server($options['port'], [['file', $log, 'a'], ['file', $log, 'a']]);
    echo "The demo shop is open: {$server->root()}/ (database {$options['db']})\n\n";
    purchase($server->root());
} catch (\Throwable $error) {
    fwrite(STDERR, "\nThe demo failed: {$error->getMessage()}\n");
    $server?->stop();
    exit(1);
}
if ($options['once']) {
    $server->stop();
} else {
    echo "The shop goes on serving at {$server->root()}/ ; stop it with Ctrl-C. Buyers' password: demo\n";
    $server->wait();
}
