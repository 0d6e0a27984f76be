--TEST--
a panic becomes a catchable Error, destructors run, the process lives
--EXTENSIONS--
shopengine
--INI--
error_log=/dev/null
--ENV--
RUST_BACKTRACE=0
--FILE--
<?php
for ($i = 0; $i < 2; $i++) {
    try {
        ShopEngine\Testing::panic('something impossible');
    } catch (Error $e) {
        echo get_class($e), ': ', $e->getMessage(), "\n";
    }
}
?>
--EXPECT--
dropped
Error: Rust panic: something impossible
dropped
Error: Rust panic: something impossible
