<?php
// This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License
// as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

// The extension beside plain PHP doing the same work, in one run. `make bench` starts it.

declare(strict_types=1);

namespace bench;

use ShopEngine\{Database, Engine, ImportLink, PartnerCode, Paymode, TaxFormula, Trace};

require __DIR__ . '/measure.php';
require __DIR__ . '/plain.php';

const TEXT = 'Production Controller : Full production starting from PLACED ...';
const CUSTOMER = ['firstname' => 'Camille', 'lastname' => 'Martin', 'organisation' => '', 'address' => '3 rue du Port', 'zip' => '44000',
    'city' => 'Nantes', 'country' => 'FR', 'email' => 'camille.martin@example.org'];

/** A shop of 58 products in a new file: the demo's and fifty with bands of quantity. */
function shop_database(string $path): Database
{
    $database = Database::sqlite($path);
    $database->install();
    $demo = preg_replace('/^--.*$/m', '', file_get_contents(__DIR__ . '/../../php/storefront/demo.sql'));
    foreach (array_filter(array_map('trim', preg_split('/;\s*$/m', $demo))) as $statement) {
        $database->execute($statement);
    }
    for ($number = 1; $number <= 50; $number++) {
        $database->execute("INSERT INTO local_shop_catalogitem (id, catalogid, categoryid, code, shortname, name, description, range1, price1,
                range2, price2, range3, price3, taxcode, stock, status)
            VALUES (?, 1, 1, ?, ?, ?, 'A course of fifty', 5, '10.000', 10, '9.000', 0, '8.000', ?, 100000, 'AVAILABLE')",
            [100 + $number, "COURSE$number", "course$number", "Course$number", (string) (1 + $number % 2)]);
    }
    return $database;
}

/** A buyer whose browser is this script. */
final class Browser
{
    public array $session = [];

    public function __construct(private Engine $engine)
    {
    }

    public function ask(string $method, array $fields, string $script = '/local/shop/front/view.php'): array
    {
        $fields = http_build_query($fields + ['sesskey' => 'k']);
        $answer = $this->engine->handle(['method' => $method, 'script' => $script, 'query' => $method === 'GET' ? $fields : '',
            'body' => $method === 'GET' ? '' : $fields, 'contenttype' => 'application/x-www-form-urlencoded', 'wwwroot' => 'http://shop.example',
            'https' => false, 'referer' => '', 'lang' => 'en', 'sesskey' => 'k', 'loginurl' => 'http://shop.example/login/index.php',
            'user' => null, 'session' => $this->session, 'drained' => false]);
        $this->session = $answer['session'] ?? $this->session;
        return $answer;
    }

    /** From the order's page to the paid order. */
    public function place_and_pay(): string
    {
        $placed = $this->ask('POST', ['view' => 'order', 'shopid' => 1, 'what' => 'navigate', 'paymode' => 'test', 'go' => '1']);
        $transid = $this->session['cart']['transid'];
        $this->ask('POST', ['view' => 'payment', 'shopid' => 1, 'what' => 'navigate', 'transid' => $transid, 'revision' => 1, 'pay' => '1']);
        return $transid;
    }
}

$folder = sys_get_temp_dir() . '/shopengine-bench-' . getmypid();
mkdir($folder);
register_shutdown_function(fn() => array_map(unlink(...), glob("$folder/*")) && rmdir($folder));

printf("shopengine %s beside PHP %s with %s\n", phpversion('shopengine'), PHP_VERSION,
    ini_get('opcache.enable_cli') && extension_loaded('Zend OPcache') ? 'OPcache' : 'no OPcache (command line)');
echo 'Best of 15 rounds taken in turn; processor time (user + system) unless a row says "elapsed". Load of the machine now: ',
    implode(' ', array_map(fn(float $load): string => sprintf('%.1f', $load), sys_getloadavg())), "\n\n";
row('operation', 'ours', 'beside', 'theirs', 'ratio', 'aim');

$code = 'ACADEMIE_9f86d081884c7d659a2feaa0c55ad015_marie_curie@example.org';
rows('parse a partner code, read its parts', measure([
    'ours' => function () use ($code): array {
        $parsed = PartnerCode::parse($code);
        return [$parsed->key(), $parsed->tag(), $parsed->email()];
    },
    'plain PHP: explode, ctype_alnum' => fn() => \plain\partner_code($code),
], 5000));

$url = 'view=shop&category=9&shopid=1&blockid=1357&what=import&MonProduit=2&Livre=1&L%C3%A9gende=12'
    . '&partner=ACADEMIE_9f86d081884c7d659a2feaa0c55ad015_marie_curie%40example.org&autodrive=1';
rows('parse an import URL, read its parts', measure([
    'ours' => function () use ($url): array {
        $link = ImportLink::parse($url);
        return [$link->shop(), $link->products(), $link->partner(), $link->autodrive()];
    },
    'plain PHP: parse_str, filter_var' => fn() => \plain\import_url($url),
], 3000));

$formula = '$ttc = $ht * (1 + ($tr / 100))';
$parsed = TaxFormula::parse($formula);
$amounts = array_map(fn(int $cents): string => sprintf('%d.%02d', intdiv($cents, 100), $cents % 100), range(1999, 6899, 100));
$each = fn(callable $taxed): \Closure => function () use ($amounts, $taxed, $formula): void {
    foreach ($amounts as $ht) {
        $taxed($formula, (float) $ht, 20.0);
    }
};
rows('tax 50 amounts by a stored formula', measure([
    'ours' => function () use ($amounts, $parsed): void {
        foreach ($amounts as $ht) {
            $parsed->evaluate($ht, '20');
        }
    },
    'plain PHP: eval of the formula' => $each(\plain\taxed_by_eval(...)),
    'plain PHP: formula fixed in code, floats' => $each(\plain\taxed_fixed(...)),
], 200));

/** A golden message of tests/fixtures, with the settings of its merchant. */
function golden(string $name): string
{
    return explode("\n\n", file_get_contents(__DIR__ . "/../../tests/fixtures/$name/completed.txt"), 2)[1];
}

$notified = ['systempay' => golden('systempay'), 'mercanet' => golden('mercanet'), 'ogone' => golden('ogone')];
$merchants = [
    'systempay' => ['test' => '1', 'systempay_merchant_id' => '12345678', 'systempay_test_certificate' => '1122334455667788'],
    'mercanet' => ['test' => '1', 'mercanet_merchant_id' => '201040040170001', 'mercanet_secret_key' => 'rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54',
        'mercanet_key_version' => '1'],
    'ogone' => ['test' => '1', 'ogone_psid' => 'boutiqueDemo', 'ogone_secret_in' => 'in-sécurité-0123456789', 'ogone_secret_out' => 'out-sécurité-987654321'],
];
foreach (['systempay' => '1122334455667788', 'mercanet' => $merchants['mercanet']['mercanet_secret_key'], 'ogone' => 'out-sécurité-987654321'] as $name => $key) {
    $plain = "\\plain\\read_$name";
    [$body, $settings] = [$notified[$name], $merchants[$name]];
    if (!$plain($body, $key) || Paymode::read($name, $settings, $body)['happened'] !== 'paid') {
        exit("the message of $name should be believed\n");
    }
    rows("believe a notification of $name", measure([
        'ours' => fn() => Paymode::read($name, $settings, $body),
        'plain PHP: ' . ($name === 'ogone' ? 'hash' : 'hash_hmac') . ', hash_equals' => fn() => $plain($body, $key),
    ], 1000), '1x');
}

$database = shop_database("$folder/ours.sqlite");
$engine = new Engine($database, "$folder/merchant_trace.log", 'Europe/Paris');
shop_database("$folder/plain.sqlite");
$pdo = \plain\open("$folder/plain.sqlite");
$cart = array_combine(array_map(fn(int $n): string => "course$n", range(1, 50)), array_map(fn(int $n): int => $n % 12 + 1, range(1, 50)));
$ours = $engine->quote(1, $cart);
$theirs = \plain\quote($pdo, 1, $cart, \plain\taxed_by_eval(...));
if ((float) $ours['taxed']['amount'] !== round($theirs['taxed'], 2)) {
    exit("the two prices differ: {$ours['taxed']['amount']} and {$theirs['taxed']}\n");
}
rows('read the shop (58 products), price 50 lines', measure([
    'ours' => fn() => $engine->quote(1, $cart),
    'plain PHP: PDO, floats, eval' => fn() => \plain\quote($pdo, 1, $cart, \plain\taxed_by_eval(...)),
    'plain PHP: PDO, floats, formula fixed' => fn() => \plain\quote($pdo, 1, $cart, \plain\taxed_fixed(...)),
], 30), '20x');

$transid = 'ABCDEFGHIJKLMNOPQR==';
$trace = new Trace("$folder/trace.log", 'Europe/Paris');
rows('append a trace line', measure([
    'ours' => fn() => $trace->write(TEXT, $transid),
    'plain PHP: fopen, fputs, fclose' => fn() => \plain\trace_line("$folder/trace-plain.log", $transid, TEXT),
], 1000), '3x');

$browser = new Browser($engine);
$browser->ask('GET', ['shopid' => 1, 'what' => 'import', 'monproduit' => 3, 'ebook' => 1]);
$customer = ['view' => 'customer', 'shopid' => 1, 'what' => 'navigate', 'go' => '1'];
foreach (CUSTOMER as $field => $value) {
    $customer["customerinfo::$field"] = $value;
}
$browser->ask('POST', $customer);
$ready = $browser->session;
$ready['cart']['transid'] = null;
$browser->session = $ready;
$status = $engine->order($browser->place_and_pay())['status'];
if ($status !== 'SOLDOUT') {
    exit("the order should be paid, but is $status\n");
}
$both = measure([
    'ours' => function () use ($browser, $ready): void {
        $browser->session = $ready;
        $browser->place_and_pay();
    },
    'plain PHP: PDO, the same rows' => fn() => \plain\place_and_pay($pdo, "$folder/trace-plain.log", ['monproduit' => 3, 'ebook' => 1], CUSTOMER),
], 10);
rows('place and pay an order, three durable commits', $both);
rows('  the same, elapsed', $both, '', 'wall');

$line = fn(int $number, string $id): string => str_pad(sprintf('-- 2026-8-21 20:39:01 %03d -%07d-  [%s] %s', $number % 1000, $number, $id, TEXT), 99) . "\n";
$ids = array_map(fn(int $n): string => strtoupper(substr(hash('sha256', "$n"), 0, 18)) . '==', range(1, 100000));
$file = fopen("$folder/large.log", 'w');
for ($block = 0; $block < 20; $block++) {
    $text = '';
    foreach ($ids as $number => $id) {
        $text .= $line($block * 100000 + $number, $id);
    }
    fwrite($file, $text);
}
fclose($file);
$wanted = $ids[50000];
unset($ids, $text);
$large = new Trace("$folder/large.log", 'Europe/Paris');
$found = ['ours' => count($large->scan($wanted)['entries']), 'plain' => count(\plain\scan("$folder/large.log", $wanted))];
if ($found !== ['ours' => 20, 'plain' => 20]) {
    exit('20 entries should be found: ' . json_encode($found) . "\n");
}
$candidates = ['ours' => fn() => $large->scan($wanted)];
if (trim((string) shell_exec('command -v rg'))) {
    $ripgrep = fn(string $options): \Closure => fn() => shell_exec("rg --no-config -F $options " . escapeshellarg("[$wanted]") . ' '
        . escapeshellarg("$folder/large.log") . ' </dev/null');
    $candidates += ['ripgrep -F' => $ripgrep(''), 'ripgrep -F --no-mmap' => $ripgrep('--no-mmap')];
}
$scans = measure($candidates, 1, 15) + measure(['plain PHP: file, preg_grep' => fn() => \plain\scan("$folder/large.log", $wanted)], 1, 3);
rows('scan a 200 MB trace for one transaction', $scans, '0.7x of ripgrep');
rows('  the same, elapsed', $scans, '', 'wall');

$extension = getenv('SHOPENGINE_EXTENSION');
$php = escapeshellarg(PHP_BINARY);
$starts = measure([
    'with' => fn() => shell_exec("$php -n -d extension=" . escapeshellarg($extension) . " -r ''"),
    'without' => fn() => shell_exec("$php -n -r ''"),
], 10, 10);
$pass = measure(['pass' => function () use ($folder): void {
    $engine = new Engine(Database::sqlite("$folder/ours.sqlite"), "$folder/merchant_trace.log", 'Europe/Paris');
    (new Browser($engine))->ask('GET', [], '/course/view.php');
}], 500);
echo "\n";
row('start of PHP with the extension', time_text($starts['with']['cpu']), 'without it', time_text($starts['without']['cpu']),
    '+' . time_text(max(0.0, $starts['with']['cpu'] - $starts['without']['cpu'])));
row('a request that is not the shop\'s: open, pass', time_text($pass['pass']['cpu']));
echo "\nA ratio above 1 means that ours is faster. What plain PHP does not do: exact decimals, an inbox that keeps every\n",
    "message, revisions, checks of amount, currency and mode. Each parse of ours also checks what PHP's takes as it comes.\n";
