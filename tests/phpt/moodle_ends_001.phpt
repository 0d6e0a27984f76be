--TEST--
exit() may end a request inside any call into Moodle's database: shutdown functions run, the transaction is rolled back
--EXTENSIONS--
shopengine
--SKIPIF--
<?php
require __DIR__ . '/moodle.inc';
if (sqlite3_option() === null) die("skip needs PHP's sqlite3");
if (!function_exists('pcntl_signal')) die('skip needs pcntl');
?>
--FILE--
<?php
require __DIR__ . '/shop.inc';
require __DIR__ . '/moodle.inc';

engine();
$ends = ['exit' => 3, 'signal' => 143];
foreach (METHODS as $where) {
    foreach ($ends as $how => $code) {
        $ended = process(folder(), $where, $how);
        $expected = "$code: shutdown, " . rolled_back($where) . ', 0 bills';
        echo $ended === $expected ? '' : "$how in $where: $ended, but expected $expected\n";
    }
}
echo process(folder(), 'a destructor', 'exception'), "\n";
echo process(folder(), '', ''), "\n";
echo process(folder(), 'allow_commit, committed', 'exit'), "\n";
echo process(folder(), '', ''), "\n";
echo file_get_contents(folder() . '/errors');
?>
--EXPECT--
0: page 503, shutdown, nothing open, 0 bills
0: redirect 303, shutdown, nothing open, 1 bills
3: shutdown, nothing open, 2 bills
0: redirect 303, shutdown, nothing open, 3 bills
