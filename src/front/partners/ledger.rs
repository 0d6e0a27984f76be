//! What a partner is owed: his statement, on a page and as a file, and his own list against it.

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use crate::domain::money::Currency;
use crate::domain::statement::{Entry, Format};
use crate::engine::{OwnTag, Partner};
use crate::front::answer::{Answer, File};
use crate::front::days::moment;
use crate::front::display::number_text;
use crate::front::purchase::{Outcome, Visit};

use super::period::Period;
use super::{PER_PAGE, Problem, draw, field, named};

/// The entries of some days, newest first, with their numbers; or all of them as a file.
pub(super) fn statement(visit: &mut Visit<'_>) -> Outcome {
    let partner = named(visit)?;
    let period = Period::of(visit);
    let mut again = vec![("view", "statement".into()), ("id", partner.id.to_string())];
    again.extend(period.fields());
    let mut data = json!({
        "period": period.data(), "entries": [], "overview": null, "next": null, "newest": true,
    });
    let Some(seconds) = period.seconds else {
        return Ok(draw(visit, "partnerstatement", &again, Some(&partner), data).status(422));
    };
    let format = visit.fields.text("format").to_owned();
    if Format::parse(&format).is_some() {
        return Ok(file(&partner, &period, seconds, format));
    }
    let before = visit.fields.number("before").unwrap_or(0);
    let before = u64::try_from(before).unwrap_or(0);
    let mut entries = visit
        .engine
        .entries_between(partner.id, seconds, before, PER_PAGE + 1)?;
    let more = entries.len() > PER_PAGE as usize;
    entries.truncate(PER_PAGE as usize);
    let next = entries.last().map(|entry| entry.seq).filter(|_| more);
    let told: Vec<Json> = entries.iter().map(|one| entry(visit, one)).collect();
    if let Json::Object(data) = &mut data {
        data.insert("entries".into(), told.into());
        // The same on every page: counted once.
        if before == 0 {
            data.insert("overview".into(), overview(visit, &partner, seconds)?);
        }
        data.insert("next".into(), next.into());
        data.insert("newest".into(), (before == 0).into());
    }
    Ok(draw(
        visit,
        "partnerstatement",
        &again,
        Some(&partner),
        data,
    ))
}

fn file(partner: &Partner, period: &Period, (from, to): (i64, i64), format: String) -> Answer {
    // The plugin's own pages allow any key.
    let key: String = partner
        .key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    Answer::file(File {
        name: format!("statement-{key}-{}.{format}", period.name()),
        partner: partner.id,
        from,
        to,
        format,
        orders: None,
    })
}

/// The numbers of some days.
fn overview(
    visit: &Visit<'_>,
    partner: &Partner,
    seconds: (i64, i64),
) -> Result<Json, crate::front::Fault> {
    let found = visit.engine.ledger_overview(partner.id, seconds)?;
    let lang = visit.lang();
    let sums: Vec<Json> = found
        .sums
        .iter()
        .map(|(currency, sum)| {
            let text = |mut amount: Decimal| {
                if let Ok(currency) = Currency::parse(currency) {
                    amount.rescale(currency.exponent());
                }
                number_text(&amount.to_string(), currency, lang)
            };
            json!({
                "currency": currency,
                "orders": sum.orders,
                "settled": {"text": text(sum.settled)},
                "refunded": {"text": text(sum.refunded)},
                "kept": {"text": text(sum.settled - sum.refunded)},
            })
        })
        .collect();
    let arrivals: Vec<Json> = TRUST
        .iter()
        .map(|trust| json!({"state": trust, "count": found.arrivals.get(*trust).copied().unwrap_or(0)}))
        .collect();
    Ok(json!({"sums": sums, "arrivals": arrivals, "tests": found.tests}))
}

/// An entry as pages show it: the codes of its notes are keys of sentences.
pub(super) fn entry(visit: &Visit<'_>, entry: &Entry) -> Json {
    let money = |amount: &str| {
        (!amount.is_empty())
            .then(|| json!({"text": number_text(amount, &entry.currency, visit.lang())}))
    };
    let summed = entry.kind == "arrivals";
    let arrival = summed || entry.kind == "arrival";
    let (tag, note) = if summed {
        (entry.note.as_str(), "")
    } else {
        (entry.tag.as_str(), entry.note.as_str())
    };
    let notes: Vec<String> = note
        .split_ascii_whitespace()
        .map(|word| format!("{}_{word}", if arrival { "arrival" } else { "entry" }))
        .collect();
    json!({
        "seq": entry.seq,
        "time": moment(visit.engine, entry.time),
        "kind": entry.kind,
        "tag": tag,
        "transid": entry.transid,
        "url": (!arrival).then(|| visit.url_of("bill", &entry.transid)),
        "state": entry.state,
        "statecode": format!("{}_{}", if arrival { "trust" } else { "status" }, entry.state),
        "amount": money(&entry.amount),
        "settled": money(&entry.settled),
        "refunded": money(&entry.refunded),
        "notes": notes,
    })
}

/// The form for a partner's own list.
pub(super) fn comparing(visit: &mut Visit<'_>) -> Outcome {
    let partner = named(visit)?;
    let period = Period::of(visit);
    Ok(compared(visit, &partner, &period, None, Json::Null))
}

/// Compares a partner's own list.
pub(super) fn compare(visit: &mut Visit<'_>) -> Outcome {
    let partner = named(visit)?;
    let period = Period::of(visit);
    let (list, seconds) = match (own_list(visit.fields.text("list")), period.seconds) {
        (Ok(list), Some(seconds)) => (list, seconds),
        (list, _) => {
            let problem = list.err();
            let page = compared(visit, &partner, &period, problem.as_ref(), Json::Null);
            return Ok(page.status(422));
        }
    };
    let mut findings = visit.engine.compare_tags(partner.id, seconds, &list)?;
    let mut counts = Map::new();
    for finding in FINDINGS {
        let count = findings
            .iter()
            .filter(|found| found.finding == finding)
            .count();
        counts.insert(finding.to_owned(), count.into());
    }
    // What does not agree comes first, in the order of the list.
    findings.sort_by_key(|found| found.finding == "found");
    let shown: Vec<Json> = findings
        .iter()
        .take(SHOWN)
        .map(|found| {
            let amount = (!found.amount.is_empty())
                .then(|| json!({"text": number_text(&found.amount, &found.currency, visit.lang())}));
            let transids: Vec<Json> = found
                .transids
                .iter()
                .map(|transid| json!({"transid": transid, "url": visit.url_of("bill", transid)}))
                .collect();
            json!({
                "tag": found.tag, "finding": found.finding, "transids": transids, "amount": amount, "state": found.state,
            })
        })
        .collect();
    let hidden = findings.len().saturating_sub(SHOWN);
    let found = json!({"counts": counts, "findings": shown, "hidden": hidden, "shown": SHOWN});
    Ok(compared(visit, &partner, &period, None, found))
}

fn compared(
    visit: &mut Visit<'_>,
    partner: &Partner,
    period: &Period,
    problem: Option<&Problem>,
    found: Json,
) -> Answer {
    let mut again = vec![("view", "compare".into()), ("id", partner.id.to_string())];
    again.extend(period.fields());
    let list = field(visit.fields.text("list"), problem);
    let data = json!({"period": period.data(), "list": list, "found": found});
    draw(visit, "partnercompare", &again, Some(partner), data)
}

/// A list of one tag a line, an amount after a semicolon or a tab where there is one. Decimal commas are understood.
fn own_list(text: &str) -> Result<Vec<OwnTag>, Problem> {
    let mut list = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end_matches('\r').trim_matches(' ');
        if line.trim().is_empty() {
            continue;
        }
        let (tag, amount) = line.rsplit_once([';', '\t']).unwrap_or((line, ""));
        let digits: String = amount
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| if c == ',' { '.' } else { c })
            .collect();
        let usable = digits.chars().all(|c| c.is_ascii_digit() || c == '.')
            && digits.matches('.').count() < 2
            && digits != ".";
        if !usable {
            let typed: String = amount.trim().chars().take(40).collect();
            return Err(Problem::new("compare_no_amount")
                .with("line", (index + 1).to_string())
                .with("typed", typed));
        }
        list.push(OwnTag {
            tag: tag.trim_matches(' ').to_owned(),
            amount: (!digits.is_empty()).then_some(digits),
        });
    }
    if list.is_empty() {
        return Err(Problem::new("compare_empty"));
    }
    Ok(list)
}

/// How far arrivals are believed, as the overview lists them.
const TRUST: [&str; 4] = ["authenticated", "identified", "named", "refused"];

/// What a comparison may say of a tag.
const FINDINGS: [&str; 5] = [
    "missing_here",
    "missing_there",
    "amount_differs",
    "duplicated",
    "found",
];

/// Findings on a page.
const SHOWN: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_line_by_line() {
        let list = own_list("t1;12,50\r\n\n  t2 \nt;3\t1 234.5\nlast;").unwrap();
        let read: Vec<(&str, Option<&str>)> = list
            .iter()
            .map(|own| (own.tag.as_str(), own.amount.as_deref()))
            .collect();
        assert_eq!(
            read,
            [
                ("t1", Some("12.50")),
                ("t2", None),
                ("t;3", Some("1234.5")),
                ("last", None),
            ]
        );
    }

    #[test]
    fn what_is_no_amount_is_told_with_its_line() {
        let problem = own_list("t1;1\nt2;1.2.3").unwrap_err();
        assert_eq!(problem.code, "compare_no_amount");
        assert_eq!(problem.params["line"], "2");
        assert_eq!(own_list(" \n\n").unwrap_err().code, "compare_empty");
    }
}
