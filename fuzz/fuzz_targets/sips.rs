//! Sips: bytes as they come, then sealed, in each encoding.
#![no_main]

#[path = "common.rs"]
mod common;

use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;

fuzz_target!(|data: &[u8]| {
    let settings = common::settings(&[
        ("mercanet_merchant_id", "201040040170001"),
        ("mercanet_secret_key", "0123456789abcdef"),
        ("mercanet_key_version", "1"),
    ]);
    common::read("mercanet", &settings, data, false);
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(b"0123456789abcdef") else { return };
    let seal: String = mac.chain_update(data).finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let data: String = url::form_urlencoded::byte_serialize(data).collect();
    for encoding in ["", "base64", "base64url"] {
        let body = format!("Data={data}&Seal={seal}&Encode={encoding}");
        common::read("mercanet", &settings, body.as_bytes(), true);
    }
});
