--TEST--
amounts, formulas, partner codes and import links answer exactly
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\{BillStatus, ImportLink, Money, PartnerCode, TaxFormula};

$price = Money::of('19.90', 'EUR');
echo $price->plus(Money::ofMinor(10, 'EUR')), ', ', $price->minus($price), ', ', $price->minorUnits(), ', ', $price->amount(), "\n";
var_dump($price->equals(Money::ofMinor(1990, 'EUR')), $price->equals(Money::of('19.91', 'EUR')), $price->equals(Money::ofMinor(1990, 'USD')));
echo Money::of('1000', 'JPY'), ', ', Money::of('1.5', 'TND'), "\n";
$formula = TaxFormula::parse('$ttc = $ht * (1 + ($tr / 100))');
echo $formula->evaluate('19.99', '20'), ', ', $formula->evaluate(ht: '10', tr: '5.5'), ', ', $formula, "\n";
$code = PartnerCode::parse('ACADEMIE_spring_marie_curie@example.org');
echo json_encode([$code->key(), $code->tag(), $code->email(), (string) $code]), "\n";
$code = PartnerCode::parse('ACADEMIE__');
echo json_encode([$code->key(), $code->tag(), $code->email(), (string) $code, $code->equals(PartnerCode::parse('ACADEMIE'))]), "\n";
$link = ImportLink::parse('id=1&what=import&Mon.Produit=2&Livre=x&partner=ACADEMIE_t&autodrive=1&blockid=1357');
echo json_encode([$link->shop(), $link->products(), $link->partner(), $link->autodrive(), $link->blockid(), $link->category()]), "\n";
var_dump(BillStatus::from('SOLDOUT') === BillStatus::SOLDOUT, BillStatus::tryFrom('soldout'), count(BillStatus::cases()));
?>
--EXPECT--
20.00 EUR, 0.00 EUR, 1990, 19.90
bool(true)
bool(false)
bool(false)
1000 JPY, 1.500 TND
23.988, 10.55, $ttc = $ht * (1 + ($tr / 100))
["ACADEMIE","spring","marie_curie@example.org","ACADEMIE_spring_marie_curie@example.org"]
["ACADEMIE",null,null,"ACADEMIE",true]
[1,[{"name":"Mon.Produit","quantity":2,"refused":null},{"name":"Livre","quantity":null,"refused":"x"}],"ACADEMIE_t",true,1357,null]
bool(true)
NULL
int(11)
