use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::clock::UnixMillis;
use crate::domain::customer::CustomerInfo;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::transaction_id::TransactionId;
use crate::gateway::{Attempt, self_check};

fn settings(changes: &[(&str, &str)]) -> Settings {
    let values: HashMap<String, String> = [
        ("test", "1"),
        (PSID, "MyPSPID"),
        (SECRET_IN, "in-sécurité-0123456789"),
        (SECRET_OUT, "out-sécurité-987654321"),
    ]
    .iter()
    .chain(changes)
    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
    .collect();
    Settings::new(values)
}

fn form(settings: &Settings, customer: &CustomerInfo, amount: &str, code: &str) -> Form {
    let transaction = TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap();
    let attempt = Attempt {
        reference: "TU90QMLVYXD5UMZYUQR1A1".to_owned(),
        number: 0,
        now: UnixMillis::from_seconds(1_781_524_800),
        request: String::new(),
        kept: String::new(),
        version: 0,
    };
    let payable = Payable {
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
    };
    Ogone.widget(&payable, settings).unwrap().forms.remove(0)
}

fn customer() -> CustomerInfo {
    CustomerInfo {
        firstname: "Zoé".to_owned(),
        lastname: "Müller-Ñandú".to_owned(),
        email: "zoe@example.org".to_owned(),
        ..CustomerInfo::default()
    }
}

fn value(form: &Form, name: &str) -> Option<String> {
    form.fields
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.clone())
}

fn read(fields: &[(String, String)], settings: &Settings) -> Result<Verdict, GatewayError> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    read_bytes(body.as_bytes(), settings)
}

fn read_bytes(body: &[u8], settings: &Settings) -> Result<Verdict, GatewayError> {
    let message = Message {
        channel: Channel::Notification,
        method: "POST",
        query: b"",
        body,
        content_type: "application/x-www-form-urlencoded",
    };
    Ogone.read(&message, settings)
}

/// An answer as the platform would sign it.
fn answer(changes: &[(&str, &str)], settings: &Settings) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for (name, value) in [
        ("orderID", "TU90QMLVYXD5UMZYUQR1A1"),
        ("currency", "EUR"),
        ("amount", "7.5"),
        ("PM", "CreditCard"),
        ("STATUS", "9"),
        ("PAYID", "3000000042"),
        ("NCERROR", "0"),
        ("CN", "Zoé Müller"),
        ("VC", ""),
    ]
    .iter()
    .chain(changes)
    {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    let account = Account::of(settings).unwrap();
    let upper = fields
        .iter()
        .map(|(name, value)| (name.to_uppercase().into_bytes(), value.clone().into_bytes()));
    let upper = Answer {
        values: upper.collect(),
    };
    let digest = account.digest(upper.signed(), &account.secret_out);
    fields.push(("SHASIGN".to_owned(), to_hex(&digest)));
    fields
}

#[test]
fn signs_requests_as_the_documents_example() {
    // Ogone/Ingenico e-Commerce integration guide, SHA-IN example.
    let fields = [
        ("AMOUNT", "1500"),
        ("CURRENCY", "EUR"),
        ("LANGUAGE", "en_US"),
        ("ORDERID", "1234"),
        ("PSPID", "MyPSPID"),
    ];
    for (algorithm, digest) in [
        ("sha1", "f4cc376cd7a834d997b91598fa747825a238be0a"),
        (
            "sha256",
            "e019359baa3456ae5a986b6aabd22cf1b3e09438739e97f17a7f61df5a11b30f",
        ),
        (
            "sha512",
            "d1cfe8833a297d0922e908b2b44934b09ee966ef1584dc0d696304e07bb58ba71973c2383c831d878d8a243bb7d7dfffbe53cee21955cdfef44fe82e551f859d",
        ),
    ] {
        let settings = settings(&[(ALGORITHM, algorithm), (SECRET_IN, PUBLISHED)]);
        let account = Account::of(&settings).unwrap();
        let signed = fields.iter().map(|(name, value)| (*name, value.as_bytes()));
        assert_eq!(to_hex(&account.digest(signed, &account.secret_in)), digest);
    }
}

#[test]
fn believes_an_answer_as_published_with_its_zero() {
    // marlon-be/marlon-ogone (MIT), AllParametersShaComposerTest: `NCERROR=0` is part of the digest.
    let body = "currency=EUR&ACCEPTANCE=1234&amount=15&BRAND=VISA&CARDNO=xxxxxxxxxxxx1111&NCERROR=0&PAYID=32100123&PM=CreditCard\
        &STATUS=9&orderID=12&unknownparam=some+value&SHASIGN=B209960D5703DD1047F95A0F97655FFE5AC8BD52";
    let settings = settings(&[(ALGORITHM, "sha1"), (SECRET_OUT, PUBLISHED)]);
    let verdict = read_bytes(body.as_bytes(), &settings).unwrap();
    assert_eq!(verdict.happened, Happened::Paid);
    assert_eq!(verdict.amount.unwrap().to_string(), "15.00 EUR");
}

#[test]
fn a19_the_request_is_signed_in_the_order_of_its_names_and_only_from_the_list() {
    let form = form(&settings(&[]), &customer(), "19.99", "EUR");
    let names: Vec<&String> = form
        .fields
        .iter()
        .map(|(name, _)| name)
        .filter(|name| *name != "SHASIGN")
        .collect();
    assert!(names.is_sorted());
    assert_eq!(value(&form, "AMOUNT").unwrap(), "1999");
    assert_eq!(value(&form, "ORDERID").unwrap(), "TU90QMLVYXD5UMZYUQR1A1");
    assert_eq!(value(&form, "CN").unwrap(), "Zoé Müller-Ñandú");
    assert_eq!(value(&form, "LANGUAGE").unwrap(), "fr_FR");
    assert_eq!(
        value(&form, "ACCEPTURL").unwrap(),
        "https://shop.example/local/shop/paymodes/ogone/accept.php?transid=TU90QMLVYXD5UMZYUQ%3D%3D"
    );
    let shasign = value(&form, "SHASIGN").unwrap();
    assert!(
        shasign.len() == 128
            && shasign
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    );
    assert!(
        form.fields.iter().all(|(_, value)| !value.is_empty()),
        "empty fields are not signed"
    );
}

#[test]
fn a19_a_digest_is_the_same_in_either_case() {
    let settings = settings(&[]);
    let mut answer = answer(&[], &settings);
    assert!(read(&answer, &settings).is_ok());
    let last = answer.len() - 1;
    answer[last].1 = answer[last].1.to_uppercase();
    assert!(read(&answer, &settings).is_ok());
}

#[test]
fn a34_amounts_are_times_a_hundred_in_every_currency() {
    for (amount, code, sent) in [
        ("19.99", "EUR", "1999"),
        ("1.15", "EUR", "115"),
        ("8.20", "EUR", "820"),
        ("1500", "JPY", "150000"),
    ] {
        assert_eq!(
            value(&form(&settings(&[]), &customer(), amount, code), "AMOUNT").unwrap(),
            sent
        );
    }
    let dinar = Money::parse("1.234", Currency::parse("TND").unwrap()).unwrap();
    assert_eq!(hundredths(dinar), None);
}

#[test]
fn answers_have_major_units() {
    let euro = Currency::parse("EUR").unwrap();
    for (text, wanted) in [
        ("7.5", "7.50 EUR"),
        ("15", "15.00 EUR"),
        ("0.29", "0.29 EUR"),
    ] {
        assert_eq!(major_units(text, euro).unwrap().to_string(), wanted);
    }
    for text in [
        "", ".", "7.", ".5", "7,5", "7.505", "+7", "-7", "7e1", " 7", "7.5.0",
    ] {
        assert_eq!(major_units(text, euro), None, "{text}");
    }
}

#[test]
fn the_list_is_in_the_order_of_its_names() {
    assert!(SHA_OUT.is_sorted());
    assert!(SHA_OUT.contains(&"DCC_VALIDHOURS") && SHA_OUT.contains(&"PAYID"));
}

#[test]
fn two_names_that_differ_in_case_alone_are_refused() {
    let settings = settings(&[]);
    let mut answer = answer(&[], &settings);
    answer.push(("AMOUNT".to_owned(), "0.01".to_owned()));
    assert_eq!(
        read(&answer, &settings).unwrap_err(),
        GatewayError::Malformed { field: "form" }
    );
}

#[test]
fn the_passphrase_of_requests_proves_no_answer() {
    let both = settings(&[]);
    let swapped = settings(&[
        (SECRET_IN, "out-sécurité-987654321"),
        (SECRET_OUT, "in-sécurité-0123456789"),
    ]);
    assert_eq!(
        read(&answer(&[], &swapped), &both).unwrap_err(),
        GatewayError::NotAuthentic
    );
    let same = settings(&[(SECRET_IN, "out-sécurité-987654321")]);
    assert_eq!(Ogone.missing(&same), [(SECRET_OUT, "setting_same_secrets")]);
}

#[test]
fn every_status_has_its_meaning() {
    let settings = settings(&[]);
    let account = Account::of(&settings).unwrap();
    for (statuses, happened) in [
        (&["9", "95"][..], Happened::Paid),
        (
            &[
                "4", "40", "41", "46", "5", "50", "51", "52", "55", "56", "59", "91", "92", "99",
            ],
            Happened::Announced,
        ),
        (&["2", "57", "93"], Happened::Refused),
        (&["1"], Happened::Cancelled),
        (&["0"], Happened::Failed),
        (&["6", "64", "7", "74", "75"], Happened::Withdrawn),
        (&["8", "84", "85"], Happened::Refunded),
        (
            &[
                "61", "62", "63", "71", "72", "73", "81", "82", "83", "94", "", "09", "9 ", "900",
            ],
            Happened::Unclear,
        ),
    ] {
        for status in statuses {
            assert_eq!(account.happened(status).0, happened, "{status}");
        }
    }
}

#[test]
fn to_the_latin_page_goes_only_what_is_the_same_in_every_charset() {
    let settings = settings(&[(CHARSET, "iso-8859-1")]);
    let latin = form(&settings, &customer(), "1", "EUR");
    assert_eq!(
        latin.action,
        "https://secure.ogone.com/ncol/test/orderstandard.asp"
    );
    assert_eq!(value(&latin, "CN"), None);
    assert_eq!(value(&latin, "EMAIL").unwrap(), "zoe@example.org");
    assert_eq!(
        Account::of(&settings).unwrap().secret_in,
        b"in-s\xe9curit\xe9-0123456789"
    );
    assert_eq!(latin1_bytes("€"), None);
}

#[test]
fn settings_are_checked_with_a_reason_for_each_mistake() {
    for (key, value, code) in [
        (PSID, "my pspid", "setting_psid_form"),
        (SECRET_IN, "short", "setting_key_too_short"),
        (SECRET_OUT, "short", "setting_key_too_short"),
        (ALGORITHM, "md5", "setting_not_offered"),
        (CHARSET, "utf-16", "setting_not_offered"),
        (OPERATION, "X", "setting_not_offered"),
        (AUTHORISED, "maybe", "setting_not_offered"),
        (URL, "http://secure.ogone.com/", "setting_url_not_https"),
    ] {
        let findings = self_check(
            &Ogone,
            &settings(&[(key, value)]),
            UnixMillis::from_seconds(0),
        );
        assert!(
            findings
                .iter()
                .any(|finding| finding.setting == Some(key) && finding.code == code),
            "{key}: {findings:?}"
        );
    }
    let codes: Vec<_> = self_check(&Ogone, &settings(&[]), UnixMillis::from_seconds(0))
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

proptest! {
    #[test]
    fn any_one_bit_of_a_signed_value_matters(field in 0_usize..9, bit in 0_usize..7, at in any::<prop::sample::Index>()) {
        let settings = settings(&[]);
        let mut answer = answer(&[], &settings);
        let mut value = answer[field].1.clone().into_bytes();
        if !value.is_empty() {
            let at = at.index(value.len());
            value[at] ^= 1 << bit;
            if let Ok(value) = String::from_utf8(value) {
                answer[field].1 = value;
                prop_assert_eq!(read(&answer, &settings).unwrap_err(), GatewayError::NotAuthentic);
            }
        }
    }

    #[test]
    fn order_case_and_foreign_fields_take_no_part(cut in 0_usize..10, name in "[f-h][a-z]{5,9}", value in ".*") {
        let settings = settings(&[]);
        let mut answer = answer(&[], &settings);
        answer.rotate_left(cut);
        for (name, _) in &mut answer {
            *name = name.to_lowercase();
        }
        answer.push((name, value));
        prop_assert!(read(&answer, &settings).is_ok());
    }

    #[test]
    fn a_field_of_the_list_that_was_added_is_refused(index in 0_usize..63, value in ".+") {
        let settings = settings(&[]);
        let mut answer = answer(&[], &settings);
        let name = SHA_OUT[index % SHA_OUT.len()];
        answer.push((name.to_owned(), value));
        prop_assert!(read(&answer, &settings).is_err());
    }

    #[test]
    fn names_survive_in_any_language(name in "[^\\p{C}\\p{Z}]{1,30}") {
        let settings = settings(&[]);
        let customer = CustomerInfo { firstname: name.clone(), lastname: String::new(), ..customer() };
        let form = form(&settings, &customer, "1", "EUR");
        prop_assert_eq!(value(&form, "CN").unwrap(), name.clone());
        prop_assert!(read(&answer(&[("CN", &name)], &settings), &settings).is_ok());
    }

    #[test]
    fn nothing_that_strangers_send_is_believed(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read_bytes(&body, &settings(&[])).is_err());
    }
}
