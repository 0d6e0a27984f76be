<?php
// This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License
// as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

/**
 * What the extension shopengine adds to PHP, for editors and analysers. Never load this file beside the extension.
 *
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */

namespace ShopEngine {

    /** The shop's engine. */
    final class Engine
    {
        /** Version of the extension, the same as `phpversion('shopengine')`. */
        public const VERSION = '0.1.0';

        /** Cannot be called. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }
}

namespace ShopEngine\Exception {

    /** Everything that the extension throws on purpose. The class and the code tell what happened; `getCode()` stays 0. */
    class ShopException extends \RuntimeException
    {
        /** @var string stable code, for example `amount_mismatch`; also the key of the sentence in the language files */
        public $errorcode = '';
    }

    /** The database is away, locked, or answered nonsense. Answer 503 so that the sender tries again. */
    class DatabaseException extends ShopException {}

    /** A payment interface refused or was refused. */
    class GatewayException extends ShopException {}

    /** A gateway's message is not proven to come from the gateway. */
    class SignatureException extends GatewayException {}

    /** A gateway's amount or currency is not the order's. */
    class AmountMismatchException extends GatewayException {}

    /** No order has this transaction id. */
    class UnknownTransactionException extends GatewayException {}

    /** An import link or a partner code cannot be read. */
    class ImportException extends ShopException {}

    /** An amount, a currency, a rate or a tax formula cannot be used. */
    class MoneyException extends ShopException {}

    /** An order cannot make this move. */
    class StateException extends ShopException {}

    /** The merchant trace cannot be written or read. */
    class TraceException extends ShopException {}
}
