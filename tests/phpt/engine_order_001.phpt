--TEST--
an order is placed, paid, leased, delivered once, told in full and its lost trace restored
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$session = [];
$transid = pay($engine, $session, place($engine, $session));
$told = fn() => json_encode(array_intersect_key($engine->order($transid), array_flip(['status', 'paid', 'delivered', 'held'])));
echo $told(), ' ', json_encode($engine->order($transid)['totals']['taxed']), "\n";

$tasks = $engine->lease(limit: 5);
foreach ($tasks as $task) {
    echo implode(' ', array_keys($task)), ': ', $task['kind'], ' ', json_encode($task['payload']), ' ', json_encode($task['transid'] === $transid), "\n";
}
echo count($engine->lease()), " offered twice\n";
[$deliver] = $tasks;
told(fn() => $engine->finish($deliver['id'], 'another stamp', ['outcome' => 'done']));
told(fn() => $engine->finish(4711, $deliver['stamp'], ['outcome' => 'done']));
told(fn() => $engine->finish($deliver['id'], $deliver['stamp'], ['outcome' => 'perhaps']));
told(fn() => $engine->finish($deliver['id'], $deliver['stamp'], []));
told(fn() => $engine->finish($deliver['id'], $deliver['stamp'], ['outcome' => 'done', 'private' => 1]));
told(fn() => $engine->finish($deliver['id'], $deliver['stamp'], ['outcome' => 'done', 'private' => 'built', 'products' => true]));
told(fn() => $engine->finish($deliver['id'], $deliver['stamp'], ['outcome' => 'done']));
// The email about the payment waits for the delivery.
[$mail] = $engine->lease();
echo $mail['kind'], ' ', json_encode($mail['payload']), ' ', $mail['to'], ' ', strlen($mail['token']), " characters\n";
// A report with bytes that are not UTF-8, or with a long text, is recorded.
told(fn() => $engine->finish(performed: ['outcome' => 'failed', 'private' => "no post office \xe9\0" . str_repeat('!', 2000)], stamp: $mail['stamp'], id: $mail['id']));
told(fn() => $engine->lease(-1));
echo json_encode($engine->lease(0)), ' ', implode(' ', array_column($engine->lease(), 'kind')), "\n";
echo $told(), ' ', implode(' ', array_keys($engine->order($transid))), "\n";
echo count(database()->query('SELECT id FROM {local_shop_product}')), " products\n\n";

$lines = trace();
unlink(folder() . '/trace.log');
// A rotated file is noticed 10 ms later at the latest.
usleep(20000);
echo $engine->restoreTrace($transid), ' restored, ', $engine->restoreTrace(transactionid: $transid), " again\n";
echo count(trace()), ' of ', count($lines), " lines\n";
echo str_replace($transid, 'TRANSID', implode("\n", trace())), "\n\n";

told(fn() => $engine->order('no id'));
told(fn() => $engine->restoreTrace("\0"));
var_dump($engine->order('TU90QMLVYXD5UMZYUQ=='));
told(fn() => $engine->restoreTrace('TU90QMLVYXD5UMZYUQ=='));
?>
--EXPECT--
{"status":"SOLDOUT","paid":true,"delivered":false,"held":null} {"amount":"71.96","currency":"EUR","text":"\u20ac71.96"}
id stamp kind transid payload confirmed to instructions token lock order: deliver {"account":0,"lines":[{"item":1,"phases":["prepay","postpay"],"produced":false,"handler":"","elements":[]}],"notify":true} true
0 offered twice
StateException lease_lost: the lease of task 1 has run out
StateException lease_lost: the lease of task 4711 has run out
ShopException value_shape: unknown variant `perhaps`, expected one of `done`, `already`, `failed`
ShopException value_shape: missing field `outcome`
ShopException value_shape: invalid type: integer `1`, expected a string
accepted
StateException lease_lost: the lease of task 1 has run out
mail {"template":"paid"} buyer 32 characters
accepted
ValueError: limit must not be negative
[] 
{"status":"COMPLETE","paid":true,"delivered":true,"held":null} transid idnumber status paid delivered held test revision emissiondate paymode lang seller customer invoice lines totals links history
3 products

4 restored, 0 again
4 of 7 lines
[TRANSID] Order placed : 3 objects, 71.96 EUR by test
[TRANSID] Payment of 71.96 EUR settled by test (test:TRANSID) : the shop is in test mode
[TRANSID] Order delivered : built
[TRANSID] mail failed, to be tried again : no post office �!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!

UnknownTransactionException transaction_id_forbidden_character: a transaction id has no character ` `
UnknownTransactionException transaction_id_forbidden_character: a transaction id has no character `\u{0}`
NULL
accepted
