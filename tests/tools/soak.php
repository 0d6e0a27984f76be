<?php
// This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License
// as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

/**
 * Throws made-up and mutilated requests at the engine. Whatever comes, the answer has the documented shape, an allowed
 * status, sentences that exist in each language, its page can be drawn, and the books stay true.
 *
 *   php -d extension=.../libshopengine.so soak.php [requests, 20000] [seed] [-v]
 *
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

require dirname(__DIR__) . '/phpt/shop.inc';
require dirname(__DIR__, 2) . '/php/storefront/setup.php';

use local_shopengine\page;
use local_shopengine\storefront\storefront;

set_error_handler(fn(int $level, string $message, string $file, int $line) => throw new ErrorException($message, 0, $level, $file, $line));

/** Draws pages; has no session. */
final class drawer extends storefront {
    public function sesskey(): string {
        return 'key';
    }
    public function wwwroot(): string {
        return 'https://shop.example';
    }
}

/** Keys of all sentences that every language has. */
function sentences(): array {
    $common = null;
    foreach (glob(dirname(__DIR__, 2) . '/php/local/shopengine/lang/*/local_shopengine.php') as $file) {
        $string = [];
        require $file;
        $common = $common === null ? $string : array_intersect_key($common, $string);
    }
    return $common;
}

function one_of(array $choices): mixed {
    return $choices[mt_rand(0, count($choices) - 1)];
}

function noise(int $most = 40): string {
    $bytes = '';
    for ($left = mt_rand(0, $most); $left > 0; $left--) {
        $bytes .= chr(mt_rand(0, 255));
    }
    return $bytes;
}

/** A piece of text that has given programs trouble. */
function value(): string {
    return match (mt_rand(0, 9)) {
        0 => noise(),
        1 => (string) mt_rand(-5, 100),
        2 => one_of(['-1', '0', '1e3', '1.5', '0x10', '99999999999999999999', '2147483648', '9223372036854775807', ' 3 ', '٣', '']),
        3 => one_of(["'", '"><script>', '%s%n', "\0", '../../etc/passwd', "\r\nSet-Cookie: a=b", '{$a}', '${x}', "\u{202e}", "é\u{301}"]),
        4 => str_repeat(one_of(['a', '%00', 'é', '[', '{"a":']), mt_rand(1, 300)),
        default => one_of(['monproduit', 'ebook', 'attestation', 'LIVRE', 'nosuch', 'test', 'card', 'check', 'transfer', 'freeorder', 'taler', 'key', 'go', 'back',
            'student', 'camille@example.org', 'FR', 'XX', 'SOLDOUT', 'CANCELLED', 'COMPLETE', 'ACADEMIE_rentree', 'ACADEMIE', '_', '{"email":"a@example.org"}']),
    };
}

const VIEWS = ['shop', 'purchaserequ', 'users', 'customer', 'order', 'payment', 'produce', 'bill', 'invoice', 'nosuch'];
const COMMANDS = ['import', 'addunit', 'setunits', 'deleteunit', 'checkpasscode', 'clearall', 'navigate', 'collect', 'addparticipant', 'deleteparticipant',
    'addassign', 'deleteassign', 'login', 'revalidate', 'flowchange', 'release', 'refund', 'save', 'nosuch'];
const FIELDS = ['shopid', 'id', 'blockid', 'category', 'productname', 'quant', 'clearall', 'passcode', 'back', 'go', 'firstname', 'lastname', 'email',
    'participant', 'participantid', 'role', 'product', 'customerinfo::firstname', 'customerinfo::email', 'customerinfo::country',
    'usedistinctinvoiceinfo', 'invoiceinfo::organisation', 'paymode', 'agreeeula', 'transid', 'revision', 'pay', 'delayed', 'finish', 'status',
    'partner', 'autodrive', 'monproduit', 'ebook', 'nosuch', 'page', 'from', 'show', 'find', 'poll', 'amount', 'sofar', 'reason', 'fulfillmenturl', 'fulfillmentmessage', 'order_id'];

const PARTNER_VIEWS = ['', 'register', 'change', 'rotate', 'statement', 'refused', 'compare', 'link', 'nosuch'];
const PARTNER_COMMANDS = ['register', 'change', 'rotate', 'enable', 'disable', 'find', 'build', 'compare', 'nosuch'];
const PARTNER_FIELDS = ['name', 'key', 'referer', 'user', 'customer', 'enabled', 'authenticates', 'signature', 'excluded', 'from', 'to', 'before', 'page',
    'format', 'list', 'tag', 'email', 'sign', 'until', 'find', 'autodrive', 'quantity/1', 'quantity/2', 'quantity/9', 'mark', 'shopid'];

/** Where GNU Taler's backend would be. */
const BACKEND = 'http://127.0.0.1:9/';

const SELLER = ['id' => 5, 'username' => 'a', 'email' => 'a@example.org', 'firstname' => '', 'lastname' => '', 'may' => ['orders', 'partners', 'products', 'refunds', 'trace']];

/** Fields of a page of the partners. */
function partner_fields(): array {
    $fields = mt_rand(0, 9) ? ['id' => (string) mt_rand(1, 3)] : [];
    $fields += mt_rand(0, 1) ? ['view' => one_of(PARTNER_VIEWS)] : ['what' => one_of(PARTNER_COMMANDS), 'sesskey' => 'key'];
    $fields += mt_rand(0, 2) ? [] : ['format' => one_of(['csv', 'json', 'pdf'])];
    for ($left = mt_rand(0, 8); $left > 0; $left--) {
        $name = one_of(PARTNER_FIELDS);
        $fields[$name] = mt_rand(0, 1) ? value() : one_of(['1', '2026-01-31', '2099-12-31', 'csv', 'json', 'KEY' . mt_rand(1, 99), 'https://site.example/',
            "a@example.org\n@example.net", "t1;12,50\nt2\t3\nt3", 'marie_curie@example.org', '2']);
    }
    return $fields;
}

/** Fields of a form, most of them sensible. */
function fields(string $transid): array {
    $fields = ['view' => one_of(VIEWS), 'shopid' => '1'];
    if (mt_rand(0, 3)) {
        $fields['what'] = one_of(COMMANDS);
    }
    if (mt_rand(0, 5)) {
        $fields['sesskey'] = 'key';
    }
    for ($left = mt_rand(0, 6); $left > 0; $left--) {
        $fields[mt_rand(0, 20) ? one_of(FIELDS) : noise()] = value();
    }
    if (mt_rand(0, 2) === 0) {
        $fields['transid'] = $transid;
    }
    return $fields;
}

/** The text with a few bytes changed, doubled or lost. */
function mutilated(string $text): string {
    for ($left = mt_rand(0, 4); $left > 0; $left--) {
        $at = mt_rand(0, strlen($text));
        $text = substr($text, 0, $at) . match (mt_rand(0, 2)) {
            0 => noise(3),
            1 => substr($text, $at, mt_rand(1, 10)),
            2 => one_of(['&', '=', '%', ';', '+', '[', ']', '::', '/']),
        } . substr($text, $at + mt_rand(0, 5));
    }
    return $text;
}

/** The tree with a few leaves replaced. */
function altered(array $tree): array {
    foreach ($tree as $key => $value) {
        if ($key === 'notices') {
            // Sentences that the engine wrote: any other code would be the host's lie.
            continue;
        }
        if (mt_rand(0, 30) === 0) {
            $tree[$key] = one_of([null, true, -1, 1.5, [], value(), [value()], [value() => value()], PHP_INT_MAX, new stdClass()]);
        } elseif (is_array($value)) {
            $tree[$key] = altered($value);
        }
    }
    return $tree;
}

/** A request; `$session` is the one the engine gave last. */
function made_up(array $session, string $transid): array {
    $script = match (mt_rand(0, 11)) {
        0 => '/local/shop/front/' . one_of(['order.popup.php', 'bill.popup.php', 'scantrace.php']),
        1 => '/local/shop/bills/view.php',
        2, 3 => '/local/shop/paymodes/' . one_of(['test', 'paypal', 'taler', 'card', 'check', 'transfer', 'freeorder', 'nosuch', 'test/..', '']) . '/'
            . one_of(['test_ipn.php', 'paypal_ipn.php', 'cancel.php', 'process.php', 'accept.php', 'webhook.php', 'nosuch.php', '', 'test_ipn']),
        4 => mutilated('/local/shop/front/view.php'),
        5 => '/local/shopengine/' . one_of(['partners.php', 'home.php', 'products.php', 'orders.php']),
        default => '/local/shop/front/view.php',
    };
    $script = json_decode(json_encode($script, JSON_INVALID_UTF8_SUBSTITUTE));
    $partners = $script === '/local/shopengine/partners.php';
    $fields = fn(): string => http_build_query($partners ? partner_fields() : fields($transid));
    [$query, $body] = [$fields(), $fields()];
    return [
        'method' => mt_rand(0, 9) ? one_of(['GET', 'POST']) : one_of(['HEAD', 'PUT', 'get', '', "GET\n"]),
        'script' => $script,
        'query' => match (mt_rand(0, 3)) { 0 => noise(200), 1 => mutilated($query), 2 => '', 3 => $query },
        'body' => match (mt_rand(0, 3)) { 0 => noise(200), 1 => mutilated($body), 2 => '', 3 => $body },
        'session' => match (mt_rand(0, 5)) { 0 => [], 1 => altered($session), default => $session },
        'lang' => one_of(['en', 'fr', 'xx', '']),
        'https' => (bool) mt_rand(0, 1),
        'contenttype' => one_of(['', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json', '%']),
        'referer' => mt_rand(0, 5) ? '' : noise(),
        'sesskey' => mt_rand(0, 20) ? 'key' : '',
        'drained' => mt_rand(0, 10) === 0,
        'asked' => mt_rand(0, 5) ? null : ['token' => one_of(['', '1-', '1-00', '-1-x']), 'status' => mt_rand(0, 600), 'body' => noise()],
        'user' => $partners && mt_rand(0, 4) ? SELLER : one_of([null, null, null,
            ['id' => 2, 'username' => 'u', 'email' => 'u@example.org', 'firstname' => 'U', 'lastname' => 'V'],
            SELLER,
            ['id' => mt_rand(-1, 9)]]),
    ] + request('');
}

/** Sentences beside fields and products: the values of `problem` and `whynot`. */
function problems(array $data): array {
    $problems = [];
    foreach ($data as $key => $value) {
        // The trace's page counts problems: a number.
        if ($key === 'problem' && is_string($value)) {
            $problems[] = ['code' => $value] + (isset($data['params']) ? ['params' => $data['params'] + ['field' => '']] : []);
        } elseif ($key === 'whynot' && $value !== null) {
            $problems[] = $value;
        } elseif (is_array($value)) {
            array_push($problems, ...problems($value));
        }
    }
    return $problems;
}

/** What is wrong with an answer, or ''. */
function fault(array $answer, array $sentences): string {
    $shape = ['kind' => 'string', 'status' => 'int', 'page' => 'string', 'data' => '?array', 'location' => 'string', 'body' => 'string',
        'contenttype' => 'string', 'session' => '?array', 'cart' => '?array', 'drain' => 'string', 'ask' => '?array', 'file' => '?array'];
    if (array_keys($answer) !== array_keys($shape)) {
        return 'the keys are ' . implode(', ', array_keys($answer));
    }
    foreach ($shape as $key => $type) {
        if (get_debug_type($answer[$key]) !== ltrim($type, '?') && !($type[0] === '?' && $answer[$key] === null)) {
            return "`$key` is " . get_debug_type($answer[$key]);
        }
    }
    if (!in_array($answer['status'], [200, 303, 400, 403, 404, 405, 409, 413, 414, 422, 503], true)) {
        return "the status is {$answer['status']}";
    }
    $told = [];
    switch ($answer['kind']) {
        case 'page':
            if ($answer['page'] === '' || !is_file(dirname(__DIR__, 2) . "/php/local/shopengine/templates/{$answer['page']}.php")) {
                return "there is no page `{$answer['page']}`";
            }
            $told = $answer['data']['notices'];
            $problems = problems($answer['data']);
            array_push($told, ...$problems);
            // Forms may be shown again with a sentence; any other refusal is the page `error`.
            $refused = $answer['page'] === 'error' || $problems || in_array('error', array_column($answer['data']['notices'], 'level'), true);
            if ($answer['status'] !== 200 && !$refused || $answer['page'] === 'error' && $answer['status'] < 400) {
                return "the page `{$answer['page']}` has status {$answer['status']}";
            }
            if (isset($answer['data']['error'])) {
                $told[] = $answer['data']['error'];
                $told[] = $answer['data']['next'];
            }
            break;
        case 'redirect':
            if ($answer['status'] !== 303 || preg_match('~^https://shop\.example/[\x21-\x7e]*$~D', $answer['location']) !== 1) {
                return "status {$answer['status']} leads to `{$answer['location']}`";
            }
            break;
        case 'text':
            if ($answer['status'] >= 400) {
                $told[] = ['code' => $answer['body']];
            }
            break;
        case 'ask':
            if (!str_starts_with($answer['ask']['body'], 'cmd=_notify-validate&') && !str_starts_with($answer['ask']['url'], BACKEND)) {
                return "asks {$answer['ask']['url']} {$answer['ask']['body']}";
            }
            break;
        case 'file':
            if (!preg_match('/^(statement-[A-Za-z0-9]+-[0-9-]+\.(csv|json)|refused-arrivals\.csv)$/D', $answer['file']['name'])) {
                return "the file's name is `{$answer['file']['name']}`";
            }
            break;
        case 'drain':
        case 'pass':
            break;
        default:
            return "the kind is `{$answer['kind']}`";
    }
    foreach ($told as $sentence) {
        if (!isset($sentences[$sentence['code']])) {
            return "there is no sentence `{$sentence['code']}`";
        }
        preg_match_all('/\{\$a->(\w+)\}/', $sentences[$sentence['code']], $wanted);
        if (isset($sentence['params']) && $missing = array_diff($wanted[1], array_keys($sentence['params']))) {
            return "the sentence `{$sentence['code']}` lacks " . implode(', ', $missing);
        }
    }
    return '';
}

$numbers = array_values(array_filter(array_slice($argv, 1), 'is_numeric'));
$requests = (int) ($numbers[0] ?? 20000);
$seed = (int) ($numbers[1] ?? random_int(1, 0x7fffffff));
mt_srand($seed);
$sentences = sentences();
$drawer = new drawer(folder() . '/shop.sqlite');
$engine = engine();
$settings = ['paypalsellername' => 'seller@shop.example', 'paypalsellertestname' => 'seller@shop.example', 'taler_backend_url' => BACKEND,
    'taler_access_token' => 'secret-token:x'];
foreach ($settings as $name => $value) {
    database()->execute('INSERT INTO {config_plugins} (plugin, name, value) VALUES (?, ?, ?)', ['local_shop', $name, $value]);
}
$session = [];
$transid = 'TU90QMLVYXD5UMZYUQ==';
$seen = [];
$faults = 0;
for ($number = 1; $number <= $requests; $number++) {
    if ($number % 50 === 1) {
        $session = [];
        $payment = place($engine, $session);
        $transid = $payment['data']['order']['transid'];
    }
    $request = made_up($session, $transid);
    try {
        $answer = $engine->handle($request);
        $fault = fault($answer, $sentences);
        if ($answer['kind'] === 'page' && $fault === '') {
            $html = (new page($drawer, $answer['page'], $answer['data']))->content();
            $fault = preg_match('//u', $html) && !str_contains($html, '<script') ? '' : 'the page is not UTF-8 or runs a script';
        }
        if ($answer['kind'] === 'file' && $fault === '') {
            $engine->write($answer['file'], folder() . '/statement');
        }
        $session = $answer['session'] ?? $request['session'];
        $seen[$answer['kind'] . ' ' . $answer['status']] = ($seen[$answer['kind'] . ' ' . $answer['status']] ?? 0) + 1;
    } catch (Throwable $error) {
        $fault = get_class($error) . ": {$error->getMessage()} ({$error->getFile()}:{$error->getLine()})";
        $session = [];
    }
    if ($fault !== '') {
        echo "request $number of seed $seed: $fault\n";
        var_export(array_intersect_key($request, array_flip(['method', 'script', 'query', 'body', 'user'])));
        echo "\n";
        if (++$faults >= 10) {
            break;
        }
    }
    if ($number % 20 === 0) {
        drain($engine);
    }
}
// Whatever was asked: untaxed and taxes make taxed, on each line and in all.
foreach (database()->query('SELECT transactionid FROM {local_shop_bill}') as $bill) {
    $order = $engine->order($bill['transactionid']);
    foreach ($order ? [$order['totals'], ...$order['lines'], ...$order['totals']['bytax']] : [] as $part) {
        $of = fn(string $key): ShopEngine\Money => ShopEngine\Money::of($part[$key]['amount'], $part[$key]['currency']);
        if (!$of('untaxed')->plus($of('taxes'))->equals($of('taxed'))) {
            echo "order {$bill['transactionid']} does not add up\n";
            $faults++;
        }
    }
}
ksort($seen);
if (in_array('-v', $argv, true)) {
    echo json_encode($seen), "\n";
}
echo $faults ? "not ok: $faults faults, seed $seed\n" : "ok: $requests requests answered as documented\n";
