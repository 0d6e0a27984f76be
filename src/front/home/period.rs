//! Today, this week and this month, in the shop's time zone. A week begins on Monday (ISO 8601).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::UnixMillis;
use crate::engine::{Engine, Span};
use crate::front::days::{midnight, zone};

use super::Scope;

/// Some days, until today.
pub(super) struct Period {
    pub(super) code: &'static str,
    /// First day.
    pub(super) from: Date,
    /// Last day.
    pub(super) to: Date,
    pub(super) span: Span,
}

impl Period {
    fn new(code: &'static str, from: Date, to: Date, zone: &TimeZone) -> Self {
        let millis = |day: Option<Date>| {
            let second = day.and_then(|day| midnight(day, zone)).unwrap_or_default();
            UnixMillis::from_seconds(second)
        };
        Self {
            code,
            from,
            to,
            span: Span {
                from: millis(Some(from)),
                before: millis(to.tomorrow().ok()),
            },
        }
    }

    /// Each of its days.
    pub(super) fn days(&self, engine: &Engine) -> Vec<Self> {
        let zone = zone(engine);
        let mut days = Vec::new();
        let mut day = self.from;
        while day <= self.to {
            days.push(Self::new("day", day, day, &zone));
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        days
    }

    /// The fields of the list of orders that mean these days.
    pub(super) fn scope(&self) -> Scope {
        vec![("from", self.from.to_string()), ("to", self.to.to_string())]
    }
}

/// The periods of the page.
pub(super) struct Periods([Period; 3]);

impl Periods {
    /// Those that today is in.
    pub(super) fn now(engine: &Engine) -> Self {
        let zone = zone(engine);
        let now = Timestamp::from_second(engine.now().seconds()).unwrap_or_default();
        let today = now.to_zoned(zone.clone()).date();
        let since_monday = i64::from(today.weekday().to_monday_zero_offset());
        let monday = today
            .checked_sub(jiff::Span::new().days(since_monday))
            .unwrap_or(today);
        Self([
            Period::new("today", today, today, &zone),
            Period::new("week", monday, today, &zone),
            Period::new("month", today.first_of_month(), today, &zone),
        ])
    }

    pub(super) fn all(&self) -> &[Period; 3] {
        &self.0
    }

    /// The one that is asked for, else the month.
    pub(super) fn chosen(&self, code: &str) -> &Period {
        let [today, week, month] = &self.0;
        match code {
            "today" => today,
            "week" => week,
            _ => month,
        }
    }
}
