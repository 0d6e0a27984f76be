--TEST--
a refused argument throws with class, code, file and line of the call
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\{ImportLink, Money, PartnerCode, TaxFormula, Trace};

$calls = [
    fn() => Money::of('1.005', 'EUR'),
    fn() => Money::of('1', 'EUR')->plus(Money::of('1', 'JPY')),
    fn() => TaxFormula::parse('$ttc = $ht *'),
    fn() => TaxFormula::parse('$ttc = $ht / $tr')->evaluate('1', '0'),
    fn() => PartnerCode::parse('_tag'),
    fn() => ImportLink::parse('what=import&Livre=1'),
    fn() => ImportLink::forge('https://m.example', 1, []),
    fn() => ImportLink::forge('https://m.example', 1, ['Livre' => 1], blockid: 0),
    fn() => (new Trace('/nonexistent/trace.log', 'UTC'))->write('text'),
    fn() => (new Trace('/nonexistent/trace.log', 'UTC'))->scan('[x]'),
];
foreach ($calls as $call) {
    try {
        $call();
        echo "accepted\n";
    } catch (ShopEngine\Exception\ShopException $e) {
        echo $e->getLine(), ' ', basename(strtr(get_class($e), '\\', '/')), ' ', $e->errorcode, ': ', $e->getMessage(), "\n";
    } catch (ValueError $e) {
        echo $e->getLine(), ' ', get_class($e), ': ', $e->getMessage(), "\n";
    }
}
?>
--EXPECTF--
5 MoneyException finer_than_minor_unit: the amount `1.005` is finer than the minor unit of `EUR`
6 MoneyException currency_mismatch: an amount in `EUR` cannot be combined with one in `JPY`
7 MoneyException formula_syntax: %s
8 MoneyException formula_division_by_zero: the formula divides by zero
9 ImportException %s
10 ImportException import_no_shop: import link does not name a shop
11 ImportException import_no_products: an import link needs at least one product
12 ValueError: blockid must be a positive id, `0` given
13 TraceException trace_open: cannot open the trace `/nonexistent/trace.log`: No such file or directory (os error 2)
14 UnknownTransactionException %s
