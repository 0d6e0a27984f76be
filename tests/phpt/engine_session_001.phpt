--TEST--
the session comes back unchanged through PHP's serializer; a broken one is traced and the buyer starts afresh
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$view = '/local/shop/front/view.php';
$session = [];
$answer = ask($engine, $session, "$view?shopid=1&what=import&monproduit=3&ebook=1&partner=ACADEMIE_rentree");
$empty = array_keys(array_filter($session['cart'], fn($part) => $part === []));
echo $answer['kind'], ', empty: ', implode(' ', $empty), "\n";
// Nothing changed: null, whatever PHP did to the empty arrays.
$after = $engine->handle(request("$view?view=shop", changes: ['session' => $session]));
echo json_encode($after['session']), ' ', json_encode($after['data']['cart']['count']), ' ', json_encode($after['data']['cart']['totals']['taxed']['amount']), "\n";
$after = $engine->handle(request("$view?view=shop", changes: ['session' => json_decode(json_encode($session), true)]));
echo json_encode($after['session']), "\n";
echo json_encode($engine->handle(request("$view?view=shop", changes: ['session' => []]))['data']['cart']), "\n\n";

$cyclic = ['cart' => []];
$cyclic['cart']['order'] = &$cyclic;
$deep = [];
for ($level = 0; $level < 100; $level++) {
    $deep = ['a' => $deep];
}
$wide = [range(1, 1000)];
for ($level = 0; $level < 4; $level++) {
    $wide = array_fill(0, 10, $wide);
}
$broken = [
    'of another kind' => ['cart' => 'text'],
    'a list' => [1, 2],
    'with a quantity of text' => ['cart' => ['order' => ['monproduit' => 'x']]],
    'with a negative quantity' => ['cart' => ['order' => ['monproduit' => -3]]],
    'with a float' => ['cart' => ['order' => ['monproduit' => 3.0]]],
    'not UTF-8' => ['key' => "\xff"],
    'with a key that is not UTF-8' => ['cart' => ['order' => ["\xff" => 1]]],
    'with an object' => ['cart' => new ArrayObject()],
    'cyclic' => $cyclic,
    'deep' => ['cart' => $deep],
    'wide' => ['cart' => ['order' => array_fill(0, 12, $wide)]],
    'with another partner' => ['cart' => ['partner' => '__'] + $session['cart']],
    'with another transaction' => ['cart' => ['transid' => 'x y'] + $session['cart']],
];
unlink(folder() . '/trace.log');
usleep(20000);
foreach ($broken as $name => $value) {
    $answer = $engine->handle(request("$view?view=shop", changes: ['session' => $value]));
    echo "$name: {$answer['page']} {$answer['status']}, cart of ", $answer['data']['cart']['count'] ?? 0, "\n";
}
echo implode("\n", trace()), "\n\n";
$stale = $session;
$stale['cart']['order'] = ['sold no more' => 2] + $stale['cart']['order'];
$answer = $engine->handle(request("$view?view=shop", changes: ['session' => $stale]));
echo json_encode([$answer['data']['cart']['count'], $answer['data']['notices']]), "\n";
?>
--EXPECT--
redirect, empty: customerdata participants users unlocked
null 4 "80.40"
null
null

of another kind: shop 200, cart of 0
a list: shop 200, cart of 0
with a quantity of text: shop 200, cart of 0
with a negative quantity: shop 200, cart of 0
with a float: shop 200, cart of 0
not UTF-8: shop 200, cart of 0
with a key that is not UTF-8: shop 200, cart of 0
with an object: shop 200, cart of 0
cyclic: shop 200, cart of 0
deep: shop 200, cart of 0
wide: shop 200, cart of 0
with another partner: shop 200, cart of 0
with another transaction: shop 200, cart of 0
Session not readable, started afresh : invalid type: string "text", expected struct Cart
Session not readable, started afresh : invalid type: integer `1`, expected struct Cart
Session not readable, started afresh : invalid type: string "x", expected a quantity of 1 or more
Session not readable, started afresh : invalid value: integer `-3`, expected a quantity of 1 or more
Session not readable, started afresh : the value at `cart.order.monproduit` is a float, write it as a decimal string or a whole number
Session not readable, started afresh : the text at `key` is not valid utf-8
Session not readable, started afresh : the text at `cart.order` is not valid utf-8
Session not readable, started afresh : the value at `cart` is neither null, bool, whole number, text, array nor stdClass
Session not readable, started afresh : the value at `cart.order.cart.order.cart.order...` is nested too deep or too large
Session not readable, started afresh : the value at `cart.a.a.a.a.a...` is nested too deep or too large
Session not readable, started afresh : the value at `cart.order.0.0.9.9...` is nested too deep or too large
Session not readable, started afresh : invalid type: string "__", expected struct SessionPartner
Session not readable, started afresh : a transaction id has no character ` `

[4,[{"level":"warning","code":"unknown_product","params":{"product":"sold no more"}}]]
