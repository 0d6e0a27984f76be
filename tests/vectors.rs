//! Published and derived signatures of the card gateways, outside the project: `SHOPENGINE_VECTORS` names the folder with
//! `sips.json`, `vads.json` and `ogone.json`. Without it the test says that it skipped. What the project itself carries is in
//! `tests/fixtures` and in the gateways' own tests.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value as Json;
use shopengine::gateway::{self, Channel, GatewayError, Message, Settings};

#[test]
fn every_published_signature_is_judged_as_its_file_says() {
    let Ok(folder) = std::env::var("SHOPENGINE_VECTORS") else {
        eprintln!("skipped: SHOPENGINE_VECTORS names no folder of vectors");
        return;
    };
    let mut judged = 0;
    for file in ["sips", "vads", "ogone"] {
        let text =
            std::fs::read_to_string(Path::new(&folder).join(format!("{file}.json"))).unwrap();
        let json: Json = serde_json::from_str(&text).unwrap();
        for vector in json["vectors"].as_array().unwrap() {
            let name = vector["name"].as_str().unwrap();
            // SHA-IN and the old concatenation are not what answers are signed with; the JSON connector is not used.
            let skipped = ["JSON", "legacy"]
                .iter()
                .any(|other| vector["algorithm"].as_str().unwrap().starts_with(other))
                || vector["verified"] == Json::Bool(false)
                || file == "ogone" && vector["kind"] == "request";
            if skipped {
                eprintln!("{name}: another protocol, skipped");
                continue;
            }
            let believed = believed(file, vector);
            assert_eq!(believed, vector["expect"] == "accept", "{name}");
            judged += 1;
        }
    }
    assert!(judged > 60, "only {judged}");
}

/// Is the signature believed? What the message then says may be nonsense to us: it was made for other shops.
fn believed(file: &str, vector: &Json) -> bool {
    let text = |key: &str| vector[key].as_str().unwrap_or_default();
    let (paymode, settings, form) = match file {
        "sips" => (
            "mercanet",
            vec![
                ("mercanet_merchant_id", "123456789012345"),
                ("mercanet_secret_key", text("key")),
                ("mercanet_key_version", "1"),
                ("mercanet_seal_algorithm", text("algorithm")),
            ],
            form(&[
                ("Data".to_owned(), text("raw").as_bytes().to_vec()),
                ("Encode".to_owned(), text("Encode").as_bytes().to_vec()),
                ("Seal".to_owned(), text("expected").as_bytes().to_vec()),
            ]),
        ),
        "vads" => (
            "systempay",
            vec![
                ("systempay_merchant_id", "12345678"),
                ("systempay_test_certificate", text("key")),
                ("systempay_algorithm", text("algorithm")),
            ],
            form(&fields(vector, "signature", "utf-8")),
        ),
        _ => (
            "ogone",
            vec![
                ("ogone_psid", "MyPSPID"),
                ("ogone_secret_in", "another passphrase"),
                ("ogone_secret_out", text("key")),
                ("ogone_algorithm", text("algorithm")),
                ("ogone_charset", text("charset")),
            ],
            form(&fields(vector, "SHASIGN", text("charset"))),
        ),
    };
    let mut values: HashMap<String, String> = settings
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    values.insert("test".to_owned(), "1".to_owned());
    let message = Message {
        channel: Channel::Notification,
        method: "POST",
        query: b"",
        body: &form,
        content_type: "application/x-www-form-urlencoded",
    };
    let gateway = gateway::by_name(paymode).unwrap();
    match gateway.read(&message, &Settings::new(values)) {
        Err(GatewayError::NotAuthentic) => false,
        Err(error @ GatewayError::NotConfigured { .. }) => panic!("{error}"),
        // Read after its signature: as not authentic as any when its key version is another, which no vector's is.
        _ => true,
    }
}

/// The vector's fields with its signature.
fn fields(vector: &Json, signature: &str, charset: &str) -> Vec<(String, Vec<u8>)> {
    let bytes = |text: &str| -> Vec<u8> {
        if charset == "iso-8859-1" {
            text.chars()
                .map(|letter| u8::try_from(u32::from(letter)).unwrap())
                .collect()
        } else {
            text.as_bytes().to_vec()
        }
    };
    let mut fields: Vec<(String, Vec<u8>)> = vector["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| {
            (
                pair[0].as_str().unwrap().to_owned(),
                bytes(pair[1].as_str().unwrap()),
            )
        })
        .collect();
    fields.push((
        signature.to_owned(),
        bytes(vector["expected"].as_str().unwrap()),
    ));
    fields
}

fn form(fields: &[(String, Vec<u8>)]) -> Vec<u8> {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            let value: String = url::form_urlencoded::byte_serialize(value).collect();
            format!("{name}={value}")
        })
        .collect();
    pairs.join("&").into_bytes()
}
