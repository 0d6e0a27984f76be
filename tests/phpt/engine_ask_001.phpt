--TEST--
a message that somebody has to vouch for is asked about byte for byte, waits while nobody answers, and counts once
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
foreach (['paypalsellername' => 'seller@shop.example', 'paypalsellertestname' => 'test@shop.example', 'paypal_verify_url' => 'http://127.0.0.1:9/verify'] as $name => $value) {
    database()->execute('INSERT INTO {config_plugins} (plugin, name, value) VALUES (?, ?, ?)', ['local_shop', $name, $value]);
}
$post = request('/local/shop/paymodes/paypal/paypal_ipn.php', [], ['body' => "payment_status=Completed&business=seller%40shop.example&name=\xe9\x00\xff%3a"]);
$answer = $engine->handle($post);
$call = $answer['ask'];
echo $answer['kind'], ' ', $call['method'], ' ', $call['url'], ' ', $call['timeout'], ' ', $call['contenttype'], "\n";
var_dump($call['body'] === "cmd=_notify-validate&" . $post['body']);
$then = fn(array $result) => $engine->handle(['asked' => ['token' => $call['token']] + $result] + $post);
foreach ([['status' => 0, 'error' => "no route \xff"], ['status' => 200, 'body' => '<html>'], ['status' => 200, 'body' => 'INVALID']] as $result) {
    $answer = $then($result);
    echo $answer['status'], ' ', $answer['body'], "\n";
}
var_dump($engine->asks());
echo $engine->answered($call['token'], ['status' => 200, 'body' => "VERIFIED"]), "\n";
echo $engine->answered('nobody', []), "\n";
told(fn() => $engine->asks(-1));
?>
--EXPECT--
ask POST http://127.0.0.1:9/verify 10 application/x-www-form-urlencoded
bool(true)
503 message_unverified
503 message_unverified
200 message_disowned
array(0) {
}
payment_without_order
message_malformed
ValueError: limit must not be negative
