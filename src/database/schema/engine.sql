-- The engine's own tables. They grow by addition only: two versions of the engine may share them during an upgrade.

-- What the engine knows of a bill. `version` and `stamp` make compare-and-set; `held` says why a human must look. `article` is what
-- the order's buyer owns once it is paid ('' when no other order can be of it); `boughtbefore` is the bill that it was closed for.
-- `shown` is the buyer's data with masks, for the session of a buyer whom an unsigned link authenticated ('' for anybody else).
CREATE TABLE IF NOT EXISTS local_shopengine_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL UNIQUE,
    transactionid VARCHAR(40) NOT NULL UNIQUE,
    shopid BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    version BIGINT NOT NULL,
    stamp VARCHAR(32) NOT NULL,
    payment VARCHAR(16) NOT NULL,
    fulfilment VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL,
    held VARCHAR(40),
    test BIGINT NOT NULL,
    amount VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    paymode VARCHAR(16) NOT NULL,
    fingerprint VARCHAR(64) NOT NULL,
    ownerkey VARCHAR(64) NOT NULL,
    userid BIGINT NOT NULL,
    customer TEXT NOT NULL DEFAULT '',
    invoice TEXT NOT NULL DEFAULT '',
    partnercode VARCHAR(255) NOT NULL DEFAULT '',
    lang VARCHAR(30) NOT NULL DEFAULT 'en',
    historysize BIGINT NOT NULL DEFAULT 0,
    timecreated BIGINT NOT NULL,
    timemodified BIGINT NOT NULL,
    fulfillmenturl TEXT NOT NULL DEFAULT '',
    fulfillmentmessage TEXT NOT NULL DEFAULT '',
    article VARCHAR(64) NOT NULL DEFAULT '',
    boundsession VARCHAR(32) NOT NULL DEFAULT '',
    boughtbefore BIGINT NOT NULL DEFAULT 0,
    shown TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS local_shopengine_order_account ON local_shopengine_order (userid);
CREATE INDEX IF NOT EXISTS local_shopengine_order_owner ON local_shopengine_order (ownerkey);
CREATE INDEX IF NOT EXISTS local_shopengine_order_bound ON local_shopengine_order (boundsession);
CREATE INDEX IF NOT EXISTS local_shopengine_order_held ON local_shopengine_order (held);
CREATE INDEX IF NOT EXISTS local_shopengine_order_status ON local_shopengine_order (status, timemodified);
CREATE INDEX IF NOT EXISTS local_shopengine_order_created ON local_shopengine_order (timecreated);

-- The lines of each revision with the amounts that were shown; never changed, never recomputed.
CREATE TABLE IF NOT EXISTS local_shopengine_line (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    ordering BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    itemid BIGINT NOT NULL,
    itemcode VARCHAR(32) NOT NULL,
    shortname VARCHAR(30) NOT NULL,
    label VARCHAR(255) NOT NULL,
    quantity BIGINT NOT NULL,
    unitprice VARCHAR(20) NOT NULL,
    taxcode VARCHAR(8) NOT NULL,
    taxtitle VARCHAR(128) NOT NULL,
    taxratio VARCHAR(20) NOT NULL,
    untaxed VARCHAR(20) NOT NULL,
    taxes VARCHAR(20) NOT NULL,
    taxed VARCHAR(20) NOT NULL,
    fulfillmenturl TEXT NOT NULL DEFAULT '',
    fulfillmentmessage TEXT NOT NULL DEFAULT '',
    article VARCHAR(64) NOT NULL DEFAULT '',
    elements TEXT NOT NULL DEFAULT '',
    handler VARCHAR(64) NOT NULL DEFAULT '',
    UNIQUE (billid, revision, ordering)
);

-- Each decision, in the commit of its change. Times are Unix milliseconds, UTC.
CREATE TABLE IF NOT EXISTS local_shopengine_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    timecreated BIGINT NOT NULL,
    actor VARCHAR(64) NOT NULL,
    event VARCHAR(32) NOT NULL,
    statusfrom VARCHAR(16) NOT NULL,
    statusto VARCHAR(16) NOT NULL,
    revision BIGINT NOT NULL,
    message TEXT NOT NULL,
    UNIQUE (billid, seq)
);

-- Every message of a gateway, raw (base64), before anything is decided about it. `messagekey` is its digest, `size` its length in bytes; of a
-- rejected one the first kilobyte is kept. `subject` is the bill that it names before anybody has vouched for it: 0 not known, -1 none.
CREATE TABLE IF NOT EXISTS local_shopengine_inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway VARCHAR(20) NOT NULL,
    messagekey VARCHAR(64) NOT NULL,
    channel VARCHAR(16) NOT NULL,
    endpoint VARCHAR(64) NOT NULL,
    method VARCHAR(10) NOT NULL,
    query TEXT NOT NULL,
    contenttype VARCHAR(255) NOT NULL,
    body TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    outcome VARCHAR(64) NOT NULL DEFAULT '',
    billid BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    timecreated BIGINT NOT NULL,
    timemodified BIGINT NOT NULL,
    size BIGINT NOT NULL DEFAULT 0,
    subject BIGINT NOT NULL DEFAULT 0,
    UNIQUE (gateway, messagekey)
);
CREATE INDEX IF NOT EXISTS local_shopengine_inbox_state ON local_shopengine_inbox (state, timecreated);
CREATE INDEX IF NOT EXISTS local_shopengine_inbox_subject ON local_shopengine_inbox (subject, state);

-- Calls to payment interfaces that are under way, until they are answered or their time is over (Unix milliseconds, UTC).
CREATE TABLE IF NOT EXISTS local_shopengine_query (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway VARCHAR(20) NOT NULL,
    channel VARCHAR(16) NOT NULL,
    subject BIGINT NOT NULL,
    timeuntil BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS local_shopengine_query_gateway ON local_shopengine_query (gateway, timeuntil);

-- Money that moved, one row for each transaction of a gateway.
CREATE TABLE IF NOT EXISTS local_shopengine_settlement (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL,
    gateway VARCHAR(20) NOT NULL,
    reference VARCHAR(128) NOT NULL,
    revision BIGINT NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason VARCHAR(40) NOT NULL DEFAULT '',
    amount VARCHAR(20) NOT NULL,
    refunded VARCHAR(20) NOT NULL DEFAULT '0',
    currency VARCHAR(3) NOT NULL,
    test BIGINT NOT NULL,
    inboxid BIGINT NOT NULL,
    timecreated BIGINT NOT NULL,
    timemodified BIGINT NOT NULL,
    UNIQUE (gateway, reference)
);
CREATE INDEX IF NOT EXISTS local_shopengine_settlement_bill ON local_shopengine_settlement (billid);
CREATE INDEX IF NOT EXISTS local_shopengine_settlement_created ON local_shopengine_settlement (timecreated);
CREATE INDEX IF NOT EXISTS local_shopengine_settlement_modified ON local_shopengine_settlement (timemodified);

-- Work to do after a commit. A lease that runs out is offered again.
CREATE TABLE IF NOT EXISTS local_shopengine_outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    taskkey VARCHAR(255) NOT NULL UNIQUE,
    billid BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    payload TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    stamp VARCHAR(32) NOT NULL DEFAULT '',
    timedue BIGINT NOT NULL,
    result TEXT NOT NULL DEFAULT '',
    timecreated BIGINT NOT NULL,
    timemodified BIGINT NOT NULL,
    addresskey VARCHAR(64) NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS local_shopengine_outbox_due ON local_shopengine_outbox (state, timedue);
CREATE INDEX IF NOT EXISTS local_shopengine_outbox_address ON local_shopengine_outbox (addresskey, timemodified);

-- Tokens of the links in emails about a bill: `digest` is the SHA-256 of the token. One is good for the account (0: none yet) and the address
-- (`addresskey`, SHA-256) that the order had when the email was sent, until `timeexpires`, unless it was revoked. Milliseconds.
CREATE TABLE IF NOT EXISTS local_shopengine_link (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL,
    digest VARCHAR(64) NOT NULL UNIQUE,
    userid BIGINT NOT NULL,
    addresskey VARCHAR(64) NOT NULL,
    timecreated BIGINT NOT NULL,
    timeexpires BIGINT NOT NULL,
    timerevoked BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS local_shopengine_link_bill ON local_shopengine_link (billid);
CREATE INDEX IF NOT EXISTS local_shopengine_link_expires ON local_shopengine_link (timeexpires);
CREATE INDEX IF NOT EXISTS local_shopengine_link_account ON local_shopengine_link (userid);

-- Numbers without holes: bill ordering, invoice numbers. Taken in the transaction that uses them.
CREATE TABLE IF NOT EXISTS local_shopengine_counter (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(100) NOT NULL UNIQUE,
    value BIGINT NOT NULL
);

-- What the plugin's catalogue does not say of a product.
CREATE TABLE IF NOT EXISTS local_shopengine_item (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogitemid BIGINT NOT NULL UNIQUE,
    fulfillmenturl VARCHAR(255) NOT NULL DEFAULT '',
    fulfillmentmessage TEXT NOT NULL DEFAULT ''
);

-- What was produced of each line of a bill. `phase` is prepay or postpay; `state` is done (the mark is committed with what was produced) or
-- failed, with the `reason` for the seller. Times are Unix milliseconds, UTC.
CREATE TABLE IF NOT EXISTS local_shopengine_produced (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL,
    billitemid BIGINT NOT NULL,
    phase VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    timecreated BIGINT NOT NULL,
    timemodified BIGINT NOT NULL,
    UNIQUE (billitemid, phase)
);
CREATE INDEX IF NOT EXISTS local_shopengine_produced_bill ON local_shopengine_produced (billid);

-- Bills that the plugin's production has delivered in full, on a Moodle; the mark is committed before the plugin's last emails are sent.
-- `told` is 1 once the mail server has taken the one to the buyer.
CREATE TABLE IF NOT EXISTS local_shopengine_delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL UNIQUE,
    timecreated BIGINT NOT NULL,
    told BIGINT NOT NULL DEFAULT 0
);

-- Tries to pay an order at a gateway that names payments in its own way. `number` is unique for its account on `day` (UTC); `request` is
-- what was put to the gateway, `kept` what its answers left behind.
CREATE TABLE IF NOT EXISTS local_shopengine_attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL,
    gateway VARCHAR(20) NOT NULL,
    revision BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    reference VARCHAR(40) NOT NULL,
    number BIGINT NOT NULL,
    day VARCHAR(8) NOT NULL,
    state VARCHAR(16) NOT NULL,
    timecreated BIGINT NOT NULL,
    request TEXT NOT NULL DEFAULT '',
    kept TEXT NOT NULL DEFAULT '',
    version BIGINT NOT NULL DEFAULT 0,
    UNIQUE (gateway, reference)
);
CREATE INDEX IF NOT EXISTS local_shopengine_attempt_bill ON local_shopengine_attempt (billid, gateway);

-- What the plugin's row of a partner does not say: whom it may authenticate (`excluded`: e-mails and @domains, one a line, never), and
-- whether its links must be signed. `unsignedlinks`: the seller has confirmed that its unsigned links authenticate buyers too.
CREATE TABLE IF NOT EXISTS local_shopengine_partner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    partnerid BIGINT NOT NULL UNIQUE,
    authenticates BIGINT NOT NULL,
    signature BIGINT NOT NULL,
    excluded TEXT NOT NULL DEFAULT '',
    timemodified BIGINT NOT NULL,
    unsignedlinks BIGINT NOT NULL DEFAULT 0
);

-- A partner's tag (SHA-256 of it), once: the session that it came with first, the account it authenticated, the order it paid for.
-- `bysignature`: a signed link used it up, so an unsigned one cannot.
CREATE TABLE IF NOT EXISTS local_shopengine_tag (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    partnerid BIGINT NOT NULL,
    tagkey VARCHAR(64) NOT NULL,
    ownerkey VARCHAR(64) NOT NULL,
    userid BIGINT NOT NULL,
    billid BIGINT NOT NULL,
    timecreated BIGINT NOT NULL,
    bysignature BIGINT NOT NULL DEFAULT 0,
    UNIQUE (partnerid, tagkey)
);

-- The partner that an order came from, and what its ledger said of the order last.
CREATE TABLE IF NOT EXISTS local_shopengine_referral (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL UNIQUE,
    partnerid BIGINT NOT NULL,
    tag VARCHAR(255) NOT NULL,
    said VARCHAR(255) NOT NULL DEFAULT '',
    timecreated BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS local_shopengine_referral_partner ON local_shopengine_referral (partnerid);

-- The end of each partner's ledger; its row is locked by whoever adds to it.
CREATE TABLE IF NOT EXISTS local_shopengine_chain (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    partnerid BIGINT NOT NULL UNIQUE,
    entries BIGINT NOT NULL,
    head VARCHAR(64) NOT NULL,
    timelast BIGINT NOT NULL
);

-- What came from a partner, each entry chained to the one before. Never changed. Partner 0: nobody's. Times are Unix milliseconds, UTC.
CREATE TABLE IF NOT EXISTS local_shopengine_ledger (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    partnerid BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    timecreated BIGINT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    tag VARCHAR(255) NOT NULL,
    transactionid VARCHAR(40) NOT NULL,
    state VARCHAR(16) NOT NULL,
    amount VARCHAR(20) NOT NULL,
    currency VARCHAR(3) NOT NULL,
    settled VARCHAR(20) NOT NULL,
    refunded VARCHAR(20) NOT NULL,
    note VARCHAR(255) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    UNIQUE (partnerid, seq)
);
CREATE INDEX IF NOT EXISTS local_shopengine_ledger_time ON local_shopengine_ledger (partnerid, timecreated);
CREATE INDEX IF NOT EXISTS local_shopengine_ledger_state ON local_shopengine_ledger (kind, state, id);
CREATE INDEX IF NOT EXISTS local_shopengine_ledger_kind ON local_shopengine_ledger (kind, timecreated);

-- The trace's lines, where the site keeps them in a table: one for each line, `transactionid` is empty for those of none. `node`, `process`
-- and `seq` say who wrote it and in what order; `severity` is info, warning or error.
CREATE TABLE IF NOT EXISTS local_shopengine_trace (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timecreated BIGINT NOT NULL,
    node VARCHAR(40) NOT NULL,
    process BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    transactionid VARCHAR(40) NOT NULL,
    severity VARCHAR(8) NOT NULL,
    actor VARCHAR(40) NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS local_shopengine_trace_transaction ON local_shopengine_trace (transactionid, timecreated);
CREATE INDEX IF NOT EXISTS local_shopengine_trace_time ON local_shopengine_trace (timecreated);

-- Bills that the engine did not place, and those that were sold past it: `state` is watched or stray (not sold yet), known, alarm or seen;
-- `status` is the bill's word then.
CREATE TABLE IF NOT EXISTS local_shopengine_watch (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL UNIQUE,
    state VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL,
    timecreated BIGINT NOT NULL,
    timemodified BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS local_shopengine_watch_state ON local_shopengine_watch (state);

-- What takeovers that only watch have seen: for each takeover and `cause` (same, nothing, or why the engine would have done something else)
-- how often, when first and last, and the last order. Times are Unix milliseconds, UTC.
CREATE TABLE IF NOT EXISTS local_shopengine_shadow (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    takeover VARCHAR(16) NOT NULL,
    cause VARCHAR(64) NOT NULL,
    number BIGINT NOT NULL,
    timefirst BIGINT NOT NULL,
    timelast BIGINT NOT NULL,
    transactionid VARCHAR(40) NOT NULL,
    UNIQUE (takeover, cause)
);
