--TEST--
limits are decided for imports, placements, endpoints and links of emails, per client and in all
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Limits;

$view = '/local/shop/front/view.php';
var_dump(Limits::kind($view, 'shopid=1&what=import&monproduit=1', '', 'key'));
var_dump(Limits::kind($view, '', "view=order&what=navigate&sesskey=key&name=\xff", 'key'));
var_dump(Limits::kind('/local/shop/paymodes/paypal/paypal_ipn.php', '', '', ''));
var_dump(Limits::kind($view, 'view=order', '', 'key'));
var_dump(Limits::kind('/local/shop/front/order.popup.php', 'transid=T&token=x', '', ''));
foreach (['import', 'placement', 'endpoint', 'emaillink'] as $kind) {
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
var_dump(Limits::kind($view, 'view=order&what=navigate&sesskey=other', '', 'key'));
echo Limits::network('2001:db8:1:2::9'), ' ', Limits::network('192.0.2.7'), "\n";
echo Limits::WINDOW, "\n";
?>
--EXPECT--
string(6) "import"
string(9) "placement"
string(8) "endpoint"
NULL
string(9) "emaillink"
import {"client":600,"total":3000}
placement {"client":600,"total":3000}
endpoint {"client":3000,"total":12000}
emaillink {"client":120,"total":3000}
NULL
[{"status":429,"retryafter":45},{"status":429,"retryafter":1},{"status":503,"retryafter":60},null,null]
kind must be import, placement, endpoint or emaillink
kind must be import, placement, endpoint or emaillink
NULL
2001:db8:1:2::/64 192.0.2.7
60
