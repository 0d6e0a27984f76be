//! Days as an administrator chooses them: from one to another, both included, each begins at midnight in the shop's zone.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value as Json, json};

use crate::front::days::{day, midnight, zone};
use crate::front::purchase::Visit;

use super::{Problem, field};

/// The days of a request.
pub(super) struct Period {
    from: String,
    to: String,
    problems: [Option<Problem>; 2],
    /// First second, and first second after: Unix seconds, UTC. None where the days are none.
    pub(super) seconds: Option<(i64, i64)>,
    presets: Vec<Json>,
    zone: String,
}

impl Period {
    /// The days that a request names; the month until today when it names none.
    pub(super) fn of(visit: &Visit<'_>) -> Self {
        let zone = zone(visit.engine);
        let now = Timestamp::from_second(visit.engine.now().seconds()).unwrap_or_default();
        let today = now.to_zoned(zone.clone()).date();
        let text = |name: &str, otherwise: Date| match visit.fields.text(name) {
            "" => otherwise.to_string(),
            text => text.chars().take(20).collect(),
        };
        let (from, to) = (text("from", today.first_of_month()), text("to", today));
        let (first, last) = (day(&from), day(&to));
        let problem = |day: Option<Date>| day.is_none().then(|| Problem::new("period_no_date"));
        let mut problems = [problem(first), problem(last)];
        let mut seconds = None;
        if let (Some(first), Some(last)) = (first, last) {
            if last < first {
                problems = [None, Some(Problem::new("period_backwards"))];
            } else {
                let after = last.tomorrow().ok();
                let bounds = midnight(first, &zone).zip(after.and_then(|day| midnight(day, &zone)));
                seconds = bounds;
                if bounds.is_none() {
                    problems = [Some(Problem::new("period_no_date")), None];
                }
            }
        }
        let before = today.first_of_month().yesterday().unwrap_or(today);
        let preset = |code: &str, from: Date, to: Date| json!({"code": code, "from": from.to_string(), "to": to.to_string()});
        let presets = vec![
            preset("period_this_month", today.first_of_month(), today),
            preset("period_last_month", before.first_of_month(), before),
            preset("period_this_year", today.first_of_year(), today),
        ];
        Self {
            from,
            to,
            problems,
            seconds,
            presets,
            zone: visit.engine.zone().to_owned(),
        }
    }

    /// The fields that ask for these days again.
    pub(super) fn fields(&self) -> [(&'static str, String); 2] {
        [("from", self.from.clone()), ("to", self.to.clone())]
    }

    /// As pages show them.
    pub(super) fn data(&self) -> Json {
        let [from, to] = &self.problems;
        json!({
            "from": field(&self.from, from.as_ref()),
            "to": field(&self.to, to.as_ref()),
            "valid": self.seconds.is_some(),
            "presets": self.presets,
            "zone": self.zone,
        })
    }

    /// The days in a file's name.
    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.from, self.to)
    }
}
