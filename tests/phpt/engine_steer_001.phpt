--TEST--
a request of the purchase becomes a place to go and a cart in the plugin's shape
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$link = '/local/shop/front/view.php?view=shop&what=import&shopid=1&autodrive=1';
$jean = ['id' => 3, 'username' => 'jean', 'email' => 'jean.dupont@example.org', 'firstname' => 'Jean', 'lastname' => 'Dupont'];
$import = function (string $more, array $changes = []) use ($engine, $link): void {
    $landing = $engine->steer(request($link . $more, changes: $changes));
    echo "$more: {$landing['kind']} {$landing['status']} ", strstr($landing['location'], '?'), "\n";
    foreach ($landing['notices'] as $notice) {
        echo "  {$notice['level']} {$notice['code']}\n";
    }
    if ($landing['error']) {
        echo '  refused: ', json_encode($landing['error']), "\n";
    }
    if ($landing['cart']) {
        $landing['cart']['transid'] = strlen($landing['cart']['transid']) . ' characters';
        echo '  ', json_encode(array_filter($landing['cart'], fn(mixed $value): bool => $value !== null)), "\n";
    }
};
$import('&MONPRODUIT=3&livre=2&partner=ACADEMIE_x');
$import('&monproduit=3', ['user' => $jean]);
$import('&session=2&partner=NOBODY');
$import('&brouillon=1');
$import('&livre=1', ['query' => 'what=import&shopid=99&livre=1']);
$import('', ['query' => 'view=shop']);
$import('', ['script' => '/my/index.php']);
// The plugin adds the cost of shipping on the customer step, so it is not skipped.
database()->execute('INSERT INTO {config_plugins} (plugin, name, value) VALUES (?, ?, ?)', ['local_shop', 'hasshipping', '1']);
$import('&monproduit=3', ['user' => $jean]);
?>
--EXPECT--
&MONPRODUIT=3&livre=2&partner=ACADEMIE_x: redirect 303 ?view=customer&shopid=1
  info buyer_unknown
  {"order":{"monproduit":3,"livre":2},"untaxedtotal":"79.97","taxedtotal":"93.06","taxestotal":"13.09","taxes":{"1":"11.99","2":"1.10"},"finaluntaxedtotal":"79.97","finaltaxedtotal":"93.06","finaltaxestotal":"13.09","finaltaxes":{"1":"11.99","2":"1.10"},"finalshippedtaxedtotal":"93.06","transid":"20 characters","autodrive":true,"norequs":1,"participants":[],"users":[],"partner":{"partnerkey":"ACADEMIE","partnertag":"x","customeremail":"","validated":true}}
&monproduit=3: redirect 303 ?view=order&shopid=1
  info summary
  {"order":{"monproduit":3},"untaxedtotal":"59.97","taxedtotal":"71.96","taxestotal":"11.99","taxes":{"1":"11.99"},"finaluntaxedtotal":"59.97","finaltaxedtotal":"71.96","finaltaxestotal":"11.99","finaltaxes":{"1":"11.99"},"finalshippedtaxedtotal":"71.96","transid":"20 characters","autodrive":true,"norequs":1,"participants":[],"users":[],"customerinfo":{"id":1,"firstname":"Jean","lastname":"Dupont","organisation":"","address":"12 rue des Lilas","zip":"75011","city":"Paris","country":"FR","email":"jean.dupont@example.org"},"usedistinctinvoiceinfo":false}
&session=2&partner=NOBODY: redirect 303 ?view=users&shopid=1
  info seats
  {"order":{"session":2},"untaxedtotal":"240.00","taxedtotal":"288.00","taxestotal":"48.00","taxes":{"1":"48.00"},"finaluntaxedtotal":"240.00","finaltaxedtotal":"288.00","finaltaxestotal":"48.00","finaltaxes":{"1":"48.00"},"finalshippedtaxedtotal":"288.00","transid":"20 characters","autodrive":true,"norequs":1,"participants":[],"users":[],"assigns":{"session":0}}
&brouillon=1: redirect 303 ?view=shop&shopid=1&category=1
  warning unavailable
  info cart_empty
  {"order":[],"untaxedtotal":"0.00","taxedtotal":"0.00","taxestotal":"0.00","taxes":[],"finaluntaxedtotal":"0.00","finaltaxedtotal":"0.00","finaltaxestotal":"0.00","finaltaxes":[],"finalshippedtaxedtotal":"0.00","transid":"20 characters","autodrive":true,"norequs":1,"participants":[],"users":[]}
&livre=1: page 404 
  refused: {"code":"unknown_shop","params":{"shop":"99"}}
: pass 200 
: pass 200 
&monproduit=3: redirect 303 ?view=customer&shopid=1
  info shipping
  {"order":{"monproduit":3},"untaxedtotal":"59.97","taxedtotal":"71.96","taxestotal":"11.99","taxes":{"1":"11.99"},"finaluntaxedtotal":"59.97","finaltaxedtotal":"71.96","finaltaxestotal":"11.99","finaltaxes":{"1":"11.99"},"finalshippedtaxedtotal":"71.96","transid":"20 characters","autodrive":true,"norequs":1,"participants":[],"users":[],"customerinfo":{"id":1,"firstname":"Jean","lastname":"Dupont","organisation":"","address":"12 rue des Lilas","zip":"75011","city":"Paris","country":"FR","email":"jean.dupont@example.org"},"usedistinctinvoiceinfo":false}
