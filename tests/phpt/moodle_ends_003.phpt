--TEST--
a fatal error may end a request inside any call into Moodle's database: shutdown functions run, the transaction is rolled back
--EXTENSIONS--
shopengine
--SKIPIF--
<?php
require __DIR__ . '/moodle.inc';
if (sqlite3_option() === null) die("skip needs PHP's sqlite3");
?>
--FILE--
<?php
require __DIR__ . '/shop.inc';
require __DIR__ . '/moodle.inc';

engine();
// PHP's memory limit counts what its own allocator gives, which valgrind replaces.
$hows = getenv('USE_ZEND_ALLOC') === '0' ? ['error'] : ['error', 'memory'];
$cases = [['get_records_sql', 'time']];
foreach (METHODS as $where) {
    foreach ($hows as $how) {
        $cases[] = [$where, $how];
    }
}
foreach ($cases as [$where, $how]) {
    $ended = process(folder(), $where, $how);
    $expected = '255: shutdown, ' . rolled_back($where) . ', 0 bills';
    echo $ended === $expected ? '' : "$how in $where: $ended, but expected $expected\n";
}
echo process(folder(), '', ''), "\n";
echo file_get_contents(folder() . '/errors');
?>
--EXPECT--
0: redirect 303, shutdown, nothing open, 1 bills
