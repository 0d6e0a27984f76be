//! The page for sales administrators that tells what happened to an order: lines of the trace, decisions and gateways' messages, in one
//! timeline.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use serde::Serialize;
use serde_json::json;

use crate::clock::UnixMillis;
use crate::domain::transaction_id::{TransactionId, TransactionIdError};
use crate::engine::Order;
use crate::trace::{Entry, Journal, Level, Page, unescape};

use super::Fault;
use super::answer::Level as Grave;
use super::backoffice::require_staff;
use super::display::money;
use super::purchase::{Outcome, Visit};

/// The timeline of one transaction. The id is a text, never a pattern.
pub(crate) fn scan(visit: &mut Visit<'_>) -> Outcome {
    require_staff(visit)?;
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

/// Something that happened.
#[derive(Clone, Serialize)]
struct Item {
    kind: &'static str,
    /// Unix milliseconds; null for a line without a head.
    time: Option<i64>,
    /// The same, local, as a file has it.
    at: String,
    /// What happened: a sentence, of a message a code.
    text: String,
    /// The line as the file has it, null for what has none.
    line: Option<String>,
    level: Level,
    actor: String,
    status: String,
    /// A decision that has its line.
    traced: bool,
    node: Option<String>,
    process: Option<u64>,
    sequence: Option<u64>,
}

/// An item and how long after the one before it came, when that is long.
#[derive(Serialize)]
struct Spaced<'a> {
    #[serde(flatten)]
    item: &'a Item,
    gap: Option<i64>,
    span: Option<String>,
}

/// Which items are shown.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Show {
    All,
    Line,
    Decision,
    Message,
    Problem,
}

impl Show {
    const ALL: [Self; 5] = [
        Self::All,
        Self::Line,
        Self::Decision,
        Self::Message,
        Self::Problem,
    ];

    fn parse(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|one| one.name() == name)
            .unwrap_or(Self::All)
    }

    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Line => LINE,
            Self::Decision => DECISION,
            Self::Message => MESSAGE,
            Self::Problem => "problem",
        }
    }

    fn wants(self, item: &Item) -> bool {
        match self {
            Self::All => true,
            // A decision that has its line is one too.
            Self::Line => item.kind == LINE || item.traced,
            Self::Decision | Self::Message => item.kind == self.name(),
            Self::Problem => item.level > Level::Info,
        }
    }
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
    if from > 0 || resume.is_some() {
        if let Ok((all, more, _)) = read(0, COPIED) {
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

/// Lines in their order, with the events where their time is. Events from before `since` or not before `until` are left out: another page
/// has them. A decision takes its line in.
fn timeline(
    journal: &Journal,
    id: &TransactionId,
    entries: &[Entry],
    mut events: Vec<Item>,
    since: Option<UnixMillis>,
    until: Option<UnixMillis>,
) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut seen = None;
    for entry in entries {
        let moment = journal.moment(entry, seen).or(seen);
        seen = seen.max(moment);
        let mut item = line(journal, id, entry, moment);
        let decided = events.iter().position(|event| {
            event.kind == DECISION
                && entry.belongs_to(id)
                && event.text == unescape(entry.text())
                && is_same(event.time, moment)
        });
        if let Some(event) = decided.map(|place| events.remove(place)) {
            item = Item {
                kind: DECISION,
                actor: event.actor,
                status: event.status,
                traced: true,
                ..item
            };
        }
        items.push(item);
    }
    events.retain(|event| {
        event.time.is_some_and(|time| {
            since.is_none_or(|since| time >= since.millis())
                && until.is_none_or(|until| time < until.millis())
        })
    });
    let mut told = Vec::with_capacity(items.len().saturating_add(events.len()));
    let mut events = events.into_iter().peekable();
    let mut latest = i64::MIN;
    for item in items {
        latest = latest.max(item.time.unwrap_or(latest));
        while let Some(event) = events.next_if(|event| event.time <= Some(latest)) {
            told.push(event);
        }
        told.push(item);
    }
    told.extend(events);
    told
}

fn line(journal: &Journal, id: &TransactionId, entry: &Entry, moment: Option<UnixMillis>) -> Item {
    let mut text = match entry.transaction() {
        Some(owner) if owner != id => format!("[{owner}] "),
        _ => String::new(),
    };
    text.push_str(entry.text());
    for line in entry.continuation() {
        text.push('\n');
        text.push_str(line);
    }
    Item {
        kind: LINE,
        time: entry.time().and(moment).map(UnixMillis::millis),
        at: entry.time().map(written).unwrap_or_default(),
        text: unescape(&text).into_owned(),
        line: Some(entry.to_string()),
        level: entry.level(),
        actor: String::new(),
        status: String::new(),
        traced: false,
        node: entry.node().map(|_| machine(journal, entry)),
        process: entry.process(),
        sequence: entry.iter(),
    }
}

/// The machine that wrote a line; the plugin's file for one that does not say.
fn machine(journal: &Journal, entry: &Entry) -> String {
    match entry.node() {
        Some(node) => node.to_string(),
        None => {
            let name = journal.path().file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        }
    }
}

/// A local time to the millisecond, in an order that sorts.
fn written(time: DateTime) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string()
}

/// Whether a line is of the moment of a decision. It is written without its zone: an hour more or less is the end of summer time.
fn is_same(decided: Option<i64>, written: Option<UnixMillis>) -> bool {
    let (Some(decided), Some(written)) = (decided, written) else {
        return false;
    };
    let apart = decided.saturating_sub(written.millis()).saturating_abs();
    apart == 0 || apart == HOUR
}

/// What the database says of an order: decisions and messages, by time.
fn events(visit: &Visit<'_>, order: &Order) -> Result<Vec<Item>, Fault> {
    let journal = visit.engine.trace();
    let event = |kind, time: i64, text: String, level, actor: String, status: String| Item {
        kind,
        time: Some(time),
        at: written(journal.local_time(UnixMillis::from_millis(time))),
        text,
        line: None,
        level,
        actor,
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
            message.gateway,
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

/// Items with the time since the one before, where it is worth a word.
fn spaced<'a>(items: impl Iterator<Item = &'a Item>, lang: &str) -> Vec<Spaced<'a>> {
    let mut before: Option<i64> = None;
    let mut spaced = Vec::new();
    for item in items {
        let gap = item
            .time
            .zip(before)
            .map(|(time, before)| time.saturating_sub(before))
            .filter(|gap| *gap >= GAP);
        before = item.time.or(before);
        spaced.push(Spaced {
            item,
            gap,
            span: gap.map(|gap| span(gap, lang)),
        });
    }
    spaced
}

/// A time span in its two largest units.
fn span(millis: i64, lang: &str) -> String {
    let seconds = millis / 1000;
    let day = if lang == "fr" { "j" } else { "d" };
    let parts = [
        (seconds / 86_400, day),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}\u{a0}{unit}"))
        .collect();
    parts.join(" ")
}

/// Orders to pick from, searched by how the number begins.
fn chooser(visit: &mut Visit<'_>) -> Result<(String, u32, Vec<serde_json::Value>, bool), Fault> {
    let find: String = visit.fields.text("find").trim().chars().take(40).collect();
    let number = u32::try_from(visit.fields.number("page").unwrap_or(0)).unwrap_or(0);
    let lang = visit.lang();
    let skipped = number.saturating_mul(RECENT);
    let mut found = visit.engine.find_orders(&find, RECENT + 1, skipped)?;
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

const DECISION: &str = "decision";
const LINE: &str = "line";
const MESSAGE: &str = "message";

/// Orders to pick from below the timeline.
const RECENT: u32 = 30;

/// Milliseconds in which nothing happened that are worth a word.
const GAP: i64 = 5_000;

/// Lines on a page.
const LINES: usize = 1_000;

/// Lines in a copy.
const COPIED: usize = 10_000;

const HOUR: i64 = 60 * 60 * 1000;

/// Letters of a number among other words.
const SHORTEST: usize = 8;
const MOST_PASTED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Trace;

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

    fn item(kind: &'static str, time: i64, text: &str) -> Item {
        Item {
            kind,
            time: Some(time),
            at: String::new(),
            text: text.to_owned(),
            line: None,
            level: Level::Info,
            actor: "engine".to_owned(),
            status: "PLACED".to_owned(),
            traced: false,
            node: None,
            process: None,
            sequence: None,
        }
    }

    fn id() -> TransactionId {
        TransactionId::parse("A").unwrap()
    }

    fn entry(second: u32, text: &str) -> Entry {
        Entry::parse(&format!(
            "-- 2026-8-21 20:39:{second:02} 000 -1-  [A] {text}"
        ))
        .unwrap()
    }

    #[test]
    fn decisions_take_their_lines_in_and_events_stand_at_their_time() {
        let journal = Journal::from(Trace::new("/none/t", "UTC"));
        let base = journal.moment(&entry(0, ""), None).unwrap().millis();
        let events = || {
            vec![
                item(MESSAGE, base - 1, "first"),
                item(DECISION, base + 1000, "placed"),
                item(DECISION, base + 1500, "lost in a crash"),
                item(MESSAGE, base + 9000, "last"),
            ]
        };
        let entries = [entry(1, "placed"), entry(2, "placed"), entry(8, "sent")];
        let told = timeline(&journal, &id(), &entries, events(), None, None);
        let shown: Vec<_> = told
            .iter()
            .map(|item| (item.kind, item.traced, item.time.unwrap() - base))
            .collect();
        assert_eq!(
            shown,
            [
                (MESSAGE, false, -1),
                (DECISION, true, 1000),
                (DECISION, false, 1500),
                (LINE, false, 2000),
                (LINE, false, 8000),
                (MESSAGE, false, 9000),
            ]
        );
        // On two pages nothing is left out and nothing comes twice.
        let (one, two) = entries.split_at(2);
        let cut = journal.moment(&entries[2], None);
        let mut pages = timeline(&journal, &id(), one, events(), None, cut);
        pages.extend(timeline(&journal, &id(), two, events(), cut, None));
        assert_eq!(pages.len(), told.len());
        let gaps: Vec<_> = spaced(told.iter(), "en")
            .into_iter()
            .map(|spaced| spaced.span)
            .collect();
        assert_eq!(gaps[4].as_deref(), Some("6\u{a0}s"));
        assert_eq!(gaps.iter().flatten().count(), 1);
    }

    #[test]
    fn spans_have_two_units_at_most() {
        for (millis, told) in [
            (5_999, "5 s"),
            (65_000, "1 min 5 s"),
            (3_600_000, "1 h"),
            (3_605_000, "1 h"),
            (90_061_000, "1 j 1 h"),
        ] {
            assert_eq!(span(millis, "fr").replace('\u{a0}', " "), told);
        }
    }
}
