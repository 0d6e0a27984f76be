--TEST--
exceptions and values do not leak PHP memory
--EXTENSIONS--
shopengine
--INI--
error_log=/dev/null
--FILE--
<?php
use ShopEngine\Testing;

function once(int $i): void {
    try {
        Testing::throw('Money', "sentence $i");
    } catch (ShopEngine\Exception\ShopException) {
    }
    try {
        Testing::echo(['a' => ["b$i" => [$i, "\xff"]]]);
    } catch (ShopEngine\Exception\ShopException) {
    }
    Testing::echo(['a' => ["b$i" => [$i, "text $i"]]]);
}
once(0);
$before = memory_get_usage();
for ($i = 1; $i <= 5000; $i++) {
    once($i);
}
$grown = memory_get_usage() - $before;
echo $grown < 1000 ? 'flat' : "grown by $grown bytes", "\n";
?>
--EXPECT--
flat
