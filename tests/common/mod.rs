//! The demo shop for integration tests: a database with its tables and data, an engine, carts and buyers.
#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "each test file is a crate of its own and uses a part of this; a test that cannot go on has failed"
)]

pub mod browser;
pub mod collating;

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use shopengine::clock::{Clock, FixedClock, SystemClock, UnixMillis};
use shopengine::database::{self, Database, DatabaseError, Row, Sqlite, Value};
use shopengine::domain::cart::Cart;
use shopengine::domain::customer::CustomerInfo;
use shopengine::domain::permission::Permission;
use shopengine::domain::quantity::Quantity;
use shopengine::domain::transaction_id::TransactionId;
use shopengine::engine::{
    Buyer, Engine, Error, Order, Performed, PerformedOutcome, Placed, Placement, Received, Result,
    Taken, User,
};
use shopengine::entropy;
use shopengine::gateway::{self, Answered, Attempt, Channel, Message, Payable};
use shopengine::trace::Trace;

/// The demo data set, the same that the storefront sells from.
pub const DEMO: &str = include_str!("../../php/storefront/demo.sql");

/// 2026-06-15 12:00:00 UTC.
pub const NOW: i64 = 1_781_524_800;

/// A clock that tests share with the engine.
#[derive(Clone)]
pub struct SharedClock(pub Arc<FixedClock>);

impl Clock for SharedClock {
    fn now(&self) -> UnixMillis {
        self.0.now()
    }
}

/// A shop on a workbench.
pub struct Bench {
    pub engine: Engine,
    pub clock: Arc<FixedClock>,
    pub folder: Rc<tempfile::TempDir>,
}

/// An in-memory database with the demo shop.
pub fn demo_in_memory() -> Sqlite {
    let database = Sqlite::in_memory().unwrap();
    database::install(&database).unwrap();
    database.run(DEMO).unwrap();
    database
}

/// The demo shop in a file.
pub fn demo_file(path: &Path) -> Sqlite {
    let database = Sqlite::open(path).unwrap();
    database::install(&database).unwrap();
    database.run(DEMO).unwrap();
    database
}

/// An engine with the machine's clock on a file: what one worker of a site is.
pub fn worker(path: &Path) -> Engine {
    let trace = Trace::new(path.with_extension("log"), "Europe/Paris");
    let database = Sqlite::open(path).unwrap();
    Engine::new(
        Rc::new(database),
        Rc::new(SystemClock),
        trace,
        "Europe/Paris",
    )
}

impl Bench {
    pub fn new() -> Self {
        Self::on(Rc::new(demo_in_memory()))
    }

    pub fn on(database: Rc<dyn Database>) -> Self {
        let folder = Rc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(FixedClock::new(UnixMillis::from_seconds(NOW)));
        Self::with(database, clock, folder)
    }

    /// Another engine on another connection, with the same clock and trace.
    pub fn with(
        database: Rc<dyn Database>,
        clock: Arc<FixedClock>,
        folder: Rc<tempfile::TempDir>,
    ) -> Self {
        let trace = Trace::new(folder.path().join("merchant_trace.log"), "Europe/Paris");
        let engine = Engine::new(
            database,
            Rc::new(SharedClock(Arc::clone(&clock))),
            trace,
            "Europe/Paris",
        );
        Self {
            engine,
            clock,
            folder,
        }
    }

    pub fn db(&self) -> &dyn Database {
        self.engine.database()
    }

    /// Plain SQL without values.
    pub fn sql(&self, sql: &str) {
        self.db().execute(sql, &[]).unwrap();
    }

    pub fn rows(&self, sql: &str) -> Vec<Row> {
        self.db().query(sql, &[]).unwrap()
    }

    /// The one number that a SELECT gives under the name `n`.
    pub fn count(&self, sql: &str) -> i64 {
        count(self.db(), sql)
    }

    /// The one text that a SELECT gives under the name `t`.
    pub fn text(&self, sql: &str) -> String {
        self.rows(sql)[0].text("t").unwrap()
    }

    pub fn in_production(self) -> Self {
        self.sql(
            "UPDATE {config_plugins} SET value = '0' WHERE plugin = 'local_shop' AND name = 'test'",
        );
        self
    }

    /// What the payment page of an order does before it is drawn: the try under which it will be paid.
    pub fn attempt(&self, transaction: &TransactionId) -> Option<Attempt> {
        let order = self.order(transaction);
        let gateway = gateway::by_name(&order.paymode).unwrap();
        let settings = self.engine.settings().unwrap();
        self.engine.attempt(&order, gateway, &settings).unwrap()
    }

    /// The same, and what is to be put to the gateway is stored with the try.
    pub fn look(&self, transaction: &TransactionId) -> Option<Attempt> {
        let attempt = self.attempt(transaction)?;
        let order = self.order(transaction);
        let gateway = gateway::by_name(&order.paymode).unwrap();
        let payable = Payable {
            transaction,
            revision: order.revision,
            amount: order.amount,
            shopid: 1,
            shop: "Boutique",
            lines: Vec::new(),
            customer: &CustomerInfo::default(),
            fulfillment: &order.fulfillment,
            session: "s1",
            wwwroot: "https://shop.example",
            lang: "fr",
            attempt: Some(&attempt),
            staff: false,
            now: self.clock.now(),
        };
        let settings = self.engine.settings().unwrap();
        if let Some(request) = gateway.request(&payable, &settings).unwrap() {
            self.engine
                .put(gateway, &attempt.reference, &request)
                .unwrap();
        }
        self.engine.last_attempt(&order, gateway.name()).unwrap()
    }

    /// Makes the calls that a message leads to, with these answers to the first, the second, …
    pub fn follow(&self, mut taken: Taken, answer: impl Fn(usize) -> Answered) -> Result<Received> {
        let mut call = 0;
        loop {
            match taken {
                Taken::Received(received) => return Ok(*received),
                Taken::Ask(asking) => {
                    call += 1;
                    taken = self.engine.answered(&asking.token, &answer(call))?;
                }
            }
        }
    }

    pub fn place(&self, cart: &Cart, buyer: &Buyer, paymode: &str) -> Result<Placed> {
        place(&self.engine, cart, buyer, paymode)
    }

    /// Places one unit of `monproduit` (23.99 EUR) for a new guest.
    pub fn placed(&self, paymode: &str) -> (Placed, Cart, Buyer) {
        let (cart, buyer) = (cart(&[("monproduit", 1)]), guest());
        let placed = self.place(&cart, &buyer, paymode).unwrap();
        (placed, cart, buyer)
    }

    pub fn order(&self, transaction: &TransactionId) -> Order {
        Order::find(self.db(), transaction).unwrap().unwrap()
    }

    pub fn status(&self, transaction: &TransactionId) -> &'static str {
        let order = self.order(transaction);
        let bill = self.text(&format!(
            "SELECT status AS t FROM {{local_shop_bill}} WHERE id = {}",
            order.bill
        ));
        let status = order.state.status().as_str();
        assert_eq!(bill, status, "the plugin's bill says something else");
        status
    }

    pub fn press(&self, gateway: &str, body: &str) -> Result<Received> {
        receive(&self.engine, gateway, Channel::Buyer, body)
    }

    pub fn confirm(&self, gateway: &str, body: &str) -> Result<Received> {
        receive(&self.engine, gateway, Channel::Seller, body)
    }

    pub fn notify(&self, gateway: &str, body: &str) -> Result<Received> {
        receive(&self.engine, gateway, Channel::Notification, body)
    }

    /// A setting of the plugin.
    pub fn set(&self, name: &str, value: &str) {
        let row = [
            ("plugin", Value::from("local_shop")),
            ("name", name.into()),
            ("value", value.into()),
        ];
        if self
            .db()
            .insert_if_absent("config_plugins", &row)
            .unwrap()
            .is_none()
        {
            let sql =
                "UPDATE {config_plugins} SET value = ? WHERE plugin = 'local_shop' AND name = ?";
            self.db()
                .execute(sql, &[value.into(), name.into()])
                .unwrap();
        }
    }

    /// Pays an order placed with `test`.
    pub fn pay(&self, transaction: &TransactionId) -> Received {
        self.notify("test", &naming(transaction)).unwrap()
    }

    /// Leases and finishes everything that is due now.
    pub fn drain(&self) -> usize {
        drain(&self.engine)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("merchant_trace.log")).unwrap_or_default()
    }
}

pub fn count(database: &dyn Database, sql: &str) -> i64 {
    database.query(sql, &[]).unwrap()[0].int("n").unwrap()
}

pub fn place(engine: &Engine, cart: &Cart, buyer: &Buyer, paymode: &str) -> Result<Placed> {
    let shop = engine.shop(1, "en")?;
    engine.place(&Placement {
        shop: &shop,
        cart,
        buyer,
        paymode,
        block: 0,
        lang: "fr",
    })
}

pub fn receive(engine: &Engine, gateway: &str, channel: Channel, body: &str) -> Result<Received> {
    let message = Message {
        channel,
        method: "POST",
        query: b"",
        body: body.as_bytes(),
        content_type: "application/x-www-form-urlencoded",
    };
    engine.receive(gateway, "test", &message, "tester")
}

pub fn drain(engine: &Engine) -> usize {
    let mut finished = 0;
    loop {
        let tasks = engine.lease(10).unwrap();
        if tasks.is_empty() {
            return finished;
        }
        for task in tasks {
            engine
                .finish(task.id, &task.stamp, &done(&task.kind))
                .unwrap();
            finished += 1;
        }
    }
}

pub fn done(kind: &str) -> Performed {
    Performed {
        outcome: PerformedOutcome::Done,
        public: String::new(),
        private: String::new(),
        products: kind == "deliver",
        lines: None,
    }
}

pub fn failed(why: &str) -> Performed {
    Performed {
        outcome: PerformedOutcome::Failed,
        public: String::new(),
        private: why.to_owned(),
        products: false,
        lines: None,
    }
}

/// `transid=…`, encoded.
pub fn naming(transaction: &TransactionId) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("transid", transaction.as_ref())
        .finish()
}

pub fn naming_revision(transaction: &TransactionId, revision: u32) -> String {
    format!("{}&revision={revision}", naming(transaction))
}

/// A cart that is ready to be placed, under a transaction id of its own.
pub fn cart(products: &[(&str, u32)]) -> Cart {
    let mut cart: Cart = serde_json::from_str(
        r#"{"customerchecked": true, "customerinfo": {"firstname": "Zoé", "lastname": "Martin", "address": "1 rue de la Paix",
            "zip": "75001", "city": "Paris", "country": "FR", "email": "zoe.martin@example.net"}}"#,
    )
    .unwrap();
    for (shortname, units) in products {
        cart.set(shortname, Some(Quantity::new(*units).unwrap()));
    }
    cart.transid = Some(entropy::transaction_id().unwrap());
    cart
}

/// Somebody without an account, with a session of his own.
pub fn guest() -> Buyer {
    Buyer {
        session_key: entropy::stamp().unwrap(),
        ..Buyer::default()
    }
}

/// Jean Dupont of the demo shop.
pub fn jean() -> Buyer {
    member(3, "jean.dupont@example.org", false)
}

/// Ada Admin of the demo shop.
pub fn staff() -> Buyer {
    member(2, "admin@example.org", true)
}

pub fn member(id: i64, email: &str, admin: bool) -> Buyer {
    Buyer {
        user: Some(user(id, email, admin)),
        session_key: entropy::stamp().unwrap(),
        is_customer: false,
        ..Buyer::default()
    }
}

pub fn user(id: i64, email: &str, admin: bool) -> User {
    User {
        id,
        username: email.to_owned(),
        email: email.to_owned(),
        firstname: "Prénom".to_owned(),
        lastname: "Nom".to_owned(),
        may: if admin {
            Permission::ALL.to_vec()
        } else {
            Vec::new()
        },
    }
}

/// The code of an error, for short assertions.
pub fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    result.unwrap_err().code()
}

/// All that the engine and the plugin keep, as text, without what differs from run to run (times, stamps): two runs that did
/// the same have the same picture.
pub fn picture(database: &dyn Database) -> String {
    let selects = [
        "SELECT id, shopid, userid, idnumber, ordering, customerid, invoiceinfo, status, untaxedamount, taxes, amount, currency,
                transactionid, onlinetransactionid, paiedamount, paymode, test, partnerid, partnertag
           FROM {local_shop_bill} ORDER BY id",
        "SELECT id, billid, ordering, type, itemcode, abstract, unitcost, quantity, totalprice, taxcode, customerdata, productiondata
           FROM {local_shop_billitem} ORDER BY billid, ordering",
        "SELECT id, shopid, firstname, lastname, email, hasaccount, invoiceinfo FROM {local_shop_customer} ORDER BY id",
        "SELECT id, billid, transactionid, revision, payment, fulfilment, status, held, test, amount, currency, paymode, userid,
                historysize FROM {local_shopengine_order} ORDER BY id",
        "SELECT id, billid, revision, ordering, label, quantity, untaxed, taxes, taxed FROM {local_shopengine_line}
          ORDER BY billid, revision, ordering",
        "SELECT id, billid, seq, actor, event, statusfrom, statusto, revision, message FROM {local_shopengine_history}
          ORDER BY billid, seq",
        "SELECT id, billid, gateway, reference, revision, state, amount, refunded, currency, test FROM {local_shopengine_settlement}
          ORDER BY billid, reference",
        "SELECT id, billid, kind, taskkey, payload, state FROM {local_shopengine_outbox} ORDER BY taskkey",
        "SELECT id, name, value FROM {local_shopengine_counter} ORDER BY name",
        "SELECT id, shortname, sold FROM {local_shop_catalogitem} ORDER BY id",
        "SELECT id, catalogitemid, initialbillitemid > 0 AS item, reference <> '' AS reference FROM {local_shop_product} ORDER BY id",
        "SELECT id, gateway, messagekey, channel, state, outcome, billid FROM {local_shopengine_inbox} ORDER BY messagekey",
    ];
    let mut picture = String::new();
    for select in selects {
        for row in database.query(select, &[]).unwrap() {
            // The first column is only there to tell the rows apart.
            for (name, value) in row.iter().skip(1) {
                let value = match value {
                    Value::Null => "NULL".to_owned(),
                    Value::Int(number) => number.to_string(),
                    Value::Text(text) => text.clone(),
                };
                picture.push_str(&format!("{name}={value} "));
            }
            picture.push('\n');
        }
        picture.push_str("--\n");
    }
    picture
}

/// What must be true of a shop at any moment, however it came there.
pub fn check_laws(database: &dyn Database) {
    let none = [
        (
            "a bill without an order or lines",
            "SELECT COUNT(*) AS n FROM {local_shop_bill} b WHERE NOT EXISTS
               (SELECT 1 FROM {local_shopengine_order} o WHERE o.billid = b.id)
               OR NOT EXISTS (SELECT 1 FROM {local_shop_billitem} i WHERE i.billid = b.id)
               OR NOT EXISTS (SELECT 1 FROM {local_shopengine_line} l WHERE l.billid = b.id)",
        ),
        (
            "a bill that says something else than its order",
            "SELECT COUNT(*) AS n FROM {local_shop_bill} b JOIN {local_shopengine_order} o ON o.billid = b.id
              WHERE b.status <> o.status OR b.transactionid <> o.transactionid OR b.paymode <> o.paymode",
        ),
        (
            "two settled payments of one order",
            "SELECT COUNT(*) AS n FROM (SELECT billid FROM {local_shopengine_settlement} WHERE state = 'settled'
              GROUP BY billid HAVING COUNT(*) > 1) twice",
        ),
        (
            "a paid order without a settlement, or the other way round",
            "SELECT COUNT(*) AS n FROM {local_shopengine_order} o WHERE (o.payment = 'paid') <>
               EXISTS (SELECT 1 FROM {local_shopengine_settlement} s WHERE s.billid = o.billid AND s.state = 'settled')",
        ),
        (
            "two deliveries of one order",
            "SELECT COUNT(*) AS n FROM (SELECT billid FROM {local_shopengine_outbox} WHERE kind = 'deliver'
              GROUP BY billid HAVING COUNT(*) > 1) twice",
        ),
        (
            "a paid order that nobody will deliver",
            "SELECT COUNT(*) AS n FROM {local_shopengine_order} o WHERE o.payment = 'paid' AND o.fulfilment = 'none'
               AND NOT EXISTS (SELECT 1 FROM {local_shopengine_outbox} t WHERE t.billid = o.billid AND t.kind = 'deliver')",
        ),
        (
            "a paid order without an invoice number, or an unpaid one with one",
            "SELECT COUNT(*) AS n FROM {local_shopengine_order} o JOIN {local_shop_bill} b ON b.id = o.billid
              WHERE o.payment <> 'cancelled' AND (o.payment IN ('paid', 'refunded')) <> (COALESCE(b.idnumber, '') <> '')",
        ),
        (
            "an invoice number twice",
            "SELECT COUNT(*) AS n FROM (SELECT idnumber FROM {local_shop_bill} WHERE idnumber <> ''
              GROUP BY idnumber HAVING COUNT(*) > 1) twice",
        ),
        (
            "a history with a hole",
            "SELECT COUNT(*) AS n FROM {local_shopengine_order} o WHERE o.historysize <>
               (SELECT COUNT(*) FROM {local_shopengine_history} h WHERE h.billid = o.billid)
               OR o.historysize <> (SELECT MAX(seq) FROM {local_shopengine_history} h WHERE h.billid = o.billid)",
        ),
    ];
    for (what, sql) in none {
        assert_eq!(count(database, sql), 0, "{what}");
    }
    // Invoice numbers have no holes: as many as the counter says.
    for row in database
        .query(
            "SELECT name, value FROM {local_shopengine_counter} WHERE name LIKE 'invoice:%'",
            &[],
        )
        .unwrap()
    {
        let name = row.text("name").unwrap();
        let mut parts = name.split(':').skip(1);
        let (shop, year) = (parts.next().unwrap(), parts.next().unwrap());
        let prefix = match year.strip_suffix('T') {
            Some(year) => format!("T{year}-{shop}-"),
            None => format!("{year}-{shop}-"),
        };
        let mut numbers: Vec<i64> = database
            .query(
                "SELECT idnumber FROM {local_shop_bill} WHERE idnumber <> ''",
                &[],
            )
            .unwrap()
            .iter()
            .filter_map(|row| {
                row.text("idnumber")
                    .unwrap()
                    .strip_prefix(&prefix)?
                    .parse()
                    .ok()
            })
            .collect();
        numbers.sort_unstable();
        assert_eq!(
            numbers,
            (1..=row.int("value").unwrap()).collect::<Vec<_>>(),
            "holes in {name}"
        );
    }
}

/// Says yes to `?` in tests that only want a database error.
pub type Outcome<T> = std::result::Result<T, DatabaseError>;

/// The error of an engine call that must fail.
pub fn error<T: std::fmt::Debug>(result: Result<T>) -> Error {
    result.unwrap_err()
}
