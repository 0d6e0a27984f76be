--TEST--
The gate decides from bytes and settings, and refuses what its table does not know.
--EXTENSIONS--
shopengine
--INI--
error_reporting=E_ALL
--FILE--
<?php
use ShopEngine\Gate;

const OWN = ['fetchsite' => 'same-origin', 'referer' => 'https://shop.example/local/shop/front/view.php', 'wwwroot' => 'https://shop.example'];
$on = array_fill_keys(array_keys(Gate::modes([])), 'on');
$decide = fn(string $script, string $query, array $modes, string $body = '', string $sesskey = 'key', array $sender = OWN): array => Gate::decide(
    method: $body === '' ? 'GET' : 'POST',
    script: $script,
    query: $query,
    body: $body,
    contenttype: 'application/x-www-form-urlencoded',
    sesskey: $sesskey,
    modes: $modes,
    sender: $sender,
);
foreach ([
    ['front/view.php', 'view=order&what=navigate', $on],
    ['front/view.php', 'view=order1&what=navigate', $on],
    ['front/view.php', 'view[]=order', $on],
    ["front/\xff.php", '', $on],
    ['front/view.php', "view=\xff\0", $on],
    ['products/view.php', 'what=delete&itemid[]=3', $on],
    ['front/view.php', 'view=order1', []],
] as [$script, $query, $modes]) {
    $decision = $decide($script, $query, $modes);
    echo $decision['passage'], ' ', $decision['takeover'], $decision['code'], ' ', $decision['status'], "\n";
}
echo json_encode($decide('front/view.php', 'what=clearall', $on)['get']), "\n";
foreach ([['fetchsite' => 'cross-site'], ['fetchdest' => 'image'] + OWN, ['fetchsite' => ''] + OWN, []] as $sender) {
    $decision = $decide('front/view.php', 'view=order&what=navigate', $on, sender: $sender);
    echo $decision['passage'], ' ', $decision['code'], "\n";
}
echo json_encode($decide('bills/view.php', '', $on, 'view=viewBill&what=recalculate&billid=1&sesskey=key')), "\n";
echo json_encode(Gate::modes(['placement' => 'on', 'payment' => 'shadow', 'trace' => 'On'])), "\n";
echo json_encode(Gate::takeovers()), "\n";
echo Gate::plain('"><svg>'), ' ', Gate::plain('{"a":"b"}'), ' ', Gate::plain('{"a":"\u003c"}'), "\n";
echo json_encode(Gate::unknown(['front/view.php', 'front/new.php', 'paymodes/paypal/paypal_ipn.php'], [])), "\n";
$refused = fn(string $name, string $mode): ?string => Gate::refusal($name, $mode, ['pro' => '1', 'blocked' => 'trace']);
echo json_encode(Gate::barriers(['pro' => '1', 'blocked' => 'trace'])), "\n";
echo json_encode([$refused('trace', 'on'), $refused('trace', 'shadow'), $refused('cart', 'shadow'), $refused('nothing', 'on')]), "\n";
try {
    $decide('front/view.php', '', ['import' => 1]);
} catch (ShopEngine\Exception\ShopException $error) {
    echo $error->errorcode, "\n";
}
?>
--EXPECT--
steer placement 200
refuse request_unlisted 400
refuse parameter_ambiguous 400
refuse request_unlisted 400
refuse request_unlisted 400
confirm command_confirm 200
pass  200
{"view":"shop","what":"clearall"}
refuse request_foreign
refuse request_foreign
steer 
refuse request_foreign
{"passage":"plugin","access":"seller","takeover":"","check":"draft","command":true,"plain":false,"choice":false,"status":200,"code":"","params":[],"subjects":[],"values":[],"fields":[],"back":"","get":{"view":null,"what":null},"post":{"view":"viewBill","what":"recalculate"}}
{"import":"off","cart":"off","customer":"off","paymode":"off","placement":"shadow","payment":"shadow","production":"off","endpoints":"off","bills":"off","backoffice":"off","trace":"off"}
{"trace":"","bills":"","backoffice":"","import":"","cart":"","customer":"cart","paymode":"","placement":"customer","endpoints":"","payment":"placement","production":"payment"}
”›‹svg› {"a":"b"} {”a”:”\u003c”}
["front\/new.php"]
{"import":"takeover_beside_pro","cart":"takeover_beside_pro","customer":"takeover_beside_pro","paymode":"takeover_beside_pro","placement":"takeover_beside_pro","payment":"takeover_beside_pro","production":"takeover_beside_pro","trace":"takeover_would_lose"}
["takeover_would_lose",null,"takeover_beside_pro",null]
value_shape
