<?php
// This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License
// as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

// Plain PHP doing the work of the benchmarks, as a careful PHP developer writes it today: floats for money,
// PDO for the database, one fopen for each trace line. No extension needed.

declare(strict_types=1);

namespace plain;

const RESERVED = ['view', 'origin', 'what', 'autodrive', 'shopid', 'id', 'shipping', 'partner', 'category',
    'categoryalias', 'blockid', 'sesskey', 'lang'];

function partner_code(string $code): array
{
    [$key, $tag, $email] = explode('_', $code, 3) + [1 => null, 2 => null];
    if (strlen($key) > 16 || !ctype_alnum($key)) {
        throw new \InvalidArgumentException('not a partner key');
    }
    return ['key' => $key, 'tag' => $tag, 'email' => $email];
}

function import_url(string $query): array
{
    parse_str($query, $parameters);
    $products = [];
    foreach ($parameters as $name => $value) {
        if (!in_array($name, RESERVED, true)) {
            $quantity = filter_var($value, FILTER_VALIDATE_INT, ['options' => ['min_range' => 1]]);
            $products[] = ['name' => $name, 'quantity' => $quantity ?: null, 'refused' => $quantity ? null : $value];
        }
    }
    return [
        'shop' => (int) ($parameters['shopid'] ?? $parameters['id']),
        'products' => $products,
        'partner' => $parameters['partner'] ?? null,
        'autodrive' => !empty($parameters['autodrive']),
    ];
}

/** The price for a quantity: five bands, the last one open. */
function unit_price(array $item, int $quantity): float
{
    for ($band = 1; $band < 5; $band++) {
        if ($item["range$band"] == 0 || $quantity <= $item["range$band"]) {
            return (float) $item["price$band"];
        }
    }
    return (float) $item['price5'];
}

/** What a tax formula gives; the administrators' text is run as PHP, as shops do that store formulas. */
function taxed_by_eval(string $formula, float $ht, float $tr): float
{
    $ttc = $ht;
    eval("$formula;");
    return $ttc;
}

/** The same for the one formula that nearly all shops have, known beforehand. */
function taxed_fixed(string $formula, float $ht, float $tr): float
{
    return $ht * (1 + $tr / 100);
}

/** Lines, taxes and totals of a cart. */
function totals(array $items, array $taxes, array $cart, callable $taxed): array
{
    $lines = $bytax = [];
    $untaxedsum = $taxedsum = 0.0;
    foreach ($cart as $shortname => $quantity) {
        $item = $items[$shortname];
        $price = unit_price($item, $quantity);
        $untaxed = round($price * $quantity, 2);
        $tax = $taxes[$item['taxcode']];
        $withtax = round($taxed($tax['formula'], $untaxed, (float) $tax['ratio']), 2);
        $lines[] = ['kind' => 'BILLING', 'code' => $item['code'], 'label' => $item['name'], 'quantity' => $quantity,
            'unit_price' => $price, 'tax' => $tax['id'], 'untaxed' => $untaxed, 'taxes' => $withtax - $untaxed, 'taxed' => $withtax];
        $sum = &$bytax[$tax['id']];
        $sum ??= ['title' => $tax['title'], 'ratio' => $tax['ratio'], 'untaxed' => 0.0, 'taxes' => 0.0, 'taxed' => 0.0];
        $sum['untaxed'] += $untaxed;
        $sum['taxes'] += $withtax - $untaxed;
        $sum['taxed'] += $withtax;
        unset($sum);
        $untaxedsum += $untaxed;
        $taxedsum += $withtax;
    }
    return ['lines' => $lines, 'by_tax' => array_values($bytax), 'untaxed' => $untaxedsum,
        'taxes' => $taxedsum - $untaxedsum, 'taxed' => $taxedsum];
}

/** A database as the engine opens it: WAL, synchronous FULL. */
function open(string $path): \PDO
{
    $pdo = new \PDO("sqlite:$path", null, null, [\PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION,
        \PDO::ATTR_DEFAULT_FETCH_MODE => \PDO::FETCH_ASSOC]);
    $pdo->exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000');
    return $pdo;
}

/** One statement, prepared once for each connection. */
function run(\PDO $pdo, string $sql, array $values = []): array
{
    static $prepared;
    $prepared ??= new \WeakMap();
    $statements = $prepared[$pdo] ??= new \ArrayObject();
    $statement = $statements[$sql] ??= $pdo->prepare($sql);
    $statement->execute($values);
    return $statement->columnCount() ? $statement->fetchAll() : [];
}

function insert(\PDO $pdo, string $table, array $row): int
{
    $columns = implode(', ', array_keys($row));
    run($pdo, "INSERT INTO $table ($columns) VALUES (" . implode(', ', array_fill(0, count($row), '?')) . ')', array_values($row));
    return (int) $pdo->lastInsertId();
}

/** The shop as each request reads it: row, settings, taxes, catalogue. */
function shop(\PDO $pdo, int $id): array
{
    $catalogue = run($pdo, 'SELECT i.id, i.catalogid, i.code, i.shortname, i.name, i.description, i.eula, i.range1, i.price1, i.range2,
            i.price2, i.range3, i.price3, i.range4, i.price4, i.range5, i.price5, i.taxcode, i.stock, i.sold, i.status,
            i.maxdeliveryquant, i.onlyforloggedin, i.quantaddressesusers, i.requireddata, i.password, e.fulfillmenturl
        FROM local_shop_catalogitem i LEFT JOIN local_shopengine_item e ON e.catalogitemid = i.id
        WHERE i.catalogid = 1 AND i.setid = 0 ORDER BY i.id');
    return [
        'shop' => run($pdo, 'SELECT * FROM local_shop WHERE id = ?', [$id])[0],
        'settings' => array_column(run($pdo, "SELECT name, value FROM config_plugins WHERE plugin = 'local_shop'"), 'value', 'name'),
        'taxes' => array_column(run($pdo, 'SELECT * FROM local_shop_tax'), null, 'id'),
        'items' => array_column($catalogue, null, 'shortname'),
    ];
}

function quote(\PDO $pdo, int $shop, array $cart, callable $taxed): array
{
    ['items' => $items, 'taxes' => $taxes] = shop($pdo, $shop);
    return totals($items, $taxes, $cart, $taxed);
}

function trace_line(string $path, string $transid, string $text): void
{
    $now = microtime(true);
    $file = fopen($path, 'a');
    fputs($file, sprintf("-- %s %03d -0-  [%s] %s\n", date('Y-n-d H:i:s', (int) $now), fmod($now, 1) * 1000, $transid, $text));
    fclose($file);
}

function scan(string $path, string $transid): array
{
    return preg_grep('/' . preg_quote("[$transid]", '/') . '/', file($path));
}

/**
 * Places an order and settles its payment: the rows that the engine writes, in its three transactions (place; keep the
 * gateway's message; settle), and its trace lines.
 */
function place_and_pay(\PDO $pdo, string $trace, array $cart, array $customer): string
{
    // The page of the order step: place.
    $shop = shop($pdo, 1);
    $totals = totals($shop['items'], $shop['taxes'], $cart, taxed_fixed(...));
    $transid = substr(strtoupper(base_convert(bin2hex(random_bytes(12)), 16, 36)) . '000000000000000000', 0, 18) . '==';
    $amount = fn(float $number): string => number_format($number, 2, '.', '');
    $now = time();
    run($pdo, 'SELECT id FROM user WHERE LOWER(email) = ? AND deleted = 0', [$customer['email']]);
    $pdo->exec('BEGIN IMMEDIATE');
    $known = run($pdo, 'SELECT id FROM local_shop_customer WHERE email = ? AND hasaccount = 0', [$customer['email']]);
    $customerid = $known[0]['id'] ?? insert($pdo, 'local_shop_customer', $customer + ['shopid' => 1, 'hasaccount' => 0, 'timecreated' => $now]);
    $bill = insert($pdo, 'local_shop_bill', ['customerid' => $customerid, 'shopid' => 1, 'userid' => 0, 'blockid' => 0, 'idnumber' => '',
        'ordering' => counter($pdo, 'bill.ordering'), 'title' => $shop['shop']['name'], 'worktype' => 'PROD', 'status' => 'PLACED',
        'emissiondate' => $now, 'lastactiondate' => $now, 'untaxedamount' => $amount($totals['untaxed']), 'taxes' => $amount($totals['taxes']),
        'amount' => $amount($totals['taxed']), 'currency' => 'EUR', 'transactionid' => $transid, 'paymode' => 'test', 'test' => 1]);
    insert($pdo, 'local_shopengine_order', ['billid' => $bill, 'transactionid' => $transid, 'shopid' => 1, 'revision' => 1, 'version' => 1,
        'stamp' => bin2hex(random_bytes(16)), 'payment' => 'due', 'fulfilment' => 'none', 'status' => 'PLACED', 'test' => 1,
        'amount' => $amount($totals['taxed']), 'currency' => 'EUR', 'paymode' => 'test', 'fingerprint' => hash('sha256', json_encode([$cart, $totals])),
        'ownerkey' => '', 'userid' => 0, 'customer' => json_encode($customer), 'timecreated' => $now, 'timemodified' => $now]);
    history($pdo, $bill, 1, 'place', '', 'PLACED');
    foreach ($totals['lines'] as $ordering => $line) {
        $item = $shop['items'][strtolower($line['label'])];
        insert($pdo, 'local_shop_billitem', ['billid' => $bill, 'ordering' => $ordering, 'type' => 'BILLING', 'itemcode' => $line['code'],
            'abstract' => $line['label'], 'description' => $item['description'], 'unitcost' => $line['unit_price'], 'quantity' => $line['quantity'],
            'totalprice' => $amount($line['untaxed']), 'taxcode' => $line['tax'], 'customerdata' => '', 'productiondata' => '']);
        insert($pdo, 'local_shopengine_line', ['billid' => $bill, 'revision' => 1, 'ordering' => $ordering, 'kind' => 'BILLING',
            'itemid' => $item['id'], 'itemcode' => $line['code'], 'shortname' => $item['shortname'], 'label' => $line['label'],
            'quantity' => $line['quantity'], 'unitprice' => $line['unit_price'], 'taxcode' => $line['tax'], 'taxtitle' => '', 'taxratio' => '20',
            'untaxed' => $amount($line['untaxed']), 'taxes' => $amount($line['taxes']), 'taxed' => $amount($line['taxed'])]);
    }
    $pdo->exec('COMMIT');
    trace_line($trace, $transid, 'Order placed');

    // The payment's page: keep the message, then settle.
    shop($pdo, 1);
    $body = "transid=$transid&pay=1";
    $pdo->exec('BEGIN IMMEDIATE');
    $inbox = insert($pdo, 'local_shopengine_inbox', ['gateway' => 'test', 'messagekey' => hash('sha256', $body), 'channel' => 'buyer',
        'endpoint' => 'payment', 'method' => 'POST', 'query' => '', 'contenttype' => '', 'body' => base64_encode($body), 'state' => 'new',
        'timecreated' => $now, 'timemodified' => $now]);
    $pdo->exec('COMMIT');
    $pdo->exec('BEGIN IMMEDIATE');
    $order = run($pdo, 'SELECT * FROM local_shopengine_order WHERE transactionid = ?', [$transid])[0];
    insert($pdo, 'local_shopengine_settlement', ['billid' => $bill, 'gateway' => 'test', 'reference' => $transid, 'revision' => $order['revision'],
        'state' => 'settled', 'amount' => $order['amount'], 'currency' => 'EUR', 'test' => 1, 'inboxid' => $inbox, 'timecreated' => $now, 'timemodified' => $now]);
    run($pdo, 'UPDATE local_shopengine_order SET status = ?, payment = ?, version = version + 1, stamp = ? WHERE id = ? AND version = ?',
        ['SOLDOUT', 'paid', bin2hex(random_bytes(16)), $order['id'], $order['version']]);
    history($pdo, $bill, 2, 'settle', 'PLACED', 'SOLDOUT');
    run($pdo, 'UPDATE local_shop_bill SET status = ?, paiedamount = ?, onlinetransactionid = ?, idnumber = ?, lastactiondate = ? WHERE id = ?',
        ['SOLDOUT', $order['amount'], $transid, date('Y') . '-1-' . counter($pdo, 'invoice'), $now, $bill]);
    foreach (run($pdo, 'SELECT itemid, quantity FROM local_shopengine_line WHERE billid = ? AND revision = 1', [$bill]) as $line) {
        run($pdo, 'UPDATE local_shop_catalogitem SET sold = sold + ? WHERE id = ?', [$line['quantity'], $line['itemid']]);
        run($pdo, 'SELECT stock, sold FROM local_shop_catalogitem WHERE id = ?', [$line['itemid']]);
    }
    foreach (['mail', 'deliver'] as $kind) {
        insert($pdo, 'local_shopengine_outbox', ['taskkey' => "$transid:$kind", 'billid' => $bill, 'kind' => $kind, 'payload' => '{}',
            'state' => 'due', 'timedue' => $now, 'timecreated' => $now, 'timemodified' => $now]);
    }
    run($pdo, 'UPDATE local_shopengine_inbox SET state = ?, billid = ? WHERE id = ?', ['done', $bill, $inbox]);
    $pdo->exec('COMMIT');
    trace_line($trace, $transid, 'Payment settled');
    return $transid;
}

function counter(\PDO $pdo, string $name): int
{
    run($pdo, 'INSERT INTO local_shopengine_counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1', [$name]);
    return (int) run($pdo, 'SELECT value FROM local_shopengine_counter WHERE name = ?', [$name])[0]['value'];
}

function history(\PDO $pdo, int $bill, int $number, string $event, string $from, string $to): void
{
    insert($pdo, 'local_shopengine_history', ['billid' => $bill, 'seq' => $number, 'timecreated' => time(), 'actor' => 'buyer', 'event' => $event,
        'statusfrom' => $from, 'statusto' => $to, 'revision' => 1, 'message' => $event]);
}

/** A SystemPay notification: believed, then read. */
function read_systempay(string $body, string $key): ?array
{
    parse_str($body, $fields);
    $signed = array_filter($fields, fn(string $name): bool => str_starts_with($name, 'vads_'), ARRAY_FILTER_USE_KEY);
    ksort($signed, SORT_STRING);
    $expected = base64_encode(hash_hmac('sha256', implode('+', $signed) . "+$key", $key, true));
    if (!hash_equals($expected, $fields['signature'])) {
        return null;
    }
    return [$fields['vads_order_id'], $fields['vads_trans_id'], $fields['vads_trans_status'], (int) $fields['vads_amount'], $fields['vads_currency'],
        $fields['vads_site_id'], $fields['vads_ctx_mode']];
}

/** A Sips notification: believed, then read. */
function read_mercanet(string $body, string $key): ?array
{
    parse_str($body, $form);
    if (!hash_equals(hash_hmac('sha256', $form['Data'], $key), $form['Seal'])) {
        return null;
    }
    $fields = [];
    foreach (explode('|', $form['Data']) as $pair) {
        [$name, $value] = explode('=', $pair, 2);
        $fields[$name] = $value;
    }
    return [$fields['transactionReference'], $fields['responseCode'], (int) $fields['amount'], $fields['currencyCode'], $fields['merchantId'],
        $fields['keyVersion']];
}

/** An Ogone notification: believed, then read. */
function read_ogone(string $body, string $key): ?array
{
    static $list = ['ACCEPTANCE' => 1, 'AMOUNT' => 1, 'BRAND' => 1, 'CARDNO' => 1, 'CN' => 1, 'CURRENCY' => 1, 'ED' => 1, 'IP' => 1, 'NCERROR' => 1,
        'ORDERID' => 1, 'PAYID' => 1, 'PM' => 1, 'STATUS' => 1, 'TRXDATE' => 1, 'VC' => 1];
    parse_str($body, $form);
    $fields = array_change_key_case($form, CASE_UPPER);
    $signed = array_filter(array_intersect_key($fields, $list), fn(string $value): bool => $value !== '');
    ksort($signed, SORT_STRING);
    $text = '';
    foreach ($signed as $name => $value) {
        $text .= "$name=$value$key";
    }
    if (!hash_equals(strtoupper(hash('sha512', $text)), $fields['SHASIGN'])) {
        return null;
    }
    return [$fields['ORDERID'], $fields['PAYID'], $fields['STATUS'], $fields['AMOUNT'], $fields['CURRENCY']];
}
