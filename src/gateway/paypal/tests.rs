use super::*;
use crate::gateway::by_name;
use crate::gateway::self_check;

fn settings(values: &[(&str, &str)]) -> Settings {
    Settings::new(
        values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

#[test]
fn the_sandbox_is_asked_only_by_a_shop_in_test_mode() {
    let body = |test| {
        if test {
            &b"payment_status=Completed&test_ipn=1"[..]
        } else {
            b"payment_status=Completed"
        }
    };
    for (shop, message, expected) in [
        ("0", false, Ok("https://ipnpb.paypal.com/cgi-bin/webscr")),
        ("0", true, Err(GatewayError::TestModeOnly)),
        (
            "1",
            true,
            Ok("https://ipnpb.sandbox.paypal.com/cgi-bin/webscr"),
        ),
        ("1", false, Ok("https://ipnpb.paypal.com/cgi-bin/webscr")),
    ] {
        let settings = settings(&[
            ("test", shop),
            ("paypalsellername", "a@b.example"),
            ("paypalsellertestname", "t@b.example"),
        ]);
        let message = Message {
            channel: Channel::Notification,
            method: "POST",
            query: b"",
            body: body(message),
            content_type: "",
        };
        let ask = PayPal.ask(&message, &settings).map(|ask| ask.unwrap().url);
        assert_eq!(ask, expected.map(str::to_owned));
    }
}

#[test]
fn the_configuration_page_is_told_what_is_wrong() {
    let now = UnixMillis::from_seconds(1_781_524_800);
    let paypal = by_name("paypal").unwrap();
    let told = |values: &[(&str, &str)]| -> Vec<_> {
        let findings = self_check(paypal, &settings(values), now);
        let blocking = findings.into_iter().filter(|finding| finding.blocks);
        blocking.map(|finding| finding.code).collect()
    };
    assert_eq!(told(&[]), ["setting_missing"]);
    assert_eq!(
        told(&[
            ("paypalsellername", "a@b.example"),
            ("paypal_ewp", "1"),
            ("paypal_verify_url", "http://paypal.com"),
            ("paypal_currency", "euro"),
            ("paypal_zone", "France"),
        ]),
        [
            "setting_not_a_currency",
            "setting_not_countries",
            "setting_url_not_https",
            "paypal_key_unreadable"
        ]
    );
    assert!(told(&[("paypalsellername", "a@b.example")]).is_empty());
}

#[test]
fn a_zone_is_a_list_of_countries() {
    assert!(is_served("", "FR") && is_served(" ,", "") && is_served("be;FR", "fr"));
    assert!(!is_served("BE", "FR") && !is_served("BE", ""));
}
