<?php
// This file is part of shopengine, the commerce engine of Moodle's local_shop.
//
// Shopengine is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Shopengine is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with shopengine.  If not, see <http://www.gnu.org/licenses/>.

// The engine on MariaDB and on PostgreSQL, through a `$DB` of Moodle's shape: buying, duplicates, many buyers at once.
//   php -d extension=... tests/databases/run.php DESCRIPTION...

namespace shopengine\tests;

require __DIR__ . '/moodle_database.php';

$root = dirname(__DIR__, 2);
foreach (array_slice($argv, 1) as $description) {
    $kind = explode(':', $description)[0];
    $check = function (string $what, bool $right, mixed $seen = null) use ($kind): void {
        echo $right ? 'ok: ' : 'not ok: ', "$kind: $what", $right || $seen === null ? '' : ', not ' . json_encode($seen), "\n";
    };
    $database = moodle_database::connect($description);
    $database->install("$root/src/database/schema/plugin.sql", "$root/src/database/schema/engine.sql");
    seed($database, $root);
    foreach (\ShopEngine\Testing::contract($database) as $name => $fault) {
        $check("contract: $name" . ($fault === '' ? '' : " ($fault)"), $fault === '');
    }
    buying($database, $check);
    $workers = 6;
    together($description, $workers, $check);
    owning($database, $check);
    upkeep($database, $check);
    unpaid($database, $check);
    trace_table($database, $check);
    paypal(moodle_database::connect($description), $check);
    partners($database, $check);
}

/** What happens beside requests: a bill of the plugin's, moved behind the engine's back, and left unpaid. */
function upkeep(moodle_database $database, callable $check): void {
    $engine = engine($database);
    // The contract's own message.
    $database->execute("DELETE FROM {local_shopengine_inbox} WHERE gateway = 'g'");
    $transid = 'STOCKPLUGINORDER01==';
    $bill = $database->insert_record_raw('local_shop_bill', ['shopid' => 1, 'ordering' => 900000, 'customerid' => '1', 'status' => 'PLACED',
        'untaxedamount' => '59.970', 'taxes' => '11.994', 'amount' => '71.964', 'currency' => 'EUR', 'transactionid' => $transid,
        'paymode' => 'check', 'test' => 1, 'worktype' => 'PROD', 'timetodo' => 0, 'title' => 'Shop']);
    $database->insert_record_raw('local_shop_billitem', ['billid' => $bill, 'ordering' => 1, 'type' => 'BILLING', 'itemcode' => 'MONPRODUIT',
        'abstract' => 'MonProduit', 'description' => '', 'unitcost' => '19.990', 'quantity' => 3, 'totalprice' => '59.970', 'taxcode' => '1']);
    $amount = $engine->adopt($transid)['totals']['taxed']['amount'];
    $check('an unrounded bill is adopted with what is due', $amount === '71.96', $amount);
    $found = [$engine->reconcile(), $engine->integrity()];
    $check('nothing is found where nothing is wrong', $found === [[], []], $found);
    $database->execute("UPDATE {local_shop_bill} SET status = 'SOLDOUT' WHERE id = ?", [$bill]);
    $found = array_column($engine->integrity(), 'code');
    $check('a bill that says something else is found', $found === ['bill_differs'], $found);
    $done = array_column($engine->reconcile(), 'outcome');
    $check('a move of the plugin is adopted once', [$done, $engine->reconcile()] === [['adopted'], []], $done);
    $status = $engine->order($transid)['status'];
    $check('and settled', $status === 'SOLDOUT', $status);
    $database->execute("UPDATE {local_shop_billitem} SET quantity = 4 WHERE billid = ?", [$bill]);
    $done = array_column($engine->reconcile(), 'outcome');
    $check('changed lines are held once', [$done, $engine->reconcile()] === [['held'], []], $done);
    $session = [];
    $stale = place($engine, $session, 'monproduit=1', 'check');
    $database->execute('UPDATE {local_shopengine_order} SET timemodified = 1 WHERE transactionid = ?', [$stale]);
    $swept = [$engine->sweep(48), $engine->sweep(48), $engine->order($stale)['status']];
    $check('a stale order is cancelled', $swept === [1, 0, 'CANCELLED'], $swept);
    $database->execute('DELETE FROM {local_shop_billitem} WHERE billid = ?', [$bill]);
    $database->execute('DELETE FROM {local_shop_bill} WHERE id = ?', [$bill]);
    $found = array_count_values(array_column($engine->integrity(), 'code'));
    $check('a bill that is gone is found', ($found['bill_gone'] ?? 0) === 1, $found);
}

/** Bills that were sold past the engine: found once, by products and by events of products too, until a seller has looked. */
function unpaid(moodle_database $database, callable $check): void {
    $engine = engine($database);
    $names = ['cart', 'customer', 'placement', 'payment', 'production', 'endpoints', 'backoffice'];
    foreach ($names as $name) {
        $database->insert_record_raw('config_plugins', ['plugin' => 'local_shopengine', 'name' => $name, 'value' => 'on']);
    }
    $sell = function (int $number, string $status) use ($database): array {
        $bill = $database->insert_record_raw('local_shop_bill', ['shopid' => 1, 'ordering' => $number, 'customerid' => '1', 'status' => $status,
            'untaxedamount' => '50.000', 'taxes' => '10.000', 'amount' => '60.000', 'currency' => 'EUR', 'transactionid' => "UNPAID$number==",
            'paymode' => 'freeorder', 'worktype' => 'PROD', 'timetodo' => 0, 'title' => 'Shop', 'lastactiondate' => 1781520060]);
        return [$bill, $database->insert_record_raw('local_shop_billitem', ['billid' => $bill, 'ordering' => 1, 'type' => 'BILLING',
            'itemcode' => 'REF-FORMATION', 'abstract' => 'Formation', 'description' => '', 'unitcost' => '50.000', 'quantity' => 1,
            'totalprice' => '50.000', 'taxcode' => '1'])];
    };
    $found = fn(): array => array_column(array_column(array_filter($engine->integrity(50),
        fn(array $finding): bool => $finding['code'] === 'sold_without_payment'), 'params'), 'bill');
    drain($engine);
    [$sold] = $sell(910001, 'SOLDOUT');
    [$delivered, $item] = $sell(910002, 'PENDING');
    [$renewed, $other] = $sell(910003, 'PENDING');
    [$open] = $sell(910004, 'PENDING');
    $product = $database->insert_record_raw('local_shop_product', ['catalogitemid' => 1, 'initialbillitemid' => $item, 'currentbillitemid' => $item,
        'customerid' => 1, 'contexttype' => 'userenrol', 'instanceid' => 17, 'startdate' => 1781520120, 'reference' => 'REF17',
        'productiondata' => '', 'extradata' => '']);
    $database->insert_record_raw('local_shop_productevent', ['productid' => $product, 'billitemid' => $other, 'eventtype' => 'billed',
        'datecreated' => 1781520300]);
    $bills = array_map('strval', [$sold, $delivered, $renewed]);
    $check('bills sold without a payment are found before cron looks', $found() === $bills, $found());
    $done = array_column(array_filter($engine->reconcile(), fn(array $one): bool => $one['outcome'] === 'reported'), 'bill');
    $check('and reported', array_map('strval', $done) === $bills, $done);
    $check('once', !in_array('reported', array_column($engine->reconcile(), 'outcome'), true) && $found() === $bills, $found());
    $tasks = array_filter($engine->lease(50), fn(array $task): bool => $task['order'] === null);
    $kinds = array_count_values(array_column($tasks, 'kind'));
    $check('each with one event and one email', $kinds === ['event' => 3, 'mail' => 3], $kinds);
    foreach ($tasks as $task) {
        if ($task['payload']['unpaid']['bill'] === $delivered) {
            $told = $task['payload']['unpaid'];
        }
        $engine->finish($task['id'], $task['stamp'], ['outcome' => 'done']);
    }
    $check('that says what was delivered', [$told['amount'], $told['since'], $told['delivered'][0]['instance']] === ['60.00 EUR', 1781520120, 17], $told);
    $database->execute("UPDATE {local_shop_bill} SET status = 'COMPLETE' WHERE id = ?", [$open]);
    $engine->reconcile();
    $check('a bill that was not sold yet is watched', $found() === [...$bills, (string) $open], $found());
    $seller = ['id' => 2, 'username' => 'admin', 'email' => 'admin@example.org', 'firstname' => 'A', 'lastname' => 'A', 'may' => ['orders', 'refunds']];
    $session = [];
    foreach ([...$bills, $open] as $bill) {
        request($engine, $session, '/local/shopengine/orders.php', '', "what=acknowledge&billid=$bill&sesskey=key", $seller);
    }
    $check('until a seller has looked', $found() === [], $found());
    drain($engine);
    foreach ($names as $name) {
        $database->execute("DELETE FROM {config_plugins} WHERE plugin = 'local_shopengine' AND name = ?", [$name]);
    }
    $check('no transaction is left open', !$database->is_transaction_started());
}

/** The trace in a table: written by two machines, beside transactions that are undone, read in one order, concealed, forgotten. */
function trace_table(moodle_database $database, callable $check): void {
    $folder = sys_get_temp_dir() . '/shopengine-trace-' . getmypid();
    mkdir($folder);
    $ours = \ShopEngine\Database::moodle($database);
    $web = fn(string $node): \ShopEngine\Trace => new \ShopEngine\Trace("$folder/merchant_trace.log", 'Europe/Paris', 'table', $node, $ours);
    [$web1, $web2] = [$web('web1'), $web('web2')];
    $texts = fn(string $transid): array => array_column(iterator_to_array($web1->entries($transid)), 'text');
    $engine = new \ShopEngine\Engine($ours, "$folder/merchant_trace.log", 'Europe/Paris', 'table', 'web1');
    $session = [];
    $transid = place($engine, $session, 'livre=1', 'test');
    request($engine, $session, '/local/shop/paymodes/test/test_ipn.php', 'transid=' . urlencode($transid));
    drain($engine);
    $history = array_column($engine->order($transid)['history'], 'text');
    $check('a purchase tells its decisions to the table', array_diff($history, $texts($transid)) === [], $texts($transid));
    $database->execute("DELETE FROM {local_shopengine_trace} WHERE transactionid = ? AND message LIKE 'Order placed%'", [$transid]);
    $check('a line that a crash took along is written again', $engine->restoreTrace($transid) === 1 && $engine->restoreTrace($transid) === 0);

    $strange = "a\0b\nc \u{1F600} % _ ' \\ \"\u{202e}";
    $database->start_delegated_transaction();
    $web1->write($strange, 'ONE==', 'error');
    $database->force_transaction_rollback();
    $web1->write('after', 'ONE==');
    $check('a transaction that is undone takes no line along', $texts('ONE==') === [$strange, 'after'], $texts('ONE=='));
    $check('letters are told apart', $texts('one==') === []);
    $check('the level is kept', array_column(iterator_to_array($web1->entries('ONE==')), 'level') === ['error', 'info']);
    $prefixes = array_map(fn(string $prefix): int => iterator_count($web1->entries(prefix: $prefix)), ['ON', 'on', 'O_E', '%']);
    $check('a prefix is no pattern', $prefixes === [2, 0, 0, 0], $prefixes);

    $lines = 1300;
    for ($number = 0; $number < $lines; $number++) {
        ($number % 2 ? $web1 : $web2)->write("line $number", 'MANY==');
    }
    $read = iterator_to_array($web1->entries('MANY=='));
    $keys = array_map(fn(array $entry): array => [$entry['time'], $entry['node'], $entry['process'], $entry['sequence']], $read);
    $sorted = $keys;
    sort($sorted);
    $check("$lines lines of two machines come in one order", count($read) === $lines && $keys === $sorted);
    [$from, $paged] = [0, []];
    while ($from !== null) {
        $page = $web2->scan('MANY==', $from, 499);
        array_push($paged, ...array_column($page['entries'], 'text'));
        $from = $page['resumeat'];
    }
    $check('page by page too', $paged === array_column($read, 'text'));
    $check('the last transactions are found', $web1->recent(2)[0]['transid'] === 'MANY==', $web1->recent(2));

    $web1->write('User marie@example.org : created for Marie Curie', 'ONE==');
    $check('a person is concealed', $web1->conceal(['marie@example.org', 'Marie Curie']) === 2
        && one($database, "SELECT COUNT(*) AS n FROM {local_shopengine_trace} WHERE LOWER(message) LIKE '%marie%' OR actor LIKE '%marie%'")->n == 0);
    $database->execute("UPDATE {local_shopengine_trace} SET timecreated = timecreated - 864000000 WHERE transactionid = 'MANY=='");
    $gone = $web1->rotate(keep: 9);
    $check('old lines are forgotten', $gone['forgotten'] === $lines && $texts('MANY==') === [] && count($texts('ONE==')) === 3, $gone);
    $check('nothing is in files', glob("$folder/*") === [], glob("$folder/*"));

    $database->execute('ALTER TABLE {local_shopengine_trace} RENAME TO {local_shopengine_away}');
    $web1->write('while the table is away', 'ONE==');
    $database->execute('ALTER TABLE {local_shopengine_away} RENAME TO {local_shopengine_trace}');
    $check('a line that the table does not take is in the machine\'s file', count($texts('ONE==')) === 4 && glob("$folder/*") === ["$folder/merchant_trace.web1.log"]);
    $check('no transaction is left open', !$database->is_transaction_started());
    array_map('unlink', glob("$folder/*"));
    rmdir($folder);
}

/** Copies the demo shop from a SQLite file. */
function seed(moodle_database $database, string $root): void {
    $path = tempnam(sys_get_temp_dir(), 'shop');
    $source = \ShopEngine\Database::sqlite($path);
    $source->install();
    foreach (preg_split('/;\s*$/m', preg_replace('/^--.*$/m', '', file_get_contents("$root/php/storefront/demo.sql"))) as $statement) {
        if (trim($statement) !== '') {
            $source->execute(trim($statement));
        }
    }
    $tables = ['config_plugins', 'user', 'local_shop', 'local_shop_tax', 'local_shop_catalog', 'local_shop_catalogitem',
        'local_shop_customer', 'local_shop_partner', 'local_shopengine_item', 'local_shopengine_partner'];
    foreach ($tables as $table) {
        foreach ($source->query("SELECT * FROM {{$table}}") as $row) {
            $database->insert_record_raw($table, $row);
        }
        $database->ids_follow($table);
    }
    array_map('unlink', glob("$path*"));
}

/** An engine on a connection of its own. */
function engine(moodle_database $database): \ShopEngine\Engine {
    return new \ShopEngine\Engine(\ShopEngine\Database::moodle($database), '/dev/null', 'UTC');
}

/** One request of a guest, or of a seller; the session goes in and comes out. */
function request(\ShopEngine\Engine $engine, array &$session, string $script, string $query, string $body = '', ?array $user = null): array {
    $answer = $engine->handle([
        'method' => $body === '' ? 'GET' : 'POST', 'script' => $script, 'query' => $query, 'body' => $body,
        'contenttype' => 'application/x-www-form-urlencoded', 'wwwroot' => 'http://127.0.0.1', 'https' => false, 'referer' => '',
        'lang' => 'en', 'sesskey' => 'key', 'loginurl' => 'http://127.0.0.1/login/index.php', 'user' => $user, 'session' => $session,
        'drained' => false,
    ]);
    $session = $answer['session'] ?? $session;
    return $answer;
}

/** Orders by an import link, up to the payment page; returns the transaction id, '' when the buyer owned it. */
function place(\ShopEngine\Engine $engine, array &$session, string $products, string $paymode, string $name = 'Zoé'): string {
    $view = '/local/shop/front/view.php';
    request($engine, $session, $view, "shopid=1&what=import&autodrive=1&$products");
    $info = ['firstname' => $name, 'lastname' => 'Müller', 'address' => '1 rue Haute', 'zip' => '69001', 'city' => 'Lyon', 'country' => 'FR',
        'email' => 'zoe@example.org', 'organisation' => ''];
    $fields = ['view' => 'customer', 'what' => 'navigate', 'shopid' => 1, 'sesskey' => 'key', 'go' => 1];
    foreach ($info as $field => $value) {
        $fields["customerinfo::$field"] = $value;
    }
    request($engine, $session, $view, '', http_build_query($fields));
    request($engine, $session, $view, '', "view=order&what=navigate&shopid=1&sesskey=key&go=1&paymode=$paymode");
    return $session['cart']['transid'] ?? '';
}

/** Performs all work that is due. */
function drain(\ShopEngine\Engine $engine): int {
    $done = 0;
    while ($tasks = $engine->lease(10)) {
        foreach ($tasks as $task) {
            $engine->finish($task['id'], $task['stamp'], ['outcome' => 'done', 'products' => true]);
            $done++;
        }
    }
    return $done;
}

function one(moodle_database $database, string $sql, array $params = []): ?object {
    $rows = $database->get_records_sql($sql, $params);
    return $rows ? reset($rows) : null;
}

function buying(moodle_database $database, \Closure $check): void {
    $engine = engine($database);
    $session = [];
    $transid = place($engine, $session, 'monproduit=3&LIVRE=6&partner=ACADEMIE_tag_marie_curie@example.org', 'test');
    $bill = one($database, 'SELECT * FROM {local_shop_bill} WHERE transactionid = ?', [$transid]);
    $check('an order is placed with exact amounts', $bill?->amount === '128.93' || $bill?->amount === '128.930', $bill);
    $test = '/local/shop/paymodes/test/test_ipn.php';
    $answer = request($engine, $session, $test, "transid=" . urlencode($transid));
    $check('a notification settles it', $answer['status'] === 200, $answer);
    request($engine, $session, $test, "transid=" . urlencode($transid));
    drain($engine);
    $order = $engine->order($transid);
    $check('it is delivered', $order['status'] === 'COMPLETE', $order['status']);
    $count = one($database, 'SELECT COUNT(*) AS n FROM {local_shopengine_settlement} WHERE billid = ?', [$bill->id]);
    $check('a notification that comes twice settles once', (int) $count->n === 1, $count);
    $count = one($database, 'SELECT COUNT(*) AS n FROM {local_shop_product}');
    $check('each unit is one product', (int) $count->n === 9, $count);
    $row = one($database, 'SELECT partnertag, idnumber, status FROM {local_shop_bill} WHERE id = ?', [$bill->id]);
    $check('the bill has its partner tag and its number', $row->partnertag === 'tag' && $row->idnumber !== '', $row);
    $check('no transaction is left open', !$database->is_transaction_started());
    $transid = place($engine, $session, 'ebook=1', 'check');
    request($engine, $session, '/local/shop/front/view.php', '', http_build_query(['view' => 'payment', 'what' => 'navigate', 'transid' => $transid,
        'pay' => 1, 'sesskey' => 'key']));
    $check('a cheque is announced', $engine->order($transid)['status'] === 'PENDING', $engine->order($transid)['status']);
    $seller = ['id' => 2, 'username' => 'admin', 'email' => 'admin@example.org', 'firstname' => 'A', 'lastname' => 'A', 'may' => ['orders', 'refunds']];
    $session = [];
    request($engine, $session, '/local/shop/bills/view.php', '', http_build_query(['what' => 'flowchange', 'transid' => $transid, 'status' => 'SOLDOUT',
        'sesskey' => 'key']), $seller);
    drain($engine);
    $check('the seller confirms it and it is delivered', $engine->order($transid)['status'] === 'COMPLETE', $engine->order($transid)['status']);
}

/** What is owned is not charged again. */
function owning(moodle_database $database, \Closure $check): void {
    $engine = engine($database);
    $session = [];
    $test = '/local/shop/paymodes/test/test_ipn.php';
    $transid = place($engine, $session, 'ebook=1', 'test');
    request($engine, $session, $test, 'transid=' . urlencode($transid));
    drain($engine);
    $page = request($engine, $session, '/local/shop/front/view.php', 'view=produce&transid=' . urlencode($transid));
    $opens = $page['data']['opens']['url'] ?? null;
    $check('the buyer is taken to what he bought', $opens === 'https://lecture.example/ebook', $opens);
    $again = place($engine, $session, 'ebook=1', 'test');
    $closed = one($database, 'SELECT o.id, o.status, b.status AS bill, o.boughtbefore FROM {local_shopengine_order} o
                                JOIN {local_shop_bill} b ON b.id = o.billid ORDER BY o.id DESC LIMIT 1');
    $check('what he owns is not charged again', $again === '' && [$closed->status, $closed->bill] === ['CANCELLED', 'CANCELLED']
        && (int) $closed->boughtbefore > 0, $closed);
    $database->execute("UPDATE {local_shopengine_item} SET fulfillmenturl = 'https://lecture.example/EBOOK' WHERE catalogitemid = 5");
    $other = place($engine, $session, 'ebook=1', 'test');
    $check('an address in other letters is another article', $other !== '');
    $database->execute("UPDATE {local_shopengine_item} SET fulfillmenturl = 'https://lecture.example/ebook' WHERE catalogitemid = 5");
    $findings = $engine->catalogue();
    $check('nothing is wrong with the catalogue', $findings === [], $findings);
}

/** Processes with connections of their own buy, pay the same order and deliver, all at once. */
function together(string $description, int $workers, \Closure $check): void {
    $database = moodle_database::connect($description);
    $session = [];
    $shared = place(engine($database), $session, 'monproduit=1', 'test');
    $before = one($database, 'SELECT COUNT(*) AS n, MAX(ordering) AS last FROM {local_shop_bill}');
    $each = 8;
    $children = [];
    for ($worker = 0; $worker < $workers; $worker++) {
        $child = pcntl_fork();
        if ($child === 0) {
            $own = moodle_database::connect($description);
            $engine = engine($own);
            for ($round = 0; $round < $each; $round++) {
                $session = [];
                $transid = place($engine, $session, 'livre=1', 'test', "Buyer $worker $round");
                foreach ([$transid, $shared, $shared] as $id) {
                    for ($try = 0; $try < 5; $try++) {
                        $answer = request($engine, $session, '/local/shop/paymodes/test/test_ipn.php', 'transid=' . urlencode($id) . "&n=$worker.$round");
                        if ($answer['status'] === 200) {
                            break;
                        }
                    }
                }
                try {
                    drain($engine);
                } catch (\ShopEngine\Exception\StateException) {
                    // Another process took the lease over.
                }
            }
            posix_kill(getmypid(), SIGKILL);
        }
        $children[] = $child;
    }
    foreach ($children as $child) {
        pcntl_waitpid($child, $status);
    }
    $database = moodle_database::connect($description);
    drain(engine($database));
    $placed = $workers * $each;
    $after = one($database, 'SELECT COUNT(*) AS n, MAX(ordering) AS last FROM {local_shop_bill}');
    $check("$placed placements at once take consecutive numbers", $after->n - $before->n === $placed && $after->last - $before->last === $placed, $after);
    $settled = one($database, "SELECT COUNT(*) AS n FROM {local_shopengine_settlement} WHERE state = 'settled' AND reference = ?", ["test:$shared"]);
    $check('an order that all of them pay is settled once', (int) $settled->n === 1, $settled);
    $delivered = one($database, "SELECT COUNT(*) AS n FROM {local_shopengine_history} WHERE event = 'deliver'");
    $complete = one($database, "SELECT COUNT(*) AS n FROM {local_shop_bill} WHERE status = 'COMPLETE'");
    $total = $placed + 3;
    $check("all $total orders are delivered, each once", (int) $delivered->n === $total && (int) $complete->n === $total, [$delivered, $complete]);
    $numbers = one($database, 'SELECT COUNT(*) AS n, COUNT(DISTINCT idnumber) AS d, MAX(idnumber) AS last FROM {local_shop_bill}');
    $check('invoice numbers have no holes and no doubles', (int) $numbers->d === $total && str_ends_with($numbers->last, sprintf('%06d', $total)), $numbers);
}

/** A message that PayPal vouches for later; a part paid back, a reversal and its end. */
function paypal(moodle_database $database, \Closure $check): void {
    $database->execute("UPDATE {config_plugins} SET value = '0' WHERE plugin = 'local_shop' AND name = 'test'");
    $database->insert_record_raw('config_plugins', ['plugin' => 'local_shop', 'name' => 'paypalsellername', 'value' => 'seller@shop.example']);
    $engine = engine($database);
    $session = [];
    $transid = place($engine, $session, 'monproduit=1', 'paypal', 'Renée');
    $message = fn(array $changes): string => http_build_query($changes + [
        'mc_gross' => '23.99', 'mc_currency' => 'EUR', 'payment_status' => 'Completed', 'txn_id' => 'P1', 'business' => 'seller@shop.example',
        'invoice' => $transid, 'custom' => "1.1.$transid", 'charset' => 'utf-8']);
    $ask = fn(string $body): array => request($engine, $session, '/local/shop/paymodes/paypal/paypal_ipn.php', '', $body);
    $verified = fn(string $body): string => $engine->answered($ask($body)['ask']['token'], ['status' => 200, 'body' => 'VERIFIED']);
    $paid = $message([]);
    $told = $engine->answered($ask($paid)['ask']['token'], ['status' => 0, 'error' => 'timeout']);
    $check('a message that nobody vouched for waits', $told === 'message_unverified' && $engine->asks() === [], $told);
    $database->execute('UPDATE {local_shopengine_inbox} SET timemodified = timemodified - 61000');
    $calls = $engine->asks();
    $check('it is asked about again', count($calls) === 1 && $calls[0]['body'] === "cmd=_notify-validate&$paid", $calls);
    $told = $engine->answered($calls[0]['token'], ['status' => 200, 'body' => 'VERIFIED']);
    $check('and counts then', $told === 'applied' && $engine->order($transid)['status'] === 'SOLDOUT', $told);
    $back = ['txn_id' => 'R1', 'parent_txn_id' => 'P1', 'payment_status' => 'Refunded', 'mc_gross' => '-10.00'];
    $verified($message($back));
    $told = $verified($message($back + ['again' => 1]));
    $row = one($database, "SELECT refunded, state FROM {local_shopengine_settlement} WHERE reference = 'P1'");
    $check('a part that is paid back counts once', $told === 'duplicate' && $row->refunded === '10.00' && $row->state === 'settled', [$told, $row]);
    $verified($message(['txn_id' => 'V1', 'payment_status' => 'Reversed', 'mc_gross' => '-23.99'] + $back));
    drain($engine);
    $check('a reversed order is held and not delivered', $engine->order($transid)['held'] === 'payment_reversed'
        && $engine->order($transid)['status'] === 'SOLDOUT');
    $verified($message(['txn_id' => 'V2', 'payment_status' => 'Canceled_Reversal', 'mc_gross' => '23.99'] + $back));
    drain($engine);
    $check('it is delivered when the reversal is cancelled', $engine->order($transid)['status'] === 'COMPLETE', $engine->order($transid)['status']);
    $told = $engine->answered($ask($message(['x' => 1]))['ask']['token'], ['status' => 200, 'body' => 'INVALID']);
    $check('a forged message is disowned, and the history says so', $told === 'message_disowned'
        && in_array('PayPal IPN Invalid [Completed]', array_column($engine->order($transid)['history'], 'text'), true), $told);
}

/** What a partner's link proves, and what his ledger says of bills that the plugin placed. */
function partners(moodle_database $database, \Closure $check): void {
    $engine = engine($database);
    $database->execute("CREATE VIEW {config} AS SELECT 1 AS id, 'siteadmins' AS name, '5' AS value");
    $arrive = function (string $tag, string $email) use ($engine, $database): string {
        $engine->handle([
            'method' => 'GET', 'script' => '/local/shop/front/view.php', 'wwwroot' => 'https://shop.example', 'https' => true,
            'query' => "shopid=1&what=import&monproduit=1&partner=ACADEMIE_{$tag}_$email", 'referer' => 'https://partenaire.example/',
            'lang' => 'en', 'sesskey' => 'key', 'loginurl' => 'https://shop.example/login/index.php', 'session' => [],
        ]);
        $entry = one($database, 'SELECT * FROM {local_shopengine_ledger} WHERE partnerid = 1 ORDER BY seq DESC LIMIT 1');
        return "$entry->state $entry->note";
    };
    $came = $arrive('db1', 'marie_curie@example.org');
    $check('an arrival that meets all conditions authenticates', $came === 'authenticated ', $came);
    $database->insert_record_raw('role_assignments', ['roleid' => 77, 'contextid' => 1, 'userid' => 4]);
    $database->insert_record_raw('role_capabilities', ['roleid' => 77, 'contextid' => 1, 'capability' => 'local/shop:salesadmin', 'permission' => 1]);
    $database->insert_record_raw('capabilities', ['name' => 'local/shop:salesadmin', 'riskbitmask' => 0]);
    $came = $arrive('db2', 'marie_curie@example.org');
    $check('whoever may administer sales is not authenticated', $came === 'identified buyer_privileged', $came);
    $database->insert_record_raw('local_shop_bill', ['shopid' => 1, 'userid' => 3, 'ordering' => 9000, 'customerid' => '1', 'title' => 'Shop',
        'worktype' => 'PROD', 'status' => 'PENDING', 'emissiondate' => 1, 'lastactiondate' => 1, 'amount' => '71.964', 'currency' => 'EUR',
        'transactionid' => 'STOCKPLUGINORDER90==', 'paymode' => 'check', 'test' => 0, 'partnerid' => 1, 'partnertag' => 'db3']);
    $told = function () use ($engine, $database): array {
        $engine->reconcile();
        $row = one($database, "SELECT COUNT(*) AS n, MAX(note) AS note FROM {local_shopengine_ledger} WHERE transactionid = 'STOCKPLUGINORDER90=='");
        return [(int) $row->n, $row->note];
    };
    $check('a bill that the plugin placed for a partner is told of once', [$told(), $told()] === [[1, 'by_plugin'], [1, 'by_plugin']], $told());
}
