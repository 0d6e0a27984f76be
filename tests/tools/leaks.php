<?php
// This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License
// as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

/**
 * Calls the engine many times and compares PHP's memory and the process's before and after.
 *
 *   php -d extension=.../libshopengine.so leaks.php [calls of each kind, 100000]
 *
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

require dirname(__DIR__) . '/phpt/shop.inc';

/** Kilobytes of the process that are in memory. */
function resident(): int {
    return (int) explode(' ', file_get_contents('/proc/self/statm'))[1] * 4;
}

$calls = (int) ($argv[1] ?? 100000);
$database = database();
$engine = engine();
$session = [];
$transid = place($engine, $session)['data']['order']['transid'];
$view = '/local/shop/front/view.php';
$kinds = [
    'a page' => fn() => $engine->handle(request("$view?view=shop", changes: ['session' => $session])),
    'an error' => fn() => $engine->handle(request("$view?view=nosuch\xff")),
    'a broken session' => fn() => $engine->handle(request('/elsewhere', changes: ['session' => ['key' => "\xff"]])),
    'a refused request' => function () use ($engine) {
        try {
            $engine->handle(['method' => 1]);
        } catch (ShopEngine\Exception\ShopException) {
            return;
        }
    },
    'a quote' => fn() => $engine->quote(1, ['monproduit' => 3, 'ebook' => 1]),
    'an empty lease' => fn() => $engine->lease(),
    'an order' => fn() => $engine->order($transid),
    'a query' => fn() => $database->query('SELECT * FROM {config_plugins} WHERE plugin = ?', ['local_shop']),
    'a refused query' => function () use ($database) {
        try {
            $database->query('SELECT * FROM {nosuch}');
        } catch (ShopEngine\Exception\DatabaseException) {
            return;
        }
    },
    'an engine' => fn() => new ShopEngine\Engine($database, folder() . '/trace.log', 'UTC'),
];
drain($engine);
$failed = false;
foreach ($kinds as $kind => $call) {
    for ($warm = 0; $warm < min(1000, $calls); $warm++) {
        $call();
    }
    gc_collect_cycles();
    [$memory, $resident] = [memory_get_usage(), resident()];
    for ($made = 0; $made < $calls; $made++) {
        $call();
    }
    gc_collect_cycles();
    [$memory, $resident] = [memory_get_usage() - $memory, resident() - $resident];
    // The allocator may keep some pages; ten bytes a call would be a leak.
    if ($memory > 1024 || $resident > max(1024, $calls / 100)) {
        echo "not ok: $calls times $kind keep $memory bytes of PHP's memory and $resident kB of the process\n";
        $failed = true;
    }
}
if (!$failed) {
    echo "ok: $calls calls of each kind leave nothing behind\n";
}
