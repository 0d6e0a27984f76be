//! SystemPay: bytes as they come, then the same values signed.
#![no_main]

#[path = "common.rs"]
mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;

fuzz_target!(|data: &[u8]| {
    let settings = common::settings(&[
        ("systempay_merchant_id", "12345678"),
        ("systempay_test_certificate", "8f2b6c1d9e3a4750"),
    ]);
    common::read("systempay", &settings, data, false);
    let fields: std::collections::BTreeMap<String, String> = url::form_urlencoded::parse(data)
        .filter(|(name, _)| name.starts_with("vads_"))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut text: String = fields.values().map(|value| format!("{value}+")).collect();
    text.push_str("8f2b6c1d9e3a4750");
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(b"8f2b6c1d9e3a4750") else { return };
    let signature = STANDARD.encode(mac.chain_update(text).finalize().into_bytes());
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .append_pair("signature", &signature)
        .finish();
    common::read("systempay", &settings, body.as_bytes(), true);
});
