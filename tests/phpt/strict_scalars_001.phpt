--TEST--
scalars are strict, whatever the calling file declares
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Money;

$calls = [
    fn() => Money::of(19.99, 'EUR'),
    fn() => Money::of(20, 'EUR'),
    fn() => Money::of(null, 'EUR'),
    fn() => Money::ofMinor('1999', 'EUR'),
    fn() => Money::ofMinor(19.99, 'EUR'),
    fn() => Money::ofMinor(true, 'EUR'),
    fn() => Money::of('1', 'EUR')->plus('1'),
    fn() => Money::of("\xff", 'EUR'),
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
19.99 EUR
