--TEST--
phpinfo() shows the version of the extension and of its SQLite, and the payment interfaces
--EXTENSIONS--
shopengine
--INI--
shopengine.trace=
--FILE--
<?php
(new ReflectionExtension('shopengine'))->info();
var_dump(phpversion('shopengine') === ShopEngine\Engine::VERSION);
?>
--EXPECTF--

shopengine

shopengine support => enabled
version => %d.%d.%d
SQLite version => 3.%d.%d
gateways => test, %s

Directive => Value
shopengine.trace => no value
bool(true)
