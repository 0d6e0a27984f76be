//! Placing an order and paying it on SQLite, durably: three commits that each wait for the disk.
#![allow(
    missing_docs,
    reason = "criterion's macros generate undocumented functions"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test or benchmark that cannot build its input has failed"
)]

use std::rc::Rc;

use criterion::{Criterion, criterion_group, criterion_main};
use shopengine::clock::SystemClock;
use shopengine::database::{Sqlite, install};
use shopengine::domain::cart::Cart;
use shopengine::domain::customer::CustomerInfo;
use shopengine::domain::quantity::Quantity;
use shopengine::engine::{Buyer, Engine, Outcome, Placement, Shop};
use shopengine::gateway::{Channel, Message};
use shopengine::trace::Trace;

fn orders(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let database = Sqlite::open(&folder.path().join("shop.sqlite")).unwrap();
    install(&database).unwrap();
    database
        .run(include_str!("../php/storefront/demo.sql"))
        .unwrap();
    let trace = Trace::new(folder.path().join("merchant_trace.log"), "Europe/Paris");
    let engine = Engine::new(
        Rc::new(database),
        Rc::new(SystemClock),
        trace,
        "Europe/Paris",
    );
    let shop = engine.shop(1, "en").unwrap();
    criterion.bench_function("read a shop", |bencher| {
        bencher.iter(|| engine.shop(1, "en"))
    });
    criterion.bench_function("place and pay an order", |bencher| {
        bencher.iter(|| place_and_pay(&engine, &shop));
    });
}

fn place_and_pay(engine: &Engine, shop: &Shop) {
    let cart = cart();
    let placed = engine
        .place(&Placement {
            shop,
            cart: &cart,
            buyer: &Buyer::default(),
            paymode: "test",
            block: 0,
            lang: "fr",
        })
        .unwrap();
    let body = format!(
        "transid={}&revision={}&pay=1",
        placed.transid, placed.revision
    );
    let message = Message {
        channel: Channel::Buyer,
        method: "POST",
        query: b"",
        body: body.as_bytes(),
        content_type: "application/x-www-form-urlencoded",
    };
    let received = engine.receive("test", "view", &message, "buyer").unwrap();
    assert_eq!(received.outcome, Outcome::Applied);
}

fn cart() -> Cart {
    let text = str::to_owned;
    Cart {
        order: [("monproduit", 3), ("ebook", 1)]
            .into_iter()
            .map(|(name, units)| (text(name), Quantity::new(units).unwrap()))
            .collect(),
        customerinfo: CustomerInfo {
            firstname: text("Camille"),
            lastname: text("Martin"),
            address: text("3 rue du Port"),
            zip: text("44000"),
            city: text("Nantes"),
            country: text("FR"),
            email: text("camille.martin@example.org"),
            ..CustomerInfo::default()
        },
        customerchecked: true,
        ..Cart::default()
    }
}

criterion_group!(benches, orders);
criterion_main!(benches);
