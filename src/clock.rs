//! The one place that reads the time. Everything else takes a [`UnixMillis`] or a [`Clock`].

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z, without leap seconds. Negative before.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// The moment that many milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The moment that many seconds after the epoch; what is out of range is held at the end of the range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: what Moodle's `time*` columns hold.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Milliseconds within that second, 0 to 999.
    pub const fn subsecond_millis(self) -> i64 {
        self.0.rem_euclid(1000)
    }

    /// The moment `millis` later (earlier when negative), held at the end of the range.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// Something that tells the time.
pub trait Clock: Send + Sync {
    /// Now. May go backwards: the machine's clock is set by people and by NTP.
    fn now(&self) -> UnixMillis;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMillis {
        let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis)
            }
        };
        UnixMillis(millis)
    }
}

/// A clock that stands still until it is told otherwise, for tests and replays.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that stands at `now`.
    pub const fn new(now: UnixMillis) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Puts the clock to `now`.
    pub fn set(&self, now: UnixMillis) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves the clock by `millis`, back when negative.
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_milliseconds_split_one_moment_before_the_epoch_too() {
        for (millis, seconds, rest) in [
            (0, 0, 0),
            (1999, 1, 999),
            (2000, 2, 0),
            (-1, -1, 999),
            (-1000, -1, 0),
        ] {
            let moment = UnixMillis::from_millis(millis);
            assert_eq!(
                (moment.seconds(), moment.subsecond_millis()),
                (seconds, rest)
            );
        }
        assert_eq!(UnixMillis::from_seconds(i64::MAX).millis(), i64::MAX);
    }

    #[test]
    fn the_fixed_clock_stands_still_until_moved() {
        let clock = FixedClock::new(UnixMillis::from_millis(5));
        assert_eq!(clock.now(), clock.now());
        clock.advance(-7);
        assert_eq!(clock.now().millis(), -2);
        clock.set(UnixMillis::from_seconds(1));
        assert_eq!(clock.now().millis(), 1000);
    }

    #[test]
    fn the_system_clock_is_past_the_writing_of_this_test() {
        assert!(SystemClock.now().seconds() > 1_750_000_000);
    }
}
