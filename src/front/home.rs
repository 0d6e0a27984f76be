//! A seller's home page: what waits for them, what was sold today, this week and this month, and how far partners' buyers came. Every number leads
//! into the list of orders.

mod held;
mod period;

use std::collections::HashMap;
use std::io;

use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use url::form_urlencoded::Serializer;

use crate::domain::money::Currency;
use crate::domain::permission::Permission;
use crate::domain::statement::Format;
use crate::engine::{
    Engine, Figures, Funnel, OrderDay, Result as Done, SalesFigures, SalesQuestion, SalesSum,
};

use super::Fault;
use super::answer::File;
use super::backoffice::{LIST, require};
use super::display::number_text;
use super::order_search::{NO_PAYMODE, Search};
use super::purchase::{Outcome, Visit};

use self::period::{Period, Periods};

/// Path of the page below wwwroot.
pub(crate) const SCRIPT: &str = "/local/shopengine/home.php";

/// The page.
pub(crate) fn answer(visit: &mut Visit<'_>) -> Outcome {
    require(visit, Permission::Orders)?;
    let periods = Periods::now(visit.engine);
    let chosen = periods.chosen(visit.fields.text("period"));
    let test = visit.fields.flag("test");
    let days = chosen.days(visit.engine);
    let mut spans: Vec<_> = periods.all().iter().map(|period| period.span).collect();
    spans.extend(days.iter().map(|day| day.span));
    let found = visit.engine.sales_figures(&SalesQuestion {
        spans,
        detail: chosen.span,
        test,
    })?;
    let links = Links {
        list: format!("{}{LIST}", visit.request.wwwroot),
        lang: visit.lang(),
        test,
    };
    let (of_periods, of_days) = found.spans.split_at(periods.all().len());
    let cards: Vec<Json> = periods
        .all()
        .iter()
        .zip(of_periods)
        .map(|(period, figures)| {
            let here = [("period", period.code.to_owned())];
            let mut card = links.figures(figures, &period.scope());
            put(&mut card, "code", period.code.into());
            put(
                &mut card,
                "url",
                address(&here_url(visit), &with_mode(&here, test)).into(),
            );
            put(&mut card, "current", (period.code == chosen.code).into());
            card
        })
        .collect();
    let total = periods
        .all()
        .iter()
        .zip(of_periods)
        .find(|(period, _)| period.code == chosen.code)
        .map_or_else(Figures::default, |(_, figures)| figures.clone());
    let currencies: Vec<String> = total.sums.keys().cloned().collect();
    let rows = days.iter().zip(of_days).map(|(day, figures)| {
        let mut row = links.figures(figures, &day.scope());
        put(&mut row, "name", day.from.to_string().into());
        row
    });
    let days = group("day", rows.collect(), 0, &currencies);
    let groups = [
        days,
        paymodes(&links, &found, chosen, &currencies),
        partners(visit, &links, &found, chosen, &currencies)?,
        products(visit, &links, &found, chosen, &currencies),
    ];
    let others = visit.engine.orders_in_mode(chosen.span, !test)?;
    let other_mode = with_mode(&[("period", chosen.code.to_owned())], !test);
    let data = json!({
        "action": here_url(visit),
        "again": address("", &with_mode(&[("period", chosen.code.to_owned())], test)).trim_start_matches('?'),
        "held": held::data(visit, &links.list)?,
        "cards": cards,
        "period": {"code": chosen.code, "from": chosen.from.to_string(), "to": chosen.to.to_string()},
        "zone": visit.engine.zone(),
        "groups": groups,
        "funnel": funnel(visit, &links, chosen)?,
        "test": test,
        "others": {"count": others, "url": address(&here_url(visit), &other_mode)},
        "list": links.list,
    });
    Ok(visit.page("home", None, None, data))
}

/// Writes the file of an answer of kind `file` to `out`; returns how many entries it has.
///
/// # Errors
/// Those of [`Engine::statement`], [`Engine::write_refusals`] and [`Engine::write_orders`].
pub fn write_file(
    engine: &Engine,
    file: &File,
    format: Format,
    out: &mut dyn io::Write,
) -> Done<u64> {
    match (&file.orders, file.partner, format) {
        (Some(query), ..) => engine.write_orders(&Search::of_query(engine, query).filter, out),
        (None, 0, Format::Csv) => engine.write_refusals(out),
        (None, partner, format) => engine.statement(partner, (file.from, file.to), format, out),
    }
}

/// Fields of an address.
type Scope = Vec<(&'static str, String)>;

/// Links into the list of orders.
struct Links<'a> {
    list: String,
    lang: &'a str,
    test: bool,
}

impl Links<'_> {
    fn to(&self, scope: &Scope, more: &[(&'static str, &str)]) -> String {
        let more = more
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let mut fields: Scope = scope.iter().cloned().chain(more).collect();
        fields.push(("test", u8::from(self.test).to_string()));
        address(&self.list, &fields)
    }

    /// Figures with the lists of the orders that they count.
    fn figures(&self, figures: &Figures, scope: &Scope) -> Json {
        let days = |day: OrderDay| self.to(scope, &[("by", day.as_str())]);
        let sums: Vec<Json> = figures
            .sums
            .iter()
            .map(|(currency, sum)| {
                let SalesSum { revenue, refunded } = *sum;
                json!({
                    "currency": currency,
                    "revenue": money(revenue, currency, self.lang),
                    "refunded": money(refunded, currency, self.lang),
                })
            })
            .collect();
        json!({
            "placed": {"count": figures.placed, "url": self.to(scope, &[])},
            "held": {"count": figures.held, "url": self.to(scope, &[("held", "1")])},
            "paid": {"count": figures.paid, "url": days(OrderDay::Paid)},
            "sums": sums,
            "revenueurl": days(OrderDay::Paid),
            "refundedurl": days(OrderDay::Refunded),
        })
    }
}

fn paymodes(links: &Links<'_>, found: &SalesFigures, of: &Period, currencies: &[String]) -> Json {
    let rows = found.paymodes.iter().map(|(paymode, figures)| {
        let value = if paymode.is_empty() {
            NO_PAYMODE
        } else {
            paymode
        };
        let scope = within(of, "paymode", value);
        let mut row = links.figures(figures, &scope);
        put(&mut row, "paymode", paymode.as_str().into());
        row
    });
    group("paymode", rows.collect(), 0, currencies)
}

fn partners(
    visit: &Visit<'_>,
    links: &Links<'_>,
    found: &SalesFigures,
    of: &Period,
    currencies: &[String],
) -> Result<Json, Fault> {
    let mut all: Vec<_> = found.partners.iter().collect();
    // Sales without a partner come last: what partners brought is the question.
    all.sort_by_key(|(id, figures)| (**id == 0, largest(figures)));
    let hidden = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    let ids: Vec<i64> = all.iter().map(|(id, _)| **id).collect();
    let names = visit.engine.partner_names(&ids)?;
    let rows = all.into_iter().map(|(id, figures)| {
        let mut row = links.figures(figures, &within(of, "partner", &id.to_string()));
        put(&mut row, "name", partner_name(&names, *id).into());
        row
    });
    Ok(group("partner", rows.collect(), hidden, currencies))
}

fn products(
    visit: &Visit<'_>,
    links: &Links<'_>,
    found: &SalesFigures,
    of: &Period,
    currencies: &[String],
) -> Json {
    let mut all: Vec<_> = found.products.iter().collect();
    all.sort_by_key(|(_, product)| largest(&product.figures));
    let hidden = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    let rows = all.into_iter().map(|(code, product)| {
        let mut row = links.figures(&product.figures, &within(of, "product", code));
        let name = visit.engine.words(&product.label, visit.reading());
        put(&mut row, "name", name.into());
        put(&mut row, "code", code.as_str().into());
        put(&mut row, "units", product.units.into());
        row
    });
    group("product", rows.collect(), hidden, currencies)
}

/// How far the buyers of partners came.
fn funnel(visit: &Visit<'_>, links: &Links<'_>, of: &Period) -> Result<Json, Fault> {
    let found = visit.engine.funnels(of.span, links.test)?;
    let mut all: Vec<(&i64, &Funnel)> = found.iter().collect();
    all.sort_by_key(|(id, funnel)| (**id == 0, std::cmp::Reverse(funnel.arrived)));
    let ids: Vec<i64> = all.iter().take(SHOWN).map(|(id, _)| **id).collect();
    let names = visit.engine.partner_names(&ids)?;
    let sum = |count: fn(&Funnel) -> u64| found.values().map(count).sum::<u64>();
    let numbers = |funnel: &Funnel, scope: &Scope| {
        let arrived = OrderDay::Arrived.as_str();
        json!({
            "arrived": {"count": funnel.arrived},
            "placed": {"count": funnel.placed, "url": links.to(scope, &[("by", arrived)])},
            "paid": {"count": funnel.paid, "url": links.to(scope, &[("by", arrived), ("paid", "1")])},
        })
    };
    let row = |(id, funnel): &(&i64, &Funnel)| {
        let mut row = numbers(funnel, &within(of, "partner", &id.to_string()));
        put(&mut row, "name", partner_name(&names, **id).into());
        row
    };
    let total = Funnel {
        arrived: sum(|one| one.arrived),
        placed: sum(|one| one.placed),
        paid: sum(|one| one.paid),
        uncounted: sum(|one| one.uncounted),
    };
    Ok(json!({
        "rows": all.iter().take(SHOWN).map(row).collect::<Vec<_>>(),
        "hidden": all.len().saturating_sub(SHOWN),
        "total": numbers(&total, &of.scope()),
        "uncounted": total.uncounted,
    }))
}

/// Rows of one kind, and for a chart of each currency what came and what went back, row by row: decimal strings.
fn group(code: &str, rows: Vec<Json>, hidden: usize, currencies: &[String]) -> Json {
    let charts: Vec<Json> = currencies
        .iter()
        .map(|currency| {
            let values = |of: &str| -> Vec<String> {
                rows.iter().map(|row| value(row, currency, of)).collect()
            };
            json!({"currency": currency, "revenue": values("revenue"), "refunded": values("refunded")})
        })
        .collect();
    json!({"code": code, "rows": rows, "hidden": hidden, "charts": charts})
}

/// The amount of a row in a currency, '0' for none.
fn value(row: &Json, currency: &str, of: &str) -> String {
    let sums = row
        .get("sums")
        .and_then(Json::as_array)
        .into_iter()
        .flatten();
    let mut sums = sums.filter(|sum| sum.get("currency").and_then(Json::as_str) == Some(currency));
    let amount = sums
        .next()
        .and_then(|sum| sum.get(of)?.get("amount")?.as_str());
    amount.unwrap_or("0").to_owned()
}

fn within(of: &Period, field: &'static str, value: &str) -> Scope {
    let mut scope = of.scope();
    scope.push((field, value.to_owned()));
    scope
}

/// The rows with the most orders come first.
fn largest(figures: &Figures) -> std::cmp::Reverse<(u64, u64)> {
    std::cmp::Reverse((figures.paid, figures.placed))
}

/// The name of a partner; null where there is none.
fn partner_name(names: &HashMap<i64, String>, id: i64) -> Option<String> {
    (id != 0).then(|| names.get(&id).cloned().unwrap_or_else(|| id.to_string()))
}

/// A sum for a page: it may be more than an amount of money holds.
fn money(mut sum: Decimal, currency: &str, lang: &str) -> Json {
    if let Ok(currency) = Currency::parse(currency) {
        sum.rescale(currency.exponent());
    }
    let amount = sum.to_string();
    let text = number_text(&amount, currency, lang);
    json!({"amount": amount, "currency": currency, "text": text, "any": !sum.is_zero()})
}

fn put(row: &mut Json, name: &str, value: Json) {
    if let Json::Object(row) = row {
        row.insert(name.to_owned(), value);
    }
}

fn with_mode(fields: &[(&'static str, String)], test: bool) -> Scope {
    let mut fields = fields.to_vec();
    if test {
        fields.push(("test", "1".to_owned()));
    }
    fields
}

fn here_url(visit: &Visit<'_>) -> String {
    format!("{}{SCRIPT}", visit.request.wwwroot)
}

fn address(base: &str, fields: &Scope) -> String {
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{base}?{query}")
}

/// Partners or products on the page.
const SHOWN: usize = 50;
