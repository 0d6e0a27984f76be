use super::*;

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn euro(text: &str) -> Money {
    Money::parse(text, currency("EUR")).unwrap()
}

fn decimal(text: &str) -> Decimal {
    parse_decimal(text).unwrap()
}

#[test]
fn prints_with_the_decimals_of_its_currency() {
    assert_eq!(euro("71.9").to_string(), "71.90 EUR");
    assert_eq!(euro("-0.05").to_decimal_string(), "-0.05");
    assert_eq!(euro("-0").to_decimal_string(), "0.00");
    assert_eq!(
        Money::parse("1200", currency("JPY")).unwrap().to_string(),
        "1200 JPY"
    );
    assert_eq!(
        Money::parse("1.005", currency("TND")).unwrap().to_string(),
        "1.005 TND"
    );
}

#[test]
fn columns_hold_three_decimals_in_every_currency() {
    for (text, code, column) in [
        ("71.96", "EUR", "71.960"),
        ("-0.05", "EUR", "-0.050"),
        ("72", "JPY", "72.000"),
        ("0.001", "TND", "0.001"),
    ] {
        let money = Money::parse(text, currency(code)).unwrap();
        assert_eq!(money.to_column_string(), column);
        assert_eq!(Money::from_column(column, currency(code)), Ok(money));
    }
    assert_eq!(Money::from_column("72", currency("EUR")), Ok(euro("72.00")));
    assert_eq!(
        Money::from_column("71.965", currency("EUR"))
            .unwrap_err()
            .code(),
        "finer_than_minor_unit"
    );
    assert_eq!(
        Money::from_column("", currency("EUR")).unwrap_err().code(),
        "malformed_amount"
    );
}

#[test]
fn rounds_half_away_from_zero() {
    for (exact, code, rounded) in [
        ("1.005", "EUR", "1.01"),
        ("-1.005", "EUR", "-1.01"),
        ("1.0049999999999999999999999", "EUR", "1.00"),
        ("0.5", "JPY", "1"),
        ("-0.5", "JPY", "-1"),
        ("2.4999", "JPY", "2"),
        ("1.0005", "TND", "1.001"),
        ("7", "TND", "7.000"),
    ] {
        assert_eq!(
            Money::round(decimal(exact), currency(code))
                .unwrap()
                .to_decimal_string(),
            rounded,
            "{exact} {code}"
        );
    }
}

#[test]
fn minor_units_follow_the_currency() {
    assert_eq!(euro("71.96").minor_units(), Ok(7196));
    assert_eq!(
        Money::parse("72", currency("JPY")).unwrap().minor_units(),
        Ok(72)
    );
    assert_eq!(
        Money::parse("7.1", currency("TND")).unwrap().minor_units(),
        Ok(7100)
    );
    assert_eq!(
        Money::from_minor_units(-7196, currency("EUR")),
        Ok(euro("-71.96"))
    );
    assert_eq!(euro("71.96").amount().to_string(), "71.96");
}

#[test]
fn reads_plain_decimal_numbers_only() {
    for text in [
        "",
        ".",
        "1.",
        ".5",
        "1,5",
        "1 000",
        " 1",
        "1 ",
        "1e3",
        "1_000",
        "--1",
        "+",
        "0x1",
        "1.2.3",
        "١",
        "NaN",
        "1\0",
        "1234567890123456789012345678901",
        "0.00000000000000000000000000001",
        "00000000000000000000000000000000000000001",
    ] {
        assert_eq!(
            Money::parse(text, currency("EUR")).unwrap_err().code(),
            "malformed_amount",
            "{text:?}"
        );
    }
    assert_eq!(euro("+1.50"), euro("01.500"));
}

#[test]
fn refuses_what_is_finer_than_the_minor_unit() {
    for (text, code) in [("1.005", "EUR"), ("1.5", "JPY"), ("0.0001", "TND")] {
        assert_eq!(
            Money::parse(text, currency(code)).unwrap_err().code(),
            "finer_than_minor_unit"
        );
    }
}

#[test]
fn refuses_what_a_column_cannot_hold() {
    for (most, beyond, code) in [
        ("9999999.99", "10000000", "EUR"),
        ("9999999", "10000000", "JPY"),
        ("9999999.999", "10000000", "TND"),
    ] {
        let most = Money::parse(most, currency(code)).unwrap();
        let least_step = Money::from_minor_units(1, currency(code)).unwrap();
        assert_eq!(
            most.plus(least_step).unwrap_err().code(),
            "amount_out_of_range"
        );
        assert_eq!(
            Money::parse(beyond, currency(code)).unwrap_err().code(),
            "amount_out_of_range"
        );
        assert!(Money::parse(&format!("-{}", most.to_decimal_string()), currency(code)).is_ok());
    }
    assert!(Money::round(Decimal::MAX, currency("TND")).is_err());
    assert!(Money::round(Decimal::MIN, currency("JPY")).is_err());
    assert!(Money::from_minor_units(i64::MIN, currency("EUR")).is_err());
    assert!(
        euro("9999999")
            .times(Quantity::new(u32::MAX).unwrap())
            .is_err()
    );
}

#[test]
fn adds_subtracts_and_multiplies_exactly() {
    assert_eq!(euro("0.10").plus(euro("0.20")), Ok(euro("0.30")));
    assert_eq!(euro("0.10").minus(euro("0.20")), Ok(euro("-0.10")));
    assert_eq!(
        euro("19.99").times(Quantity::new(3).unwrap()),
        Ok(euro("59.97"))
    );
    assert!(
        euro("-0.01").is_negative()
            && euro("0.01").is_positive()
            && Money::zero(currency("EUR")).is_zero()
    );
    assert!(!euro("0").is_negative() && !euro("0").is_positive());
}

#[test]
fn refuses_to_combine_two_currencies() {
    let yen = Money::parse("1", currency("JPY")).unwrap();
    assert_eq!(euro("1").plus(yen).unwrap_err().code(), "currency_mismatch");
    assert_eq!(
        euro("1").minus(yen).unwrap_err().code(),
        "currency_mismatch"
    );
}

#[test]
fn splits_without_losing_a_cent() {
    let print = |parts: Vec<Money>| {
        parts
            .iter()
            .map(Money::to_decimal_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(print(euro("10.00").split(3).unwrap()), "3.34 3.33 3.33");
    assert_eq!(print(euro("-10.00").split(3).unwrap()), "-3.34 -3.33 -3.33");
    assert_eq!(print(euro("0.02").split(3).unwrap()), "0.01 0.01 0.00");
    assert_eq!(
        print(euro("1.00").allocate(&[1, 0, 2]).unwrap()),
        "0.33 0.00 0.67"
    );
    assert_eq!(euro("1").split(0), Err(MoneyError::NothingToShareBy));
    assert_eq!(
        euro("1").allocate(&[0, 0]),
        Err(MoneyError::NothingToShareBy)
    );
    assert!(
        euro("9999999.99")
            .allocate(&[u64::MAX, u64::MAX, 1])
            .is_ok()
    );
}

#[test]
fn amounts_are_strings_in_json() {
    let json = serde_json::to_string(&euro("71.96")).unwrap();
    assert_eq!(json, r#"{"amount":"71.96","currency":"EUR"}"#);
    assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), euro("71.96"));
    for refused in [
        r#"{"amount":71.96,"currency":"EUR"}"#,
        r#"{"amount":"71.965","currency":"EUR"}"#,
        r#"{"amount":"71.96","currency":"???"}"#,
        r#"{"amount":"71.96","currency":"EUR","minor":1}"#,
    ] {
        assert!(serde_json::from_str::<Money>(refused).is_err(), "{refused}");
    }
}

#[test]
fn reads_rounding_words() {
    for rounding in [Rounding::PerLine, Rounding::PerTotal] {
        assert_eq!(Rounding::parse(rounding.as_str()), Ok(rounding));
    }
    assert_eq!(Rounding::default(), Rounding::PerLine);
    assert_eq!(
        Rounding::parse("Line").unwrap_err().code(),
        "unknown_rounding"
    );
}

#[test]
fn messages_are_one_short_line_whatever_was_typed() {
    let error = Money::parse(&"9\n".repeat(1000), currency("EUR")).unwrap_err();
    let message = error.to_string();
    assert!(message.len() < 120 && !message.contains('\n'), "{message}");
}
