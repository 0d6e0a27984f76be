--TEST--
a takeover that only watches rehearses, compares with what the plugin did, and counts
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

$engine = engine();
$link = '/local/shop/front/view.php?view=shop&what=import&shopid=1&autodrive=1&monproduit=3';
$rehearsed = $engine->rehearse('import', request($link, changes: ['shoppingcart' => '{}']));
$done = fn(string $cart, string $location = '', string $status = '200'): array => [
    'shoppingcart' => $cart, 'location' => $location, 'status' => $status, 'paymode' => '',
];
$same = '{"order":{"monproduit":3},"finaltaxedtotal":71.964,"transid":"TU90QMLVYXD5UMZYUQ=="}';
$there = 'https://shop.example/local/shop/front/view.php?view=customer&shopid=1';
foreach ([$done($same, $there), $done($same), $done('{"order":{"livre":1}}', $there), $done("\xff", $there), []] as $plugin) {
    echo json_encode($engine->compare('import', $rehearsed, $plugin), JSON_UNESCAPED_SLASHES), "\n";
}
$engine->compare('bills', $engine->rehearse('bills', request('/local/shop/front/view.php?view=bill&transid=NONE12345678%3D%3D')), $done($same));
foreach ($engine->watched() as $watched) {
    echo $watched['takeover'], " {$watched['compared']} {$watched['same']} {$watched['nothing']}\n";
    foreach ($watched['causes'] as $seen) {
        echo "  {$seen['number']} {$seen['cause']} {$seen['code']} {$seen['transid']}\n";
    }
}
$engine->watchAnew('import');
echo implode(' ', array_column($engine->watched(), 'takeover')), "\n";
told(fn() => $engine->rehearse('everything', request($link)));
told(fn() => $engine->compare('import', 'x', []));
told(fn() => $engine->watchAnew(''));
echo json_encode(database()->query('SELECT id FROM local_shop_bill')), "\n", implode("\n", trace()), "\n";
?>
--EXPECT--
{"cause":"same","told":"engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; same cart, 71.96"}
{"cause":"elsewhere","told":"engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; same cart, 71.96"}
{"cause":"other_cart","told":"engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; other cart : plugin {\"livre\":1}, engine {\"monproduit\":3}"}
{"cause":"other_cart","told":"engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; other cart : plugin {}, engine {\"monproduit\":3}"}
{"cause":"other_cart","told":"engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; other cart : plugin {}, engine {\"monproduit\":3}"}
import 5 1 0
  3 other_cart  
  1 elsewhere  TU90QMLVYXD5UMZYUQ==
bills 1 0 0
  1 refuses unknown_order TU90QMLVYXD5UMZYUQ==
bills
ValueError: takeover must be the name of a takeover
ValueError: rehearsed must be what rehearse() gave
ValueError: takeover must be the name of a takeover
[]
[TU90QMLVYXD5UMZYUQ==] Shadow import : engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; same cart, 71.96
[TU90QMLVYXD5UMZYUQ==] Shadow import : engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; same cart, 71.96
Shadow import : engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; other cart : plugin {"livre":1}, engine {"monproduit":3}
Shadow import : engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; other cart : plugin {}, engine {"monproduit":3}
Shadow import : engine goes to /local/shop/front/view.php?view=customer&shopid=1 ; other cart : plugin {}, engine {"monproduit":3}
[TU90QMLVYXD5UMZYUQ==] Shadow bills : engine refuses : unknown_order
