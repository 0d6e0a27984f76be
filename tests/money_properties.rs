//! Properties of money: what holds for every cart, amount and formula, against independent arithmetic.
#![expect(
    clippy::unwrap_used,
    reason = "a test or benchmark that cannot build its input has failed"
)]

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use proptest::prelude::*;
use rust_decimal::Decimal;
use shopengine::domain::formula::{Formula, FormulaError};
use shopengine::domain::money::{Currency, Money, Rounding, parse_decimal};
use shopengine::domain::price::PriceBands;
use shopengine::domain::quantity::Quantity;
use shopengine::domain::tax::{Tax, TaxCode, TaxTable};
use shopengine::domain::totals::{Line, LineInput, LineKind, TaxTotal, Totals};

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn currencies() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["EUR", "JPY", "TND"]).prop_map(currency)
}

fn amounts() -> impl Strategy<Value = Money> {
    (-9_999_999_i64..=9_999_999, currencies())
        .prop_map(|(minor, currency)| Money::from_minor_units(minor, currency).unwrap())
}

fn taxes() -> TaxTable {
    [
        (1, "20", "$ttc = $ht * (1 + ($tr / 100))"),
        (2, "5.5", "$ttc = $ht + $ht * $tr / 100"),
        (3, "2.1", "$ttc = $ht * (100 + $tr) / 100;"),
        (4, "0", ""),
        (5, "7", "$ttc = $ht / 3 * (3 + $tr / 33)"),
        (6, "0", "$ttc = $ht + 0.015"),
        (7, "250", "$ttc = $ht * (1 + ($tr / 100))"),
    ]
    .into_iter()
    .map(|(code, ratio, formula)| {
        Tax::new(
            TaxCode::new(code),
            "FR",
            format!("tax {code}"),
            ratio.parse().unwrap(),
            formula,
        )
    })
    .collect()
}

fn lines() -> impl Strategy<Value = Vec<LineInput>> {
    let line = (0..10_u8, 1..200_u32, 0..50_000_i64, 0..8_i64).prop_map(
        |(kind, quantity, thousandths, tax)| {
            let kind = match kind {
                0 => LineKind::Discount,
                1 => LineKind::Shipping,
                _ => LineKind::Billing,
            };
            let sign = if kind == LineKind::Discount { -1 } else { 1 };
            LineInput {
                kind,
                code: "SKU".to_owned(),
                label: String::new(),
                quantity: Quantity::new(quantity).unwrap(),
                unit_price: Decimal::new(sign * thousandths, 3),
                tax: (tax != 0).then(|| TaxCode::new(tax)),
            }
        },
    );
    prop::collection::vec(line, 0..12)
}

fn roundings() -> impl Strategy<Value = Rounding> {
    prop::sample::select(vec![Rounding::PerLine, Rounding::PerTotal])
}

fn minor(money: Money) -> i64 {
    money.minor_units().unwrap()
}

fn of_line(line: &Line) -> [i64; 3] {
    [line.untaxed(), line.taxes(), line.taxed()].map(minor)
}

fn of_rate(rate: &TaxTotal) -> [i64; 3] {
    [rate.untaxed(), rate.taxes(), rate.taxed()].map(minor)
}

fn of_all(totals: &Totals) -> [i64; 3] {
    [totals.untaxed(), totals.taxes(), totals.taxed()].map(minor)
}

fn sum(amounts: impl Iterator<Item = [i64; 3]>) -> [i64; 3] {
    amounts.fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z])
}

/// Half away from zero, by another road than the engine's: add a half to the absolute value, and cut.
fn half_up(exact: &BigRational, exponent: u32) -> BigInt {
    let scaled =
        exact.abs() * BigInt::from(10).pow(exponent) + BigRational::new(1.into(), 2.into());
    let cut = scaled.floor().to_integer();
    if exact.is_negative() { -cut } else { cut }
}

fn exact(decimal: Decimal) -> BigRational {
    BigRational::new(
        decimal.mantissa().into(),
        BigInt::from(10).pow(decimal.scale()),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn printing_and_parsing_an_amount_gives_it_back(money in amounts()) {
        let currency = money.currency();
        prop_assert_eq!(Money::parse(&money.to_decimal_string(), currency), Ok(money));
        prop_assert_eq!(Money::from_column(&money.to_column_string(), currency), Ok(money));
        prop_assert_eq!(Money::of(money.amount(), currency), Ok(money));
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn no_text_panics_the_readers(text in "\\PC{0,50}|[-+0-9.]{0,40}") {
        let _ = Money::parse(&text, currency("EUR"));
        let _ = Currency::parse(&text);
        let _ = Quantity::parse(&text);
        if let Ok(decimal) = parse_decimal(&text) {
            prop_assert_eq!(parse_decimal(&decimal.to_string()), Ok(decimal));
        }
    }

    #[test]
    fn rounding_is_half_away_from_zero(digits in -10_i64.pow(15)..10_i64.pow(15), scale in 9_u32..28, currency in currencies()) {
        let decimal = Decimal::new(digits, scale);
        let rounded = Money::round(decimal, currency).unwrap();
        prop_assert_eq!(BigInt::from(minor(rounded)), half_up(&exact(decimal), currency.exponent()));
    }

    #[test]
    fn midpoints_round_away_from_zero(whole in -1_000_000_i64..1_000_000, currency in currencies()) {
        let midpoint = Decimal::new(whole * 10 + 5 * whole.signum(), currency.exponent() + 1);
        prop_assert_eq!(minor(Money::round(midpoint, currency).unwrap()), whole + whole.signum());
    }

    #[test]
    fn shares_sum_to_the_whole(money in amounts(), parts in 1..200_u16, weights in prop::collection::vec(0..1000_u64, 1..20)) {
        let split: Vec<i64> = money.split(parts).unwrap().into_iter().map(minor).collect();
        prop_assert_eq!(split.iter().sum::<i64>(), minor(money));
        prop_assert!(split.iter().max().unwrap() - split.iter().min().unwrap() <= 1);
        prop_assume!(weights.iter().any(|&weight| weight > 0));
        let shares: Vec<i64> = money.allocate(&weights).unwrap().into_iter().map(minor).collect();
        prop_assert_eq!(shares.iter().sum::<i64>(), minor(money));
        let all: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
        for (share, weight) in shares.iter().zip(&weights) {
            let off = i128::from(*share) * all - i128::from(minor(money)) * i128::from(*weight);
            prop_assert!(off.abs() < all, "a share is less than a minor unit from its exact value");
        }
    }

    #[test]
    fn sums_are_associative_and_commutative(a in -999..999_i64, b in -999..999_i64, c in -999..999_i64, currency in currencies()) {
        let [a, b, c] = [a, b, c].map(|minor| Money::from_minor_units(minor, currency).unwrap());
        prop_assert_eq!(a.plus(b).unwrap().plus(c), a.plus(b.plus(c).unwrap()));
        prop_assert_eq!(a.plus(b), b.plus(a));
        prop_assert_eq!(a.plus(b).unwrap().minus(b), Ok(a));
    }

    #[test]
    fn untaxed_and_taxes_make_taxed_everywhere(lines in lines(), currency in currencies(), rounding in roundings()) {
        let totals = Totals::compute(&lines, &taxes(), currency, rounding).unwrap();
        prop_assert_eq!(totals.lines().len(), lines.len());
        let each = totals.lines().iter().map(of_line).chain(totals.by_tax().iter().map(of_rate)).chain([of_all(&totals)]);
        for [untaxed, taxes, taxed] in each {
            prop_assert_eq!(untaxed + taxes, taxed);
        }
        for rate in totals.by_tax() {
            let of_its_lines = totals.lines().iter().filter(|line| line.tax() == rate.tax()).map(of_line);
            prop_assert_eq!(sum(of_its_lines), of_rate(rate));
        }
        prop_assert_eq!(sum(totals.by_tax().iter().map(of_rate)), of_all(&totals));
    }

    #[test]
    fn each_amount_is_what_its_policy_says(lines in lines(), currency in currencies()) {
        let untaxed = |line: &LineInput| exact(line.unit_price) * BigInt::from(line.quantity.units());
        let per_line = Totals::compute(&lines, &taxes(), currency, Rounding::PerLine).unwrap();
        for (line, input) in per_line.lines().iter().zip(&lines) {
            prop_assert_eq!(BigInt::from(minor(line.untaxed())), half_up(&untaxed(input), currency.exponent()));
        }
        let per_total = Totals::compute(&lines, &taxes(), currency, Rounding::PerTotal).unwrap();
        for rate in per_total.by_tax() {
            let sum: BigRational = lines.iter().filter(|line| line.tax == rate.tax()).map(untaxed).sum();
            prop_assert_eq!(BigInt::from(minor(rate.untaxed())), half_up(&sum, currency.exponent()));
        }
        for (line, input) in per_total.lines().iter().zip(&lines) {
            let off = exact(line.untaxed().amount()) - untaxed(input);
            let minor_unit = BigRational::new(1.into(), BigInt::from(10).pow(currency.exponent()));
            prop_assert!(off.abs() <= minor_unit, "a line is within a minor unit of its exact value");
        }
        for totals in [&per_line, &per_total] {
            for line in totals.lines().iter().filter(|line| line.unit_price().is_zero()) {
                // Tax 6 is a fee, even on nothing.
                prop_assert!(line.tax() == Some(TaxCode::new(6)) || of_line(line) == [0; 3], "free is free");
            }
        }
        for totals in [&per_line, &per_total] {
            for rate in totals.by_tax() {
                let taxed = match rate.tax() {
                    Some(code) => taxes().tax(code).unwrap().clone(),
                    None => continue,
                };
                if totals == &per_total {
                    prop_assert_eq!(taxed.taxed(rate.untaxed()), Ok(rate.taxed()));
                } else {
                    for line in totals.lines().iter().filter(|line| line.tax() == rate.tax()) {
                        prop_assert_eq!(taxed.taxed(line.untaxed()), Ok(line.taxed()));
                    }
                }
            }
        }
    }

    #[test]
    fn the_order_of_lines_does_not_matter(
        (lines, shuffled) in lines().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle())),
        rounding in roundings(),
    ) {
        let compute = |lines: &[LineInput]| Totals::compute(lines, &taxes(), currency("EUR"), rounding).unwrap();
        let (totals, again) = (compute(&lines), compute(&shuffled));
        prop_assert_eq!(of_all(&totals), of_all(&again));
        prop_assert_eq!(totals.by_tax(), again.by_tax());
    }

    #[test]
    fn two_carts_cost_what_one_of_both_costs(left in lines(), right in lines()) {
        let compute = |lines: &[LineInput]| of_all(&Totals::compute(lines, &taxes(), currency("EUR"), Rounding::PerLine).unwrap());
        prop_assert_eq!(compute(&[left.clone(), right.clone()].concat()), sum([compute(&left), compute(&right)].into_iter()));
    }

    #[test]
    fn bands_agree_with_a_plain_search(steps in prop::collection::vec(1..20_u32, 5), open in 0..6_usize, quantity in 1..150_u32) {
        let mut columns = [(0, Decimal::ZERO); 5];
        let mut last = 0;
        for (place, column) in columns.iter_mut().enumerate() {
            last += steps[place];
            *column = (if place == open { 0 } else { last }, Decimal::from(100 - place));
        }
        let expected = (0..5).find(|&place| columns[place].0 == 0 || quantity <= columns[place].0).unwrap_or(4);
        let bands = PriceBands::new(columns).unwrap();
        prop_assert_eq!(bands.unit_price(Quantity::new(quantity).unwrap()), columns[expected].1);
    }

    #[test]
    fn no_formula_panics(text in "\\PC{0,60}|[-+*/()=;. $htrc0-9]{0,200}|(\\$ttc ?= ?)?[-+*/() 0-9]{0,80}(\\$ht|\\$tr|;|\\$ttc=){0,4}") {
        if let Ok(formula) = Formula::parse(&text) {
            prop_assert_eq!(Formula::parse(&formula.to_string()), Ok(formula.clone()));
            let _ = formula.evaluate(Decimal::MAX, Decimal::MIN);
            let _ = formula.evaluate(Decimal::ZERO, Decimal::new(1, 28));
        }
    }

    #[test]
    fn formulas_agree_with_fractions_of_any_size(
        expression in expressions(), ht in -9_999_999_i64..9_999_999, tr in 0..100_000_i64, currency in currencies(),
    ) {
        let (ht, tr) = (Decimal::new(ht, 3), Decimal::new(tr, 3));
        let expected = expression.value(&exact(ht), &exact(tr));
        let formula = Formula::parse(&format!("$ttc = {};", expression.text())).unwrap();
        match (formula.evaluate(ht, tr), expected) {
            (Err(FormulaError::DivisionByZero), expected) => prop_assert_eq!(expected, None),
            (Err(FormulaError::Overflow), expected) => prop_assume!(expected.is_none(), "too large for the engine"),
            (Ok(value), Some(expected)) => {
                let off = &expected.abs() - exact(value).abs();
                prop_assert!(!off.is_negative(), "cut towards zero");
                prop_assert!(value.scale() == 28 || value.mantissa().unsigned_abs() > 1 << 92 || off.is_zero(), "cut only when full");
                if let Ok(money) = Money::round(value, currency) {
                    prop_assert_eq!(BigInt::from(minor(money)), half_up(&expected, currency.exponent()));
                }
            }
            (got, expected) => prop_assert!(false, "{got:?} instead of {expected:?}"),
        }
    }
}

#[derive(Clone, Debug)]
enum Expression {
    Ht,
    Tr,
    Number(u16, u8),
    Minus(Box<Expression>),
    Binary(Box<Expression>, char, Box<Expression>),
}

fn expressions() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        3 => Just(Expression::Ht),
        2 => Just(Expression::Tr),
        3 => (0..2000_u16, 0..3_u8).prop_map(|(digits, scale)| Expression::Number(digits, scale)),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|inner| Expression::Minus(Box::new(inner))),
            8 => (inner.clone(), prop::sample::select(vec!['+', '-', '*', '/']), inner)
                .prop_map(|(left, operator, right)| Expression::Binary(Box::new(left), operator, Box::new(right))),
        ]
    })
}

impl Expression {
    /// With only the parentheses that precedence needs, so that precedence is tested too.
    fn text(&self) -> String {
        match self {
            Self::Ht => "$ht".to_owned(),
            Self::Tr => "$TR".to_owned(),
            Self::Number(digits, scale) => {
                Decimal::new((*digits).into(), (*scale).into()).to_string()
            }
            Self::Minus(inner) => format!("-{}", inner.inside(3)),
            Self::Binary(left, operator @ ('+' | '-'), right) => {
                format!("{} {operator} {}", left.inside(1), right.inside(2))
            }
            Self::Binary(left, operator, right) => {
                format!("{}{operator}{}", left.inside(2), right.inside(3))
            }
        }
    }

    fn inside(&self, precedence: u8) -> String {
        let own = match self {
            Self::Binary(_, '+' | '-', _) => 1,
            Self::Binary(..) => 2,
            _ => 3,
        };
        if own < precedence {
            format!("({})", self.text())
        } else {
            self.text()
        }
    }

    fn value(&self, ht: &BigRational, tr: &BigRational) -> Option<BigRational> {
        Some(match self {
            Self::Ht => ht.clone(),
            Self::Tr => tr.clone(),
            Self::Number(digits, scale) => exact(Decimal::new((*digits).into(), (*scale).into())),
            Self::Minus(inner) => -inner.value(ht, tr)?,
            Self::Binary(left, operator, right) => {
                let (left, right) = (left.value(ht, tr)?, right.value(ht, tr)?);
                match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    _ if right.is_zero() => return None,
                    _ => left / right,
                }
            }
        })
    }
}

/// A million random carts against whole-number arithmetic; a debug build, some twenty times slower,
/// prices a tenth of them.
#[test]
fn b01_no_drift_over_a_million_random_carts() {
    let carts = if cfg!(debug_assertions) {
        100_000
    } else {
        1_000_000
    };
    let (taxes, euro) = (taxes(), currency("EUR"));
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: u64| {
        // xorshift64: the same carts in each run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let (mut drawn, mut expected) = ([0_i64; 3], [0_i64; 3]);
    for cart in 0..carts {
        let lines: Vec<LineInput> = (0..=random(3))
            .map(|_| LineInput {
                kind: LineKind::Billing,
                code: String::new(),
                label: String::new(),
                quantity: Quantity::new(random(20) as u32 + 1).unwrap(),
                unit_price: Decimal::new(random(200_000) as i64, 3),
                tax: Some(TaxCode::new(random(3) as i64 + 1)),
            })
            .collect();
        let totals = Totals::compute(&lines, &taxes, euro, Rounding::PerLine).unwrap();
        let [untaxed, tax, taxed] = of_all(&totals);
        assert_eq!(untaxed + tax, taxed, "cart {cart}");
        drawn = sum([drawn, [untaxed, tax, taxed]].into_iter());
        for line in &lines {
            let thousandths = line.unit_price.mantissa() as i64 * i64::from(line.quantity.units());
            let cents = (thousandths + 5) / 10;
            let per_mille = [0, 1200, 1055, 1021][line.tax.unwrap().row() as usize];
            let taxed = (cents * per_mille + 500) / 1000;
            expected = sum([expected, [cents, taxed - cents, taxed]].into_iter());
        }
    }
    assert_eq!(drawn, expected);
}
