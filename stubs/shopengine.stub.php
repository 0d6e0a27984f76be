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

    /** A database. A file that an engine uses must not be opened by PHP's own SQLite in the same process. */
    final class Database
    {
        /** Cannot be called: use `sqlite()` or `moodle()`. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The SQLite file at `$path`; created when its folder exists.
         *
         * @throws \ShopEngine\Exception\DatabaseException also when the last request of this process left a
         *     transaction open: it is undone, so opening again works
         */
        public static function sqlite(string $path): Database
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Moodle's `$DB`. The engine's tables are those that the plugin `local_shopengine` installs. Its transactions
         * are Moodle's delegated ones: one that is open already is an error.
         *
         * @param object $database a connected `moodle_database`
         */
        public static function moodle(mixed $database): Database
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Creates the tables that are missing: the plugin's and the engine's. Safe to repeat.
         *
         * @throws \ShopEngine\Exception\DatabaseException
         */
        public function install(): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Runs several statements that return nothing, separated by semicolons.
         *
         * @throws \ShopEngine\Exception\DatabaseException
         */
        public function run(string $sql): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Rows of a SELECT, each an array by column name; tables in braces, `?` for values. Decimals are strings.
         *
         * @param list<bool|int|string|null>|null $values one for each `?`
         *
         * @return list<array<string, int|string|null>>
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ShopEngine\Exception\ShopException for a value that cannot be bound, a float for one
         */
        public function query(string $sql, ?array $values = null): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Runs an UPDATE, INSERT or DELETE.
         *
         * @param list<bool|int|string|null>|null $values one for each `?`
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ShopEngine\Exception\ShopException for a value that cannot be bound, a float for one
         */
        public function execute(string $sql, ?array $values = null): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /**
     * The shop's engine on one database. It keeps nothing between calls. docs/front.md tells what the shapes mean.
     *
     * @phpstan-type Money array{amount: string, currency: string}
     * @phpstan-type User array{id: int, username?: string, email?: string, firstname?: string, lastname?: string, admin?: bool}
     * @phpstan-type Request array{method: string, script: string, query?: string, body?: string, contenttype?: string,
     *     wwwroot?: string, secret?: string, https?: bool, referer?: string, origin?: string, fetchsite?: string, fetchdest?: string, lang?: string, sesskey?: string, loginurl?: string,
     *     user?: User|null, instantonly?: bool, pluginplaces?: bool, pluginshows?: bool, session?: array|null, shoppingcart?: string|null, drained?: bool, rehearsal?: bool,
     *     asked?: Asked|null}
     * @phpstan-type Call array{token: string, method: string, url: string, headers: array<string, string>, contenttype: string,
     *     body: string, timeout: int}
     * @phpstan-type Called array{status?: int, body?: string, error?: string}
     * @phpstan-type Asked array{token: string, status?: int, body?: string, error?: string}
     * @phpstan-type Answer array{kind: 'page'|'redirect'|'text'|'drain'|'ask'|'file'|'pass', status: int, page: string,
     *     data: array<string, mixed>|null, location: string, body: string, contenttype: string, session: array|null,
     *     cart: array<string, mixed>|null, drain: ''|'first'|'after', ask: Call|null,
     *     file: array{name: string, partner: int, from: int, to: int, format: string, orders: ?string}|null}
     * @phpstan-type Steering array{kind: 'page'|'redirect'|'pass', status: int, location: string,
     *     error: array{code: string, params: array<string, string>}|null,
     *     notices: list<array{level: string, code: string, params: array<string, string>}>,
     *     problems: array<string, string>, cart: array<string, mixed>|null, session: array|null}
     * @phpstan-type ShownMoney array{amount: string, currency: string, text: string}
     * @phpstan-type OrderLine array{kind: string, code: string, shortname: string, label: string, quantity: int,
     *     unitprice: ShownMoney, untaxed: ShownMoney, taxes: ShownMoney, taxed: ShownMoney, rate: ?string}
     * @phpstan-type Totals array{untaxed: ShownMoney, taxes: ShownMoney, taxed: ShownMoney,
     *     bytax: list<array{title: string, rate: string, untaxed: ShownMoney, taxes: ShownMoney, taxed: ShownMoney}>}
     * @phpstan-type Order array{transid: string, idnumber: string, status: string, paid: bool, delivered: bool, held: ?string,
     *     test: bool, revision: int, emissiondate: int, paymode: string, lang: string, seller: array<string, string>,
     *     customer: array<string, string>, invoice: array<string, string>|null, lines: list<OrderLine>, totals: Totals,
     *     links: list<array{label: string, url: string}>, history: list<array{time: int, text: string, actor: string}>}
     * @phpstan-type Task array{id: int, stamp: string, kind: 'deliver'|'prepare'|'mail'|'event', transid: string, payload: mixed, order: ?Order, lock: string}
     * @phpstan-type Performed array{outcome: 'done'|'already'|'failed', public?: string, private?: string, products?: bool,
     *     lines?: list<array{item: int, phase: 'prepay'|'postpay', outcome: 'done'|'already'|'failed', private?: string}>}
     * @phpstan-type Quote array{lines: list<array{kind: string, code: string, label: string, quantity: int, unit_price: string,
     *     tax: ?int, untaxed: Money, taxes: Money, taxed: Money}>,
     *     by_tax: list<array{tax: ?int, title: string, ratio: string, untaxed: Money, taxes: Money, taxed: Money}>,
     *     untaxed: Money, taxes: Money, taxed: Money}
     */
    final class Engine
    {
        /** Version of the extension, the same as `phpversion('shopengine')`. */
        public const VERSION = '0.1.0';

        /**
         * An engine that traces to the file `$trace` with times in the named zone (`date_default_timezone_get()`).
         *
         * @param object|null $texts has a method `plain_text` that takes a text and a language code and gives a text: by it the host's filters read
         *     names of the catalogue; without it their multilingual blocks alone are read
         */
        public function __construct(Database $database, string $trace, string $timezone, ?string $sink = null, ?string $node = null, mixed $texts = null)
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Answers a request of the shop. `query` and `body` are bytes as they came.
         *
         * @param Request $request a key that is missing or null is empty
         *
         * @return Answer
         *
         * @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
         */
        public function handle(array $request): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Steers a request of the purchase for a shop whose pages the plugin draws: where to go, what to say there, and the
         * cart in the plugin's shape (`$SESSION->shoppingcart`). See docs/front.md.
         *
         * @param Request $request a key that is missing or null is empty
         *
         * @return Steering
         *
         * @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
         */
        public function steer(array $request): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Writes the file of an answer of kind `file` to `$path`, in memory that does not grow with it.
         *
         * @param array{name: string, partner: int, from: int, to: int, format: string} $file as the answer has it
         *
         * @return int how many entries it has
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function write(array $file, string $path): int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Names of the payment interfaces that the visitor of a request may choose for his cart; none where it cannot be priced.
         *
         * @param Request $request a key that is missing or null is empty
         *
         * @return list<string>
         *
         * @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
         */
        public function paymodes(array $request): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * What speaks against the plugin's own answer to a request about which the gate's decision has a `check`; null when nothing does.
         *
         * @param Request $request a key that is missing or null is empty
         * @param string $check the gate's word: `paymode`, `owner`, `masks`, `draft` or `customers`
         *
         * @return array{status: int, code: string, params: array<string, string>}|null
         *
         * @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
         */
        public function admit(array $request, string $check): ?array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The rows that a question of the gate is about (its decision's `subjects`), each with its `name`, null where there is no such row.
         *
         * @param list<array{kind: string, id: int}> $subjects
         *
         * @return list<array{kind: string, id: int, name: string|null}>
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function named(array $subjects): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Rehearses the answer to a request that the plugin is about to answer, for a takeover that only watches. Whatever is done in the
         * database is undone.
         *
         * @param array<string, mixed> $request as for `handle`
         *
         * @return string a text for `compare`
         *
         * @throws \ShopEngine\Exception\ShopException when the request array itself is not of that shape
         * @throws \ValueError for an unknown takeover
         */
        public function rehearse(string $takeover, array $request): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Compares what was rehearsed with what the plugin did, writes the line of the trace, and counts.
         *
         * @param string $rehearsed what `rehearse` gave
         * @param array{shoppingcart?: string, paymode?: string, status?: string, location?: string} $done `shoppingcart` is JSON text, `paymode`
         * the one that the buyer chose, `status` and `location` are of the plugin's answer
         *
         * @return array{cause: string, told: string} `same`, `nothing` (to compare), or why the engine would have done something else
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ValueError for an unknown takeover, or a text that is not from `rehearse`
         */
        public function compare(string $takeover, string $rehearsed, array $done): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * What each takeover has seen since it was switched to shadow.
         *
         * @return list<array{takeover: string, compared: int, same: int, nothing: int, since: int, last: int, causes: list<array{cause: string,
         * code: string, number: int, last: int, transid: string}>}> times are Unix seconds; `code` is that of a refusal, `transid` the last
         * order, or ''
         *
         * @throws \ShopEngine\Exception\DatabaseException
         */
        public function watched(): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Forgets what a takeover has seen: to be called when it is switched to shadow.
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ValueError for an unknown takeover
         */
        public function watchAnew(string $takeover): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Leases up to `$limit` pieces of work, and takes up messages that a dead process left undecided. With `$visitor`, what was tried three
         * times without success is left to cron for ten minutes.
         *
         * @return list<Task>
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ValueError for a negative limit
         */
        public function lease(int $limit = 10, bool $visitor = false): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Up to `$limit` calls that are due for messages that no gateway has vouched for yet, each as `ask` of an answer. The
         * host makes them outside of any request and gives the result to `answered`.
         *
         * @return list<Call>
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ValueError for a negative limit
         */
        public function asks(int $limit = 10): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Goes on with the result of such a call: `status` (0 when nobody answered), `body`, `error`. Returns what became
         * of the message, as a code, or the call that comes next, as `asks()` gives it.
         *
         * @param Called $result
         *
         * @return string|Call
         *
         * @throws \ShopEngine\Exception\DatabaseException
         */
        public function answered(string $token, array $result): mixed
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * May a line of this order be produced now? A delivery under way asks before each line, with the bill locked: a refund, or a reversal of
         * the payment, ends it.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function mayProduce(string $transactionid): bool
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * May an email of the plugin's about this order go to `$address`? To one that nobody has confirmed it counts for the limit of an hour.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function mayEmail(string $transactionid, string $address): bool
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Asks again whether a leased delivery may be made, once the host holds its `lock`. `false`: the engine has closed it, put it off or
         * made it due again, and the host leaves it.
         *
         * @throws \ShopEngine\Exception\StateException when the lease has run out and someone else has it
         */
        public function mayPerform(int $id, string $stamp): bool
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Gives a leased task back whose `lock` somebody else holds: it is due again in a while, and no attempt is lost.
         *
         * @throws \ShopEngine\Exception\StateException when the lease has run out and someone else has it
         */
        public function giveBack(int $id, string $stamp): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Says how a piece of work went. `products`: the host keeps no record of what it delivered, the engine shall. `lines`: what was
         * performed of each line of a delivery, from a host that delivers line by line. Bytes of texts that are not UTF-8 are replaced, long
         * texts are cut.
         *
         * @param Performed $performed
         *
         * @throws \ShopEngine\Exception\StateException when the lease has run out and someone else has it
         */
        public function finish(int $id, string $stamp, array $performed): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Everything known of an order, or null when there is none.
         *
         * @return Order|null
         *
         * @throws \ShopEngine\Exception\UnknownTransactionException for what cannot be a transaction id
         * @throws \ShopEngine\Exception\ShopException
         */
        public function order(string $transactionid): ?array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Prices products of a shop for a buyer who has nothing else in his cart.
         *
         * @param array<string, int> $order quantities by shortname
         *
         * @return Quote
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function quote(int $shop, array $order): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Writes again the trace lines of a transaction that a crash swallowed; returns how many.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function restoreTrace(string $transactionid): int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The order of a transaction, as `order()` tells it; a bill of the plugin's that is no order yet becomes one.
         *
         * @return Order
         *
         * @throws \ShopEngine\Exception\UnknownTransactionException when there is no such bill either
         * @throws \ShopEngine\Exception\ShopException when the bill holds what no order can
         */
        public function adopt(string $transactionid): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Brings together up to `$limit` orders and bills that say different things; returns what became of each. `outcome` is
         * `adopted` (the order followed), `restored` (the bill was set back), `held` (a human has to look) or `failed`.
         *
         * @return list<array{transid: string, bill: int, outcome: string, text: string}>
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ValueError for a negative limit
         */
        public function reconcile(int $limit = 100): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Cancels up to `$limit` orders that nobody has paid for `$hours` hours; returns how many. 0 hours cancels none.
         * Forgets the tokens of emails' links that expired long ago.
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ValueError for a negative number
         */
        public function sweep(int $hours, int $limit = 100): int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Takes a held message, whose payment names no order, off the list of what is wrong; `false` when there is no such message.
         *
         * @throws \ShopEngine\Exception\DatabaseException
         */
        public function releaseMessage(int $message): bool
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * What is wrong or waits too long, at most `$limit` findings of a kind; `code` is the key of a language string,
         * `params` its values.
         *
         * @return list<array{code: string, params: array<string, string>}>
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ValueError for a negative limit
         */
        public function integrity(int $limit = 20): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The catalogue check: what a seller should look at among his products' addresses, at most `$limit` findings of a kind;
         * `code` is the key of a language string, `params` its values.
         *
         * @return list<array{code: string, params: array<string, string>}>
         *
         * @throws \ShopEngine\Exception\DatabaseException
         * @throws \ValueError for a negative limit
         */
        public function catalogue(int $limit = 20): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * What the site uses that a takeover would change or lose, the worst first. Nothing is written.
         *
         * @param array{handlers?: list<string>, paymodes?: list<string>, settings?: array<string, string>} $site what the host knows: names
         * of the handlers and payment interfaces that are installed, settings of the takeovers with `pro`, `blocked` and `running`
         *
         * @return array{features: list<array{code: string, severity: string, takeovers: list<string>, params: array<string, string>, link:
         * string}>, blocked: string, running: string} `severity` is `information`, `changes` or `loses`, `link` a path below wwwroot or '';
         * `blocked` and `running` are kept by the host among the settings
         *
         * @throws \ShopEngine\Exception\DatabaseException
         */
        public function survey(array $site): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Replays up to `$limit` past bills with an id above `$after` that were emitted at `$since` (Unix seconds) or later, drafts left out.
         * Nothing is written.
         *
         * @return array{bills: int, last: int, differences: list<array{bill: int, transid: string, causes: list<array{code: string, params:
         * array<string, string>}>}>} `bills` is how many were replayed, `last` the id to go on after
         *
         * @throws \ShopEngine\Exception\DatabaseException
         */
        public function replayBills(int $after, int $since = 0, int $limit = 500): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** May a bill move from one status to another? */
        public static function canMove(BillStatus $from, BillStatus $to): bool
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

    /** The partners of the shops in one database. Whoever calls these has asked whether the user may. */
    final class Partners
    {
        /**
         * The register in `$database`; what is changed is traced to the file `$trace` with times in the named zone.
         */
        public function __construct(Database $database, string $trace, string $timezone, ?string $sink = null, ?string $node = null)
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Registers a partner of a shop with a new secret, for the seller with the account `$seller`. `$change` as for `change()`.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function register(int $shop, string $key, array $change, int $seller): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Changes a partner: `name`, `referer`, `customer`, `user`, `enabled`, `authenticates`, `signature`, `unsignedlinks`,
         * `excluded`. What is not named stays; registered without a word of `signature`, a partner signs. `unsignedlinks` is refused
         * without `unsignedconfirmed`: whoever knows the key can forge unsigned links, so the seller confirms that they authenticate.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function change(int $id, array $change, int $seller): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Gives a partner a new secret and returns it: 32 characters `0-9a-f`. The old one counts for nothing from now on.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function rotate(int $id, int $seller): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The secret of a partner, to be shown to him.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function secret(int $id): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * A partner, without his secret.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function partner(int $id): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The partners by name, without their secrets.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function all(int $limit = 100, int $offset = 0): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The enabled partners whose unsigned links authenticate buyers, by name, without their secrets.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function onUnsignedLinks(int $limit = 100): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Writes the statement of a partner for the time from `$from` to before `$to` (Unix seconds, UTC) to a new file at
         * `$path`; `$format` is `csv` or `json`. Returns how many entries it has. The file is never held in memory.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function statement(int $id, int $from, int $to, string $format, string $path): int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Verifies a statement under a partner's secret: `verified` (bool), and what it says (`partner`, `from`, `to`, `count`,
         * `head`) or where it is not as it was drawn up (`line`, `entry`, `code`).
         */
        public static function verify(string $statement, string $secret): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Verifies a statement in a file, as `verify()` does, in memory that does not grow with it.
         *
         * @throws \ShopEngine\Exception\DatabaseException when the file cannot be opened
         */
        public static function verifyFile(string $path, string $secret): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Compares a partner's own tags with the paid orders that came from him between two times (Unix seconds, UTC), those of the
         * test mode left out. Each finding has `tag`, `finding` (`found`, `missing_here`, `missing_there`, `duplicated`,
         * `amount_differs`), `transids`, `amount`, `currency`, `state`.
         *
         * @param array<array{tag: string, amount?: string}> $list
         * @throws \ShopEngine\Exception\ShopException
         */
        public function reconcile(int $id, int $from, int $to, array $list): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The last entries of a partner's ledger, newest first, up to `$limit` before number `$before` (0: the last). Partner 0:
         * arrivals under keys that nobody has.
         *
         * @throws \ShopEngine\Exception\ShopException
         */
        public function entries(int $id, int $limit = 50, int $before = 0): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** Limits on imports, placements, messages at the endpoints and links of emails. The host counts in its cache; here it is decided. */
    final class Limits
    {
        public const WINDOW = 60;

        /** Cannot be called: use the static methods. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * What is limited of a request: `import`, `customer`, `passcode`, `placement`, `endpoint`, `emaillink`, or null. `$script` is the path below wwwroot; query and
         * body are bytes as they came, and the body counts where `$method` and `$contenttype` make it a form. A placement counts only with
         * `$sesskey`, the session's own key.
         */
        public static function kind(
            string $script,
            string $query,
            string $body,
            string $method,
            string $contenttype,
            string $sesskey,
        ): ?string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The network that requests of an address are counted for: the address itself for IPv4, its first 64 bits for IPv6. */
        public static function network(string $address): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Limits of a kind where the site says nothing else: `client`, `total`.
         *
         * @return int[]
         * @throws \ValueError for an unknown kind
         */
        public static function defaults(string $kind): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Decides about the `$ofclient`-th request of a client and the `$ofall`-th of all in the window of `$now` (Unix seconds). Null: it is
         * answered. Else `status` and `retryafter` (seconds). A limit of 0 is none.
         *
         * @return array{status: int, retryafter: int}|null
         * @throws \ValueError for an unknown kind
         */
        public static function admit(string $kind, int $client, int $total, int $ofclient, int $ofall, int $now): ?array
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

        /**
         * Signs a forged link with the partner's secret: adds `expires` (Unix seconds, if given) and `sig`. docs/partners.md has
         * the rule for other languages.
         *
         * @throws \ShopEngine\Exception\ImportException
         */
        public static function sign(string $link, string $secret, ?int $expires = null): string
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

    /**
     * The merchant trace of a site: a file in the plugin's format, shared by any number of processes, with what other machines wrote
     * beside it and in the database.
     */
    final class Trace
    {
        /**
         * A trace at `$path`, with times in the named zone (`date_default_timezone_get()`). Opens nothing yet.
         *
         * Lines go to this file (`$sink` is `file`, the default), to one of the machine's own beside it (`filepernode`), or to the table
         * of `$database` (`table`), under the machine's name `$node` (the host's). All of them are read, the table where a
         * database is given.
         */
        public function __construct(
            string $path,
            string $timezone,
            ?string $sink = null,
            ?string $node = null,
            ?Database $database = null,
        )
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Writes one line; line breaks and control characters of the text are made harmless.
         *
         * `$level` (`info`, `warning`, `error`) is kept where there is a field for it: in the table. A file has none: there the level is
         * told from the words, as without it.
         *
         * @throws \ShopEngine\Exception\TraceException when the line is nowhere
         * @throws \ShopEngine\Exception\UnknownTransactionException for what cannot be a transaction id
         */
        public function write(string $text, ?string $transactionid = null, ?string $level = null): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Writes one line about a letter, with the letter, into a mail trace; passwords and log-in tickets are concealed first.
         *
         * @throws \ShopEngine\Exception\TraceException when the line is nowhere
         * @throws \ShopEngine\Exception\UnknownTransactionException for what cannot be a transaction id
         */
        public function writeMail(string $to, string $subject, string $body, ?string $transactionid = null): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Brings the index beside the file up to date, or makes it; at most about `$budget` bytes of the trace in this call (0: all).
         *
         * Gives the bytes that are covered and the length of the trace. The last entry is not covered: it may go on.
         *
         * @return array{covered: int, length: int}
         *
         * @throws \ShopEngine\Exception\TraceException when the index cannot be written; look-ups go on without it
         */
        public function index(int $budget = 0): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Puts the trace aside when it has `$size` bytes or its first entry is `$days` days old, under a name with the moment, and removes
         * what was put aside and not changed for `$keep` days; 0 is never. So with the file of each machine; of the table, lines older
         * than `$keep` days are removed. Every way to read follows.
         *
         * @return array{aside: list<string>, removed: int, forgotten: int} the new names, and how many files and lines are gone
         *
         * @throws \ShopEngine\Exception\TraceException
         */
        public function rotate(int $size = 0, int $days = 0, int $keep = 0): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Seals what was appended since the last time to the plugin's file and to this machine's own, in a chain beside each, so that
         * `verify()` finds what is changed afterwards. `$key` is a secret of the site, without which who can write the files could seal anew
         * what he changed; `$ends` is what the last calls gave, kept elsewhere than in the files.
         *
         * @param array<string, string>|null $ends
         *
         * @return array{bytes: int, ends: array<string, string>} how many bytes were sealed, and the new ends by the names of the files
         *
         * @throws \ShopEngine\Exception\TraceException when a chain cannot be written, or is not as it was written
         */
        public function seal(?string $key = null, ?array $ends = null): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Compares the files of all machines with their chains; the table has none.
         *
         * Of each file: `length` and how much of it is `sealed` (bytes), the `time` of the last seal, whether it is `right`, and the findings:
         * the `file`'s name, `code` (a language string), `wrong` (or only worth knowing), where (`from`, `to` in bytes, `first`, `last` in
         * lines), `count`, `time`, and all of it as an English sentence, `text`.
         *
         * @param array<string, string>|null $ends
         *
         * @return list<array{file: string, length: int, sealed: int, time: ?string, right: bool, findings: list<array{file: string, code: string, wrong: bool, from: int, to: int, first: int, last: int, count: int, time: ?string, text: string}>}>
         *
         * @throws \ShopEngine\Exception\TraceException when a file cannot be read
         */
        public function verify(?string $key = null, ?array $ends = null): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Writes `*` over each of these texts, letter for letter, in all files of the trace and in the table: a person's names, e-mail,
         * address. Texts of less than three letters, or without a letter, are left. In what is sealed it leaves a record, with the `$key`
         * of `seal()`. With `$marks` (a person's transaction ids, their account's address) only in entries that name one of them. Gives
         * the number of places.
         *
         * @param list<string> $texts
         * @param list<string>|null $marks
         *
         * @throws \ShopEngine\Exception\TraceException
         */
        public function conceal(array $texts, ?string $key = null, ?array $marks = null): int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Writes `*` over passwords and log-in tickets of a mail trace, from byte `$from` on; `$key` as in `conceal()`.
         *
         * @return array{next: int, places: int} where to go on, and how many
         *
         * @throws \ShopEngine\Exception\TraceException
         */
        public function concealSecrets(int $from = 0, ?string $key = null): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The entries that pass all that is given, read as a loop goes on: those of a transaction, whose id has a prefix, from
         * `$since` to before `$until` (local time as in the file, `2026-08-21 20:39:01`), with a text in them (never a pattern), at
         * least as grave as `$level` (`info`, `warning`, `error`).
         *
         * @throws \ShopEngine\Exception\UnknownTransactionException for what cannot be a transaction id
         */
        public function entries(
            ?string $transactionid = null,
            ?string $prefix = null,
            ?string $since = null,
            ?string $until = null,
            ?string $text = null,
            ?string $level = null,
        ): TraceEntries {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The transactions that the trace speaks of last, the latest first.
         *
         * `first` and `last` are entries as in a loop over `entries()`, `entries` is how many there are, `level` the gravest,
         * `milliseconds` the time from the first to the last (null when a line has no time).
         *
         * @return list<array{transid: string, first: array, last: array, entries: int, level: string, milliseconds: ?int}>
         *
         * @throws \ShopEngine\Exception\TraceException
         */
        public function recent(int $count = 20): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Finds the entries that name a transaction, in the order of the file. The index beside the file is used when there is one,
         * and caught up when it is a little behind.
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

    /**
     * Entries of a trace in the order of the file, of several machines in that of time, machine, process and count, read as the loop goes
     * on: memory does not grow with the file.
     */
    final class TraceEntries implements \Iterator
    {
        /** Cannot be called: instances come from Trace::entries(). */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The entry, null after the last.
         *
         * `time` is local, as written, with milliseconds (null when the line has no head); `node` and `process` say who wrote it (null
         * in the plugin's file, which does not say); `sequence` the line's count within its process (null in older files); `line` the line as in the file, `continuation` the lines below it, `offset` bytes.
         *
         * @return null|array{time: ?string, node: ?string, process: ?int, sequence: ?int, transid: ?string, actor: ?string, text: string, level: string, line: string, continuation: list<string>, offset: int}
         */
        public function current(): ?array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** The number of the entry among those found, from 0. */
        public function key(): int
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * On to the next.
         *
         * @throws \ShopEngine\Exception\TraceException
         */
        public function next(): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * To the first; what was appended meanwhile is read too.
         *
         * @throws \ShopEngine\Exception\TraceException
         */
        public function rewind(): void
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /** Whether there is an entry here. */
        public function valid(): bool
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** The gate before the plugin's own scripts: what becomes of a request to one of them. It opens nothing and keeps nothing. */
    final class Gate
    {
        /** Cannot be called: there are no instances. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Decides about a request to the script `$script` (its path below `local/shop/`). `$query` and `$body` are bytes as they came,
         * the body only of forms. See docs/front.md for the answer.
         *
         * @param array<string, string> $modes the setting of each takeover by name: `off`, `shadow` or `on`
         * @param array<string, string>|null $sender the page that sent it: `wwwroot` and the headers `fetchsite`, `fetchdest`, `origin`, `referer`
         *
         * @return array{passage: string, access: string, takeover: string, check: string, command: bool, plain: bool,
         *     status: int, code: string,
         *     params: array<string, string>, fields: list<array{string, string}>, back: string, get: array<string, ?string>, post: array<string, ?string>}
         *
         * @throws \ShopEngine\Exception\ShopException when `$modes` or `$sender` has anything but texts
         */
        public static function decide(
            string $method,
            string $script,
            string $query,
            string $body,
            string $contenttype,
            string $sesskey,
            array $modes,
            ?array $sender = null,
        ): array {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * How far each takeover goes by these settings, what each builds on and what the site is considered.
         *
         * @param array<string, string> $settings `off`, `shadow` or `on` by name; `pro` is `1` beside the PRO edition, `blocked` names
         * takeovers that would lose money or goods
         *
         * @return array<string, string> `off`, `shadow` or `on` by name, in the order of a purchase
         *
         * @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
         */
        public static function modes(array $settings): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The takeovers in the order in which a site should switch them on.
         *
         * @return array<string, string> by name the takeover that each builds on, or ''
         */
        public static function takeovers(): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Why takeovers stay off by these settings, whatever theirs say.
         *
         * @param array<string, string> $settings as for `modes`
         *
         * @return array<string, string> a code by name, which is the key of a sentence
         *
         * @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
         */
        public static function barriers(array $settings): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Why a takeover must not be set to `$mode` by these settings: the key of a sentence, or null.
         *
         * @param array<string, string> $settings as for `modes`
         *
         * @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
         */
        public static function refusal(string $takeover, string $mode, array $settings): ?string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * A parameter as the plugin may print it: typographic signs in the place of `<`, `>` and `"`. JSON stays JSON if each text in it is
         * free of them.
         */
        public static function plain(string $value): string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Those of the paths below `local/shop/` that the gate would refuse on the site that these settings describe, were each takeover on
         * that can be.
         *
         * @param list<string> $scripts
         * @param array<string, string> $settings as for `modes`
         *
         * @return list<string>
         *
         * @throws \ShopEngine\Exception\ShopException when `$settings` has anything but texts
         */
        public static function unknown(array $scripts, array $settings): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }
    }

    /** Data for the settings pages of payment interfaces, and checks of what is saved there. */
    final class Paymode
    {
        /** Cannot be called: there are no instances. */
        public function __construct()
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * The settings of an interface, in the order of its page: `key` (of plugin `local_shop`), `kind` (`text`, `secret`,
         * `choice`, `url`), `default`, `choices`. Label and help are language strings `<key>` and `<key>_help`.
         *
         * @throws \ShopEngine\Exception\GatewayException for an unknown interface
         */
        public static function settings(string $paymode): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * What is wrong with a value of one setting: a language string key of `local_shopengine`, or null.
         *
         * @throws \ShopEngine\Exception\GatewayException for an unknown interface
         */
        public static function problem(string $paymode, string $key, string $value): ?string
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Reads a message as a gateway's server posts it, and changes nothing: for a developer who has one and wonders. `values`
         * are the settings, `test` among them. Gives what it proves: `order` (the gateway's name of it), `reference` (of the
         * payment), `happened` (`paid`, `announced`, `refused`, …), `amount`, `currency`, `merchant`, `mode` (`live`, `test`, `any`).
         *
         * @throws \ShopEngine\Exception\SignatureException when it is not authentic
         * @throws \ShopEngine\Exception\GatewayException when it proves nothing for another reason
         */
        public static function read(string $paymode, array $values, string $body): array
        {
            throw new \Error('the extension shopengine is not loaded');
        }

        /**
         * Looks over all settings (key to value, `test` among them): findings with `code` (a language string key of
         * `local_shopengine`), `setting` (a key, or null) and `blocks` (whether it keeps the interface from being offered).
         *
         * @throws \ShopEngine\Exception\GatewayException for an unknown interface
         */
        public static function check(string $paymode, array $values): array
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
