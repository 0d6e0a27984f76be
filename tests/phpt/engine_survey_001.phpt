--TEST--
what a site uses is found and judged, past bills are replayed, and nothing is written
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$database = database();
echo json_encode($engine->survey([])), "\n";
$database->execute("UPDATE local_shop_catalogitem SET enablehandler = 'std_gone' WHERE shortname = 'livre'");
$database->execute("UPDATE local_shop_catalogitem SET enablehandler = 'std_there' WHERE shortname = 'monproduit'");
$site = ['handlers' => ['std_there'], 'paymodes' => [], 'settings' => ['production' => 'on', 'running' => '']];
echo json_encode($engine->survey($site), JSON_UNESCAPED_SLASHES), "\n";
told(fn() => $engine->survey(['handlers' => 'std_there']));

$database->execute("INSERT INTO local_shop_bill (id, shopid, ordering, customerid, status, emissiondate, untaxedamount, taxes, amount, currency,
    transactionid, paymode, test)
    VALUES (70, 1, 70, '1', 'PLACED', 1781520000, '59.970', '11.994', '71.964', 'EUR', 'STOCKPLUGINORDER01==', 'check', 1)");
$database->execute("INSERT INTO local_shop_billitem (billid, ordering, type, itemcode, abstract, unitcost, quantity, totalprice, taxcode)
    VALUES (70, 1, 'BILLING', 'MONPRODUIT', 'MonProduit', '19.990', '3', '59.970', '1')");
echo json_encode($engine->replayBills(0)), "\n";
$database->execute("UPDATE local_shop_bill SET status = 'DREAMED'");
echo json_encode($engine->replayBills(after: 0, since: 1781520000, limit: 1)), "\n";
echo json_encode($engine->replayBills(70)), json_encode($engine->replayBills(0, 1781520001)['bills']), "\n";
told(fn() => $engine->replayBills(0, 0, -1));
echo json_encode($database->query('SELECT id FROM local_shopengine_order')), "\n";
?>
--EXPECT--
{"features":[{"code":"survey_test_mode","severity":"information","takeovers":[],"params":[],"link":"\/admin\/settings.php?section=localsettingshop"}],"blocked":"","running":""}
{"features":[{"code":"survey_handler","severity":"loses","takeovers":["production"],"params":{"codes":"LIVRE","count":"1","problem":"std_gone"},"link":"/local/shop/products/edit_product.php?itemid=2"},{"code":"survey_test_mode","severity":"information","takeovers":[],"params":[],"link":"/admin/settings.php?section=localsettingshop"}],"blocked":"production","running":""}
ShopException value_shape: invalid type: string "std_there", expected a sequence
{"bills":1,"last":70,"differences":[]}
{"bills":1,"last":70,"differences":[{"bill":70,"transid":"STOCKPLUGINORDER01==","causes":[{"code":"rehearse_unadoptable","params":{"field":"status","value":"DREAMED"}}]}]}
{"bills":0,"last":70,"differences":[]}0
ValueError: limit must not be negative
[]
