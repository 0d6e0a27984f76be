--TEST--
products are priced exactly, and what cannot be priced is a sentence
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$quote = $engine->quote(1, ['monproduit' => 3, 'ebook' => 1]);
echo implode(' ', array_keys($quote)), "\n";
foreach ([...$quote['lines'], ...$quote['by_tax'], $quote] as $part) {
    echo $part['untaxed']['amount'], ' + ', $part['taxes']['amount'], ' = ', $part['taxed']['amount'], ' ', $part['taxed']['currency'], "\n";
}
echo json_encode($engine->quote(shop: 1, order: [])['taxed']), "\n";
foreach ([
    [2000, ['monproduit' => 1]], [0, []], [-1, []], [1, ['nosuch' => 1]], [1, ['monproduit' => 0]], [1, ['monproduit' => -1]],
    [1, ['monproduit' => '3']], [1, ['monproduit' => '3.5']], [1, ['monproduit' => 1.5]], [1, ['monproduit' => PHP_INT_MAX]],
    [1, ['monproduit']], [1, ['monproduit' => null]], [1, ["\xff" => 1]],
] as [$shop, $order]) {
    echo $shop, ' ', json_encode($order, JSON_PARTIAL_OUTPUT_ON_ERROR), ': ';
    told(fn() => $engine->quote($shop, $order));
}
told(fn() => $engine->quote('1', []));
told(fn() => $engine->quote(1));
?>
--EXPECT--
lines by_tax untaxed taxes taxed
59.97 + 11.99 = 71.96 EUR
8.00 + 0.44 = 8.44 EUR
59.97 + 11.99 = 71.96 EUR
8.00 + 0.44 = 8.44 EUR
67.97 + 12.43 = 80.40 EUR
{"amount":"0.00","currency":"EUR"}
2000 {"monproduit":1}: ShopException unknown_shop: there is no shop `2000`
0 []: ShopException unknown_shop: there is no shop `0`
-1 []: ShopException unknown_shop: there is no shop `-1`
1 {"nosuch":1}: ShopException unknown_product: `nosuch` cannot be bought: unknown_product
1 {"monproduit":0}: ShopException value_shape: a quantity is at least 1
1 {"monproduit":-1}: ShopException value_shape: invalid value: integer `-1`, expected a quantity of 1 or more
1 {"monproduit":"3"}: ShopException value_shape: invalid type: string "3", expected a quantity of 1 or more
1 {"monproduit":"3.5"}: ShopException value_shape: invalid type: string "3.5", expected a quantity of 1 or more
1 {"monproduit":1.5}: ShopException value_is_float: the value at `monproduit` is a float, write it as a decimal string or a whole number
1 {"monproduit":9223372036854775807}: ShopException value_shape: invalid value: integer `9223372036854775807`, expected a quantity of 1 or more
1 ["monproduit"]: ShopException value_shape: invalid type: sequence, expected a map
1 {"monproduit":null}: ShopException value_shape: invalid type: null, expected a quantity of 1 or more
1 {"":1}: ShopException value_not_utf8: the text at `(top)` is not valid utf-8
TypeError: Invalid value given for argument `shop`.
ArgumentCountError: ShopEngine\Engine::quote() expects exactly 2 arguments, 1 given
