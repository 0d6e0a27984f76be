--TEST--
lines go to a machine's own file or to a table; all are read in one order; a level is kept where there is a field for it
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Database;
use ShopEngine\Trace;

$path = __DIR__ . '/trace_nodes_001.log';
$database = Database::sqlite(__DIR__ . '/trace_nodes_001.sqlite.tmp');
$database->install();
$plugin = new Trace($path, 'Europe/Paris', database: $database);
$web1 = new Trace($path, 'Europe/Paris', sink: 'filepernode', node: 'WEB1', database: $database);
$web2 = new Trace($path, 'Europe/Paris', sink: 'table', node: 'web2', database: $database);
$plugin->write('all is well', 'TU90==', level: 'error');
usleep(2000);
$web2->write('all is well', 'TU90==', level: 'error');
usleep(2000);
$web2->write('Process Error : none', 'TU90==', 'info');
usleep(2000);
$web1->write('all is well', 'TU90==', level: 'warning');
foreach ([$plugin, $web1, $web2] as $trace) {
    foreach ($trace->entries('TU90==') as $entry) {
        echo json_encode($entry['node']), ' ', $entry['process'] === getmypid() ? 'mine' : json_encode($entry['process']),
            " $entry[level] $entry[text]\n";
    }
}
echo implode(' ', array_map(basename(...), glob(__DIR__ . '/trace_nodes_001*.log'))), "\n";
echo json_encode(array_column($plugin->scan('TU90==', limit: 3)['entries'], 'node')), ' ', $plugin->scan('TU90==', limit: 3)['resumeat'], "\n";
echo count($plugin->recent()), ' ', $plugin->conceal(['well']), "\n";
echo count($web1->rotate(size: 10)['aside']), "\n";
echo iterator_count($plugin->entries('TU90==')), "\n";
$bad = [
    fn() => new Trace($path, 'UTC', sink: 'cloud'), fn() => new Trace($path, 'UTC', sink: 'table'),
    fn() => $plugin->write('x', level: 'loud'),
];
foreach ($bad as $one) {
    try {
        $one();
    } catch (\Throwable $e) {
        echo get_class($e), ': ', $e->getMessage(), "\n";
    }
}
?>
--CLEAN--
<?php
array_map(unlink(...), glob(__DIR__ . '/trace_nodes_001.{log*,web1.log*,sqlite*}', GLOB_BRACE));
?>
--EXPECT--
null null info all is well
"web2" mine error all is well
"web2" mine info Process Error : none
"web1" mine info all is well
null null info all is well
"web2" mine error all is well
"web2" mine info Process Error : none
"web1" mine info all is well
null null info all is well
"web2" mine error all is well
"web2" mine info Process Error : none
"web1" mine info all is well
trace_nodes_001.log trace_nodes_001.web1.log
[null,"web2","web2"] 3
1 3
2
4
ValueError: sink must be file, filepernode or table
ValueError: a table is in a database
ValueError: level must be info, warning or error
