use super::*;
use crate::domain::money::parse_decimal;
use crate::domain::quantity::Quantity;

const STANDARD: &str = "$ttc = $ht * (1 + ($tr / 100))";

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn table() -> TaxTable {
    [(1, "20"), (2, "5.5"), (3, "0"), (4, "250")]
        .into_iter()
        .map(|(code, ratio)| {
            Tax::new(
                TaxCode::new(code),
                "FR",
                format!("TVA {ratio} %"),
                ratio.parse().unwrap(),
                STANDARD,
            )
        })
        .chain([Tax::new(
            TaxCode::new(9),
            "FR",
            "fixed",
            Decimal::ZERO,
            "$ttc = $ht + 0.07",
        )])
        .chain([Tax::new(
            TaxCode::new(10),
            "FR",
            "broken",
            Decimal::ZERO,
            "system",
        )])
        .collect()
}

fn line(kind: LineKind, quantity: u32, unit_price: &str, tax: i64) -> LineInput {
    LineInput {
        kind,
        code: "SKU".to_owned(),
        label: "A course".to_owned(),
        quantity: Quantity::new(quantity).unwrap(),
        unit_price: parse_decimal(unit_price).unwrap(),
        tax: (tax != 0).then(|| TaxCode::new(tax)),
    }
}

fn billing(quantity: u32, unit_price: &str, tax: i64) -> LineInput {
    line(LineKind::Billing, quantity, unit_price, tax)
}

fn compute(lines: &[LineInput], code: &str, rounding: Rounding) -> Result<Totals, TotalsError> {
    let totals = Totals::compute(lines, &table(), currency(code), rounding)?;
    assert_adds_up(&totals, currency(code));
    Ok(totals)
}

fn assert_adds_up(totals: &Totals, currency: Currency) {
    let sum = |amounts: Vec<Money>| {
        amounts
            .into_iter()
            .try_fold(Money::zero(currency), Money::plus)
            .unwrap()
            .to_decimal_string()
    };
    for (untaxed, taxes, taxed) in totals
        .lines()
        .iter()
        .map(|line| (line.untaxed(), line.taxes(), line.taxed()))
        .chain(
            totals
                .by_tax()
                .iter()
                .map(|rate| (rate.untaxed(), rate.taxes(), rate.taxed())),
        )
        .chain([(totals.untaxed(), totals.taxes(), totals.taxed())])
    {
        assert_eq!(untaxed.plus(taxes), Ok(taxed));
    }
    for (of_line, of_rate, of_all) in [
        (
            Line::untaxed as fn(&Line) -> Money,
            TaxTotal::untaxed as fn(&TaxTotal) -> Money,
            totals.untaxed(),
        ),
        (Line::taxes, TaxTotal::taxes, totals.taxes()),
        (Line::taxed, TaxTotal::taxed, totals.taxed()),
    ] {
        for rate in totals.by_tax() {
            let lines = totals
                .lines()
                .iter()
                .filter(|line| line.tax() == rate.tax())
                .map(of_line)
                .collect();
            assert_eq!(sum(lines), of_rate(rate).to_decimal_string());
        }
        assert_eq!(
            sum(totals.by_tax().iter().map(of_rate).collect()),
            of_all.to_decimal_string()
        );
    }
}

fn print(untaxed: Money, taxes: Money, taxed: Money) -> String {
    [untaxed, taxes, taxed]
        .map(|money| money.to_decimal_string())
        .join(" + ")
}

fn whole(totals: &Totals) -> String {
    print(totals.untaxed(), totals.taxes(), totals.taxed())
}

fn of_lines(totals: &Totals) -> Vec<String> {
    totals
        .lines()
        .iter()
        .map(|line| print(line.untaxed(), line.taxes(), line.taxed()))
        .collect()
}

#[test]
fn three_courses_at_twenty_percent() {
    for rounding in [Rounding::PerLine, Rounding::PerTotal] {
        let totals = compute(&[billing(3, "19.99", 1)], "EUR", rounding).unwrap();
        assert_eq!(whole(&totals), "59.97 + 11.99 + 71.96");
    }
}

#[test]
fn b01_display_mail_and_bill_cannot_differ_by_a_cent() {
    // The two policies do differ; what matters is that one is chosen, computed once and adds up.
    let lines = [
        billing(1, "0.333", 1),
        billing(1, "0.333", 1),
        billing(1, "0.333", 1),
    ];
    let per_line = compute(&lines, "EUR", Rounding::PerLine).unwrap();
    assert_eq!(whole(&per_line), "0.99 + 0.21 + 1.20");
    let per_total = compute(&lines, "EUR", Rounding::PerTotal).unwrap();
    assert_eq!(whole(&per_total), "1.00 + 0.20 + 1.20");
    assert_eq!(
        of_lines(&per_total),
        [
            "0.34 + 0.07 + 0.41",
            "0.33 + 0.07 + 0.40",
            "0.33 + 0.06 + 0.39"
        ]
    );
}

#[test]
fn b01_binary_fractions_do_not_matter() {
    let totals = compute(&[billing(3, "1.100", 0)], "TND", Rounding::PerLine).unwrap();
    assert_eq!(totals.untaxed().to_column_string(), "3.300");
}

#[test]
fn b03_a_missing_tax_is_neither_untaxed_nor_free() {
    for _ in 0..2 {
        let error = compute(
            &[billing(1, "10", 1), billing(1, "10", 77)],
            "EUR",
            Rounding::PerLine,
        )
        .unwrap_err();
        assert_eq!(
            error,
            TotalsError::Tax(TaxError::Missing {
                tax: TaxCode::new(77)
            })
        );
    }
}

#[test]
fn b04_a_broken_formula_is_an_error_that_names_the_tax_and_harms_nobody_else() {
    let error = compute(&[billing(1, "10", 10)], "EUR", Rounding::PerLine).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tax `10` (`broken`): unexpected `system` at column 1"
    );
    assert!(compute(&[billing(1, "10", 1)], "EUR", Rounding::PerLine).is_ok());
}

#[test]
fn b05_tax_counts_once_per_line_whatever_the_quantity() {
    let totals = compute(
        &[billing(3, "19.99", 1), billing(2, "10.00", 2)],
        "EUR",
        Rounding::PerLine,
    )
    .unwrap();
    assert_eq!(
        of_lines(&totals),
        ["59.97 + 11.99 + 71.96", "20.00 + 1.10 + 21.10"]
    );
    assert_eq!(totals.taxes().to_decimal_string(), "13.09");
}

#[test]
fn b06_untaxed_and_taxes_come_from_the_same_price() {
    let before = compute(&[billing(3, "19.99", 1)], "EUR", Rounding::PerLine).unwrap();
    let edited = compute(&[billing(3, "29.99", 1)], "EUR", Rounding::PerLine).unwrap();
    assert_eq!(whole(&before), "59.97 + 11.99 + 71.96");
    assert_eq!(whole(&edited), "89.97 + 17.99 + 107.96");
}

#[test]
fn b08_discounts_are_negative_and_nothing_else_is() {
    let lines = [
        billing(2, "50", 1),
        line(LineKind::Discount, 1, "-10", 1),
        line(LineKind::Shipping, 1, "4.90", 1),
    ];
    for rounding in [Rounding::PerLine, Rounding::PerTotal] {
        assert_eq!(
            whole(&compute(&lines, "EUR", rounding).unwrap()),
            "94.90 + 18.98 + 113.88"
        );
    }
    for wrong in [
        line(LineKind::Discount, 1, "10", 1),
        billing(1, "-10", 1),
        line(LineKind::Shipping, 1, "-1", 1),
    ] {
        assert_eq!(
            compute(&[wrong], "EUR", Rounding::PerLine)
                .unwrap_err()
                .code(),
            "wrong_sign"
        );
    }
}

#[test]
fn rates_come_by_code_and_untaxed_lines_first() {
    let lines = [
        billing(1, "10", 2),
        billing(1, "10", 0),
        billing(1, "10", 1),
        billing(1, "1", 2),
    ];
    let totals = compute(&lines, "EUR", Rounding::PerLine).unwrap();
    let rates: Vec<_> = totals
        .by_tax()
        .iter()
        .map(|rate| {
            (
                rate.tax().map(TaxCode::row),
                rate.title().to_owned(),
                rate.taxed().to_decimal_string(),
            )
        })
        .collect();
    let expected = [
        (None, "", "10.00"),
        (Some(1), "TVA 20 %", "12.00"),
        (Some(2), "TVA 5.5 %", "11.61"),
    ];
    assert_eq!(
        rates,
        expected.map(|(tax, title, taxed)| (tax, title.to_owned(), taxed.to_owned()))
    );
}

#[test]
fn yen_have_no_decimals_and_dinars_three() {
    for (code, expected) in [("JPY", "60 + 12 + 72"), ("TND", "59.970 + 11.994 + 71.964")] {
        for rounding in [Rounding::PerLine, Rounding::PerTotal] {
            assert_eq!(
                whole(&compute(&[billing(3, "19.99", 1)], code, rounding).unwrap()),
                expected
            );
        }
    }
}

#[test]
fn per_total_shares_with_discounts_free_lines_and_odd_formulas() {
    let discounted = [
        billing(1, "10.004", 1),
        line(LineKind::Discount, 1, "-10.004", 1),
    ];
    let totals = compute(&discounted, "EUR", Rounding::PerTotal).unwrap();
    assert_eq!(
        of_lines(&totals),
        ["10.00 + 2.00 + 12.00", "-10.00 + -2.00 + -12.00"]
    );
    // A free line stays free, although the rate's rounding leaves a cent too few to go round.
    let free = [billing(1, "1.004", 4), billing(1, "0", 4)];
    let totals = compute(&free, "EUR", Rounding::PerTotal).unwrap();
    assert_eq!(
        of_lines(&totals),
        ["1.00 + 2.50 + 3.50", "0.00 + 0.00 + 0.00"]
    );
    // A fee per rate, not per line, is shared too.
    let fee = [billing(1, "10", 9), billing(1, "20", 9)];
    let totals = compute(&fee, "EUR", Rounding::PerTotal).unwrap();
    assert_eq!(
        of_lines(&totals),
        ["10.00 + 0.04 + 10.04", "20.00 + 0.03 + 20.03"]
    );
    let all_free = [billing(1, "0", 9), billing(1, "0", 9)];
    let totals = compute(&all_free, "EUR", Rounding::PerTotal).unwrap();
    assert_eq!(whole(&totals), "0.00 + 0.07 + 0.07");
}

#[test]
fn an_empty_cart_costs_nothing() {
    for rounding in [Rounding::PerLine, Rounding::PerTotal] {
        let totals = compute(&[], "EUR", rounding).unwrap();
        assert!(
            totals.taxed().is_zero() && totals.lines().is_empty() && totals.by_tax().is_empty()
        );
    }
}

#[test]
fn what_a_bill_cannot_hold_is_an_error() {
    for rounding in [Rounding::PerLine, Rounding::PerTotal] {
        let code = |input| compute(&[input], "EUR", rounding).unwrap_err().code();
        assert_eq!(
            code(billing(u32::MAX, "9999999.999", 0)),
            "amount_out_of_range"
        );
        assert_eq!(code(billing(1, "9999999", 1)), "amount_out_of_range");
        assert_eq!(code(billing(1, "10000000", 0)), "unit_price_out_of_range");
        assert_eq!(code(billing(1, "0.0001", 0)), "unit_price_out_of_range");
        assert!(compute(&[billing(1, "1.0000000", 0)], "EUR", rounding).is_ok());
    }
}

#[test]
fn kinds_have_the_words_of_the_plugin() {
    for kind in [LineKind::Billing, LineKind::Shipping, LineKind::Discount] {
        assert_eq!(LineKind::parse(kind.as_str()), Ok(kind));
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
    }
    assert_eq!(
        LineKind::parse("billing").unwrap_err().code(),
        "unknown_line_kind"
    );
}

#[test]
fn amounts_are_strings_in_json() {
    let totals = compute(&[billing(3, "19.990", 1)], "EUR", Rounding::PerLine).unwrap();
    let money = |amount: &str| serde_json::json!({"amount": amount, "currency": "EUR"});
    assert_eq!(
        serde_json::to_value(&totals).unwrap(),
        serde_json::json!({
            "lines": [{
                "kind": "BILLING", "code": "SKU", "label": "A course", "quantity": 3, "unit_price": "19.990", "tax": 1,
                "untaxed": money("59.97"), "taxes": money("11.99"), "taxed": money("71.96"),
            }],
            "by_tax": [{
                "tax": 1, "title": "TVA 20 %", "ratio": "20",
                "untaxed": money("59.97"), "taxes": money("11.99"), "taxed": money("71.96"),
            }],
            "untaxed": money("59.97"), "taxes": money("11.99"), "taxed": money("71.96"),
        })
    );
}
