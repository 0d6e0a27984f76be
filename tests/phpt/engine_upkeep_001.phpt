--TEST--
a bill of the plugin's becomes an order, changed bills are brought together, stale orders cancelled, faults found
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$database = database();
$database->execute("INSERT INTO local_shop_bill (id, shopid, ordering, customerid, status, untaxedamount, taxes, amount, currency,
    transactionid, paymode, test) VALUES (70, 1, 70, '1', 'PLACED', '59.970', '11.994', '71.964', 'EUR', 'STOCKPLUGINORDER01==', 'check', 1)");
told(fn() => $engine->adopt('STOCKPLUGINORDER01=='));
$database->execute("INSERT INTO local_shop_billitem (billid, ordering, type, itemcode, abstract, unitcost, quantity, totalprice, taxcode)
    VALUES (70, 1, 'BILLING', 'MONPRODUIT', 'MonProduit', '19.990', '3', '59.970', '1')");
$order = $engine->adopt(transactionid: 'STOCKPLUGINORDER01==');
echo $order['status'], ' ', $order['totals']['taxed']['amount'], ' ', json_encode($order == $engine->order('STOCKPLUGINORDER01==')), "\n";
told(fn() => $engine->adopt('TU90QMLVYXD5UMZYUQ=='));

echo json_encode([$engine->reconcile(), $engine->integrity(), $engine->sweep(48)]), "\n";
$database->execute("UPDATE local_shop_bill SET status = 'PENDING'");
echo json_encode($engine->integrity()), "\n";
echo json_encode($engine->reconcile(limit: 5)), "\n";
$database->execute("UPDATE local_shop_bill SET status = 'PAYBACK'");
echo json_encode($engine->reconcile()), "\n";
echo json_encode($engine->integrity(limit: 1)), "\n";

$session = [];
$transid = place($engine, $session)['data']['order']['transid'];
$database->execute('UPDATE local_shopengine_order SET timemodified = timemodified - 172800001');
echo $engine->sweep(hours: 49), $engine->sweep(48), $engine->sweep(48, limit: 1), ' ', $engine->order($transid)['status'], "\n";
told(fn() => $engine->sweep(-1));
told(fn() => $engine->sweep(1, -1));
told(fn() => $engine->reconcile(-1));
told(fn() => $engine->integrity(-1));
?>
--EXPECT--
ShopException bill_not_adoptable: the bill of `STOCKPLUGINORDER01==` cannot become an order: `lines` holds ``
PLACED 71.96 true
UnknownTransactionException unknown_order: there is no order `TU90QMLVYXD5UMZYUQ==` for this buyer
[[],[],0]
[{"code":"bill_differs","params":{"amount":"71.96","bill":"70","billamount":"71.964","billstatus":"PENDING","status":"PLACED","transid":"STOCKPLUGINORDER01=="}}]
[{"transid":"STOCKPLUGINORDER01==","bill":70,"outcome":"adopted","text":"Moved from PLACED to PENDING by the plugin"}]
[{"transid":"STOCKPLUGINORDER01==","bill":70,"outcome":"held","text":"Bill moved from PENDING to PAYBACK by the plugin, set back"}]
[{"code":"order_held","params":{"reason":"bill_move_refused","transid":"STOCKPLUGINORDER01=="}}]
010 CANCELLED
ValueError: hours must not be negative
ValueError: limit must not be negative
ValueError: limit must not be negative
ValueError: limit must not be negative
