--TEST--
scalars are strict, whatever the calling file declares
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';
use ShopEngine\{BillStatus, Database, Engine, Money};

$engine = engine();

$calls = [
    fn() => Money::of(19.99, 'EUR'),
    fn() => Money::of(20, 'EUR'),
    fn() => Money::of(null, 'EUR'),
    fn() => Money::ofMinor('1999', 'EUR'),
    fn() => Money::ofMinor(19.99, 'EUR'),
    fn() => Money::ofMinor(true, 'EUR'),
    fn() => Money::of('1', 'EUR')->plus('1'),
    fn() => Money::of("\xff", 'EUR'),
    fn() => Database::sqlite(5),
    fn() => database()->query('SELECT 1', new ArrayObject()),
    fn() => new Engine(null, 'trace.log', 'UTC'),
    fn() => $engine->handle(new stdClass()),
    fn() => $engine->lease('10'),
    fn() => $engine->lease(10.0),
    fn() => $engine->finish('1', 'stamp', []),
    fn() => $engine->order(null),
    fn() => $engine->quote(true, []),
    fn() => $engine->restoreTrace(5),
    fn() => Engine::canMove(BillStatus::PENDING, 'SOLDOUT'),
];
foreach ($calls as $number => $call) {
    try {
        echo "$number accepted {$call()}\n";
    } catch (TypeError $e) {
        echo $number, ' ', get_class($e), ': ', $e->getMessage(), "\n";
    }
}
echo Money::of('19.99', 'EUR'), "\n";
?>
--EXPECT--
0 TypeError: Invalid value given for argument `amount`.
1 TypeError: Invalid value given for argument `amount`.
2 TypeError: Invalid value given for argument `amount`.
3 TypeError: Invalid value given for argument `minor`.
4 TypeError: Invalid value given for argument `minor`.
5 TypeError: Invalid value given for argument `minor`.
6 TypeError: Invalid value given for argument `other`.
7 TypeError: Invalid value given for argument `amount`.
8 TypeError: Invalid value given for argument `path`.
9 TypeError: Invalid value given for argument `values`.
10 TypeError: Invalid value given for argument `database`.
11 TypeError: Invalid value given for argument `request`.
12 TypeError: Invalid value given for argument `limit`.
13 TypeError: Invalid value given for argument `limit`.
14 TypeError: Invalid value given for argument `id`.
15 TypeError: Invalid value given for argument `transactionid`.
16 TypeError: Invalid value given for argument `shop`.
17 TypeError: Invalid value given for argument `transactionid`.
18 TypeError: Invalid value given for argument `to`.
19.99 EUR
