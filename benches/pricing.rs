//! How long it takes to price a cart of fifty lines with tax formulas.
#![expect(
    clippy::unwrap_used,
    reason = "a test or benchmark that cannot build its input has failed"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rust_decimal::Decimal;
use shopengine::domain::money::{Currency, Rounding};
use shopengine::domain::price::PriceBands;
use shopengine::domain::quantity::Quantity;
use shopengine::domain::tax::{Tax, TaxCode, TaxTable};
use shopengine::domain::totals::{LineInput, LineKind, Totals};

fn taxes() -> TaxTable {
    [
        (1, Decimal::from(20)),
        (2, Decimal::new(55, 1)),
        (3, Decimal::new(21, 1)),
        (4, Decimal::TEN),
    ]
    .into_iter()
    .map(|(code, ratio)| {
        Tax::new(
            TaxCode::new(code),
            "FR",
            "TVA",
            ratio,
            "$ttc = $ht * (1 + ($tr / 100))",
        )
    })
    .collect()
}

fn bands() -> PriceBands {
    let price = |cents| Decimal::new(cents, 2);
    PriceBands::new([
        (1, price(1999)),
        (3, price(1899)),
        (5, price(1799)),
        (10, price(1699)),
        (0, price(1599)),
    ])
    .unwrap()
}

fn lines(bands: &PriceBands) -> Vec<LineInput> {
    (0..50_u32)
        .map(|line| {
            let quantity = Quantity::new(line % 12 + 1).unwrap();
            LineInput {
                kind: LineKind::Billing,
                code: format!("COURSE{line}"),
                label: format!("Course number {line}"),
                quantity,
                unit_price: bands.unit_price(quantity),
                tax: Some(TaxCode::new(i64::from(line % 4) + 1)),
            }
        })
        .collect()
}

fn pricing(criterion: &mut Criterion) {
    let (euro, bands, table) = (Currency::parse("EUR").unwrap(), bands(), taxes());
    let cart = lines(&bands);
    criterion.bench_function("price 50 lines, per line", |bencher| {
        bencher
            .iter(|| Totals::compute(black_box(&cart), &table, euro, Rounding::PerLine).unwrap());
    });
    criterion.bench_function("price 50 lines, per total", |bencher| {
        bencher
            .iter(|| Totals::compute(black_box(&cart), &table, euro, Rounding::PerTotal).unwrap());
    });
    criterion.bench_function(
        "read 4 formulas, look up 50 prices, price 50 lines",
        |bencher| {
            bencher.iter(|| {
                Totals::compute(&lines(black_box(&bands)), &taxes(), euro, Rounding::PerLine)
                    .unwrap()
            });
        },
    );
}

criterion_group!(benches, pricing);
criterion_main!(benches);
