//! Ogone: bytes as they come, then with the digest of three fields that never change and whatever is not signed.
#![no_main]

#[path = "common.rs"]
mod common;

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha512};

const LIST: [&str; 6] = ["AMOUNT", "CURRENCY", "ORDERID", "PAYID", "STATUS", "VC"];

fuzz_target!(|data: &[u8]| {
    let settings = common::settings(&[
        ("ogone_psid", "MyPSPID"),
        ("ogone_secret_in", "in-0123456789abcdef"),
        ("ogone_secret_out", "out-0123456789abcdef"),
    ]);
    common::read("ogone", &settings, data, false);
    let fields: std::collections::BTreeMap<String, String> = url::form_urlencoded::parse(data)
        .map(|(name, value)| (name.to_ascii_uppercase(), value.into_owned()))
        .filter(|(name, value)| LIST.contains(&name.as_str()) && !value.is_empty())
        .collect();
    let text: String = fields.iter().map(|(name, value)| format!("{name}={value}out-0123456789abcdef")).collect();
    let digest: String = Sha512::digest(text).iter().map(|byte| format!("{byte:02X}")).collect();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .append_pair("SHASIGN", &digest)
        .finish();
    common::read("ogone", &settings, body.as_bytes(), true);
});
