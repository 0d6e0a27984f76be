--TEST--
which statuses may follow one another
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\{BillStatus, Engine};

foreach (BillStatus::cases() as $from) {
    $allowed = array_filter(BillStatus::cases(), fn(BillStatus $to) => Engine::canMove($from, $to));
    echo $from->value, ': ', implode(' ', array_column($allowed, 'value')), "\n";
}
var_dump(Engine::canMove(to: BillStatus::SOLDOUT, from: BillStatus::PENDING));
try {
    Engine::canMove('PENDING', BillStatus::SOLDOUT);
} catch (TypeError $error) {
    echo $error->getMessage(), "\n";
}
?>
--EXPECT--
WORKING: PLACED PENDING PARTIAL CANCELLED
PLACED: PENDING PREPROD SOLDOUT FAILED REFUSED CANCELLED
PENDING: PLACED PREPROD SOLDOUT FAILED REFUSED CANCELLED
PREPROD: PARTIAL COMPLETE CANCELLED
SOLDOUT: PARTIAL COMPLETE PAYBACK
PARTIAL: COMPLETE PAYBACK
COMPLETE: PAYBACK
PAYBACK: CANCELLED
FAILED: PLACED PENDING SOLDOUT REFUSED CANCELLED
REFUSED: PLACED PENDING SOLDOUT FAILED CANCELLED
CANCELLED: 
bool(true)
Invalid value given for argument `from`.
