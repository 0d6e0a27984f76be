//! What happened to an order, in one timeline: lines of the trace, decisions, messages of gateways.

use jiff::civil::DateTime;
use serde::Serialize;
use serde_json::Value as Json;

use crate::clock::UnixMillis;
use crate::domain::transaction_id::TransactionId;
use crate::trace::{Entry, Journal, Level, unescape};

/// Something that happened.
#[derive(Clone, Serialize)]
pub(super) struct Item {
    pub(super) kind: &'static str,
    /// Unix milliseconds; null for a line without a head.
    pub(super) time: Option<i64>,
    /// The same, local, as a file has it.
    pub(super) at: String,
    /// What happened: a sentence, of a message a code.
    pub(super) text: String,
    /// The line as the file has it, null for what has none.
    pub(super) line: Option<String>,
    pub(super) level: Level,
    pub(super) actor: String,
    /// The actor in words: a code with its params; null for a line.
    pub(super) by: Json,
    pub(super) status: String,
    /// A decision that has its line.
    pub(super) traced: bool,
    pub(super) node: Option<String>,
    pub(super) process: Option<u64>,
    pub(super) sequence: Option<u64>,
}

/// An item and how long after the one before it came, when that is long.
#[derive(Serialize)]
pub(super) struct Spaced<'a> {
    #[serde(flatten)]
    item: &'a Item,
    gap: Option<i64>,
    span: Option<String>,
}

/// Which items are shown.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Show {
    All,
    Line,
    Decision,
    Message,
    Problem,
}

impl Show {
    pub(super) const ALL: [Self; 5] = [
        Self::All,
        Self::Line,
        Self::Decision,
        Self::Message,
        Self::Problem,
    ];

    pub(super) fn parse(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|one| one.name() == name)
            .unwrap_or(Self::All)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Line => LINE,
            Self::Decision => DECISION,
            Self::Message => MESSAGE,
            Self::Problem => "problem",
        }
    }

    pub(super) fn wants(self, item: &Item) -> bool {
        match self {
            Self::All => true,
            // A decision that has its line is one too.
            Self::Line => item.kind == LINE || item.traced,
            Self::Decision | Self::Message => item.kind == self.name(),
            Self::Problem => item.level > Level::Info,
        }
    }
}

/// Lines in their order, with the events where their time is. Events from before `since` or not before `until` are left out: another page
/// has them. A decision takes its line in.
pub(super) fn timeline(
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
                by: event.by,
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
        by: Json::Null,
        status: String::new(),
        traced: false,
        node: entry.node().map(|_| machine(journal, entry)),
        process: entry.process(),
        sequence: entry.iter(),
    }
}

/// The machine that wrote a line; the plugin's file for one that does not say.
pub(super) fn machine(journal: &Journal, entry: &Entry) -> String {
    match entry.node() {
        Some(node) => node.to_string(),
        None => {
            let name = journal.path().file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        }
    }
}

/// A local time to the millisecond, in an order that sorts.
pub(super) fn written(time: DateTime) -> String {
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

/// Items with the time since the one before, where it is worth a word.
pub(super) fn spaced<'a>(items: impl Iterator<Item = &'a Item>, lang: &str) -> Vec<Spaced<'a>> {
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

pub(super) const DECISION: &str = "decision";
const LINE: &str = "line";
pub(super) const MESSAGE: &str = "message";

/// Milliseconds in which nothing happened that are worth a word.
const GAP: i64 = 5_000;

const HOUR: i64 = 60 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Trace;

    fn item(kind: &'static str, time: i64, text: &str) -> Item {
        Item {
            kind,
            time: Some(time),
            at: String::new(),
            text: text.to_owned(),
            line: None,
            level: Level::Info,
            actor: "engine".to_owned(),
            by: Json::Null,
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
