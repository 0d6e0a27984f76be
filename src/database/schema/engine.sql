-- The engine's own tables. They grow by addition only: two versions of the engine may share them during an upgrade.

-- What the engine knows of a bill. `version` and `stamp` make compare-and-set; `held` says why a human must look.
CREATE TABLE IF NOT EXISTS local_shopengine_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid INTEGER NOT NULL UNIQUE,
    transactionid TEXT NOT NULL UNIQUE,
    shopid INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    stamp TEXT NOT NULL,
    payment TEXT NOT NULL,
    fulfilment TEXT NOT NULL,
    status TEXT NOT NULL,
    held TEXT,
    test INTEGER NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    paymode TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    ownerkey TEXT NOT NULL,
    userid INTEGER NOT NULL,
    customer TEXT NOT NULL DEFAULT '',
    invoice TEXT NOT NULL DEFAULT '',
    partnercode TEXT NOT NULL DEFAULT '',
    lang TEXT NOT NULL DEFAULT 'en',
    historysize INTEGER NOT NULL DEFAULT 0,
    timecreated INTEGER NOT NULL,
    timemodified INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS local_shopengine_order_held ON local_shopengine_order (held);

-- The lines of each revision with the amounts that were shown; never changed, never recomputed.
CREATE TABLE IF NOT EXISTS local_shopengine_line (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    ordering INTEGER NOT NULL,
    kind TEXT NOT NULL,
    itemid INTEGER NOT NULL,
    itemcode TEXT NOT NULL,
    shortname TEXT NOT NULL,
    label TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unitprice TEXT NOT NULL,
    taxcode TEXT NOT NULL,
    taxtitle TEXT NOT NULL,
    taxratio TEXT NOT NULL,
    untaxed TEXT NOT NULL,
    taxes TEXT NOT NULL,
    taxed TEXT NOT NULL,
    UNIQUE (billid, revision, ordering)
);

-- Each decision, in the commit of its change. Times are Unix milliseconds, UTC.
CREATE TABLE IF NOT EXISTS local_shopengine_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    timecreated INTEGER NOT NULL,
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    statusfrom TEXT NOT NULL,
    statusto TEXT NOT NULL,
    revision INTEGER NOT NULL,
    message TEXT NOT NULL,
    UNIQUE (billid, seq)
);

-- Every message of a gateway, raw (base64), before anything is decided about it.
CREATE TABLE IF NOT EXISTS local_shopengine_inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway TEXT NOT NULL,
    messagekey TEXT NOT NULL,
    channel TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    method TEXT NOT NULL,
    query TEXT NOT NULL,
    contenttype TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT '',
    billid INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    timecreated INTEGER NOT NULL,
    timemodified INTEGER NOT NULL,
    UNIQUE (gateway, messagekey)
);
CREATE INDEX IF NOT EXISTS local_shopengine_inbox_state ON local_shopengine_inbox (state, timecreated);

-- Money that moved, one row for each transaction of a gateway.
CREATE TABLE IF NOT EXISTS local_shopengine_settlement (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid INTEGER NOT NULL,
    gateway TEXT NOT NULL,
    reference TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    amount TEXT NOT NULL,
    refunded TEXT NOT NULL DEFAULT '0',
    currency TEXT NOT NULL,
    test INTEGER NOT NULL,
    inboxid INTEGER NOT NULL,
    timecreated INTEGER NOT NULL,
    timemodified INTEGER NOT NULL,
    UNIQUE (gateway, reference)
);
CREATE INDEX IF NOT EXISTS local_shopengine_settlement_bill ON local_shopengine_settlement (billid);

-- Work to do after a commit. A lease that runs out is offered again.
CREATE TABLE IF NOT EXISTS local_shopengine_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    taskkey TEXT NOT NULL UNIQUE,
    billid INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    stamp TEXT NOT NULL DEFAULT '',
    timedue INTEGER NOT NULL,
    result TEXT NOT NULL DEFAULT '',
    timecreated INTEGER NOT NULL,
    timemodified INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS local_shopengine_outbox_due ON local_shopengine_outbox (state, timedue);

-- Numbers without holes: bill ordering, invoice numbers. Taken in the transaction that uses them.
CREATE TABLE IF NOT EXISTS local_shopengine_counter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    value INTEGER NOT NULL
);

-- What the plugin's catalogue does not say of a product.
CREATE TABLE IF NOT EXISTS local_shopengine_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogitemid INTEGER NOT NULL UNIQUE,
    fulfillmenturl TEXT NOT NULL DEFAULT '',
    fulfillmentmessage TEXT NOT NULL DEFAULT ''
);
