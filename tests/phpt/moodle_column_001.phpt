--TEST--
the name of a column, and the words of an exception, that are not UTF-8 are errors of the database
--EXTENSIONS--
shopengine
--FILE--
<?php
require __DIR__ . '/shop.inc';
$moodle = new class {
    public ?Closure $found = null;

    public function get_records_sql(string $sql): array {
        return ($this->found)();
    }
};
$database = ShopEngine\Database::moodle($moodle);
class dml_read_exception extends Exception {
    public function __construct(public string $error) {
        parent::__construct('dmlreadexception');
    }
}
foreach ([
    fn() => [(object) ["n\xe9" => 'José']],
    fn() => ["n\xe9" => (object) ['name' => 'José']],
    fn() => [(object) ['name' => 'José', 7 => 1]],
    fn() => ['a record that is no object'],
    fn() => throw new dml_read_exception("Unknown column 'n\xe9'"),
    fn() => throw new dml_read_exception(''),
    fn() => throw new RuntimeException("Unknown column 'n\xe9'"),
    fn() => throw new class extends Exception {
        public function __isset($name) {
            throw new LogicException('asked');
        }
    },
] as $moodle->found) {
    try {
        echo json_encode($database->query('SELECT'), JSON_UNESCAPED_UNICODE), "\n";
    } catch (ShopEngine\Exception\DatabaseException $error) {
        echo $error->errorcode, ': ', $error->getMessage(), "\n";
    }
}
?>
--EXPECT--
database_unavailable: the database failed: the name of a column is not valid utf-8
[{"name":"José"}]
[{"name":"José","7":1}]
database_unavailable: the database failed: a record is no object
database_unavailable: the database failed: Unknown column 'n�'
database_unavailable: the database failed: dmlreadexception
database_unavailable: the database failed: Unknown column 'n�'
database_unavailable: the database failed: an exception without words
