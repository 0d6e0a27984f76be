//! Golden messages of every payment interface, one runner for all: `tests/fixtures/<paymode>/<case>.txt`.
//!
//! A case is headers, a blank line, the raw body as it came:
//!
//! - `expect`: code of the outcome or of the error, of the last message;
//! - `bill`: the plugin's word for the order afterwards;
//! - `source`: where the message comes from;
//! - `settings`: `key=value` pairs with `;` between them, beyond those of [`SETTINGS`];
//! - `method`: `POST` (default), or `GET`: the message is the query string then;
//! - `channel`: `notification` (default), `return`, `buyer`, `seller`;
//! - `mode`: `test` (default), `production`, or `opened` (placed in production, then put in test mode);
//! - `paymode`: what the order was placed with (default: this interface);
//! - `products`: what was bought (default `monproduit 1`);
//! - `answer`, `status`: what comes of the call that the interface asks for (default `VERIFIED`, 200), and of those behind it
//!   `answer2`, `status2`, …;
//! - `after`: seconds between the last look at the payment page and the message (default 0);
//! - `placed`: how often another cart was placed (default 1), `times`: how often the message comes (default 1).

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod common;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use common::*;
use shopengine::clock::UnixMillis;
use shopengine::domain::serialized::Php;
use shopengine::gateway::{self, Answered, Channel, Message};

const TRANSACTION: &str = "TU90QMLVYXD5UMZYUQ==";

#[test]
fn every_interface_has_its_golden_messages() {
    for gateway in gateway::all() {
        let folder = fixtures(gateway.name());
        for case in [
            "completed",
            "replay",
            "unknown_transaction",
            "truncated",
            "older_revision",
        ] {
            let file = folder.join(format!("{case}.txt"));
            assert!(file.is_file(), "{} is missing", file.display());
        }
    }
}

#[test]
fn every_golden_message_does_what_it_says() {
    let (mut ran, mut failed) = (0, 0);
    for gateway in gateway::all() {
        let mut files: Vec<PathBuf> = fs::read_dir(fixtures(gateway.name()))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
            .collect();
        files.sort();
        for file in files {
            // All that is wrong is told, not the first alone.
            let name = gateway.name();
            failed += usize::from(std::panic::catch_unwind(|| run(name, &file)).is_err());
            ran += 1;
        }
    }
    assert_eq!(failed, 0, "messages that do something else");
    assert!(ran > 110, "only {ran} messages");
}

fn fixtures(gateway: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(gateway)
}

fn run(gateway: &str, file: &Path) {
    let bytes = fs::read(file).unwrap();
    let what = file.display();
    let end = bytes
        .windows(2)
        .position(|pair| pair == b"\n\n")
        .unwrap_or_else(|| panic!("{what}: no blank line"));
    let (head, body) = (
        std::str::from_utf8(&bytes[..end]).unwrap(),
        &bytes[end + 2..],
    );
    let headers: HashMap<&str, &str> = head
        .lines()
        .map(|line| {
            line.split_once(':')
                .map(|(name, value)| (name, value.trim()))
                .unwrap()
        })
        .collect();
    let known = [
        "expect", "bill", "source", "channel", "method", "mode", "paymode", "products", "placed",
        "settings", "times", "answer", "status", "after",
    ];
    assert!(
        headers
            .keys()
            .all(|name| known.contains(&name.trim_end_matches(['2', '3', '4']))),
        "{what}: unknown header"
    );
    let header = |name: &str, default| headers.get(name).copied().unwrap_or(default);
    assert!(
        !header("source", "").is_empty(),
        "{what}: where does it come from?"
    );

    let bench = Bench::new();
    enable_all(&bench);
    let pairs = header("settings", "")
        .split(';')
        .filter(|pair| !pair.is_empty());
    for (key, value) in SETTINGS
        .iter()
        .copied()
        .chain(pairs.map(|pair| pair.split_once('=').unwrap()))
    {
        bench.set(key, value);
    }
    let mode = |flag| {
        bench.sql(&format!(
            "UPDATE {{config_plugins}} SET value = '{flag}' WHERE plugin = 'local_shop' AND name = 'test'"
        ));
    };
    if header("mode", "test") != "test" {
        mode("0");
    }
    let (product, units) = header("products", "monproduit 1").split_once(' ').unwrap();
    let units: u32 = units.parse().unwrap();
    let buyer = staff();
    for placed in 0..header("placed", "1").parse().unwrap() {
        let mut cart = cart(&[(product, units + placed)]);
        cart.transid = Some(TRANSACTION.parse().unwrap());
        // Jean's e-mail would not do for Ada, hers does.
        let paymode = header("paymode", gateway);
        let placed = bench
            .place(&cart, &buyer, paymode)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        // The buyer sees his payment page, twice.
        for _ in 0..2 {
            bench.look(&placed.transid);
        }
    }
    if header("mode", "test") == "opened" {
        mode("1");
    }
    let method = header("method", "POST");
    let (query, body) = if method == "GET" {
        (body, &b""[..])
    } else {
        (&b""[..], body)
    };
    let message = Message {
        channel: Channel::parse(header("channel", "notification")).unwrap(),
        method,
        query,
        body,
        content_type: "application/x-www-form-urlencoded",
    };
    let seconds: i64 = header("after", "0").parse().unwrap();
    bench.clock.set(UnixMillis::from_seconds(NOW + seconds));
    let mut code = String::new();
    for _ in 0..header("times", "1").parse().unwrap() {
        let taken = bench
            .engine
            .take(gateway, "fixture", &message, "fixture")
            .and_then(|taken| {
                bench.follow(taken, |call| {
                    let number = if call == 1 {
                        String::new()
                    } else {
                        call.to_string()
                    };
                    Answered {
                        status: header(&format!("status{number}"), "200").parse().unwrap(),
                        body: header(&format!("answer{number}"), "VERIFIED").into(),
                        error: String::new(),
                    }
                })
            });
        code = match taken {
            Ok(received) => received.outcome.code().to_owned(),
            Err(error) => error.code().to_owned(),
        };
    }
    assert_eq!(code, header("expect", ""), "{what}");
    assert_eq!(
        bench.status(&TRANSACTION.parse().unwrap()),
        header("bill", ""),
        "{what}"
    );
    assert_eq!(
        bench.count("SELECT COUNT(*) AS n FROM {local_shopengine_inbox}"),
        1,
        "{what}: not stored"
    );
    check_laws(bench.db());
}

/// Accounts at the card gateways, the same that tests/peers/golden.py signs for.
const SETTINGS: &[(&str, &str)] = &[
    ("paypalsellername", "seller@shop.example"),
    ("paypalsellertestname", "seller-test@shop.example"),
    ("mercanet_merchant_id", "201040040170001"),
    (
        "mercanet_secret_key",
        "rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54",
    ),
    ("mercanet_key_version", "1"),
    ("ogone_psid", "boutiqueDemo"),
    ("ogone_secret_in", "in-sécurité-0123456789"),
    ("ogone_secret_out", "out-sécurité-987654321"),
    ("sherlocks_merchant_id", "201040040170001"),
    (
        "sherlocks_secret_key",
        "rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54",
    ),
    ("sherlocks_key_version", "1"),
    ("systempay_merchant_id", "12345678"),
    ("systempay_test_certificate", "1122334455667788"),
    ("systempay_prod_certificate", "8877665544332211"),
    ("taler_backend_url", "https://backend.example/"),
    ("taler_access_token", "secret-token:demo"),
];

/// The shop allows everything that is compiled in.
fn enable_all(bench: &Bench) {
    let flags = Php::map(
        gateway::all()
            .iter()
            .map(|gateway| (gateway.name().to_owned(), Php::Int(1))),
    );
    let column = Php::map([("0".to_owned(), flags)]).to_column();
    bench
        .db()
        .execute("UPDATE {local_shop} SET paymodes = ?", &[column.into()])
        .unwrap();
}
