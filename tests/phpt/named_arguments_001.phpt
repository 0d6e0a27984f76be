--TEST--
arguments can be named, in any order, leaving out those with a default
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\{ImportLink, Money};

echo Money::of(currency: 'EUR', amount: '1.50'), "\n";
echo ImportLink::forge(
    shop: 1,
    wwwroot: 'https://moodle.example',
    autodrive: true,
    products: ['MonProduit' => 2, 'L.1 b' => '3'],
    partner: 'ACADEMIE_spring_marie_curie@example.org',
), "\n";
echo ImportLink::forge('https://moodle.example/sub/', 1, ['Livre' => 1], category: 9), "\n";
try {
    Money::of(value: '1', currency: 'EUR');
} catch (Error $e) {
    echo get_class($e), ': ', $e->getMessage(), "\n";
}
?>
--EXPECT--
1.50 EUR
https://moodle.example/local/shop/front/view.php?shopid=1&what=import&MonProduit=2&L.1+b=3&partner=ACADEMIE_spring_marie_curie%40example.org&autodrive=1
https://moodle.example/sub/local/shop/front/view.php?shopid=1&what=import&category=9&Livre=1
Error: Unknown named parameter $value
