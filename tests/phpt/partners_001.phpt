--TEST--
partners are registered, their links signed, their statements drawn up, verified and compared
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';

use ShopEngine\{ImportLink, Partners};

$engine = engine();
$partners = new Partners(database(), folder() . '/trace.log', 'Europe/Paris');
$partner = $partners->register(1, 'ECOLE', ['name' => 'École', 'referer' => 'https://ecole.example', 'authenticates' => true],
    2);
echo json_encode($partner, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";
$id = $partner['id'];
told(fn() => $partners->register(1, 'ECOLE', ['name' => 'x'], 2));
told(fn() => $partners->change($id, ['secret' => 'x'], 2));
told(fn() => $partners->partner(99));
told(fn() => $partners->change($id, ['signature' => false, 'unsignedlinks' => true], 2));
echo implode(" ", array_column($partners->all(), "key")), "\n";
echo implode(" ", array_column($partners->onUnsignedLinks(), "key")), "\n";
$old = $partners->secret($id);
$secret = $partners->rotate($id, 2);
var_dump($old !== $secret, strlen($secret), $partners->secret($id) === $secret);

$link = ImportLink::forge('https://shop.example', 1, ['monproduit' => 2], partner: 'ECOLE_t1_marie_curie@example.org', autodrive: true);
echo ImportLink::sign($link, 'demo-secret', 1800000000), "\n";
$signed = ImportLink::sign($link, $secret, time() + 60);
$session = [];
$arrive = function (string $link, array $more = []) use ($engine): string {
    $request = request(substr($link, strlen('https://shop.example')), null, ['referer' => 'https://ecole.example/x'] + $more);
    return strstr($engine->handle($request)['location'], '?');
};
echo $arrive($signed), "\n", $arrive($signed), "\n", $arrive($link), "\n";
foreach ($partners->entries($id) as $entry) {
    echo "$entry[seq] $entry[kind] $entry[tag] $entry[state] $entry[note]\n";
}
$file = folder() . '/statement.json';
echo $partners->statement($id, 0, time() + 10, 'json', $file), " entries\n";
$told = Partners::verifyFile($file, $secret);
echo json_encode([$told['verified'], $told['partner'], $told['count']]), "\n";
$text = str_replace('"tag":"t1"', '"tag":"t2"', file_get_contents($file));
echo json_encode(Partners::verify($text, $secret)), "\n";
echo json_encode($partners->reconcile($id, 0, time() + 10, [['tag' => 't1', 'amount' => '47.98']])), "\n";
told(fn() => $partners->statement($id, 0, 1, 'pdf', $file));
$seller = ['id' => 2, 'username' => 'admin', 'email' => 'admin@example.org', 'firstname' => 'A', 'lastname' => 'B', 'may' => ['partners']];
$answer = $engine->handle(request('/local/shopengine/partners.php?view=statement&id=' . $id . '&format=csv', null, ['user' => $seller]));
echo "$answer[kind] $answer[status] $answer[contenttype] ", preg_replace('/[0-9]/', '#', $answer['file']['name']), "\n";
echo $engine->write($answer['file'], $file), " entries\n";
var_dump(Partners::verifyFile($file, $secret)['verified']);
told(fn() => $engine->write(['format' => 'pdf'] + $answer['file'], $file));
told(fn() => $engine->write(['partner' => 99] + $answer['file'], $file));
told(fn() => $engine->write($answer['file'], '/nowhere/at/all'));
$answer = $engine->handle(request('/local/shopengine/partners.php?view=refused&format=csv', null, ['user' => $seller]));
echo "$answer[kind] $answer[contenttype] ", $answer['file']['name'], ' ', $engine->write($answer['file'], $file), " entries\n";
echo preg_replace('/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/m', 'time', file_get_contents($file));
told(fn() => $engine->write(['format' => 'json'] + $answer['file'], $file));
?>
--EXPECT--
{"id":4,"shop":1,"name":"École","key":"ECOLE","referer":"https://ecole.example","customer":0,"user":0,"enabled":true,"authenticates":true,"signature":true,"unsignedlinks":false,"excluded":[]}
ShopException partner_key_taken: partner key `ECOLE` is taken
ShopException value_shape: unknown field `secret`, expected one of `name`, `referer`, `customer`, `user`, `enabled`, `authenticates`, `signature`, `unsignedlinks`, `unsignedconfirmed`, `excluded`
ShopException partner_unknown: there is no partner 99
ShopException partner_unsigned_unconfirmed: whoever knows a partner's key can forge unsigned links: confirm that they authenticate buyers
ACADEMIE CONFIANCE SUSPENDU ECOLE
ACADEMIE
bool(true)
int(32)
bool(true)
https://shop.example/local/shop/front/view.php?shopid=1&what=import&monproduit=2&partner=ECOLE_t1_marie_curie%40example.org&autodrive=1&expires=1800000000&sig=b98ab2d622e9773310b4b1dbc974c8bffe668a052fe65d6f2501f8d8fef80e83
?view=order&shopid=1
?view=customer&shopid=1
?view=customer&shopid=1
3 arrival t1 refused signature_missing
2 arrival t1 refused tag_replayed
1 arrival t1 authenticated 
3 entries
[true,"ECOLE",3]
{"verified":false,"line":2,"entry":1,"code":"statement_changed"}
[{"tag":"t1","finding":"missing_here","transids":[],"amount":"","currency":"","state":""}]
ValueError: format must be `csv` or `json`
file 200 text/csv; charset=utf-8 statement-ECOLE-####-##-##-####-##-##.csv
3 entries
bool(true)
ValueError: format must be `csv` or `json`
ShopException partner_unknown: there is no partner 99
DatabaseException database_unavailable: the database failed: No such file or directory (os error 2)
file text/csv; charset=utf-8 refused-arrivals.csv 2 entries
time,key,tag,note
time,ECOLE,t1,signature_missing
time,ECOLE,t1,tag_replayed
ShopException partner_unknown: there is no partner 0
