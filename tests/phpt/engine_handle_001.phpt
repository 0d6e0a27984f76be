--TEST--
a minimal request is answered with a page, and the shape of a request is checked
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$answer = $engine->handle(['method' => 'GET', 'script' => '/local/shop/front/view.php']);
foreach ($answer as $key => $value) {
    echo $key, ': ', is_array($value) ? 'array of ' . implode(', ', array_keys($value)) : var_export($value, true), "\n";
}
told(fn() => $engine->handle(['method' => 'GET', 'script' => '/my/index.php']));
told(fn() => $engine->handle([]));
told(fn() => $engine->handle(['method' => 'DELETE', 'script' => '/local/shop/front/view.php']));
told(fn() => $engine->handle(request: request('/local/shop/front/view.php?view=shop')));
told(fn() => $engine->handle('GET'));
foreach ([
    ['method' => 1], ['method' => ['GET']], ['script' => false], ['script' => "/\xff"], ['query' => ['view' => 'shop']], ['query' => null],
    ['body' => 1.5], ['https' => 1], ['https' => 'yes'], ['drained' => []], ['lang' => 1], ['lang' => 'xx'], ['lang' => "\xff"],
    ['referer' => "\xff"], ['user' => 'admin'], ['user' => []], ['user' => ['id' => '5']], ['user' => ['id' => 5]], ['user' => ['id' => 2.0]],
    ['asked' => 'x'], ['asked' => ['status' => 'x']], ['session' => 'text'], ['session' => null], ['session' => new stdClass()], ['sesskey' => 5], ['unknown' => tmpfile()],
] as $change) {
    $key = key($change);
    echo $key, ' ', json_encode($change[$key], JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_PRESERVE_ZERO_FRACTION), ': ';
    told(fn() => $engine->handle(request('/local/shop/front/view.php', changes: $change)));
}
?>
--EXPECT--
kind: 'page'
status: 200
page: 'shop'
data: array of view, shop, action, steps, notices, items, next, cart
location: ''
body: ''
contenttype: ''
session: array of cart, key, shopid, notices
cart: NULL
drain: ''
ask: NULL
file: NULL
accepted: pass 200
accepted: page 405
accepted: page 405
accepted: page 200
TypeError: Invalid value given for argument `request`.
method 1: ShopException value_shape: the value at `method` is no text
method ["GET"]: ShopException value_shape: the value at `method` is no text
script false: ShopException value_shape: the value at `script` is no text
script null: ShopException value_not_utf8: the text at `script` is not valid utf-8
query {"view":"shop"}: ShopException value_shape: the value at `query` is no text
query null: accepted: page 200
body 1.5: ShopException value_shape: the value at `body` is no text
https 1: ShopException value_shape: the value at `https` is no bool
https "yes": ShopException value_shape: the value at `https` is no bool
drained []: ShopException value_shape: the value at `drained` is no bool
lang 1: ShopException value_shape: the value at `lang` is no text
lang "xx": accepted: page 200
lang null: ShopException value_not_utf8: the text at `lang` is not valid utf-8
referer null: accepted: page 200
user "admin": ShopException value_shape: the value at `user` is no array
user []: ShopException value_shape: `user`: missing field `id`
user {"id":"5"}: ShopException value_shape: `user`: invalid type: string "5", expected i64
user {"id":5}: accepted: page 200
user {"id":2.0}: ShopException value_is_float: the value at `id` is a float, write it as a decimal string or a whole number
asked "x": ShopException value_shape: the value at `asked` is no array
asked {"status":"x"}: ShopException value_shape: the value at `status` is no HTTP status
session "text": ShopException value_shape: the value at `session` is no array
session null: accepted: page 200
session {}: ShopException value_shape: the value at `session` is no array
sesskey 5: ShopException value_shape: the value at `sesskey` is no text
unknown null: accepted: page 200
