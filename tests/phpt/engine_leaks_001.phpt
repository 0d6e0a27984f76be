--TEST--
calls leave nothing behind: PHP's memory and the process stay as large as they were
--EXTENSIONS--
shopengine
--SKIPIF--
<?php if (!is_readable('/proc/self/statm')) die('skip needs /proc'); ?>
--FILE--
<?php
$argv = [__FILE__, '4000'];
require dirname(__DIR__) . '/tools/leaks.php';
?>
--EXPECT--
ok: 4000 calls of each kind leave nothing behind
