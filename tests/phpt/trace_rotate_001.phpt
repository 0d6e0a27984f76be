--TEST--
a trace is put aside by size, readers follow; secrets and a person's data are concealed in place
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Trace;

$path = __DIR__ . '/trace_rotate_001.log.tmp';
file_put_contents($path, "-- 2017-8-21 20:38:55 525 -- [TU90==] Mail to marie@example.org\nPassword: s3cret ?ticket=abc&x=1\n");
$trace = new Trace($path, 'Europe/Paris');
echo json_encode($trace->concealSecrets()), "\n";
echo json_encode($trace->rotate(size: 1000000)), "\n";
$rotated = $trace->rotate(size: 10, keep: 5);
echo preg_replace('~\d~', '9', basename($rotated['aside'][0])), " $rotated[removed]\n";
$trace->write('new', 'TU90==');
echo count($trace->scan('TU90==')['entries']), ' ', json_encode($trace->index()), "\n";
echo $trace->conceal(['marie@example.org', '20']), "\n", file_get_contents($rotated['aside'][0]);
try {
    $trace->rotate(size: -1);
} catch (\ValueError $e) {
    echo $e->getMessage(), "\n";
}
?>
--CLEAN--
<?php
array_map(unlink(...), glob(__DIR__ . '/trace_rotate_001.log.tmp*'));
?>
--EXPECTF--
{"next":0,"places":2}
{"aside":[],"removed":0,"forgotten":0}
trace_rotate_999.log.tmp.99999999-999999-999 0
2 {"covered":0,"length":%d}
1
-- 2017-8-21 20:38:55 525 -- [TU90==] Mail to *****************
Password: ****** ?ticket=***&x=1
size, days and keep must not be negative
