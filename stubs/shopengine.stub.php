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

        /** Cannot be called: no object is needed. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** An amount in a currency, exact to its minor unit. Compare with `equals()`, never with `==`. */
    final class Money
    {
        /** Cannot be called: use `of()` or `ofMinor()`. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * An amount of major units as a plain decimal string, `19.99`, and its ISO 4217 code.
         *
         * @throws \ShopEngine\Exception\MoneyException
         */
        public static function of(string $amount, string $currency): Money
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * An amount of minor units: cents for EUR, yen for JPY, millimes for TND.
         *
         * @throws \ShopEngine\Exception\MoneyException
         */
        public static function ofMinor(int $minor, string $currency): Money
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The sum.
         *
         * @throws \ShopEngine\Exception\MoneyException for two currencies
         */
        public function plus(Money $other): Money
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The difference.
         *
         * @throws \ShopEngine\Exception\MoneyException for two currencies
         */
        public function minus(Money $other): Money
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** Whether amount and currency are the same. */
        public function equals(Money $other): bool
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The amount in major units, with exactly the currency's decimals: `19.90`. */
        public function amount(): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The ISO 4217 code. */
        public function currency(): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The amount in minor units.
         *
         * @throws \ShopEngine\Exception\MoneyException
         */
        public function minorUnits(): int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** `19.90 EUR` */
        public function __toString(): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** A tax formula as administrators write it: `$ttc = $ht * (1 + ($tr / 100))`. */
    final class TaxFormula
    {
        /** Cannot be called: use `parse()`. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Reads a formula; nothing is ever handed to PHP's `eval`.
         *
         * @throws \ShopEngine\Exception\MoneyException with the column of what was not understood
         */
        public static function parse(string $formula): TaxFormula
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The taxed amount of an untaxed amount at a tax ratio (`20` for 20 %), all plain decimal strings of major units,
         * not rounded to any currency.
         *
         * @throws \ShopEngine\Exception\MoneyException
         */
        public function evaluate(string $ht, string $tr): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The formula as it was written. */
        public function __toString(): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** A partner code: `<partnerkey>[_<partnertag>[_<useremail>]]`. Compare with `equals()`, never with `==`. */
    final class PartnerCode
    {
        /** Cannot be called: use `parse()`. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Reads a code. It says nothing about whether the key is registered or enabled.
         *
         * @throws \ShopEngine\Exception\ImportException
         */
        public static function parse(string $code): PartnerCode
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The partner's key: 1 to 16 letters and digits. */
        public function key(): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The partner's mark on this arrival. */
        public function tag(): ?string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The buyer's e-mail as the partner names it, unverified. */
        public function email(): ?string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** Whether key, tag and e-mail are the same. */
        public function equals(PartnerCode $other): bool
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The shortest code with this meaning. */
        public function __toString(): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** An import link, read but not yet compared with a catalogue. */
    final class ImportLink
    {
        /** Cannot be called: use `parse()`. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Reads a raw query string (`$_SERVER['QUERY_STRING']`), because PHP's own reading changes names.
         *
         * @throws \ShopEngine\Exception\ImportException
         */
        public static function parse(string $query): ImportLink
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Forges the URL of an import.
         * 
         * @param string $wwwroot address of the site
         * @param array<string, int|string> $products quantities by name, in their order
         *
         * @throws \ShopEngine\Exception\ImportException for what would not be read back
         * @throws \ValueError for a category or block that is not a positive id
         */
        public static function forge(
            string $wwwroot,
            int $shop,
            array $products,
            ?string $partner = null,
            bool $autodrive = false,
            ?int $category = null,
            ?string $categoryalias = null,
            ?int $blockid = null,
        ): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** Id of the shop. */
        public function shop(): int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * What the link buys; `refused` is the text that is no quantity.
         * 
         * @return list<array{name: string, quantity: ?int, refused: ?string}>
         */
        public function products(): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The partner code as text; it may be malformed. */
        public function partner(): ?string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** Whether the shop goes on by itself as far as it can. */
        public function autodrive(): bool
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** Category shown. */
        public function category(): ?int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** Category shown, by its alias. */
        public function categoryalias(): ?string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** Block that displays the shop. */
        public function blockid(): ?int
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** A trace file in the plugin's format, shared by any number of processes. */
    final class Trace
    {
        /** A trace at `$path`, with times in the named zone (`date_default_timezone_get()`). Opens nothing yet. */
        public function __construct(string $path, string $timezone)
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Appends one line; line breaks and control characters of the text are made harmless.
         *
         * @throws \ShopEngine\Exception\TraceException when the line is not in the file
         * @throws \ShopEngine\Exception\UnknownTransactionException for what cannot be a transaction id
         */
        public function write(string $text, ?string $transactionid = null): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Finds the entries that name a transaction, in the order of the file.
         * 
         * An entry holds `line` (as in the file), `text`, `own` (whether it is this transaction's own line; others mention it),
         * `continuation` (the lines below it) and `offset` (bytes). `resumeat` is the `$from` of the next page, null at the end.
         * 
         * @return array{entries: list<array{line: string, text: string, own: bool, continuation: list<string>, offset: int}>, resumeat: ?int}
         *
         * @throws \ShopEngine\Exception\TraceException
         * @throws \ShopEngine\Exception\UnknownTransactionException for what cannot be a transaction id
         */
        public function scan(string $transactionid, int $from = 0, int $limit = 1000): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** The state of a bill, in the plugin's words. */
    enum BillStatus: string
    {
        case WORKING = 'WORKING';
        case PLACED = 'PLACED';
        case PENDING = 'PENDING';
        case PREPROD = 'PREPROD';
        case SOLDOUT = 'SOLDOUT';
        case PARTIAL = 'PARTIAL';
        case COMPLETE = 'COMPLETE';
        case PAYBACK = 'PAYBACK';
        case FAILED = 'FAILED';
        case REFUSED = 'REFUSED';
        case CANCELLED = 'CANCELLED';
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
