--TEST--
query and body reach the engine byte for byte, and names that PHP would change stay as they are
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$session = [];
$transid = place($engine, $session)['data']['order']['transid'];
// A payment interface's message is stored raw, before anything is decided.
$body = "transid=" . rawurlencode($transid) . "&a.b=1&a.b=2&c[=3&n=\xff\xfe\0\x01&\xc3\x28=%ff";
$answer = $engine->handle(request('/local/shop/paymodes/test/test_ipn.php', changes: ['method' => 'POST', 'query' => "q=\xe9", 'body' => $body]));
echo $answer['kind'], ' ', $answer['status'], ' ', $answer['body'], "\n";
foreach (database()->query('SELECT * FROM {local_shopengine_inbox}') as $row) {
    foreach ($row as $column => $value) {
        foreach (['as it is' => $value, 'as base64' => base64_decode((string) $value)] as $how => $bytes) {
            if ($bytes === $body) {
                echo "$column holds the body $how\n";
            } elseif ($bytes === "q=\xe9") {
                echo "$column holds the query $how\n";
            }
        }
    }
}
$view = '/local/shop/front/view.php';
foreach (["what=import&Mon\xff=1", "what=import&mon.produit=1", "view=\xff", "view=shop&what=addunit&\0=\0", '&&=&%', '%00%ff%zz'] as $query) {
    $answer = $engine->handle(request($view, changes: ['query' => $query]));
    echo json_encode($query, JSON_INVALID_UTF8_SUBSTITUTE), ': ', $answer['kind'], ' ', $answer['status'], ' ', json_encode($answer['data']['error']['code'] ?? null), "\n";
}
$huge = ['query' => str_repeat('a', 70000)];
echo $engine->handle(request($view, changes: $huge))['status'], "\n";
echo $engine->handle(request($view, changes: ['method' => 'POST', 'body' => str_repeat('&a=b', 2000000)]))['status'], "\n";
?>
--EXPECT--
text 200 OK
query holds the query as base64
body holds the body as base64
"what=import&Mon\ufffd=1": page 400 "import_no_shop"
"what=import&mon.produit=1": page 400 "import_no_shop"
"view=\ufffd": page 404 "page_not_found"
"view=shop&what=addunit&\u0000=\u0000": page 403 "sesskey_invalid"
"&&=&%": page 200 null
"%00%ff%zz": page 200 null
414
413
