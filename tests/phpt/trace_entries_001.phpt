--TEST--
a trace is read by transaction, prefix, time, text and level; the last transactions come first; the index changes nothing
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Trace;

$path = __DIR__ . '/trace_entries_001.log.tmp';
file_put_contents($path, <<<'LOG'
-- 2017-8-21 20:38:55 525 -- [TU90==] Ordering Controller: Confirm
-- 2017-8-21 20:39:01 062 -1-  [TU90==] Production Process Error : no course
below
-- 2017-12-01 00:00:00 000 -2-  [TX7] Order placed : 1 objects

LOG);
$trace = new Trace($path, 'Europe/Paris');
$show = function (iterable $entries): void {
    foreach ($entries as $number => $entry) {
        echo "$number $entry[time] ", $entry['sequence'] ?? '-', " $entry[transid] $entry[level] ", $entry['actor'], ' | ', $entry['text'],
            $entry['continuation'] ? ' | ' . implode($entry['continuation']) : '', "\n";
    }
};
foreach ([false, true] as $indexed) {
    if ($indexed) {
        echo json_encode($trace->index()), "\n";
    }
    $all = $trace->entries();
    $show($all);
    $show($all);
    echo "--\n";
    $show($trace->entries(transactionid: 'TU90==', level: 'error'));
    $show($trace->entries(prefix: 'TX'));
    $show($trace->entries(since: '2017-08-21 20:39:00', until: '2017-12-01'));
    $show($trace->entries(text: 'below'));
    $show($trace->entries(text: '.*'));
}
foreach ($trace->recent(5) as $one) {
    echo "$one[transid] $one[entries] $one[level] $one[milliseconds] {$one['first']['text']} -> {$one['last']['text']}\n";
}
foreach ([fn() => $trace->entries(since: 'yesterday'), fn() => $trace->entries(level: 'x'), fn() => $trace->entries('a b')] as $bad) {
    try {
        $bad();
    } catch (\Throwable $e) {
        echo get_class($e), ': ', $e->getMessage(), "\n";
    }
}
?>
--CLEAN--
<?php
array_map(unlink(...), glob(__DIR__ . '/trace_entries_001.log.tmp*'));
?>
--EXPECT--
0 2017-08-21T20:38:55.525 - TU90== info Ordering Controller | Ordering Controller: Confirm
1 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
2 2017-12-01T00:00:00.000 2 TX7 info Order placed | Order placed : 1 objects
0 2017-08-21T20:38:55.525 - TU90== info Ordering Controller | Ordering Controller: Confirm
1 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
2 2017-12-01T00:00:00.000 2 TX7 info Order placed | Order placed : 1 objects
--
0 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
0 2017-12-01T00:00:00.000 2 TX7 info Order placed | Order placed : 1 objects
0 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
0 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
{"covered":150,"length":213}
0 2017-08-21T20:38:55.525 - TU90== info Ordering Controller | Ordering Controller: Confirm
1 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
2 2017-12-01T00:00:00.000 2 TX7 info Order placed | Order placed : 1 objects
0 2017-08-21T20:38:55.525 - TU90== info Ordering Controller | Ordering Controller: Confirm
1 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
2 2017-12-01T00:00:00.000 2 TX7 info Order placed | Order placed : 1 objects
--
0 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
0 2017-12-01T00:00:00.000 2 TX7 info Order placed | Order placed : 1 objects
0 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
0 2017-08-21T20:39:01.062 1 TU90== error Production Process Error | Production Process Error : no course | below
TX7 1 info 0 Order placed : 1 objects -> Order placed : 1 objects
TU90== 2 error 5537 Ordering Controller: Confirm -> Production Process Error : no course
ValueError: since and until must be times like 2026-08-21 20:39:01
ValueError: level must be info, warning or error
ShopEngine\Exception\UnknownTransactionException: a transaction id has no character ` `
