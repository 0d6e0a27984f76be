--TEST--
the PHP examples of the README run
--EXTENSIONS--
shopengine
--FILE--
<?php
preg_match_all('/^```php\n(.*?)^```$/ms', file_get_contents(dirname(__DIR__, 2) . '/README.md'), $blocks);
foreach ($blocks[1] as $block) {
    eval($block);
}
array_map(unlink(...), glob("$folder/*"));
rmdir($folder);
?>
--EXPECT--
20.00 EUR
21.08945
ACADEMIE rentree marie_curie@example.org
https://shop.example/local/shop/front/view.php?shopid=1&what=import&MonProduit=3&partner=ACADEMIE_rentree&autodrive=1
import_no_shop
59.97 + 11.99 = 71.96
bool(true)
bool(false)
Called by hand
