//! Days and moments in the shop's zone.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use crate::engine::Engine;

/// The first second of a day, in Unix seconds.
pub(super) fn start_of_day(engine: &Engine, text: &str) -> Option<i64> {
    midnight(day(text)?, &zone(engine))
}

/// The end of a day, in Unix seconds: the first second of the next.
pub(super) fn end_of_day(engine: &Engine, text: &str) -> Option<i64> {
    midnight(day(text)?.tomorrow().ok()?, &zone(engine))
}

/// A moment (Unix milliseconds, UTC) in the shop's zone, and in UTC for programs.
pub(super) fn moment(engine: &Engine, millis: i64) -> Json {
    let time = Timestamp::from_millisecond(millis).unwrap_or_default();
    let local = time.to_zoned(zone(engine));
    json!({
        "text": local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        "utc": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    })
}

/// A day as date fields of browsers write it.
pub(super) fn day(text: &str) -> Option<Date> {
    let plain = text.len() == 10
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    plain.then(|| text.parse().ok()).flatten()
}

/// The first second of a day in a zone, in Unix seconds.
pub(super) fn midnight(day: Date, zone: &TimeZone) -> Option<i64> {
    let start = day.to_zoned(zone.clone()).ok()?.start_of_day().ok()?;
    Some(start.timestamp().as_second())
}

/// The shop's zone.
pub(super) fn zone(engine: &Engine) -> TimeZone {
    TimeZone::get(engine.zone()).unwrap_or(TimeZone::UTC)
}
