--TEST--
a request that dies between or inside engine calls leaves no lock and no transaction behind; its worker goes on
--EXTENSIONS--
shopengine
--SKIPIF--
<?php
require __DIR__ . '/fpm.inc';
if (fpm_binary() === '') die('skip needs php-fpm');
?>
--FILE--
<?php
require __DIR__ . '/shop.inc';
require __DIR__ . '/fpm.inc';

$script = folder() . '/script.php';
file_put_contents($script, '<?php
    require ' . var_export(__DIR__ . '/shop.inc', true) . ';
    folder(' . var_export(folder(), true) . ');
    ini_set("display_errors", "0");
    ini_set("error_log", folder() . "/php.log");
    $engine = engine();
    $session = [];
    $payment = place($engine, $session);
    switch ($_GET["how"]) {
        case "exit":
            exit("exit");
        case "error":
            echo "error";
            trigger_error("the end", E_USER_ERROR);
        case "exception":
            echo "exception";
            throw new Exception("the end");
        case "leased":
            pay($engine, $session, $payment);
            $engine->lease();
            exit("leased");
        case "memory":
            echo "memory";
            str_repeat("x", PHP_INT_MAX >> 8);
        case "inside":
            // The limit is reached while an answer is being built.
            echo "inside";
            ini_set("memory_limit", (string) (memory_get_usage(true) + 2097152));
            for ($answers = [];;) {
                $answers[] = $engine->handle(request("/local/shop/front/view.php?view=shop"));
            }
        case "time":
            echo "time";
            set_time_limit(1);
            for (;;) {
                $engine->handle(request("/local/shop/front/view.php?view=shop"));
            }
        case "open":
            database()->run("BEGIN IMMEDIATE");
            exit("open");
    }
    pay($engine, $session, $payment);
    $done = 0;
    while ($some = drain($engine)) {
        $done += $some;
    }
    echo getmypid(), " ", $payment["page"];
');
engine();
fpm_start(folder());
$worker = null;
foreach (['fine', 'exit', 'error', 'exception', 'leased', 'memory', 'inside', 'time', 'open'] as $how) {
    echo fpm_ask(folder(), $script, "how=$how") === $how ? "dies by $how, " : "$how, ";
    $before = hrtime(true);
    if ($how !== 'open') {
        // Another process gets the write lock at once.
        database()->run('BEGIN IMMEDIATE; ROLLBACK');
        echo hrtime(true) - $before < 2_000_000_000 ? 'no lock, ' : 'a lock, ';
    } else {
        // A transaction that PHP code itself left open is found by the next request, undone and told; the one after works.
        echo json_encode(fpm_ask(folder(), $script, 'how=fine')), ', ';
        database()->run('BEGIN IMMEDIATE; ROLLBACK');
    }
    [$pid, $page] = explode(' ', fpm_ask(folder(), $script, 'how=fine')) + [1 => ''];
    echo ($worker ??= $pid) === $pid ? 'same worker, ' : "another worker, ", $page, "\n";
}
echo count(glob(folder() . '/core*')), " cores\n";
preg_match_all('/the end|Allowed memory|Maximum execution time|left half open/', file_get_contents(folder() . '/php.log'), $found);
echo json_encode(array_count_values($found[0])), "\n";
?>
--EXPECT--
fine, no lock, same worker, payment
dies by exit, no lock, same worker, payment
dies by error, no lock, same worker, payment
dies by exception, no lock, same worker, payment
dies by leased, no lock, same worker, payment
dies by memory, no lock, same worker, payment
dies by inside, no lock, same worker, payment
dies by time, no lock, same worker, payment
dies by open, "", same worker, payment
0 cores
{"the end":2,"Allowed memory":2,"Maximum execution time":1,"left half open":1}
