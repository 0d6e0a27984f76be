--TEST--
reflection knows the types, names and defaults of every argument
--EXTENSIONS--
shopengine
--FILE--
<?php
foreach ((new ReflectionExtension('shopengine'))->getClasses() as $class) {
    if ($class->isEnum() || $class->isSubclassOf(Throwable::class)) {
        continue;
    }
    foreach ($class->getMethods() as $method) {
        foreach ($method->getParameters() as $parameter) {
            if (!$parameter->hasType()) {
                echo "{$class->getName()}::{$method->getName()}(\${$parameter->getName()}) has no type\n";
            }
        }
        if (!$method->hasReturnType() && !$method->isConstructor()) {
            echo "{$class->getName()}::{$method->getName()} has no return type\n";
        }
    }
    if (!$class->isFinal()) {
        echo "{$class->getName()} is not final\n";
    }
}
foreach ([...(new ReflectionMethod('ShopEngine\ImportLink', 'forge'))->getParameters(),
    ...(new ReflectionMethod('ShopEngine\Engine', '__construct'))->getParameters(),
    ...(new ReflectionMethod('ShopEngine\Engine', 'lease'))->getParameters(),
    ...(new ReflectionMethod('ShopEngine\Database', 'query'))->getParameters()] as $parameter) {
    echo $parameter->getType(), ' $', $parameter->getName();
    echo $parameter->isDefaultValueAvailable() ? ' = ' . var_export($parameter->getDefaultValue(), true) : '', "\n";
}
?>
--EXPECT--
string $wwwroot
int $shop
array $products
?string $partner = NULL
bool $autodrive = false
?int $category = NULL
?string $categoryalias = NULL
?int $blockid = NULL
ShopEngine\Database $database
string $trace
string $timezone
?string $sink = NULL
?string $node = NULL
mixed $texts = NULL
int $limit = 10
bool $visitor = false
string $sql
?array $values = NULL
