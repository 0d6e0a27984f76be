use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::clock::UnixMillis;
use crate::domain::customer::CustomerInfo;
use crate::domain::fulfillment::Fulfillment;
use crate::domain::money::{Currency, Money};
use crate::domain::transaction_id::TransactionId;
use crate::gateway::{Attempt, self_check};

const KEY: &str = "rxSP61eeP_oNi5TxCD7Ngy9YcwC8MLw6OlmFGGcsY54";

fn settings(changes: &[(&str, &str)]) -> Settings {
    let values: HashMap<String, String> = [
        ("test", "1"),
        ("mercanet_merchant_id", "201040040170001"),
        ("mercanet_secret_key", KEY),
        ("mercanet_key_version", "1"),
    ]
    .iter()
    .chain(changes)
    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
    .collect();
    Settings::new(values)
}

fn customer() -> CustomerInfo {
    CustomerInfo {
        firstname: "Zoé".to_owned(),
        lastname: "Müller-Ñandú".to_owned(),
        email: "zoe+shop@example.org".to_owned(),
        ..CustomerInfo::default()
    }
}

fn form(settings: &Settings, customer: &CustomerInfo, amount: &str) -> Form {
    let transaction = TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap();
    let attempt = Attempt {
        reference: "TU90QMLVYXD5UMZYUQR1A1".to_owned(),
        number: 42,
        now: UnixMillis::from_seconds(1_781_524_800),
        request: String::new(),
        kept: String::new(),
        version: 0,
    };
    let payable = Payable {
        transaction: &transaction,
        revision: 1,
        amount: Money::parse(amount, Currency::parse("EUR").unwrap()).unwrap(),
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
    MERCANET.widget(&payable, settings).unwrap().forms.remove(0)
}

fn value(form: &Form, name: &str) -> String {
    form.fields
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

fn read(fields: &[(&str, &str)], settings: &Settings) -> Result<Verdict, GatewayError> {
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
    MERCANET.read(&message, settings)
}

fn sealed(data: &str, settings: &Settings) -> String {
    to_hex(
        &Account::of(&MERCANET, settings)
            .unwrap()
            .seal(data.as_bytes()),
    )
}

const ANSWER: &str = "captureMode=AUTHOR_CAPTURE|currencyCode=978|merchantId=201040040170001|responseCode=00|\
    transactionReference=TU90QMLVYXD5UMZYUQR1A1|keyVersion=1|amount=2399|customerContact.lastname=Müller-Ñandú|returnContext=a=b=c|x=null";

#[test]
fn seals_as_the_documents_examples() {
    // Worldline's sips-sdk-java, PaypageClientTest (an answer of the simulator), and the generic HMAC of its documentation.
    let data = "captureDay=0|captureMode=AUTHOR_CAPTURE|currencyCode=978|merchantId=002001000000001|orderChannel=INTERNET|\
        responseCode=17|transactionDateTime=2018-02-06T07:43:55+01:00|transactionReference=e1445438c15|keyVersion=1|amount=2|\
        customerIpAddress=194.78.195.168|paymentPattern=ONE_SHOT";
    let simulator = settings(&[
        ("mercanet_secret_key", "002001000000001_KEY1"),
        ("mercanet_seal_algorithm", "SHA-256"),
    ]);
    assert_eq!(
        sealed(data, &simulator),
        "8f488030781e3196726ce0658dbc26f19781f7c7fbe212b39d63d3f4d1d77301"
    );
}

#[test]
fn a_request_says_what_the_order_is() {
    let form = form(&settings(&[]), &customer(), "19.99");
    assert_eq!(
        form.action,
        "https://payment-webinit-mercanet.test.sips-services.com/paymentInit"
    );
    let data = value(&form, "Data");
    for pair in [
        "amount=1999",
        "currencyCode=978",
        "merchantId=201040040170001",
        "keyVersion=1",
        "transactionReference=TU90QMLVYXD5UMZYUQR1A1",
        "orderId=TU90QMLVYXD5UMZYUQR1A1",
        "customerContact.lastname=Müller-Ñandú",
        "automaticResponseUrl=https://shop.example/local/shop/paymodes/mercanet/mercanet_ipn.php",
        "normalReturnUrl=https://shop.example/local/shop/paymodes/mercanet/process.php?transid=TU90QMLVYXD5UMZYUQ%3D%3D",
    ] {
        assert!(
            data.split('|').any(|known| known == pair),
            "{pair} in {data}"
        );
    }
    assert_eq!(value(&form, "Seal"), sealed(&data, &settings(&[])));
    assert!(!form.fields.iter().any(|(_, value)| value.contains(KEY)));
}

#[test]
fn a_migrated_shop_numbers_its_payments() {
    let form = form(
        &settings(&[("mercanet_transaction_id", "s10")]),
        &customer(),
        "19.99",
    );
    let data = value(&form, "Data");
    assert!(
        data.contains("|s10TransactionReference.s10TransactionId=42"),
        "{data}"
    );
    assert!(!data.contains("transactionReference="), "{data}");
    let server = settings(&[("mercanet_transaction_id", "server")]);
    assert!(
        !value(&super::tests::form(&server, &customer(), "1"), "Data")
            .contains("ransactionReference")
    );
}

#[test]
fn a34_the_bank_is_asked_for_every_cent() {
    for (amount, minor) in [
        ("19.99", "amount=1999|"),
        ("1.15", "amount=115|"),
        ("8.20", "amount=820|"),
    ] {
        assert!(value(&form(&settings(&[]), &customer(), amount), "Data").starts_with(minor));
    }
}

#[test]
fn a18_no_field_of_the_buyers_begins_another_field() {
    let greedy = CustomerInfo {
        lastname: "x|responseCode=00|transactionPlatform=TEST".to_owned(),
        firstname: "a\nb\u{0}".to_owned(),
        ..customer()
    };
    for encoding in ["none", "base64", "base64url"] {
        let settings = settings(&[("mercanet_encoding", encoding)]);
        let form = form(&settings, &greedy, "1");
        let mut fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        // What we sealed ourselves, sent back to us.
        assert_eq!(
            read(&fields, &settings).unwrap_err(),
            GatewayError::Malformed {
                field: "responseCode"
            }
        );
        fields.retain(|(name, _)| *name != "Encode");
        assert!(read(&fields, &settings).is_err());
    }
}

#[test]
fn a_seal_is_compared_whole_and_in_either_case() {
    let settings = settings(&[]);
    let seal = sealed(ANSWER, &settings);
    assert!(read(&[("Data", ANSWER), ("Seal", &seal)], &settings).is_ok());
    assert!(
        read(
            &[("Data", ANSWER), ("Seal", &seal.to_uppercase())],
            &settings
        )
        .is_ok()
    );
    for wrong in [
        "",
        "00",
        seal.get(2..).unwrap(),
        &format!("{seal}00"),
        &seal.replace('a', "b"),
    ] {
        assert!(
            read(&[("Data", ANSWER), ("Seal", wrong)], &settings).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn an_equals_sign_in_a_value_is_part_of_it() {
    let answer = Answer::parse(ANSWER).unwrap();
    assert_eq!(answer.field("returnContext"), Some("a=b=c"));
    assert_eq!(answer.field("x"), None, "null is the word for nothing");
    assert!(Answer::parse("a=1|a=2").is_err());
    assert!(Answer::parse("a").is_err());
}

#[test]
fn sixty_is_pending_and_validation_is_not_paid() {
    assert_eq!(happened("60", false).0, Happened::Announced);
    assert_eq!(happened("00", true).0, Happened::Announced);
    assert_eq!(happened("00", false).0, Happened::Paid);
    for near in ["0", "000", "", " 00", "OO"] {
        assert_eq!(happened(near, false).0, Happened::Unclear, "{near:?}");
    }
}

#[test]
fn published_shops_are_refused_in_production() {
    for shop in DEMO_SHOPS {
        let key = format!("{shop}_KEY1");
        let changes = [
            ("mercanet_merchant_id", *shop),
            ("mercanet_secret_key", &key),
        ];
        assert_eq!(MERCANET.missing(&settings(&changes)), []);
        let production: Vec<_> = changes.into_iter().chain([("test", "0")]).collect();
        let missing = MERCANET.missing(&settings(&production));
        assert_eq!(missing.len(), 2, "{missing:?}");
        assert!(
            missing
                .iter()
                .all(|(_, code)| *code == "setting_demo_in_production")
        );
    }
}

#[test]
fn each_platform_has_its_own_hosts() {
    for (gateway, platform, test, production) in [
        (
            &MERCANET,
            "",
            "payment-webinit-mercanet.test.sips-services.com",
            "payment-webinit.mercanet.bnpparibas.net",
        ),
        (
            &MERCANET,
            "sogenactif",
            "payment-webinit.simu.sogenactif.com",
            "payment-webinit.sogenactif.com",
        ),
        (
            &MERCANET,
            "scellius",
            "payment-webinit-simu.scellius.labanquepostale.fr",
            "payment-webinit.scellius.labanquepostale.fr",
        ),
        (
            &MERCANET,
            "sips",
            "payment-webinit.test.sips-services.com",
            "payment-webinit.sips-services.com",
        ),
        (
            &SHERLOCKS,
            "",
            "sherlocks-payment-webinit-simu.secure.lcl.fr",
            "sherlocks-payment-webinit.secure.lcl.fr",
        ),
    ] {
        for (mode, host) in [("1", test), ("0", production)] {
            let settings = settings(&[("test", mode), ("mercanet_platform", platform)]);
            assert_eq!(
                gateway.url(&settings).unwrap(),
                format!("https://{host}/paymentInit")
            );
        }
    }
    assert_eq!(
        MERCANET.url(&settings(&[("mercanet_platform", "sherlocks")])),
        None
    );
}

#[test]
fn settings_are_checked_with_a_reason_for_each_mistake() {
    for (key, value, code) in [
        (
            "mercanet_merchant_id",
            "20104004017000",
            "setting_sips_merchant_form",
        ),
        ("mercanet_secret_key", "a b", "setting_key_has_blanks"),
        ("mercanet_key_version", "one", "setting_not_a_number"),
        ("mercanet_seal_algorithm", "MD5", "setting_not_offered"),
        ("mercanet_encoding", "hex", "setting_not_offered"),
        ("mercanet_transaction_id", "x", "setting_not_offered"),
        ("mercanet_capture_mode", "LATER", "setting_not_offered"),
        ("mercanet_platform", "lcl", "setting_not_offered"),
        ("mercanet_service_url", "mercanet", "setting_not_a_url"),
    ] {
        let findings = self_check(
            &MERCANET,
            &settings(&[(key, value)]),
            UnixMillis::from_seconds(0),
        );
        assert!(
            findings.iter().any(|finding| finding.setting == Some(key)
                && finding.code == code
                && finding.blocks),
            "{key}: {findings:?}"
        );
    }
    let codes: Vec<_> = self_check(&MERCANET, &settings(&[]), UnixMillis::from_seconds(0))
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
    fn any_one_bit_of_what_is_sealed_matters(bit in 0_usize..8, at in any::<prop::sample::Index>(), algorithm in 0_usize..3) {
        let settings = settings(&[("mercanet_seal_algorithm", ["HMAC-SHA-256", "HMAC-SHA-512", "SHA-256"][algorithm])]);
        let account = Account::of(&MERCANET, &settings).unwrap();
        let mut data = ANSWER.as_bytes().to_vec();
        let seal = sealed(ANSWER, &settings);
        let at = at.index(data.len());
        data[at] ^= 1 << bit;
        prop_assert!(!account.believes(&data, seal.as_bytes()));
        prop_assert!(account.believes(ANSWER.as_bytes(), seal.as_bytes()));
    }

    #[test]
    fn any_one_bit_of_the_seal_matters(bit in 0_usize..256) {
        let settings = settings(&[]);
        let account = Account::of(&MERCANET, &settings).unwrap();
        let mut seal = account.seal(ANSWER.as_bytes());
        seal[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!account.believes(ANSWER.as_bytes(), to_hex(&seal).as_bytes()));
    }

    #[test]
    fn the_order_of_what_is_sealed_is_part_of_it(cut in 1_usize..9) {
        let settings = settings(&[]);
        let mut pairs: Vec<&str> = ANSWER.split('|').collect();
        let seal = sealed(ANSWER, &settings);
        pairs.rotate_left(cut);
        let data = pairs.join("|");
        prop_assert_eq!(read(&[("Data", &data), ("Seal", &seal)], &settings).unwrap_err(), GatewayError::NotAuthentic);
        // Sealed in that order it is as good.
        let seal = sealed(&data, &settings);
        prop_assert!(read(&[("Seal", &seal), ("other", "x"), ("Data", &data)], &settings).is_ok());
    }

    #[test]
    fn encodings_come_back_as_they_were(text in ".*") {
        for encoding in [Encoding::None, Encoding::Base64, Encoding::Base64Url] {
            let data = encoding.encode(&text);
            prop_assert_eq!(encoding.decode(data.as_bytes()), Some(text.clone()));
        }
    }

    #[test]
    fn nothing_that_strangers_send_is_believed(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read_bytes(&body, &settings(&[])).is_err());
    }

    #[test]
    fn what_is_sealed_and_senseless_is_an_error_and_no_panic(data in "[ -~é|=]{0,80}", encoding in 0_usize..3) {
        let settings = settings(&[]);
        let seal = sealed(&data, &settings);
        let _ = read(&[("Data", &data), ("Seal", &seal), ("Encode", ["", "base64", "base64url"][encoding])], &settings);
    }
}
