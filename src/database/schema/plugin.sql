-- The plugin's tables as SQLite holds them, and the two of Moodle's that the shop reads.
-- Decimals and ratios are TEXT: SQLite would turn a NUMERIC column into binary floats.

CREATE TABLE IF NOT EXISTS local_shop (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL DEFAULT '',
    description TEXT,
    descriptionformat INTEGER,
    currency TEXT,
    customerorganisationrequired INTEGER NOT NULL DEFAULT 0,
    enduserorganisationrequired INTEGER NOT NULL DEFAULT 0,
    endusermobilephonerequired INTEGER NOT NULL DEFAULT 0,
    printtabbedcategories INTEGER NOT NULL DEFAULT 1,
    defaultcustomersupportcourse INTEGER NOT NULL DEFAULT 0,
    forcedownloadleaflet INTEGER NOT NULL DEFAULT 1,
    allowtax INTEGER NOT NULL DEFAULT 1,
    discountthreshold TEXT NOT NULL DEFAULT '0',
    discountrate INTEGER NOT NULL DEFAULT 0,
    discountrate2 INTEGER NOT NULL DEFAULT 0,
    discountrate3 INTEGER NOT NULL DEFAULT 0,
    eula TEXT,
    eulaformat INTEGER,
    catalogid INTEGER,
    paymodes TEXT,
    defaultpaymode TEXT,
    navsteps TEXT,
    sortorder INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name)
);
CREATE INDEX IF NOT EXISTS local_shop_ix_catalogid ON local_shop (catalogid);

CREATE TABLE IF NOT EXISTS local_shop_catalog (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL DEFAULT '',
    description TEXT,
    descriptionformat INTEGER NOT NULL DEFAULT 0,
    salesconditions TEXT,
    salesconditionsformat INTEGER NOT NULL DEFAULT 0,
    groupid INTEGER,
    countryrestrictions TEXT,
    billfooter TEXT,
    billfooterformat INTEGER,
    UNIQUE (name)
);

CREATE TABLE IF NOT EXISTS local_shop_catalogitem (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogid INTEGER NOT NULL DEFAULT 0,
    userid INTEGER NOT NULL DEFAULT 0,
    categoryid INTEGER DEFAULT 0,
    code TEXT NOT NULL DEFAULT '',
    shortname TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    idnumber TEXT NOT NULL DEFAULT '',
    description TEXT,
    descriptionformat INTEGER NOT NULL DEFAULT 0,
    seoalias TEXT,
    seodescription TEXT,
    seokeywords TEXT,
    seotitle TEXT,
    notes TEXT,
    notesformat INTEGER NOT NULL DEFAULT 0,
    eula TEXT,
    eulaformat INTEGER NOT NULL DEFAULT 0,
    range1 INTEGER NOT NULL DEFAULT 0,
    price1 TEXT NOT NULL DEFAULT '0.000',
    range2 INTEGER NOT NULL DEFAULT 0,
    price2 TEXT NOT NULL DEFAULT '0.000',
    range3 INTEGER NOT NULL DEFAULT 0,
    price3 TEXT NOT NULL DEFAULT '0.000',
    range4 INTEGER NOT NULL DEFAULT 0,
    price4 TEXT NOT NULL DEFAULT '0.000',
    range5 INTEGER NOT NULL DEFAULT 0,
    price5 TEXT NOT NULL DEFAULT '0.000',
    taxcode TEXT,
    stock INTEGER NOT NULL DEFAULT 0,
    sold INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'AVAILABLE',
    maxdeliveryquant INTEGER NOT NULL DEFAULT 0,
    onlyforloggedin INTEGER NOT NULL DEFAULT 0,
    quantaddressesusers INTEGER NOT NULL DEFAULT 0,
    renewable INTEGER NOT NULL DEFAULT 0,
    isset TEXT NOT NULL DEFAULT '0',
    setid INTEGER NOT NULL DEFAULT 0,
    showsdescriptioninset INTEGER NOT NULL DEFAULT 0,
    showsnameinset INTEGER NOT NULL DEFAULT 0,
    isoptioninbundle INTEGER NOT NULL DEFAULT 0,
    bundleshowscontent TEXT NOT NULL DEFAULT 'DEFAULT',
    productiondata TEXT,
    requireddata TEXT,
    enablehandler TEXT,
    handlerparams TEXT,
    password TEXT,
    UNIQUE (catalogid, code)
);
CREATE INDEX IF NOT EXISTS local_shop_catalogitem_categoryid ON local_shop_catalogitem (categoryid);
CREATE INDEX IF NOT EXISTS local_shop_catalogitem_catalog_index ON local_shop_catalogitem (catalogid);
CREATE INDEX IF NOT EXISTS local_shop_catalogitem_ix_userid ON local_shop_catalogitem (userid);
CREATE INDEX IF NOT EXISTS local_shop_catalogitem_ix_setid ON local_shop_catalogitem (setid);

CREATE TABLE IF NOT EXISTS local_shop_catalogcategory (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogid INTEGER NOT NULL DEFAULT 0,
    parentid INTEGER NOT NULL DEFAULT 0,
    name TEXT NOT NULL DEFAULT '',
    description TEXT,
    descriptionformat INTEGER NOT NULL DEFAULT 0,
    seoalias TEXT,
    seotitle TEXT,
    seokeywords TEXT,
    seodescription TEXT,
    sortorder INTEGER NOT NULL DEFAULT 0,
    visible INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS local_shop_catalogcategory_ix_catalog_id ON local_shop_catalogcategory (catalogid, parentid);
CREATE INDEX IF NOT EXISTS local_shop_catalogcategory_ix_parent ON local_shop_catalogcategory (parentid);

CREATE TABLE IF NOT EXISTS local_shop_customer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shopid INTEGER NOT NULL DEFAULT 0,
    firstname TEXT NOT NULL DEFAULT '',
    lastname TEXT NOT NULL DEFAULT '',
    address TEXT,
    zip TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    city TEXT NOT NULL DEFAULT '',
    country TEXT NOT NULL DEFAULT '',
    organisation TEXT NOT NULL DEFAULT '',
    hasaccount INTEGER NOT NULL DEFAULT 0,
    invoiceinfo TEXT,
    timecreated INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS local_shop_customer_ix_customer_user ON local_shop_customer (hasaccount);
CREATE INDEX IF NOT EXISTS local_shop_customer_ix_country ON local_shop_customer (country);

CREATE TABLE IF NOT EXISTS local_shop_bill (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    blockid INTEGER,
    shopid INTEGER,
    userid INTEGER,
    idnumber TEXT,
    ordering INTEGER,
    customerid TEXT NOT NULL DEFAULT '',
    invoiceinfo TEXT,
    title TEXT,
    worktype TEXT NOT NULL DEFAULT 'PACK',
    status TEXT NOT NULL DEFAULT 'PENDING',
    remotestatus TEXT DEFAULT '',
    emissiondate INTEGER,
    lastactiondate INTEGER,
    assignedto TEXT,
    timetodo TEXT NOT NULL DEFAULT '0',
    untaxedamount TEXT NOT NULL DEFAULT '0.000',
    taxes TEXT NOT NULL DEFAULT '0.000',
    amount TEXT NOT NULL DEFAULT '0.000',
    currency TEXT NOT NULL DEFAULT 'EUR',
    convertedamount TEXT NOT NULL DEFAULT '0.000',
    transactionid TEXT,
    onlinetransactionid TEXT,
    expectedpaiement TEXT,
    paiedamount TEXT NOT NULL DEFAULT '0.000',
    discount TEXT NOT NULL DEFAULT '0.000',
    untaxeddiscount TEXT NOT NULL DEFAULT '0.000',
    discounttaxes TEXT NOT NULL DEFAULT '0.000',
    paymode TEXT NOT NULL DEFAULT 'CHK',
    ignoretax INTEGER NOT NULL DEFAULT 0,
    productiondata TEXT,
    paymentfee TEXT NOT NULL DEFAULT '0.000',
    productionfeedback TEXT,
    test INTEGER NOT NULL DEFAULT 0,
    partnerid INTEGER,
    partnertag TEXT,
    UNIQUE (transactionid),
    UNIQUE (ordering)
);
CREATE INDEX IF NOT EXISTS local_shop_bill_ix_user_id ON local_shop_bill (customerid);
CREATE INDEX IF NOT EXISTS local_shop_bill_ix_shopid ON local_shop_bill (shopid);

CREATE TABLE IF NOT EXISTS local_shop_billitem (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid INTEGER NOT NULL DEFAULT 0,
    ordering INTEGER NOT NULL DEFAULT 0,
    type TEXT NOT NULL DEFAULT 'BILLING',
    itemcode TEXT,
    catalogitem TEXT,
    abstract TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    delay TEXT,
    unitcost TEXT NOT NULL DEFAULT '0.000',
    quantity INTEGER NOT NULL DEFAULT 1,
    totalprice TEXT DEFAULT '0.000',
    taxcode TEXT,
    bundleid INTEGER,
    customerdata TEXT,
    productiondata TEXT
);
CREATE INDEX IF NOT EXISTS local_shop_billitem_unique_ordering ON local_shop_billitem (billid, ordering);
CREATE INDEX IF NOT EXISTS local_shop_billitem_bill_ix ON local_shop_billitem (billid);

CREATE TABLE IF NOT EXISTS local_shop_tax (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    country TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT '',
    ratio TEXT NOT NULL DEFAULT '0',
    formula TEXT
);

CREATE TABLE IF NOT EXISTS local_shop_product (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogitemid INTEGER NOT NULL DEFAULT 0,
    initialbillitemid INTEGER NOT NULL DEFAULT 0,
    currentbillitemid INTEGER NOT NULL DEFAULT 0,
    customerid INTEGER NOT NULL DEFAULT 0,
    contexttype TEXT NOT NULL DEFAULT '',
    instanceid INTEGER NOT NULL DEFAULT 0,
    startdate INTEGER NOT NULL DEFAULT 0,
    enddate INTEGER NOT NULL DEFAULT 0,
    reference TEXT NOT NULL DEFAULT '',
    productiondata TEXT NOT NULL DEFAULT '',
    extradata TEXT NOT NULL DEFAULT '',
    deleted INTEGER NOT NULL DEFAULT 0,
    test INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS local_shop_product_ix_cs_product_catalogitem ON local_shop_product (catalogitemid);
CREATE INDEX IF NOT EXISTS local_shop_product_ix_cs_product_customer ON local_shop_product (customerid);
CREATE INDEX IF NOT EXISTS local_shop_product_ix_initialbillitemid ON local_shop_product (initialbillitemid);

CREATE TABLE IF NOT EXISTS local_shop_productevent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    productid INTEGER NOT NULL,
    billitemid INTEGER NOT NULL,
    eventtype TEXT NOT NULL DEFAULT '',
    eventdata TEXT,
    datecreated INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS local_shop_productevent_ix_cs_product_id ON local_shop_productevent (productid);
CREATE INDEX IF NOT EXISTS local_shop_productevent_ix_cs_product_billitem ON local_shop_productevent (billitemid);

CREATE TABLE IF NOT EXISTS local_shop_paypal_ipn (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    txnid TEXT NOT NULL DEFAULT '',
    transid TEXT NOT NULL DEFAULT '',
    paypalinfo TEXT,
    result TEXT NOT NULL DEFAULT '',
    timecreated INTEGER NOT NULL,
    UNIQUE (txnid),
    UNIQUE (transid)
);

CREATE TABLE IF NOT EXISTS local_shop_partner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shopid INTEGER NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    partnerkey TEXT NOT NULL DEFAULT '',
    referer TEXT,
    partnersecret TEXT NOT NULL DEFAULT '',
    customerid INTEGER NOT NULL DEFAULT 0,
    moodleuser INTEGER NOT NULL DEFAULT 0,
    enabled INTEGER,
    UNIQUE (partnerkey)
);

CREATE TABLE IF NOT EXISTS config_plugins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    plugin TEXT NOT NULL DEFAULT 'core',
    name TEXT NOT NULL DEFAULT '',
    value TEXT NOT NULL,
    UNIQUE (plugin, name)
);

CREATE TABLE IF NOT EXISTS user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL DEFAULT '' UNIQUE,
    password TEXT NOT NULL DEFAULT '',
    firstname TEXT NOT NULL DEFAULT '',
    lastname TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    lang TEXT NOT NULL DEFAULT 'en',
    siteadmin INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    suspended INTEGER NOT NULL DEFAULT 0
);
