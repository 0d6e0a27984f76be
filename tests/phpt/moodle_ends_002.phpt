--TEST--
a worker whose request PHP ended inside a call into Moodle's database serves the next one
--EXTENSIONS--
shopengine
--SKIPIF--
<?php
require __DIR__ . '/fpm.inc';
require __DIR__ . '/moodle.inc';
if (fpm_binary() === '') die('skip needs php-fpm');
if (sqlite3_option() === null) die("skip needs PHP's sqlite3");
?>
--FILE--
<?php
require __DIR__ . '/shop.inc';
require __DIR__ . '/moodle.inc';
require __DIR__ . '/fpm.inc';

$script = folder() . '/script.php';
file_put_contents($script, '<?php
    require ' . var_export(__DIR__ . '/shop.inc', true) . ';
    require ' . var_export(__DIR__ . '/moodle.inc', true) . ';
    echo getmypid(), ": ";
    interrupted(' . var_export(folder(), true) . ', $_GET["where"], $_GET["how"]);
');
engine();
fpm_start(folder(), sqlite3_option());
$worker = null;
$bills = 0;
foreach (METHODS as $where) {
    foreach (['exit', 'error', 'memory'] as $how) {
        [$pid, $ended] = explode(': ', fpm_ask(folder(), $script, http_build_query(compact('where', 'how')))) + [1 => ''];
        $expected = ", shutdown, " . rolled_back($where) . ", $bills bills";
        echo $ended === $expected ? '' : "$how in $where: $ended, but expected $expected\n";
        $bills++;
        [$next, $after] = explode(': ', fpm_ask(folder(), $script, 'where=&how=')) + [1 => ''];
        $expected = "redirect 303, shutdown, nothing open, $bills bills";
        echo $after === $expected ? '' : "after $how in $where: $after, but expected $expected\n";
        echo [$pid, $next] === [$worker ??= $pid, $worker] ? '' : "$how in $where: another worker\n";
    }
}
echo $bills, " bills\n";
echo count(glob(folder() . '/core*')), " cores\n";
?>
--EXPECT--
24 bills
0 cores
