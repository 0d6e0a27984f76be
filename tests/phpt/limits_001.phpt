--TEST--
limits are decided for imports, passwords, placements, endpoints and links of emails, per client and in all
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Limits;

$view = '/local/shop/front/view.php';
$of = fn(string $script, string $query, string $body = '', string $sesskey = 'key', string $type = 'application/x-www-form-urlencoded') =>
    Limits::kind(script: $script, query: $query, body: $body, method: 'POST', contenttype: $type, sesskey: $sesskey);
var_dump($of($view, 'shopid=1&what=import&monproduit=1'));
var_dump($of($view, 'shopid=1&what=import&monproduit=1', 'what=x', type: 'text/plain'));
var_dump($of($view, '', "view=order&what=navigate&sesskey=key&name=\xff"));
var_dump($of('/local/shop/paymodes/paypal/paypal_ipn.php', ''));
var_dump($of($view, 'view=order', type: "\xff"));
var_dump($of($view, 'view=customer&what=navigate', 'customerinfo::email=a@example.org'));
var_dump($of('/local/shop/front/ajax/service.php', '', 'service=shop&what=checkpasscode'), $of($view, 'view=shop&what=checkpasscode'));
var_dump($of('/local/shop/front/order.popup.php', 'transid=T&token=x'));
foreach (['import', 'customer', 'passcode', 'placement', 'endpoint', 'emaillink'] as $kind) {
    echo $kind, ' ', json_encode(Limits::defaults($kind)), "\n";
}
var_dump(Limits::admit(kind: 'import', client: 3, total: 9, ofclient: 3, ofall: 9, now: 1800000015));
echo json_encode([
    Limits::admit('import', 3, 9, 4, 4, 1800000015),
    Limits::admit('placement', 0, 9, 31, 40, 1800000059),
    Limits::admit('endpoint', 3, 9, 4, 4, 1800000000),
    Limits::admit('endpoint', 0, 9, 30, 1000, 1800000000),
    Limits::admit('endpoint', 0, 0, 1000, 1000, 1800000000),
]), "\n";
foreach ([fn() => Limits::defaults('other'), fn() => Limits::admit('', 1, 1, 1, 1, 1)] as $call) {
    try {
        $call();
    } catch (\ValueError $error) {
        echo $error->getMessage(), "\n";
    }
}
var_dump($of($view, 'view=order&what=navigate&sesskey=other'));
echo Limits::network('2001:db8:1:2::9'), ' ', Limits::network('192.0.2.7'), "\n";
echo Limits::WINDOW, "\n";
?>
--EXPECT--
string(6) "import"
string(6) "import"
string(9) "placement"
string(8) "endpoint"
NULL
string(8) "customer"
string(8) "passcode"
string(8) "passcode"
string(9) "emaillink"
import {"client":600,"total":3000}
customer {"client":120,"total":3000}
passcode {"client":60,"total":3000}
placement {"client":600,"total":3000}
endpoint {"client":3000,"total":12000}
emaillink {"client":120,"total":3000}
NULL
[{"status":429,"retryafter":45},{"status":429,"retryafter":1},{"status":503,"retryafter":60},null,null]
kind must be import, customer, passcode, placement, endpoint or emaillink
kind must be import, customer, passcode, placement, endpoint or emaillink
NULL
2001:db8:1:2::/64 192.0.2.7
60
