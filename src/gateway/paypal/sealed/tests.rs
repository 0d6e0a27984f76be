//! The judge is the `openssl` command: it makes the keys, opens what was sealed, and verifies who signed it.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::*;
use crate::gateway::Secret;

const NOW: UnixMillis = UnixMillis::from_seconds(1_781_524_800);

fn openssl(folder: &Path, arguments: &str) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .output()
        .expect("the openssl command is needed for this test");
    assert!(
        output.status.success(),
        "openssl {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

fn make_pair(folder: &Path, name: &str) {
    openssl(
        folder,
        &format!(
            "req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN={name} -keyout {name}.key -out {name}.pem"
        ),
    );
}

struct Bench {
    folder: tempfile::TempDir,
    values: HashMap<String, String>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["seller", "paypal", "other"] {
            make_pair(folder.path(), name);
        }
        let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
        let values = HashMap::from([
            ("paypal_ewp".to_owned(), "1".to_owned()),
            (KEY.to_owned(), read("seller.key")),
            (CERTIFICATE.to_owned(), read("seller.pem")),
            (PAYPAL_CERTIFICATE.to_owned(), read("paypal.pem")),
            (CERT_ID.to_owned(), "ABCD1234".to_owned()),
        ]);
        Self { folder, values }
    }

    fn keys(&self) -> Result<Option<Keys>, Problem> {
        Keys::of(&Settings::new(self.values.clone()))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn with(&self, key: &str, value: &str) -> Result<Option<Keys>, Problem> {
        let mut values = self.values.clone();
        values.insert(key.to_owned(), value.to_owned());
        Keys::of(&Settings::new(values))
    }
}

fn now() -> UnixMillis {
    use crate::clock::Clock as _;
    crate::clock::SystemClock.now()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn openssl_opens_what_is_sealed_and_knows_who_signed_it() {
    let bench = Bench::new();
    let keys = bench.keys().unwrap().unwrap();
    for item in ["Cours d’été — 2 × 19,99 €", &"x".repeat(20_000), "a=b&c"] {
        let fields = [pair("cmd", "_cart"), pair("item_name_1", item)];
        let form = keys.seal(&fields, now()).unwrap();
        assert_eq!(form[0], pair("cmd", "_s-xclick"));
        assert_eq!(form.len(), 2);
        let folder = bench.folder.path();
        fs::write(folder.join("enc.pem"), &form[1].1).unwrap();
        openssl(
            folder,
            "smime -decrypt -inform pem -in enc.pem -recip paypal.pem -inkey paypal.key -binary -out d.der",
        );
        let plain = openssl(
            folder,
            "smime -verify -inform der -in d.der -CAfile seller.pem -purpose any -binary",
        );
        let expected = format!("cert_id=ABCD1234\ncmd=_cart\nitem_name_1={item}\n");
        assert_eq!(String::from_utf8(plain).unwrap(), expected);
        assert!(form[1].1.starts_with("-----BEGIN PKCS7-----\n"));
        assert!(form[1].1.lines().all(|line| line.len() <= 64));
        let parsed = openssl(folder, "cms -cmsout -print -noout -inform pem -in enc.pem");
        let parsed = String::from_utf8_lossy(&parsed).into_owned();
        assert!(parsed.contains("des-ede3-cbc"), "{parsed}");
    }
}

#[test]
fn each_form_has_a_key_of_its_own() {
    let bench = Bench::new();
    let keys = bench.keys().unwrap().unwrap();
    let fields = [pair("cmd", "_cart")];
    assert_ne!(
        keys.seal(&fields, now()).unwrap(),
        keys.seal(&fields, now()).unwrap()
    );
}

#[test]
fn a_line_break_in_a_value_is_refused() {
    let bench = Bench::new();
    let keys = bench.keys().unwrap().unwrap();
    for value in ["x\namount_1=0.01", "x\ramount_1=0.01", "\n"] {
        let sealed = keys.seal(&[pair("item_name_1", value)], now());
        assert_eq!(
            sealed,
            Err(GatewayError::NotSendable {
                field: "item_name_1".to_owned()
            })
        );
    }
}

#[test]
fn what_does_not_fit_together_is_told() {
    let bench = Bench::new();
    let problem = |key: &str, value: &str| bench.with(key, value).err();
    assert_eq!(problem(KEY, ""), Some(Problem::Key));
    assert_eq!(problem(KEY, &bench.read("seller.pem")), Some(Problem::Key));
    assert_eq!(
        problem(KEY, &bench.read("other.key")),
        Some(Problem::Mismatch)
    );
    assert_eq!(problem(CERTIFICATE, "junk"), Some(Problem::Certificate));
    assert_eq!(
        problem(CERTIFICATE, &bench.read("other.pem")),
        Some(Problem::Mismatch)
    );
    assert_eq!(
        problem(
            PAYPAL_CERTIFICATE,
            &bench.read("seller.pem").replacen("MII", "", 1)
        ),
        Some(Problem::PayPal)
    );
    assert_eq!(problem(CERT_ID, " "), Some(Problem::CertId));
    assert_eq!(problem("paypal_ewp", "0"), None);
    // Windows line ends, and a key of the older kind.
    let text = bench.read("seller.key").replace('\n', "\r\n");
    assert_eq!(problem(KEY, &text), None);
    openssl(
        bench.folder.path(),
        "rsa -in seller.key -traditional -out old.key",
    );
    assert_eq!(problem(KEY, &bench.read("old.key")), None);
}

#[test]
fn a_certificate_that_has_expired_is_told_and_seals_nothing() {
    let bench = Bench::new();
    let keys = bench.keys().unwrap().unwrap();
    assert_eq!(keys.expired(now()).count(), 0);
    for wrong in [
        UnixMillis::from_seconds(now().seconds() + 3_660 * 86_400),
        UnixMillis::from_seconds(now().seconds() - 86_400),
    ] {
        let told: Vec<Problem> = keys.expired(wrong).collect();
        assert_eq!(told, [Problem::Expired, Problem::PayPalExpired]);
        assert!(keys.seal(&[pair("cmd", "_cart")], wrong).is_err());
    }
}

#[test]
fn both_ways_to_write_a_time_are_read() {
    let read = |tag, text: &str| {
        let bytes = der::value(tag, &[text.as_bytes()]);
        seconds(der::take(&mut &bytes[..]).unwrap())
    };
    assert_eq!(read(UTC_TIME, "260615120000Z"), Some(NOW.seconds()));
    assert_eq!(
        read(GENERALIZED_TIME, "20260615120000Z"),
        Some(NOW.seconds())
    );
    assert_eq!(read(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
    assert_eq!(read(UTC_TIME, "500101000000Z"), Some(-631_152_000));
    assert_eq!(read(UTC_TIME, "2606151200Z"), None);
    assert_eq!(read(OCTETS, "260615120000Z"), None);
}

#[test]
fn keys_do_not_print() {
    let secret: Secret = Settings::new(Bench::new().values).secret(KEY);
    assert!(!format!("{secret:?}").contains("BEGIN"));
}
