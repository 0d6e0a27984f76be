--TEST--
what a database cannot do is an exception with a code and a sentence
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';
use ShopEngine\Database;

$database = database();
told(fn() => Database::sqlite('/nonexistent/folder/shop.sqlite'));
told(fn() => Database::sqlite('/'));
told(fn() => Database::sqlite("a\0b"));
told(fn() => $database->query('SELECT * FROM {no_such_table}'));
told(fn() => $database->query('SELEC'));
told(fn() => $database->query('SELECT ?', []));
told(fn() => $database->query('SELECT 1', [1]));
told(fn() => $database->execute('INSERT INTO {config_plugins} (nosuchcolumn) VALUES (1)'));
told(fn() => $database->run('CREATE TABLE a (b INTEGER); CREATE TABLE a (b INTEGER)'));
told(fn() => $database->query('SELECT ?', [0.1]));
told(fn() => $database->query('SELECT ?', [[1]]));
told(fn() => $database->query('SELECT ?', ["\xff"]));
told(fn() => $database->query('SELECT ?', [new ArrayObject()]));
told(fn() => $database->query('SELECT 1', 'text'));
told(fn() => $database->query(1));
told(fn() => new Database());
told(fn() => clone $database);
told(fn() => serialize($database));
$database->run('BEGIN IMMEDIATE');
told(fn() => engine()->lease());
told(fn() => database());
file_put_contents(folder() . '/text.sqlite', str_repeat('no database ', 1000));
told(fn() => Database::sqlite(folder() . '/text.sqlite')->query('SELECT 1 FROM sqlite_master'));
?>
--EXPECT--
DatabaseException database_unavailable: the database failed: unable to open database file: /nonexistent/folder/shop.sqlite
DatabaseException database_unavailable: the database failed: unable to open database file: /
DatabaseException database_unavailable: the database failed: nul byte found in provided data at position: 1
DatabaseException database_unavailable: the database failed: no such table: no_such_table
DatabaseException database_unavailable: the database failed: near "SELEC": syntax error in SELEC at offset 0
DatabaseException database_unavailable: the database failed: Wrong number of parameters passed to query. Got 0, needed 1
DatabaseException database_unavailable: the database failed: Wrong number of parameters passed to query. Got 1, needed 0
DatabaseException database_unavailable: the database failed: table config_plugins has no column named nosuchcolumn
DatabaseException database_unavailable: the database failed: table a already exists in  CREATE TABLE a (b INTEGER) at offset 14
ShopException value_is_float: the value at `0` is a float, write it as a decimal string or a whole number
ShopException value_shape: a value to bind is neither null, a whole number nor a text
ShopException value_not_utf8: the text at `0` is not valid utf-8
ShopException value_unsupported: the value at `0` is neither null, bool, whole number, text, array nor stdClass
TypeError: Invalid value given for argument `values`.
TypeError: Invalid value given for argument `sql`.
Exception: You cannot instantiate this class from PHP.
Error: Trying to clone an uncloneable object of class ShopEngine\Database
Exception: Serialization of 'ShopEngine\Database' is not allowed
DatabaseException database_unavailable: a transaction was left half open
accepted
DatabaseException database_unavailable: the database failed: file is not a database
