--TEST--
A message of a gateway is read and proves something, or an exception says why not
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Paymode;

$settings = ['test' => '1', 'systempay_merchant_id' => '12345678', 'systempay_test_certificate' => '1122334455667788'];
$golden = file_get_contents(__DIR__ . '/../fixtures/systempay/completed.txt');
$body = explode("\n\n", $golden, 2)[1];
foreach (Paymode::read('systempay', $settings, $body) as $name => $value) {
    echo "$name: $value\n";
}
foreach (['x' . $body, str_replace('2399', '2400', $body), "\xff%", ''] as $wrong) {
    try {
        Paymode::read('systempay', $settings, $wrong);
        echo "believed\n";
    } catch (ShopEngine\Exception\GatewayException $error) {
        echo get_class($error), ' ', $error->errorcode, "\n";
    }
}
?>
--EXPECT--
order: TU90QMLVYXD5UMZYUQR1A1
reference: 12345678-20260615-000001
happened: paid
amount: 23.99
currency: EUR
merchant: 12345678
mode: test
ShopEngine\Exception\SignatureException message_not_authentic
ShopEngine\Exception\SignatureException message_not_authentic
ShopEngine\Exception\GatewayException message_malformed
ShopEngine\Exception\GatewayException message_malformed
