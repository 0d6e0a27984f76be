//! One line of the trace, as it is written: `-- Y-n-d H:i:s mmm -<iter>-  [TRANSID] text`.
//!
//! The letters are those of PHP's `date()`: `n` is the month without a leading zero.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::clock::UnixMillis;
use crate::domain::transaction_id::TransactionId;
use crate::trace::entry::owner;
use crate::trace::escape::{escape, push_code};

/// Appends one line, line break included, to `line`. Second and millisecond come from the one `now`.
///
/// Texts longer than 64 KiB are cut, and say so: a line must stay one write, and what a stranger sends must
/// not fill the disk.
pub(super) fn compose(
    line: &mut String,
    now: UnixMillis,
    zone: &TimeZone,
    iter: u64,
    transaction: Option<&TransactionId>,
    text: &str,
) {
    push_head(line, now, zone, iter);
    if let Some(id) = transaction {
        // Writing to a String does not fail.
        let _ = write!(line, "[{id}] ");
    }
    push_text(line, transaction.is_some(), text);
    line.push('\n');
}

/// Appends what stands before the text.
pub(super) fn push_head(line: &mut String, now: UnixMillis, zone: &TimeZone, iter: u64) {
    let time = local_time(now, zone);
    let _ = write!(
        line,
        "-- {:04}-{}-{:02} {:02}:{:02}:{:02} {:03} -{iter}-  ",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    );
}

/// Appends the text as a line holds it: escaped, cut, and without an owner of its own making.
pub(super) fn push_text(line: &mut String, is_owned: bool, text: &str) {
    let kept = first_bytes(text, MAX_TEXT);
    let cut = text.len().saturating_sub(kept.len());
    let escaped = escape(kept);
    // A text must not give itself an owner.
    if !is_owned && owner(&escaped).is_some() {
        let mut rest = escaped.chars();
        rest.next()
            .into_iter()
            .for_each(|first| push_code(line, first));
        line.push_str(rest.as_str());
    } else {
        line.push_str(&escaped);
    }
    if cut > 0 {
        let _ = write!(line, " \\… {cut} bytes more");
    }
}

/// As much of the text as fits in so many bytes.
fn first_bytes(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    (0..=most)
        .rev()
        .find_map(|end| text.get(..end))
        .unwrap_or_default()
}

/// The moment of a local time. In the hour that the end of summer time repeats it is the earlier one, or the later one when `seen`,
/// the latest moment met so far, says that the earlier one is over.
pub(super) fn moment(time: DateTime, zone: &TimeZone, seen: i64) -> i64 {
    let at = |offset: Offset| offset.to_timestamp(time).ok();
    let found = match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => at(offset),
        AmbiguousOffset::Gap { before, .. } => at(before),
        AmbiguousOffset::Fold { before, after } => at(before)
            .filter(|early| early.as_millisecond().saturating_add(OVERTAKEN) >= seen)
            .or_else(|| at(after)),
    };
    found.map_or(seen, Timestamp::as_millisecond)
}

/// The moment in that zone; what is out of range is held at the end of the range.
pub(super) fn local_time(now: UnixMillis, zone: &TimeZone) -> DateTime {
    let outermost = if now.millis() < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    };
    zone.to_datetime(Timestamp::from_millisecond(now.millis()).unwrap_or(outermost))
}

const MAX_TEXT: usize = 64 * 1024;
/// Milliseconds by which a line may be behind others: by more, the repeated hour has begun.
const OVERTAKEN: i64 = 60 * 1000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::{Entry, unescape};

    fn composed(
        millis: i64,
        zone: &str,
        transaction: Option<&TransactionId>,
        text: &str,
    ) -> String {
        let zone = TimeZone::get(zone).unwrap();
        let mut line = String::new();
        compose(
            &mut line,
            UnixMillis::from_millis(millis),
            &zone,
            7,
            transaction,
            text,
        );
        line
    }

    fn read(line: &str) -> Entry {
        Entry::parse(line.strip_suffix('\n').unwrap()).unwrap()
    }

    fn id() -> TransactionId {
        TransactionId::parse("TU90QMLVYXD5UMZYUQ==").unwrap()
    }

    #[test]
    fn writes_the_plugin_line_in_local_time() {
        let line = composed(
            1_503_340_741_029,
            "Europe/Paris",
            Some(&id()),
            "Post Pay process",
        );
        assert_eq!(
            line,
            "-- 2017-8-21 20:39:01 029 -7-  [TU90QMLVYXD5UMZYUQ==] Post Pay process\n"
        );
        let line = composed(1_512_086_400_000, "UTC", None, "cron");
        assert_eq!(line, "-- 2017-12-01 00:00:00 000 -7-  cron\n");
    }

    #[test]
    fn the_repeated_hour_is_told_apart_by_what_came_before() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let at = |time: &str, seen| moment(time.parse().unwrap(), &zone, seen);
        // 2026-10-25 03:00 +02:00 is 02:00 +01:00.
        let before = at("2026-10-25T01:59:59", i64::MIN);
        let first = at("2026-10-25T02:10:00", before);
        let last = at("2026-10-25T02:59:00", first);
        let second = at("2026-10-25T02:10:00", last);
        assert_eq!((last - first, second - first), (49 * 60_000, 60 * 60_000));
        assert_eq!(at("2026-10-25T02:50:00", second) - second, 40 * 60_000);
        assert_eq!(at("2026-10-25T03:00:00", second) - second, 50 * 60_000);
        // The hour that is left out in spring.
        assert_eq!(at("2026-03-29T02:30:00", 0), at("2026-03-29T03:30:00", 0));
    }

    /// Defect B-32: the plugin reads the clock once for the second and again for the millisecond.
    #[test]
    fn b32_second_and_millisecond_are_of_one_reading() {
        for (millis, written) in [
            (999, "00:00:00 999"),
            (1000, "00:00:01 000"),
            (59_999, "00:00:59 999"),
            (60_000, "00:01:00 000"),
        ] {
            let line = composed(millis, "UTC", None, "x");
            assert!(
                line.starts_with(&format!("-- 1970-1-01 {written} ")),
                "{line}"
            );
        }
        assert!(composed(-1, "UTC", None, "x").starts_with("-- 1969-12-31 23:59:59 999 "));
        for end in [i64::MIN, i64::MAX] {
            assert!(composed(end, "UTC", None, "x").ends_with(" -7-  x\n"));
        }
    }

    /// Defect B-32: a line break in a buyer's name writes lines of its own.
    #[test]
    fn b32_texts_forge_neither_lines_nor_owners() {
        let other = "-- 2017-8-21 20:39:01 029 -1-  [OTHER==] Paid";
        for newline in [
            "\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}", "\u{b}", "\u{c}", "\0",
        ] {
            let text = format!("name{newline}{other}");
            let line = composed(0, "UTC", Some(&id()), &text);
            assert_eq!(line.matches(char::is_control).collect::<String>(), "\n");
            assert!(!line.contains(['\u{2028}', '\u{2029}']));
            assert!(read(&line).belongs_to(&id()));
            assert_eq!(unescape(read(&line).text()), text);
        }
        for text in ["[OTHER==] Paid", "[OTHER==]", "OTHER== - Partner call"] {
            let line = composed(0, "UTC", None, text);
            assert_eq!(read(&line).transaction(), None, "{line}");
            assert_eq!(unescape(read(&line).text()), text);
        }
    }

    #[test]
    fn texts_beyond_64_kib_are_cut_and_say_so() {
        let text = "é".repeat(MAX_TEXT);
        let line = composed(0, "UTC", None, &text);
        assert!(
            line.ends_with("éé \\… 65536 bytes more\n"),
            "{}",
            line.len()
        );
    }

    proptest! {
        #[test]
        fn written_lines_are_read_back_equal(
            text in prop_oneof![any::<String>(), "[\\[\\]A-B= \\\\nu{}\n\r\t-]{0,30}(- Partner)?", "\\PC*"],
            owned: bool,
            millis in -60_000_000_000_000_i64..200_000_000_000_000,
            iter in 0..1_000_000_000_u32,
        ) {
            let id = owned.then(id);
            let mut line = String::new();
            let moment = UnixMillis::from_millis(millis);
            compose(&mut line, moment, &TimeZone::UTC, u64::from(iter), id.as_ref(), &text);
            prop_assert_eq!(line.bytes().filter(|byte| *byte == b'\n').count(), 1);
            let entry = read(&line);
            prop_assert_eq!(unescape(entry.text()).into_owned(), text.clone());
            prop_assert_eq!(entry.transaction(), id.as_ref());
            prop_assert_eq!(entry.iter(), Some(u64::from(iter)));
            let time = entry.time().unwrap().to_zoned(TimeZone::UTC).unwrap().timestamp();
            prop_assert_eq!(time.as_millisecond(), millis);
        }

    }
}
