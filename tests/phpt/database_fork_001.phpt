--TEST--
a child works on its own connection, whether the object came through fork or not, and leaves the parent's alone
--EXTENSIONS--
shopengine
--SKIPIF--
<?php
if (!function_exists('pcntl_fork')) die('skip needs pcntl');
if (!is_dir('/proc/self/fd')) die('skip needs /proc');
?>
--FILE--
<?php
require __DIR__ . '/shop.inc';

function open_databases(): int {
    return count(array_filter(glob('/proc/self/fd/*'), fn($link) => str_ends_with((string) @readlink($link), 'shop.sqlite')));
}
$engine = engine();
$database = database();
$database->run('CREATE TABLE told (who TEXT); INSERT INTO told VALUES (\'parent before\')');
$session = [];
echo open_databases(), " open\n";
// The parent's transaction must not be the child's.
$database->run('BEGIN');
$database->query('SELECT * FROM {told}');
$child = pcntl_fork();
if ($child === 0) {
    $database->execute('INSERT INTO {told} VALUES (?)', ['child with the parent\'s object']);
    database()->execute('INSERT INTO {told} VALUES (?)', ['child with its own']);
    echo open_databases(), " open in the child\n";
    $payment = place($engine, $session);
    echo $payment['page'], " in the child\n";
    exit(3);
}
pcntl_waitpid($child, $status);
echo 'child ended with ', pcntl_wexitstatus($status), "\n";
$database->run('COMMIT');
foreach ($database->query('SELECT who FROM {told}') as $row) {
    echo $row['who'], "\n";
}
// A child that uses nothing closes nothing.
$database->run('BEGIN IMMEDIATE');
$child = pcntl_fork();
if ($child === 0) {
    exit(0);
}
pcntl_waitpid($child, $status);
$database->execute('INSERT INTO {told} VALUES (?)', ['parent after']);
$database->run('COMMIT');
echo open_databases(), " open, ", count($database->query('SELECT who FROM {told}')), " rows\n";
echo $database->query('PRAGMA integrity_check')[0]['integrity_check'], ', ', place($engine, $session)['page'], " in the parent\n";
?>
--EXPECT--
1 open
2 open in the child
payment in the child
child ended with 3
parent before
child with the parent's object
child with its own
1 open, 4 rows
ok, payment in the parent
