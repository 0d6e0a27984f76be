--TEST--
the command-line reader gives JSON lines in a pipe, of any trace, without a Moodle
--EXTENSIONS--
shopengine
--FILE--
<?php
$argv = ['trace.php', '--file=' . __DIR__ . '/../fixtures/trace/seed_sample.log', '--since=2017-08-21 20:39:31.600', '--level=error'];
require __DIR__ . '/../../php/local/shopengine/cli/trace.php';
?>
--EXPECT--
{"time":"2017-08-21T20:39:31.601","node":null,"process":null,"sequence":null,"transid":"TU90QMLVYXD5UMZYUQ==","actor":"Production Process Error","text":"Production Process Error : Customer support course does not exist.","level":"error","line":"-- 2017-8-21 20:39:31 601 -- [TU90QMLVYXD5UMZYUQ==] Production Process Error : Customer support course does not exist.","continuation":[],"offset":2005}
