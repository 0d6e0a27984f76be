//! What a seller searches the list of orders for: read from a request, or from the query that a file of the list was asked for with.

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use url::form_urlencoded::{Serializer, parse};

use crate::clock::UnixMillis;
use crate::domain::state::BillStatus;
use crate::engine::{Engine, OrderDay, OrderFilter};
use crate::gateway;

use super::Fault;
use super::answer::File;
use super::days;
use super::purchase::Visit;

/// What a seller searches the list for.
pub(super) struct Search {
    pub(super) filter: OrderFilter,
    /// As typed, by field.
    typed: [(&'static str, String); FIELDS.len()],
    /// Which fields were not understood.
    problems: Vec<&'static str>,
}

impl Search {
    /// What a request asks for.
    pub(super) fn of(visit: &Visit<'_>) -> Self {
        Self::read(visit.engine, |name| visit.fields.text(name).to_owned())
    }

    /// What a query asks for: as [`Search::query`] wrote it.
    pub(super) fn of_query(engine: &Engine, query: &str) -> Self {
        let pairs: Vec<_> = parse(query.as_bytes()).collect();
        Self::read(engine, |name| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map_or_else(String::new, |(_, value)| value.to_string())
        })
    }

    fn read(engine: &Engine, given: impl Fn(&str) -> String) -> Self {
        let typed = FIELDS.map(|name| {
            let text: String = given(name).trim().chars().take(LONGEST).collect();
            let usual = name == "by" && text == OrderDay::Placed.as_str();
            (name, if usual { String::new() } else { text })
        });
        let [
            find,
            status,
            paymode,
            partner,
            product,
            test,
            paid,
            held,
            by,
            from,
            to,
        ] = typed.each_ref().map(|(_, text)| text);
        let [first, last] = [
            days::start_of_day(engine, from),
            days::end_of_day(engine, to),
        ];
        let day = OrderDay::parse(by);
        let state = BillStatus::parse(status).ok();
        let of_partner = partner.parse::<i64>().ok();
        let mode = match test.as_str() {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        };
        let problems = [
            ("status", state.is_none() && !status.is_empty()),
            ("partner", of_partner.is_none() && !partner.is_empty()),
            ("test", mode.is_none() && !test.is_empty()),
            ("by", day == OrderDay::Placed && !by.is_empty()),
            ("from", first.is_none() && !from.is_empty()),
            ("to", last.is_none() && !to.is_empty()),
        ];
        let problems = problems.iter().filter(|(_, wrong)| *wrong);
        let problems = problems.map(|(name, _)| *name).collect();
        let filter = OrderFilter {
            text: find.clone(),
            status: state,
            paymode: match paymode.as_str() {
                "" => None,
                NO_PAYMODE => Some(String::new()),
                name => Some(name.to_owned()),
            },
            partner: of_partner,
            product: product.clone(),
            test: mode,
            paid: !paid.is_empty(),
            held: !held.is_empty(),
            day,
            from: first.map(UnixMillis::from_seconds),
            before: last.map(UnixMillis::from_seconds),
        };
        Self {
            filter,
            typed,
            problems,
        }
    }

    /// Was every field understood? Nothing is listed otherwise: a list without one of its filters would be taken for the one that was asked for.
    pub(super) fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }

    /// All orders of the list as a file.
    pub(super) fn file(&self, engine: &Engine) -> File {
        let now = Timestamp::from_second(engine.now().seconds()).unwrap_or_default();
        let today = now.to_zoned(days::zone(engine)).date();
        File {
            name: format!("orders-{today}.csv"),
            partner: 0,
            from: 0,
            to: 0,
            format: "csv".to_owned(),
            orders: Some(self.query()),
        }
    }

    /// The query that asks for the same.
    fn query(&self) -> String {
        let given = self.typed.iter().filter(|(_, text)| !text.is_empty());
        Serializer::new(String::new()).extend_pairs(given).finish()
    }

    /// As the page shows it: what was typed, and what can be chosen.
    pub(super) fn data(&self, visit: &Visit<'_>) -> Result<Json, Fault> {
        let partners: Vec<Json> = visit
            .engine
            .partners(PARTNERS, 0)?
            .iter()
            .map(|partner| json!({"id": partner.id, "name": partner.name, "key": partner.key}))
            .collect();
        let mut paymodes: Vec<&str> = gateway::all().iter().map(|one| one.name()).collect();
        // What only the plugin knows can be searched for by a link.
        if let Some(other) = self.filter.paymode.as_deref()
            && !other.is_empty()
            && !paymodes.contains(&other)
        {
            paymodes.push(other);
        }
        let values: serde_json::Map<String, Json> = self
            .typed
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_str().into()))
            .collect();
        let problems: serde_json::Map<String, Json> = FIELDS
            .iter()
            .map(|name| ((*name).to_owned(), self.problems.contains(name).into()))
            .collect();
        let days = [
            OrderDay::Placed,
            OrderDay::Paid,
            OrderDay::Refunded,
            OrderDay::Arrived,
        ];
        Ok(json!({
            "values": values,
            "statuses": BillStatus::ALL.map(BillStatus::as_str),
            "paymodes": paymodes,
            "partners": partners,
            "days": days.map(OrderDay::as_str),
            "problems": problems,
        }))
    }
}

/// The fields of the search.
const FIELDS: [&str; 11] = [
    "find", "status", "paymode", "partner", "product", "test", "paid", "held", "by", "from", "to",
];

/// The value of `paymode` that means orders without a payment interface; that of `partner` for none is the same.
pub(super) const NO_PAYMODE: &str = "0";

/// Characters of a field that are read.
const LONGEST: usize = 100;

/// Partners that can be chosen.
const PARTNERS: u32 = 50;
