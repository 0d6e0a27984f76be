//! Reading a partner code, reading an import URL.
#![allow(
    missing_docs,
    reason = "criterion's macros generate undocumented functions"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use shopengine::domain::import::ImportLink;
use shopengine::domain::partner::PartnerCode;

fn import(c: &mut Criterion) {
    let code = "ACADEMIE_9f86d081884c7d659a2feaa0c55ad015_marie_curie@example.org";
    c.bench_function("parse a partner code", |b| {
        b.iter(|| PartnerCode::parse(black_box(code)));
    });

    let query = "view=shop&category=9&shopid=1&blockid=1357&what=import&MonProduit=2&Livre=1&L%C3%A9gende=12\
                 &partner=ACADEMIE_9f86d081884c7d659a2feaa0c55ad015_marie_curie%40example.org&autodrive=1";
    c.bench_function("parse an import URL", |b| {
        b.iter(|| ImportLink::parse(black_box(query.as_bytes())));
    });
}

criterion_group!(benches, import);
criterion_main!(benches);
