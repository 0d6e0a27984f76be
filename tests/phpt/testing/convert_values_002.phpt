--TEST--
what cannot cross the boundary is refused with its place
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Testing;

$cycle = [];
$cycle['self'] = &$cycle;
$fan = [1];
for ($i = 0; $i < 30; $i++) {
    $fan = [$fan, $fan];
}
$refused = [
    1.5, ['lines' => [['price' => 19.99]]], "\xff", ['key' => ["\xff" => 1]], new ArrayObject(), ['f' => fn() => 1],
    fopen('php://memory', 'r'), $cycle, $fan,
];
foreach ($refused as $value) {
    try {
        Testing::echo($value);
        echo "accepted\n";
    } catch (ShopEngine\Exception\ShopException $e) {
        echo $e->errorcode, ': ', $e->getMessage(), "\n";
    }
}
?>
--EXPECT--
value_is_float: the value at `(top)` is a float, write it as a decimal string or a whole number
value_is_float: the value at `lines.0.price` is a float, write it as a decimal string or a whole number
value_not_utf8: the text at `(top)` is not valid utf-8
value_not_utf8: the text at `key` is not valid utf-8
value_unsupported: the value at `(top)` is neither null, bool, whole number, text, array nor stdClass
value_unsupported: the value at `f` is neither null, bool, whole number, text, array nor stdClass
value_unsupported: the value at `(top)` is neither null, bool, whole number, text, array nor stdClass
value_too_large: the value at `self.self.self.self.self.self...` is nested too deep or too large
value_too_large: the value at `0.0.0.0.0.0...` is nested too deep or too large
