-- The plugin's tables, and those of Moodle that the shop reads, for databases that no Moodle has installed.
--
-- The types are real ones (VARCHAR, BIGINT, DOUBLE PRECISION, DECIMAL) written so that SQLite keeps decimals as text: a
-- NUMERIC column of SQLite would make binary floats of them, a type whose name holds TEXT does not.

CREATE TABLE IF NOT EXISTS local_shop (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(255) NOT NULL DEFAULT '',
    description TEXT,
    descriptionformat BIGINT,
    currency VARCHAR(3),
    customerorganisationrequired BIGINT NOT NULL DEFAULT 0,
    enduserorganisationrequired BIGINT NOT NULL DEFAULT 0,
    endusermobilephonerequired BIGINT NOT NULL DEFAULT 0,
    printtabbedcategories BIGINT NOT NULL DEFAULT 1,
    defaultcustomersupportcourse BIGINT NOT NULL DEFAULT 0,
    forcedownloadleaflet BIGINT NOT NULL DEFAULT 1,
    allowtax BIGINT NOT NULL DEFAULT 1,
    discountthreshold DECIMALTEXT(10,0) NOT NULL DEFAULT '0',
    discountrate BIGINT NOT NULL DEFAULT 0,
    discountrate2 BIGINT NOT NULL DEFAULT 0,
    discountrate3 BIGINT NOT NULL DEFAULT 0,
    eula TEXT,
    eulaformat BIGINT,
    catalogid BIGINT,
    paymodes TEXT,
    defaultpaymode VARCHAR(16),
    navsteps VARCHAR(255),
    sortorder BIGINT NOT NULL DEFAULT 0,
    UNIQUE (name)
);
CREATE INDEX IF NOT EXISTS local_shop_ix_catalogid ON local_shop (catalogid);

CREATE TABLE IF NOT EXISTS local_shop_catalog (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(255) NOT NULL DEFAULT '',
    description TEXT,
    descriptionformat BIGINT NOT NULL DEFAULT 0,
    salesconditions TEXT,
    salesconditionsformat BIGINT NOT NULL DEFAULT 0,
    groupid BIGINT,
    countryrestrictions VARCHAR(255),
    billfooter TEXT,
    billfooterformat BIGINT,
    UNIQUE (name)
);

CREATE TABLE IF NOT EXISTS local_shop_catalogitem (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogid BIGINT NOT NULL DEFAULT 0,
    userid BIGINT NOT NULL DEFAULT 0,
    categoryid BIGINT DEFAULT 0,
    code VARCHAR(32) NOT NULL DEFAULT '',
    shortname VARCHAR(30) NOT NULL DEFAULT '',
    name VARCHAR(255) NOT NULL DEFAULT '',
    idnumber VARCHAR(255) NOT NULL DEFAULT '',
    description TEXT,
    descriptionformat BIGINT NOT NULL DEFAULT 0,
    seoalias VARCHAR(64),
    seodescription VARCHAR(255),
    seokeywords VARCHAR(255),
    seotitle VARCHAR(255),
    notes TEXT,
    notesformat BIGINT NOT NULL DEFAULT 0,
    eula TEXT,
    eulaformat BIGINT NOT NULL DEFAULT 0,
    range1 BIGINT NOT NULL DEFAULT 0,
    price1 DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    range2 BIGINT NOT NULL DEFAULT 0,
    price2 DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    range3 BIGINT NOT NULL DEFAULT 0,
    price3 DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    range4 BIGINT NOT NULL DEFAULT 0,
    price4 DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    range5 BIGINT NOT NULL DEFAULT 0,
    price5 DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    taxcode VARCHAR(8),
    stock BIGINT NOT NULL DEFAULT 0,
    sold BIGINT NOT NULL DEFAULT 0,
    status VARCHAR(20) NOT NULL DEFAULT 'AVAILABLE',
    maxdeliveryquant BIGINT NOT NULL DEFAULT 0,
    onlyforloggedin BIGINT NOT NULL DEFAULT 0,
    quantaddressesusers BIGINT NOT NULL DEFAULT 0,
    renewable BIGINT NOT NULL DEFAULT 0,
    isset VARCHAR(1) NOT NULL DEFAULT '0',
    setid BIGINT NOT NULL DEFAULT 0,
    showsdescriptioninset BIGINT NOT NULL DEFAULT 0,
    showsnameinset BIGINT NOT NULL DEFAULT 0,
    isoptioninbundle BIGINT NOT NULL DEFAULT 0,
    bundleshowscontent VARCHAR(7) NOT NULL DEFAULT 'DEFAULT',
    productiondata TEXT,
    requireddata TEXT,
    enablehandler VARCHAR(30),
    handlerparams TEXT,
    password VARCHAR(8),
    UNIQUE (catalogid, code)
);
CREATE INDEX IF NOT EXISTS local_shop_catalogitem_categoryid ON local_shop_catalogitem (categoryid);
CREATE INDEX IF NOT EXISTS local_shop_catalogitem_catalog_index ON local_shop_catalogitem (catalogid);
CREATE INDEX IF NOT EXISTS local_shop_catalogitem_ix_userid ON local_shop_catalogitem (userid);
CREATE INDEX IF NOT EXISTS local_shop_catalogitem_ix_setid ON local_shop_catalogitem (setid);

CREATE TABLE IF NOT EXISTS local_shop_catalogcategory (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogid BIGINT NOT NULL DEFAULT 0,
    parentid BIGINT NOT NULL DEFAULT 0,
    name VARCHAR(255) NOT NULL DEFAULT '',
    description TEXT,
    descriptionformat BIGINT NOT NULL DEFAULT 0,
    seoalias VARCHAR(64),
    seotitle VARCHAR(255),
    seokeywords VARCHAR(255),
    seodescription VARCHAR(255),
    sortorder BIGINT NOT NULL DEFAULT 0,
    visible BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS local_shop_catalogcategory_ix_catalog_id ON local_shop_catalogcategory (catalogid, parentid);
CREATE INDEX IF NOT EXISTS local_shop_catalogcategory_ix_parent ON local_shop_catalogcategory (parentid);

CREATE TABLE IF NOT EXISTS local_shop_customer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shopid BIGINT NOT NULL DEFAULT 0,
    firstname VARCHAR(40) NOT NULL DEFAULT '',
    lastname VARCHAR(40) NOT NULL DEFAULT '',
    address VARCHAR(255),
    zip VARCHAR(10) NOT NULL DEFAULT '',
    email VARCHAR(80) NOT NULL DEFAULT '',
    city VARCHAR(40) NOT NULL DEFAULT '',
    country VARCHAR(2) NOT NULL DEFAULT '',
    organisation VARCHAR(64) NOT NULL DEFAULT '',
    hasaccount BIGINT NOT NULL DEFAULT 0,
    invoiceinfo TEXT,
    timecreated BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS local_shop_customer_ix_customer_user ON local_shop_customer (hasaccount);
CREATE INDEX IF NOT EXISTS local_shop_customer_ix_country ON local_shop_customer (country);

CREATE TABLE IF NOT EXISTS local_shop_bill (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    blockid BIGINT,
    shopid BIGINT,
    userid BIGINT,
    idnumber VARCHAR(255),
    ordering BIGINT,
    customerid VARCHAR(50) NOT NULL DEFAULT '',
    invoiceinfo TEXT,
    title VARCHAR(255),
    worktype VARCHAR(5) NOT NULL DEFAULT 'PACK',
    status VARCHAR(10) NOT NULL DEFAULT 'PENDING',
    remotestatus VARCHAR(10) DEFAULT '',
    emissiondate BIGINT,
    lastactiondate BIGINT,
    assignedto VARCHAR(16),
    timetodo DOUBLETEXT NOT NULL DEFAULT '0',
    untaxedamount DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    taxes DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    amount DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    currency VARCHAR(16) NOT NULL DEFAULT 'EUR',
    convertedamount DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    transactionid VARCHAR(40),
    onlinetransactionid VARCHAR(128),
    expectedpaiement TEXT,
    paiedamount DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    discount DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    untaxeddiscount DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    discounttaxes DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    paymode VARCHAR(16) NOT NULL DEFAULT 'CHK',
    ignoretax BIGINT NOT NULL DEFAULT 0,
    productiondata TEXT,
    paymentfee DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    productionfeedback TEXT,
    test BIGINT NOT NULL DEFAULT 0,
    partnerid BIGINT,
    partnertag VARCHAR(16),
    UNIQUE (transactionid),
    UNIQUE (ordering)
);
CREATE INDEX IF NOT EXISTS local_shop_bill_ix_user_id ON local_shop_bill (customerid);
CREATE INDEX IF NOT EXISTS local_shop_bill_ix_shopid ON local_shop_bill (shopid);

CREATE TABLE IF NOT EXISTS local_shop_billitem (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    billid BIGINT NOT NULL DEFAULT 0,
    ordering BIGINT NOT NULL DEFAULT 0,
    type VARCHAR(10) NOT NULL DEFAULT 'BILLING',
    itemcode VARCHAR(32),
    catalogitem TEXT,
    abstract VARCHAR(255) NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    delay DOUBLETEXT,
    unitcost DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    quantity DOUBLETEXT NOT NULL DEFAULT '1',
    totalprice DECIMALTEXT(10,3) DEFAULT '0.000',
    taxcode VARCHAR(8),
    bundleid BIGINT,
    customerdata TEXT,
    productiondata TEXT
);
CREATE INDEX IF NOT EXISTS local_shop_billitem_unique_ordering ON local_shop_billitem (billid, ordering);
CREATE INDEX IF NOT EXISTS local_shop_billitem_bill_ix ON local_shop_billitem (billid);

CREATE TABLE IF NOT EXISTS local_shop_tax (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    country VARCHAR(2) NOT NULL DEFAULT '',
    title VARCHAR(128) NOT NULL DEFAULT '',
    ratio DOUBLETEXT NOT NULL DEFAULT '0',
    formula VARCHAR(255)
);

CREATE TABLE IF NOT EXISTS local_shop_catalogshipzone (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogid BIGINT NOT NULL DEFAULT 0,
    zonecode VARCHAR(4) NOT NULL DEFAULT '',
    description VARCHAR(255),
    billscopeamount DECIMALTEXT(10,3) NOT NULL DEFAULT '0.000',
    taxid BIGINT NOT NULL DEFAULT 0,
    applicability TEXT NOT NULL DEFAULT '',
    UNIQUE (catalogid, zonecode)
);

CREATE TABLE IF NOT EXISTS local_shop_discount (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shopid BIGINT NOT NULL,
    name VARCHAR(255) NOT NULL DEFAULT '',
    type VARCHAR(32) NOT NULL DEFAULT '',
    rate DECIMALTEXT(10,0),
    enabled BIGINT,
    ordering BIGINT NOT NULL DEFAULT 0,
    UNIQUE (shopid, name)
);

CREATE TABLE IF NOT EXISTS local_shop_product (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    catalogitemid BIGINT NOT NULL DEFAULT 0,
    initialbillitemid BIGINT NOT NULL DEFAULT 0,
    currentbillitemid BIGINT NOT NULL DEFAULT 0,
    customerid BIGINT NOT NULL DEFAULT 0,
    contexttype VARCHAR(32) NOT NULL DEFAULT '',
    instanceid BIGINT NOT NULL DEFAULT 0,
    startdate BIGINT NOT NULL DEFAULT 0,
    enddate BIGINT NOT NULL DEFAULT 0,
    reference VARCHAR(255) NOT NULL DEFAULT '',
    productiondata TEXT NOT NULL DEFAULT '',
    extradata TEXT NOT NULL DEFAULT '',
    deleted BIGINT NOT NULL DEFAULT 0,
    test BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS local_shop_product_ix_cs_product_catalogitem ON local_shop_product (catalogitemid);
CREATE INDEX IF NOT EXISTS local_shop_product_ix_cs_product_customer ON local_shop_product (customerid);
CREATE INDEX IF NOT EXISTS local_shop_product_ix_initialbillitemid ON local_shop_product (initialbillitemid);

CREATE TABLE IF NOT EXISTS local_shop_productevent (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    productid BIGINT NOT NULL,
    billitemid BIGINT NOT NULL,
    eventtype VARCHAR(32) NOT NULL DEFAULT '',
    eventdata TEXT,
    datecreated BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS local_shop_productevent_ix_cs_product_id ON local_shop_productevent (productid);
CREATE INDEX IF NOT EXISTS local_shop_productevent_ix_cs_product_billitem ON local_shop_productevent (billitemid);

CREATE TABLE IF NOT EXISTS local_shop_paypal_ipn (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    txnid VARCHAR(32) NOT NULL DEFAULT '',
    transid VARCHAR(32) NOT NULL DEFAULT '',
    paypalinfo TEXT,
    result VARCHAR(16) NOT NULL DEFAULT '',
    timecreated BIGINT NOT NULL,
    UNIQUE (txnid),
    UNIQUE (transid)
);

CREATE TABLE IF NOT EXISTS local_shop_partner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shopid BIGINT NOT NULL,
    name VARCHAR(255) NOT NULL DEFAULT '',
    partnerkey VARCHAR(16) NOT NULL DEFAULT '',
    referer VARCHAR(255),
    partnersecret VARCHAR(32) NOT NULL DEFAULT '',
    customerid BIGINT NOT NULL DEFAULT 0,
    moodleuser BIGINT NOT NULL DEFAULT 0,
    enabled BIGINT,
    UNIQUE (partnerkey)
);

CREATE TABLE IF NOT EXISTS config_plugins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    plugin VARCHAR(100) NOT NULL DEFAULT 'core',
    name VARCHAR(100) NOT NULL DEFAULT '',
    value TEXT NOT NULL,
    UNIQUE (plugin, name)
);

CREATE TABLE IF NOT EXISTS user (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username VARCHAR(100) NOT NULL DEFAULT '' UNIQUE,
    password VARCHAR(255) NOT NULL DEFAULT '',
    firstname VARCHAR(100) NOT NULL DEFAULT '',
    lastname VARCHAR(100) NOT NULL DEFAULT '',
    email VARCHAR(100) NOT NULL DEFAULT '',
    lang VARCHAR(30) NOT NULL DEFAULT 'en',
    siteadmin BIGINT NOT NULL DEFAULT 0,
    deleted BIGINT NOT NULL DEFAULT 0,
    suspended BIGINT NOT NULL DEFAULT 0,
    confirmed BIGINT NOT NULL DEFAULT 1,
    auth VARCHAR(20) NOT NULL DEFAULT 'manual',
    firstaccess BIGINT NOT NULL DEFAULT 0
);

-- Where a Moodle says who may administer what.
CREATE VIEW IF NOT EXISTS config AS SELECT 1 AS id, 'siteadmins' AS name, group_concat(id) AS value FROM user WHERE siteadmin = 1;

CREATE TABLE IF NOT EXISTS role (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    shortname VARCHAR(100) NOT NULL DEFAULT '',
    archetype VARCHAR(30) NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS role_assignments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    roleid BIGINT NOT NULL,
    contextid BIGINT NOT NULL,
    userid BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS role_capabilities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    contextid BIGINT NOT NULL,
    roleid BIGINT NOT NULL,
    capability VARCHAR(255) NOT NULL DEFAULT '',
    permission BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS capabilities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(255) NOT NULL DEFAULT '',
    riskbitmask BIGINT NOT NULL DEFAULT 0
);
