--TEST--
made-up and mutilated requests are all answered as documented
--EXTENSIONS--
shopengine
--FILE--
<?php
// `make soak` throws many more, each time others.
$argv = [__FILE__, '2000', '1'];
require dirname(__DIR__) . '/tools/soak.php';
?>
--EXPECT--
ok: 2000 requests answered as documented
