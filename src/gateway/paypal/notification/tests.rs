use std::collections::HashMap;

use super::*;
use crate::gateway::Channel;

fn settings() -> Settings {
    let values = [("paypalsellername", "seller@shop.example")];
    Settings::new(HashMap::from(
        values.map(|(name, value)| (name.to_owned(), value.to_owned())),
    ))
}

#[test]
fn letters_are_read_in_the_character_set_that_the_message_names() {
    for (raw, expected) in [
        ("n=J%F6rg&charset=windows-1252", "Jörg"),
        ("n=J%F6rg", "Jörg"),
        ("n=%80+5&charset=windows-1252", "€ 5"),
        ("charset=UTF-8&n=%E5%BC%A0+%C3%A9", "张 é"),
        ("charset=gb2312&n=%d5%c5", "张"),
        ("charset=Shift_JIS&n=%93%8C%8B%9E", "東京"),
        ("charset=x-klingon&n=%E9", "é"),
        ("charset=UTF-8&n=%E9x", "\u{fffd}x"),
        ("n=a%2", "a%2"),
        ("n=%zz%", "%zz%"),
        ("n=1&n=2", "2"),
        ("n", ""),
        ("", ""),
    ] {
        assert_eq!(
            Notification::parse(raw.as_bytes()).text("n"),
            expected,
            "{raw}"
        );
    }
}

#[test]
fn amounts_are_shown_with_their_sign() {
    for (amount, currency, text) in [
        ("49.50", "USD", "$49.50"),
        ("-4.00", "USD", "$-4.00"),
        ("4.00", "EUR", "4.00€"),
        ("500", "JPY", "¥500"),
        ("13.00", "HKD", "13.00 HKD"),
    ] {
        let amount = Money::parse(amount, Currency::parse(currency).unwrap()).unwrap();
        assert_eq!(shown(amount), text);
    }
}

/// Messages as PayPal sent them to others, from the folder that `SHOPENGINE_VECTORS` names; they are not ours to keep.
#[test]
fn messages_of_the_wild_mean_what_they_should() {
    let Some(folder) = std::env::var_os("SHOPENGINE_VECTORS") else {
        eprintln!("skipped: SHOPENGINE_VECTORS names no folder");
        return;
    };
    let text =
        std::fs::read_to_string(std::path::Path::new(&folder).join("paypal_ipn.json")).unwrap();
    let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(vectors.len(), 30);
    let transaction = "TU90QMLVYXD5UMZYUQ==";
    for vector in vectors {
        let of = |name: &str| vector[name].as_str().unwrap_or_default();
        let (name, raw) = (of("name"), of("raw"));
        // The postback holds the very bytes, whatever they mean.
        let message = Message {
            channel: Channel::Notification,
            method: "POST",
            query: b"",
            body: raw.as_bytes(),
            content_type: "application/x-www-form-urlencoded",
        };
        let mut values = HashMap::from([("test".to_owned(), "1".to_owned())]);
        for key in ["paypalsellername", "paypalsellertestname"] {
            values.insert(key.to_owned(), "seller@shop.example".to_owned());
        }
        let ask =
            crate::gateway::Gateway::ask(&super::super::PayPal, &message, &Settings::new(values));
        let body = ask.unwrap().unwrap().body;
        assert_eq!(
            body,
            [b"cmd=_notify-validate&", raw.as_bytes()].concat(),
            "{name}"
        );
        // As if it were about an order of ours.
        let ours = format!("{raw}&invoice={transaction}&custom=1.1.{transaction}");
        let message = Notification::parse(ours.as_bytes());
        assert_eq!(
            message.text("payment_status"),
            of("payment_status"),
            "{name}"
        );
        let expected = match name {
            "subscr_payment_windows1252_address"
            | "pending_echeck_subscr_payment"
            | "masspay_three_recipients"
            | "subscr_signup"
            | "subscr_cancel" => Err(GatewayError::NoOrder),
            "new_case_chargeback" | "declined_simulator" => Ok(Happened::Noted),
            _ => Ok(match of("payment_status") {
                "Completed" => Happened::Paid,
                "Pending" => Happened::Announced,
                "Denied" => Happened::Refused,
                "Failed" => Happened::Failed,
                "Refunded" => Happened::Refunded,
                "Reversed" => Happened::Reversed,
                "Canceled_Reversal" => Happened::Restored,
                other => panic!("{name}: {other}"),
            }),
        };
        let verdict = message.verdict(&settings());
        let happened = verdict
            .as_ref()
            .map(|verdict| verdict.happened)
            .map_err(Clone::clone);
        assert_eq!(happened, expected, "{name}");
        if let Ok(verdict) = verdict {
            assert_eq!(
                verdict.mode == Mode::Test,
                raw.contains("test_ipn=1"),
                "{name}"
            );
            assert!(
                !verdict.amount.is_some_and(|amount| amount.is_negative()),
                "{name}"
            );
        }
        let letters: &[(&str, &str)] = match name {
            "completed_windows1252_umlaut" => &[("first_name", "Jörg")],
            "canceled_reversal_utf8_sgd" => {
                &[("address_city", "Dún Búinne"), ("address_state", "Mhí")]
            }
            "completed_windows1252_french_accents" => &[
                ("first_name", "Zoé"),
                ("last_name", "Lévesque"),
                ("payer_business_name", "Atelier de la Forêt"),
            ],
            "subscr_payment_windows1252_address" => &[("address_street", "22 Allée DES TILLEULS")],
            _ => &[],
        };
        for (field, text) in letters {
            assert_eq!(message.text(field), *text, "{name}");
        }
        assert!(
            !message
                .fields
                .iter()
                .any(|(_, value)| value.contains('\u{fffd}')),
            "{name}"
        );
    }
}
