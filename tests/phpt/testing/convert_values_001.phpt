--TEST--
arrays cross the boundary and back with their order, keys and types
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Testing;

$same = [
    null, true, false, 0, -1, PHP_INT_MAX, PHP_INT_MIN, '', '1', '1.50', "a\0b", "d\u{e9}j\u{e0}", [], [[]], [1, [2, [3]]],
    ['b' => 1, 'a' => ['x' => null]], ['5' => 'five', 3 => 'three'], [1 => 'not a list'],
];
foreach ($same as $value) {
    if (Testing::echo($value) !== $value) {
        echo 'changed: ', json_encode($value), ' to ', json_encode(Testing::echo($value)), "\n";
    }
}
$object = (object) ['sku' => 'Livre', 'lines' => [(object) ['n' => 2]]];
echo json_encode(Testing::echo($object)), "\n";
$shared = ['quantity' => 1];
$list = [&$shared, &$shared];
echo json_encode(Testing::echo($list)), "\n";
?>
--EXPECT--
{"sku":"Livre","lines":[{"n":2}]}
[{"quantity":1},{"quantity":1}]
