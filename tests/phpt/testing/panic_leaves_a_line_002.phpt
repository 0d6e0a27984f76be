--TEST--
without shopengine.trace, or when its file cannot be written, the line goes to PHP's error log
--EXTENSIONS--
shopengine
--INI--
shopengine.trace=/nonexistent/trace
error_log={PWD}/panic_leaves_a_line_002.log.tmp
--FILE--
<?php
try {
    ShopEngine\Testing::panic('a secret');
} catch (Error) {
}
echo file_get_contents(__DIR__ . '/panic_leaves_a_line_002.log.tmp');
?>
--CLEAN--
<?php
@unlink(__DIR__ . '/panic_leaves_a_line_002.log.tmp');
?>
--EXPECTF--
dropped
[%s] shopengine %d.%d.%d: caught a panic at src/extension/testing.rs:%d:%d in process %d
