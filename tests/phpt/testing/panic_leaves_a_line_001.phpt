--TEST--
a panic leaves one line in the file of shopengine.trace, with its place and without its text
--EXTENSIONS--
shopengine
--INI--
shopengine.trace={PWD}/panic_leaves_a_line_001.log.tmp
--ENV--
RUST_BACKTRACE=1
--FILE--
<?php
try {
    ShopEngine\Testing::panic('a secret');
} catch (Error) {
}
echo file_get_contents(__DIR__ . '/panic_leaves_a_line_001.log.tmp');
?>
--CLEAN--
<?php
@unlink(__DIR__ . '/panic_leaves_a_line_001.log.tmp');
?>
--EXPECTF--
dropped
%d-%d-%dT%d:%d:%d.%dZ shopengine %d.%d.%d: caught a panic at src/extension/testing.rs:%d:%d in process %d
