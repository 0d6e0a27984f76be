//! Tests of SystemPay: long, for there are many ways to be wrong.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::clock::UnixMillis;
use crate::domain::customer::CustomerInfo;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::money::{Currency, Money};
use crate::domain::transaction_id::TransactionId;
use crate::gateway::{Attempt, self_check};

fn settings(changes: &[(&str, &str)]) -> Settings {
    let mut values: HashMap<String, String> = [
        ("test", "1"),
        (SITE, "12345678"),
        (TEST_CERTIFICATE, "1122334455667788"),
        (PROD_CERTIFICATE, "8877665544332211"),
    ]
    .iter()
    .chain(changes)
    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
    .collect();
    values.retain(|_, value| value != "-");
    Settings::new(values)
}

fn customer() -> CustomerInfo {
    CustomerInfo {
        firstname: "Jean Michél".to_owned(),
        lastname: "Mihaï".to_owned(),
        email: "jean@example.org".to_owned(),
        country: "FR".to_owned(),
        ..CustomerInfo::default()
    }
}

fn widget(
    settings: &Settings,
    customer: &CustomerInfo,
    amount: &str,
    code: &str,
) -> Result<Widget, GatewayError> {
    let transaction = TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap();
    let attempt = Attempt {
        reference: "TU90QMLVYXD5UMZYUQR1A1".to_owned(),
        number: 42,
        now: UnixMillis::from_seconds(1_781_524_800),
        request: String::new(),
        kept: String::new(),
        version: 0,
    };
    SystemPay.widget(
        &Payable {
            transaction: &transaction,
            revision: 1,
            amount: Money::parse(amount, Currency::parse(code).unwrap()).unwrap(),
            shopid: 1,
            shop: "Boutique",
            fulfillment: &Fulfillment::default(),
            session: "",
            lines: Vec::new(),
            staff: false,
            now: attempt.now,
            wwwroot: "https://shop.example",
            lang: "fr",
            customer,
            attempt: Some(&attempt),
        },
        settings,
    )
}

fn request(customer: &CustomerInfo) -> Vec<(String, String)> {
    widget(&settings(&[]), customer, "23.99", "EUR")
        .unwrap()
        .forms
        .remove(0)
        .fields
}

fn value<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    &fields.iter().find(|(known, _)| known == name).unwrap().1
}

fn encoded(fields: &[(String, String)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
        .into_bytes()
}

fn read(body: &[u8], settings: &Settings) -> Result<Verdict, GatewayError> {
    SystemPay.read(
        &Message {
            channel: Channel::Notification,
            method: "POST",
            query: b"",
            body,
            content_type: "application/x-www-form-urlencoded",
        },
        settings,
    )
}

/// A notification as the platform would sign it.
fn notification(changes: &[(&str, &str)], settings: &Settings) -> Vec<(String, String)> {
    let mut fields: std::collections::BTreeMap<String, String> = [
        ("vads_site_id", "12345678"),
        ("vads_ctx_mode", "TEST"),
        ("vads_trans_id", "000042"),
        ("vads_trans_date", "20260615120000"),
        ("vads_amount", "2399"),
        ("vads_currency", "978"),
        ("vads_order_id", "TU90QMLVYXD5UMZYUQR1A1"),
        ("vads_operation_type", "DEBIT"),
        ("vads_trans_status", "AUTHORISED"),
        ("vads_extra_result", ""),
        ("vads_cust_last_name", "Müller-Ñandú"),
    ]
    .iter()
    .chain(changes)
    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    .collect();
    let values: Vec<&[u8]> = fields.values().map(String::as_bytes).collect();
    let signature = Account::of(settings).unwrap().sign(&values);
    fields.insert("signature".to_owned(), signature);
    fields.into_iter().collect()
}

#[test]
fn signs_as_the_documents_example() {
    // Implementation guide, signature chapter; the HMAC of the same fields was computed with another implementation.
    let fields: [&[u8]; 10] = [
        b"INTERACTIVE",
        b"1524",
        b"TEST",
        b"978",
        b"PAYMENT",
        b"SINGLE",
        b"12345678",
        b"20090501193530",
        b"654321",
        b"V2",
    ];
    for (algorithm, signature) in [
        ("sha1", "606b369759fac4f0864144c803c73676cbe470ff"),
        ("SHA-1", "606b369759fac4f0864144c803c73676cbe470ff"),
        (
            "hmac-sha-256",
            "O1ycab+xOkAmToSWeEE2hj39aAKCQ2IxGK+JxKv8iUI=",
        ),
    ] {
        let settings = settings(&[(ALGORITHM, algorithm)]);
        let account = Account::of(&settings).unwrap();
        assert_eq!(account.sign(&fields), signature);
        assert!(account.believes(&fields, signature.as_bytes()));
    }
}

#[test]
fn a_request_says_what_the_order_is_and_no_more_than_it_must() {
    let fields = request(&customer());
    for (name, wanted) in [
        ("vads_amount", "2399"),
        ("vads_currency", "978"),
        ("vads_ctx_mode", "TEST"),
        ("vads_site_id", "12345678"),
        ("vads_trans_id", "000042"),
        ("vads_trans_date", "20260615120000"),
        ("vads_order_id", "TU90QMLVYXD5UMZYUQR1A1"),
        ("vads_cust_last_name", "Mihaï"),
        ("vads_language", "fr"),
        ("vads_return_mode", "GET"),
        (
            "vads_url_check",
            "https://shop.example/local/shop/paymodes/systempay/systempay_ipn.php",
        ),
        (
            "vads_url_return",
            "https://shop.example/local/shop/paymodes/systempay/process.php?transid=TU90QMLVYXD5UMZYUQ%3D%3D",
        ),
    ] {
        assert_eq!(value(&fields, name), wanted, "{name}");
    }
    assert!(
        !fields
            .iter()
            .any(|(_, value)| value.contains("1122334455667788")),
        "the key is in the form"
    );
    let names: Vec<_> = fields
        .iter()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("vads_"))
        .collect();
    assert!(
        names.is_sorted(),
        "values are signed in the order of their names"
    );
}

#[test]
fn a34_the_bank_is_asked_for_every_cent() {
    for (amount, minor) in [
        ("19.99", "1999"),
        ("1.15", "115"),
        ("8.20", "820"),
        ("4.35", "435"),
    ] {
        let widget = widget(&settings(&[]), &customer(), amount, "EUR").unwrap();
        assert_eq!(value(&widget.forms[0].fields, "vads_amount"), minor);
    }
    let yen = widget(&settings(&[]), &customer(), "1500", "JPY").unwrap();
    assert_eq!(value(&yen.forms[0].fields, "vads_amount"), "1500");
}

#[test]
fn a_currency_that_the_platform_does_not_know_is_refused() {
    let error = widget(&settings(&[]), &customer(), "5", "ISK").unwrap_err();
    assert_eq!(error.code(), "currency_not_taken");
}

#[test]
fn a_signed_notification_is_read() {
    let settings = settings(&[]);
    let verdict = read(&encoded(&notification(&[], &settings)), &settings).unwrap();
    assert_eq!(verdict.happened, Happened::Paid);
    assert_eq!(verdict.reference, "12345678-20260615-000042");
    assert_eq!(verdict.amount.unwrap().to_string(), "23.99 EUR");
    assert_eq!(verdict.mode, Mode::Test);
}

#[test]
fn a17_nothing_is_read_before_the_signature_is_right() {
    let settings = settings(&[]);
    // Nonsense in every field, and a wrong signature: the signature is what is told.
    let body = b"vads_amount=x&vads_currency=y&vads_ctx_mode=z&signature=AAAA";
    assert_eq!(
        read(body, &settings).unwrap_err(),
        GatewayError::NotAuthentic
    );
}

#[test]
fn a20_a_different_amount_is_told_as_it_is() {
    let settings = settings(&[]);
    let message = notification(&[("vads_effective_amount", "2300")], &settings);
    assert_eq!(
        read(&encoded(&message), &settings)
            .unwrap()
            .amount
            .unwrap()
            .to_string(),
        "23.00 EUR"
    );
    // Another currency of the card is no difference.
    let message = notification(
        &[
            ("vads_effective_amount", "2800"),
            ("vads_effective_currency", "840"),
        ],
        &settings,
    );
    assert_eq!(
        read(&encoded(&message), &settings)
            .unwrap()
            .amount
            .unwrap()
            .to_string(),
        "23.99 EUR"
    );
}

#[test]
fn the_algorithm_and_the_key_come_from_the_settings_alone() {
    let hmac = settings(&[]);
    let sha1 = settings(&[(ALGORITHM, "sha1")]);
    let production = settings(&[("test", "0")]);
    let live = [("vads_ctx_mode", "PRODUCTION")];
    for (signed, judge) in [
        (&hmac, &sha1),
        (&sha1, &hmac),
        (&hmac, &production),
        (&production, &hmac),
    ] {
        for changes in [&[][..], &live[..]] {
            let body = encoded(&notification(changes, signed));
            assert_eq!(read(&body, judge).unwrap_err(), GatewayError::NotAuthentic);
        }
    }
}

#[test]
fn a_signature_in_other_letters_is_not_the_signature() {
    let settings = settings(&[]);
    let mut message = notification(&[], &settings);
    let place = message
        .iter()
        .position(|(name, _)| name == "signature")
        .unwrap();
    for change in [
        str::to_lowercase as fn(&str) -> String,
        str::to_uppercase,
        |text| format!(" {text}"),
        |text| format!("{text}="),
    ] {
        let mut changed = message.clone();
        changed[place].1 = change(&message[place].1);
        assert_eq!(
            read(&encoded(&changed), &settings).unwrap_err(),
            GatewayError::NotAuthentic
        );
    }
    message.remove(place);
    assert_eq!(
        read(&encoded(&message), &settings).unwrap_err().code(),
        "message_malformed"
    );
}

/// The signature joins values with `+` and does not cover names: whoever gets chosen values signed can have them read under
/// other names.
#[test]
fn a_buyer_cannot_have_a_request_signed_that_reads_as_an_answer() {
    let greedy = CustomerInfo {
        firstname: "DEBIT+TU90QMLVYXD5UMZYUQR1A1".to_owned(),
        lastname: "12345678+20260615120000+000042+AUTHORISED".to_owned(),
        email: "a+AUTHORISED@example.org".to_owned(),
        ..customer()
    };
    let fields = request(&greedy);
    let buyers = [
        "vads_cust_country",
        "vads_cust_email",
        "vads_cust_first_name",
        "vads_cust_last_name",
    ];
    for (name, value) in fields.iter().filter(|(name, _)| name.starts_with("vads_")) {
        assert!(!value.contains('+'), "{name}={value}");
        if buyers.contains(&name.as_str()) {
            continue;
        }
        assert!(
            !["DEBIT", "AUTHORISED", "CAPTURED", "CREDIT"].contains(&value.as_str()),
            "{name}={value}"
        );
    }
    // Six values of an answer are not in a request between the currency and the version: the status and the operation, and
    // four that would have to stand between them.
    let own = fields
        .iter()
        .filter(|(name, _)| name.starts_with("vads_cust_"))
        .count();
    assert!(own <= 4, "{own} values are the buyer's");
    let reflected = encoded(&fields);
    assert_eq!(
        read(&reflected, &settings(&[])).unwrap_err().code(),
        "message_malformed"
    );
}

#[test]
fn settings_are_checked_with_a_reason_for_each_mistake() {
    for (key, value, code) in [
        (SITE, "1234567", "setting_site_id_form"),
        (SITE, "1234567a", "setting_site_id_form"),
        (TEST_CERTIFICATE, "short", "setting_key_too_short"),
        (
            PROD_CERTIFICATE,
            "11223344 55667788",
            "setting_key_has_blanks",
        ),
        (ALGORITHM, "md5", "setting_not_offered"),
        (PLATFORM, "paypal", "setting_not_offered"),
        (
            URL,
            "http://paiement.systempay.fr/",
            "setting_url_not_https",
        ),
    ] {
        let setting = SETTINGS.iter().find(|setting| setting.key == key).unwrap();
        assert_eq!(setting.problem(value), Some(code), "{key} {value}");
        let findings = self_check(
            &SystemPay,
            &settings(&[(key, value)]),
            UnixMillis::from_seconds(0),
        );
        assert!(
            findings
                .iter()
                .any(|finding| finding.setting == Some(key) && finding.code == code),
            "{findings:?}"
        );
    }
    let codes: Vec<_> = self_check(&SystemPay, &settings(&[]), UnixMillis::from_seconds(0))
        .iter()
        .map(|finding| finding.code)
        .collect();
    assert_eq!(
        codes,
        [
            "configuration_looks_right",
            "signature_test_passes",
            "notification_not_proven"
        ]
    );
}

#[test]
fn a_published_key_signs_nothing_in_production() {
    let open = settings(&[("test", "0"), (PROD_CERTIFICATE, PUBLISHED)]);
    assert_eq!(
        SystemPay.missing(&open),
        [(PROD_CERTIFICATE, "setting_demo_in_production")]
    );
}

#[test]
fn each_brand_has_its_own_address_and_a_stand_in_only_on_this_machine() {
    for (brand, host) in HOSTS {
        let widget = widget(&settings(&[(PLATFORM, brand)]), &customer(), "1", "EUR").unwrap();
        assert_eq!(
            widget.forms[0].action,
            format!("https://{host}/vads-payment/")
        );
    }
    let local = "http://127.0.0.1:1/vads-payment/";
    assert_eq!(
        widget(&settings(&[(URL, local)]), &customer(), "1", "EUR")
            .unwrap()
            .forms[0]
            .action,
        local
    );
    let error = widget(
        &settings(&[(URL, local), ("test", "0")]),
        &customer(),
        "1",
        "EUR",
    )
    .unwrap_err();
    assert_eq!(error.code(), "paymode_not_configured");
}

#[test]
fn nothing_prints_a_key() {
    let settings = settings(&[]);
    assert!(!format!("{settings:?}").contains("1122334455667788"));
}

proptest! {
    #[test]
    fn any_one_bit_that_changes_what_is_read_is_refused(bit in 0_usize..8, at in any::<prop::sample::Index>()) {
        let settings = settings(&[]);
        let body = encoded(&notification(&[], &settings));
        let mut changed = body.clone();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        let same = Fields::parse(&changed).is_ok_and(|fields| {
            let all = |fields: &Fields| fields.iter().map(|(n, v)| (n.to_vec(), v.to_vec())).collect::<Vec<_>>();
            // Case of an escape, a field whose name was never read (its place in the order kept).
            all(&fields) == all(&Fields::parse(&body).unwrap())
        });
        match read(&changed, &settings) {
            Err(_) => {}
            Ok(_) if same => {}
            // Names are not signed. One whose last letters change reads the same where it keeps its place and is not read.
            Ok(verdict) => prop_assert_eq!(format!("{verdict:?}"), format!("{:?}", read(&body, &settings).unwrap())),
        }
    }

    #[test]
    fn the_order_of_fields_does_not_matter(seed in any::<u64>()) {
        let settings = settings(&[]);
        let mut message = notification(&[], &settings);
        let count = message.len();
        for step in 0..count {
            message.swap(step, (seed.rotate_left(u32::try_from(step).unwrap()) % count as u64) as usize);
        }
        prop_assert!(read(&encoded(&message), &settings).is_ok());
    }

    #[test]
    fn fields_of_others_take_no_part_and_fields_of_the_platform_do(name in "[a-u][a-z_]{0,8}", value in ".*") {
        let settings = settings(&[]);
        let mut message = notification(&[], &settings);
        message.push((name.clone(), value.clone()));
        prop_assert!(name == "signature" || read(&encoded(&message), &settings).is_ok());
        message.pop();
        message.push((format!("vads_{name}"), value));
        prop_assert!(read(&encoded(&message), &settings).is_err());
    }

    #[test]
    fn names_survive_in_any_language(first in "[^+\\p{C}]{0,60}", last in "[^+\\p{C}]{0,60}") {
        let customer = CustomerInfo { firstname: first.clone(), lastname: last.clone(), ..customer() };
        let fields = request(&customer);
        prop_assert_eq!(value(&fields, "vads_cust_first_name"), first);
        prop_assert_eq!(value(&fields, "vads_cust_last_name"), last);
        let settings = settings(&[]);
        let values: Vec<&[u8]> = fields.iter().filter(|(name, _)| name != "signature").map(|(_, value)| value.as_bytes()).collect();
        prop_assert!(Account::of(&settings).unwrap().believes(&values, value(&fields, "signature").as_bytes()));
    }

    #[test]
    fn nothing_that_strangers_send_is_believed(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&body, &settings(&[])).is_err());
    }
}
