--TEST--
the exceptions can be made, extended, chained and caught by their base
--EXTENSIONS--
shopengine
--FILE--
<?php
use ShopEngine\Exception\{GatewayException, MoneyException, ShopException};

class refused extends GatewayException {
    public function __construct(string $message) {
        parent::__construct($message, 3, new LogicException('cause'));
        $this->errorcode = 'refused';
    }
}
try {
    throw new refused('no money');
} catch (ShopException $e) {
    echo get_class($e), ': ', $e->getMessage(), ', ', $e->getCode(), ', ', $e->errorcode, ', ', $e->getPrevious()->getMessage(), "\n";
    echo basename($e->getFile()), ' ', $e->getLine(), "\n";
}
$e = new MoneyException('made by hand');
var_dump($e->errorcode, $e instanceof RuntimeException, $e instanceof GatewayException);
?>
--EXPECT--
refused: no money, 3, refused, cause
exception_subclass_001.php 11
string(0) ""
bool(true)
bool(false)
