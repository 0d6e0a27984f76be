--TEST--
an exception of the extension knows its class, code, file, line and trace
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Testing;

function fail(string $class): void {
    Testing::throw($class, "a sentence about `$class`");
}
$classes = ['Shop', 'Database', 'Gateway', 'Signature', 'AmountMismatch', 'UnknownTransaction', 'Import', 'Money', 'State', 'Trace'];
foreach ($classes as $class) {
    try {
        fail($class);
    } catch (ShopEngine\Exception\ShopException $e) {
        $short = substr(get_class($e), strlen('ShopEngine\\Exception\\'));
        $parent = preg_replace('/.*\\\\/', '', get_parent_class($e));
        echo "$short < $parent, $e->errorcode, {$e->getCode()}, ", basename($e->getFile()), ":{$e->getLine()}, {$e->getMessage()}\n";
        if ($class !== $classes[0]) continue;
        foreach ($e->getTrace() as $frame) echo '  ', $frame['class'] ?? '', ' ', $frame['function'], ' ', $frame['line'], "\n";
    }
}
?>
--EXPECT--
ShopException < RuntimeException, some_code, 0, exception_file_line_001.php:5, a sentence about `Shop`
  ShopEngine\Testing throw 5
   fail 10
DatabaseException < ShopException, some_code, 0, exception_file_line_001.php:5, a sentence about `Database`
GatewayException < ShopException, some_code, 0, exception_file_line_001.php:5, a sentence about `Gateway`
SignatureException < GatewayException, some_code, 0, exception_file_line_001.php:5, a sentence about `Signature`
AmountMismatchException < GatewayException, some_code, 0, exception_file_line_001.php:5, a sentence about `AmountMismatch`
UnknownTransactionException < GatewayException, some_code, 0, exception_file_line_001.php:5, a sentence about `UnknownTransaction`
ImportException < ShopException, some_code, 0, exception_file_line_001.php:5, a sentence about `Import`
MoneyException < ShopException, some_code, 0, exception_file_line_001.php:5, a sentence about `Money`
StateException < ShopException, some_code, 0, exception_file_line_001.php:5, a sentence about `State`
TraceException < ShopException, some_code, 0, exception_file_line_001.php:5, a sentence about `Trace`
