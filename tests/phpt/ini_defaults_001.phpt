--TEST--
every setting has its documented default and scope
--EXTENSIONS--
shopengine
--FILE--
<?php
var_dump(ini_get_all('shopengine'));
var_dump(@ini_set('shopengine.trace', '/tmp/elsewhere'));
var_dump(ini_get('shopengine.trace'));
?>
--EXPECT--
array(1) {
  ["shopengine.trace"]=>
  array(3) {
    ["global_value"]=>
    string(0) ""
    ["local_value"]=>
    string(0) ""
    ["access"]=>
    int(4)
  }
}
bool(false)
string(0) ""
