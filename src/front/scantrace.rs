//! The page for sales administrators that tells what happened to an order: lines of the trace, decisions and gateways' messages, in one
//! timeline.

use std::collections::BTreeSet;

use serde_json::json;

use crate::clock::UnixMillis;
use crate::domain::permission::Permission;
use crate::domain::transaction_id::{TransactionId, TransactionIdError};
use crate::engine::{Order, OrderFilter};
use crate::trace::{Entry, Journal, Level, Page};

use super::Fault;
use super::answer::Level as Grave;
use super::backoffice::require;
use super::display::{actor, money};
use super::purchase::{Outcome, Visit};
use super::timeline::{DECISION, Item, MESSAGE, Show, machine, spaced, timeline, written};

/// The timeline of one transaction. The id is a text, never a pattern.
pub(crate) fn scan(visit: &mut Visit<'_>) -> Outcome {
    require(visit, Permission::Trace)?;
    let pasted = visit.fields.text("transid").trim().to_owned();
    let show = Show::parse(visit.fields.text("show"));
    let mut status = 200;
    let mut told = Told::default();
    let mut others = Vec::new();
    let mut named = pasted.clone();
    if !pasted.is_empty() {
        match numbers(&pasted) {
            Ok((transaction, more)) => {
                named = transaction.to_string();
                others = more;
                status = tell(visit, &transaction, &mut told)?;
            }
            Err(error) => {
                status = 400;
                let shown = pasted.chars().take(40).collect();
                visit.say(Grave::Error, error.code(), [("transid", shown)]);
            }
        }
    }
    let (find, number, recent, older) = chooser(visit)?;
    let counts: serde_json::Map<_, _> = Show::ALL
        .into_iter()
        .map(|one| {
            let count = told.items.iter().filter(|item| one.wants(item)).count();
            (one.name().to_owned(), count.into())
        })
        .collect();
    let action = format!("{}/local/shop/front/scantrace.php", visit.request.wwwroot);
    let lang = visit.lang().to_owned();
    let journal = visit.engine.trace();
    let data = json!({
        "action": action,
        "transid": named,
        "others": others,
        "count": told.lines,
        "show": show.name(),
        "counts": counts,
        "timeline": spaced(told.items.iter().filter(|item| show.wants(item)), &lang),
        "copy": spaced(told.copy.as_ref().unwrap_or(&told.items).iter(), &lang),
        "cut": told.is_cut,
        "nodes": told.nodes,
        "zone": journal.zone_name(),
        "start": told.start,
        "more": told.from.is_some(),
        "from": told.from,
        "find": find,
        "recent": recent,
        "page": number,
        "older": older,
    });
    Ok(visit.page("scantrace", None, None, data).status(status))
}

/// What is known of a transaction.
#[derive(Default)]
struct Told {
    /// Of this page.
    items: Vec<Item>,
    /// Of all pages, when there are several.
    copy: Option<Vec<Item>>,
    /// More lines than a copy holds.
    is_cut: bool,
    /// Lines of this page.
    lines: usize,
    /// Where this page starts.
    start: u64,
    /// Where the next page starts.
    from: Option<u64>,
    /// Machines whose lines these are, if there are several.
    nodes: Vec<String>,
}

/// The number that was pasted; of a text with several, or with other words, the first, and the others.
fn numbers(pasted: &str) -> Result<(TransactionId, Vec<String>), TransactionIdError> {
    let whole = TransactionId::parse(pasted);
    let Err(error) = whole else {
        return whole.map(|id| (id, Vec::new()));
    };
    let looks_like_one = |word: &&str| word.ends_with("==") && word.len() >= SHORTEST;
    let mut found: Vec<TransactionId> = Vec::new();
    for word in pasted
        .split(|c: char| !(c.is_ascii_alphanumeric() || "+/=_-".contains(c)))
        .filter(looks_like_one)
        .take(MOST_PASTED)
    {
        // What stands before it may be a name: `transid=TU90…==`.
        let word = word.trim_start_matches("transid=");
        if let Ok(id) = TransactionId::parse(word)
            && !found.contains(&id)
        {
            found.push(id);
        }
    }
    let mut found = found.into_iter();
    let first = found.next().ok_or(error)?;
    Ok((first, found.map(|id| id.to_string()).collect()))
}

/// Reads a page of lines, with what the database says of the same time. Gives the HTTP status.
fn tell(visit: &mut Visit<'_>, transaction: &TransactionId, told: &mut Told) -> Result<u16, Fault> {
    let asked = visit.fields.number("from").unwrap_or(0);
    let from = u64::try_from(asked).unwrap_or(0);
    told.start = from;
    let order = visit.engine.order_of(transaction)?;
    let events = match &order {
        Some(order) => events(visit, order)?,
        None => Vec::new(),
    };
    let read = |from, limit| read(visit.engine.trace(), transaction, Page { from, limit });
    let (entries, mut resume) = match read(from, LINES) {
        Ok((entries, resume, None)) => (entries, resume),
        Ok((entries, resume, Some(code))) => {
            visit.say(Grave::Error, code, []);
            (entries, resume)
        }
        Err(code) => {
            visit.say(Grave::Error, code, []);
            told.items = timeline(visit.engine.trace(), transaction, &[], events, None, None);
            return Ok(503);
        }
    };
    // The first line of the next page says which events are still of this one.
    let mut next = None;
    if let Some(from) = resume {
        next = read(from, 1)
            .ok()
            .and_then(|(found, _, _)| found.into_iter().next());
        if next.is_none() {
            resume = None;
        }
    }
    let journal = visit.engine.trace();
    let nodes: BTreeSet<String> = entries
        .iter()
        .map(|entry| machine(journal, entry))
        .collect();
    if nodes.len() > 1 {
        told.nodes = nodes.into_iter().collect();
    }
    if (from > 0 || resume.is_some())
        && let Ok((all, more, _)) = read(0, COPIED)
    {
        told.copy = Some(timeline(
            journal,
            transaction,
            &all,
            events.clone(),
            None,
            None,
        ));
        told.is_cut = more.is_some() && all.len() == COPIED;
    }
    let at = |entry: Option<&Entry>| journal.moment(entry?, None);
    let since = if from > 0 { at(entries.first()) } else { None };
    told.items = timeline(
        journal,
        transaction,
        &entries,
        events,
        since,
        at(next.as_ref()),
    );
    told.lines = entries.len();
    told.from = resume;
    Ok(200)
}

/// Entries, where to go on, and the code of what ended them early.
type Read = (Vec<Entry>, Option<u64>, Option<&'static str>);

fn read(journal: &Journal, id: &TransactionId, page: Page) -> Result<Read, &'static str> {
    let mut found = journal.look_up(id, page).map_err(|error| error.code())?;
    let mut entries = Vec::new();
    for entry in found.by_ref() {
        match entry {
            Ok(entry) => entries.push(entry),
            Err(error) => return Ok((entries, None, Some(error.code()))),
        }
    }
    let resume = found.resume_at().filter(|_| entries.len() == page.limit);
    Ok((entries, resume, None))
}

/// What the database says of an order: decisions and messages, by time.
fn events(visit: &Visit<'_>, order: &Order) -> Result<Vec<Item>, Fault> {
    let journal = visit.engine.trace();
    let event = |kind, time: i64, text: String, level, name: String, status: String| Item {
        kind,
        time: Some(time),
        at: written(journal.local_time(UnixMillis::from_millis(time))),
        text,
        line: None,
        level,
        by: actor(&name),
        actor: name,
        status,
        traced: false,
        node: None,
        process: None,
        sequence: None,
    };
    let mut events = Vec::new();
    for message in visit.engine.messages(order.bill)? {
        let level = if message.state == "rejected" {
            Level::Warning
        } else {
            Level::Info
        };
        let text = message.outcome;
        events.push(event(
            MESSAGE,
            message.time,
            text,
            level,
            format!("gateway:{}", message.gateway),
            message.state,
        ));
    }
    for entry in visit.engine.history(order.bill)? {
        let level = Level::of(&entry.text);
        events.push(event(
            DECISION,
            entry.time,
            entry.text,
            level,
            entry.actor,
            entry.to,
        ));
    }
    events.sort_by_key(|event| event.time);
    Ok(events)
}

/// Orders to pick from.
fn chooser(visit: &mut Visit<'_>) -> Result<(String, u32, Vec<serde_json::Value>, bool), Fault> {
    let find: String = visit.fields.text("find").trim().chars().take(40).collect();
    let number = u32::try_from(visit.fields.number("page").unwrap_or(0)).unwrap_or(0);
    let lang = visit.lang();
    let skipped = number.saturating_mul(RECENT);
    let filter = OrderFilter {
        text: find.clone(),
        ..OrderFilter::default()
    };
    let mut found = visit.engine.find_orders(&filter, RECENT + 1, skipped)?;
    if !visit.buyer.may(Permission::Orders) {
        // Whose orders these are is for who sees all orders: others find them by their number.
        let begins = find.to_uppercase();
        found.retain(|order| {
            order
                .transaction
                .as_ref()
                .to_uppercase()
                .starts_with(&begins)
        });
    }
    let older = found.len() > RECENT as usize;
    found.truncate(RECENT as usize);
    let mut recent = Vec::new();
    for order in found {
        let summary = visit.engine.summary(&order)?;
        recent.push(json!({
            "transid": summary.transid,
            "amount": money(summary.amount, lang),
            "time": summary.emissiondate,
        }));
    }
    Ok((find, number, recent, older))
}

/// Orders to pick from below the timeline.
const RECENT: u32 = 30;

/// Lines on a page.
const LINES: usize = 1_000;

/// Lines in a copy.
const COPIED: usize = 10_000;

/// Letters of a number among other words.
const SHORTEST: usize = 8;
const MOST_PASTED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_among_what_was_pasted_with_it() {
        let id = "TU90QMLVYXD5UMZYUQ==";
        for (pasted, others) in [
            (id.to_owned(), 0),
            (format!("Order {id} (0.000)"), 0),
            (format!("-- 2026-8-21 20:39:01 029 -7-  [{id}] Paid"), 0),
            (format!("https://shop.example/view.php?transid={id}&x=1"), 0),
            (format!("{id}\n{id}, A7C9QMLVYXD5UMZYUQ==;"), 1),
            ("AB12".to_owned(), 0),
        ] {
            let (first, rest) = numbers(&pasted).unwrap();
            assert!(first.as_str() == id || pasted == "AB12", "{pasted}");
            assert_eq!(rest.len(), others, "{pasted}");
        }
        for nothing in [".*", "no number here", "a b", "é=="] {
            assert!(numbers(nothing).is_err(), "{nothing}");
        }
    }
}
