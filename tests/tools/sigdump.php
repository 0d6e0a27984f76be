<?php
// This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License
// as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

/**
 * Prints what PHP sees of the namespace ShopEngine, one sorted line for each class, case, constant, property and method.
 *
 *   php -d extension=.../libshopengine.so sigdump.php     the extension
 *   php sigdump.php stubs/shopengine.stub.php             the stub alone
 *
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

const PREFIX = 'ShopEngine\\';

if (isset($argv[1])) {
    if (extension_loaded('shopengine')) {
        fwrite(STDERR, "load either the stub or the extension\n");
        exit(2);
    }
    require $argv[1];
}

$lines = [];
foreach ([...get_declared_classes(), ...get_declared_interfaces()] as $name) {
    if (str_starts_with($name, PREFIX)) {
        array_push($lines, ...class_lines(new ReflectionClass($name)));
    }
}
foreach (get_defined_functions() as $names) {
    foreach ($names as $name) {
        if (str_starts_with($name, strtolower(PREFIX))) {
            $function = new ReflectionFunction($name);
            $lines[] = 'function ' . $function->getName() . signature($function);
        }
    }
}
foreach (get_defined_constants() as $name => $value) {
    if (str_starts_with($name, PREFIX)) {
        $lines[] = "const $name = " . var_export($value, true);
    }
}
if ($lines === []) {
    fwrite(STDERR, "nothing of the namespace is loaded\n");
    exit(1);
}
sort($lines, SORT_STRING);
echo implode("\n", $lines), "\n";

function class_lines(ReflectionClass $class): array {
    $name = $class->getName();
    $enum = $class->isEnum() ? new ReflectionEnum($name) : null;
    $kind = $class->isInterface() ? 'interface' : ($enum ? 'enum' : 'class');
    $parent = $class->getParentClass();
    $interfaces = $class->getInterfaceNames();
    sort($interfaces);
    $lines = ["$name: $kind"
        . ($class->isFinal() && !$enum ? ' final' : '') . ($class->isAbstract() && !$class->isInterface() ? ' abstract' : '')
        . ($enum?->isBacked() ? ' backed by ' . $enum->getBackingType() : '')
        . ($parent ? ' extends ' . $parent->getName() : '')
        . ($interfaces ? ' implements ' . implode(', ', $interfaces) : '')];
    foreach ($enum?->getCases() ?? [] as $case) {
        $lines[] = "$name::case " . $case->getName() . ($enum->isBacked() ? ' = ' . var_export($case->getBackingValue(), true) : '');
    }
    foreach ($class->getReflectionConstants() as $constant) {
        if ($constant->getDeclaringClass()->getName() === $name && !$constant->isEnumCase()) {
            $lines[] = "$name::const " . implode(' ', Reflection::getModifierNames($constant->getModifiers())) . ' '
                . $constant->getName() . ' = ' . var_export($constant->getValue(), true);
        }
    }
    foreach ($class->getProperties() as $property) {
        if ($property->getDeclaringClass()->getName() === $name && !$property->isPrivate() && !$enum) {
            $lines[] = "$name::property " . implode(' ', Reflection::getModifierNames($property->getModifiers())) . ' '
                . ($property->getType() ?? 'untyped') . ' $' . $property->getName()
                . ($property->hasDefaultValue() ? ' = ' . var_export($property->getDefaultValue(), true) : '');
        }
    }
    foreach ($class->getMethods() as $method) {
        if ($method->getDeclaringClass()->getName() === $name && !$method->isPrivate()
            && !($enum && in_array($method->getName(), ['cases', 'from', 'tryFrom'], true))) {
            $lines[] = "$name::method " . implode(' ', Reflection::getModifierNames($method->getModifiers())) . ' '
                . $method->getName() . signature($method);
        }
    }
    return $lines;
}

function signature(ReflectionFunctionAbstract $function): string {
    $parameters = array_map(function (ReflectionParameter $parameter): string {
        $default = '';
        if ($parameter->isOptional() && !$parameter->isVariadic()) {
            $default = ' = ' . ($parameter->isDefaultValueAvailable() ? var_export($parameter->getDefaultValue(), true) : '?');
        }
        return ($parameter->getType() ?? 'untyped') . ' ' . ($parameter->isPassedByReference() ? '&' : '')
            . ($parameter->isVariadic() ? '...' : '') . '$' . $parameter->getName() . $default;
    }, $function->getParameters());
    return '(' . implode(', ', $parameters) . '): ' . ($function->getReturnType() ?? 'untyped');
}
