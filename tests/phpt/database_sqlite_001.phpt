--TEST--
a database file is made, installed twice without loss, written with bound values and read back
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';
use ShopEngine\Database;

$database = Database::sqlite(folder() . '/new.sqlite');
$database->install();
$database->execute('INSERT INTO {config_plugins} (plugin, name, value) VALUES (?, ?, ?)', ['p', "n'; DROP TABLE x; --", "é\n"]);
$database->install();
var_dump($database->query('SELECT plugin, name, value FROM {config_plugins}'));
$database->run('CREATE TABLE t (i INTEGER, s TEXT, d REAL); INSERT INTO t VALUES (1, 2, 0.1)');
$database->execute(sql: 'INSERT INTO {t} VALUES (?, ?, ?)', values: [true, '19.90', null]);
$database->execute('INSERT INTO {t} VALUES (?, ?, ?)', ['i' => PHP_INT_MIN, 's' => '', 'd' => '0.10']);
echo json_encode($database->query('SELECT * FROM {t}')), "\n";
echo json_encode($database->query('SELECT s FROM {t} WHERE i = ? AND d IS NOT ?', [1, null])), "\n";
echo json_encode([$database->query('SELECT i FROM {t} WHERE i = 7'), $database->query('SELECT 1 AS one', [])]), "\n";
var_dump(Database::sqlite(folder() . '/new.sqlite')->query('SELECT COUNT(*) AS n FROM {t}')[0]['n']);
?>
--EXPECT--
array(1) {
  [0]=>
  array(3) {
    ["plugin"]=>
    string(1) "p"
    ["name"]=>
    string(20) "n'; DROP TABLE x; --"
    ["value"]=>
    string(3) "é
"
  }
}
[{"i":1,"s":"2","d":"0.1"},{"i":1,"s":"19.90","d":null},{"i":-9223372036854775808,"s":"","d":"0.1"}]
[{"s":"2"}]
[[],[{"one":1}]]
int(3)
