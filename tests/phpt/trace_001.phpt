--TEST--
the trace is written in the plugin's format and found by transaction, page by page
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Trace;

$path = __DIR__ . '/trace_001.log.tmp';
@unlink($path);
$trace = new Trace(path: $path, timezone: 'Europe/Paris');
var_dump(file_exists($path), $trace->scan('TU90QMLVYXD5UMZYUQ=='));
$trace->write("first\nwith a break and \xff", 'TU90QMLVYXD5UMZYUQ==');
$trace->write('of nobody');
$trace->write('mentions [TU90QMLVYXD5UMZYUQ==]', 'OTHER==');
$trace->write('last', transactionid: 'TU90QMLVYXD5UMZYUQ==');
$from = 0;
do {
    $page = $trace->scan('TU90QMLVYXD5UMZYUQ==', from: $from, limit: 2);
    foreach ($page['entries'] as $entry) {
        echo preg_replace('/\d+-\d+-\d+ \d+:\d+:\d+ \d+/', 'TIME', $entry['line']), $entry['own'] ? ' (own)' : '', "\n";
    }
    $from = $page['resumeat'];
} while ($from !== null);
?>
--CLEAN--
<?php
@unlink(__DIR__ . '/trace_001.log.tmp');
?>
--EXPECT--
bool(false)
array(2) {
  ["entries"]=>
  array(0) {
  }
  ["resumeat"]=>
  NULL
}
-- TIME -1-  [TU90QMLVYXD5UMZYUQ==] first\nwith a break and � (own)
-- TIME -3-  [OTHER==] mentions [TU90QMLVYXD5UMZYUQ==]
-- TIME -4-  [TU90QMLVYXD5UMZYUQ==] last (own)
