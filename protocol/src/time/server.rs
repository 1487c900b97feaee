//! The difference between the server's clock and the page's clock.

use crate::Time;

/// The maximum age of a `Date` header when it is sent, in milliseconds: it has whole seconds, and servers update it once per second.
const DATE_AGE_MS: i64 = 2_000;
/// Rounding of a time with milliseconds.
const ROUNDING_MS: i64 = 1;
/// The maximum drift between two clocks, as one millisecond in this many: the offset becomes less precise with time.
const DRIFT: u64 = 10_000;

/// The offset between a server's clock and the page's clock, computed from the server's responses.
///
/// Each response narrows the range of possible offsets: the server read its clock between request and response. If a response contradicts
/// the range, one of the clocks was set, and the range restarts from that response. While an offset of zero is possible it stays zero, so
/// that two equal clocks are never shifted.
///
/// ```
/// # use workflow_protocol::{ServerClock, Time};
/// let mut clock = ServerClock::default();
/// // The browser's clock is ten minutes slow.
/// clock.started(Time(1_000), Time(1_040), Time(601_020));
/// assert_eq!(clock.server_time(Time(5_000)), Time(605_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerClock {
    range: Option<Range>,
    offset: i64,
    /// How far the clock of `Date` is behind the clock of `started_at`: they can be two machines.
    date_bias: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    low: i64,
    high: i64,
    learned_at: Time,
}

impl Range {
    const fn middle(self) -> i64 {
        self.low.saturating_add(self.high.saturating_sub(self.low) / 2)
    }
}

impl ServerClock {
    /// Updates the offset from the `Date` header of a response. `sent` and `received` are times of the page's clock.
    pub fn date(&mut self, sent: Time, received: Time, date: Time) {
        let low = difference(date, received).saturating_add(self.date_bias);
        let high = difference(date, sent)
            .saturating_add(DATE_AGE_MS)
            .saturating_add(self.date_bias);
        self.learn(low, high, received);
    }

    /// Updates the offset from the `started_at` of a run that this page started. It is more precise than a date, and correct even if a
    /// proxy with another clock writes the dates.
    pub fn started(&mut self, sent: Time, received: Time, started_at: Time) {
        let low = difference(started_at, received).saturating_sub(ROUNDING_MS);
        let high = difference(started_at, sent).saturating_add(ROUNDING_MS);
        let before = self.range;
        if !self.learn(low, high, received)
            && let (Some(before), Some(now)) = (before, self.range)
        {
            self.date_bias = self
                .date_bias
                .saturating_add(now.middle().saturating_sub(before.middle()));
        }
    }

    /// How many milliseconds the server's clock is ahead. Initially 0.
    pub const fn offset_ms(&self) -> i64 {
        self.offset
    }

    /// Converts a time of the page's clock to the server's clock.
    pub const fn server_time(&self, page: Time) -> Time {
        Time(page.0.saturating_add_signed(self.offset))
    }

    /// Whether the offset is known. Until then both clocks are assumed to be equal.
    pub const fn is_known(&self) -> bool {
        self.range.is_some()
    }

    /// Converts a time of the server's clock to the page's clock.
    pub const fn page_time(&self, server: Time) -> Time {
        Time(server.0.saturating_add_signed(self.offset.saturating_neg()))
    }

    /// Narrows the range, or restarts it. Returns whether the new range agrees with the known one.
    fn learn(&mut self, low: i64, high: i64, now: Time) -> bool {
        let (low, high) = (low.min(high), low.max(high));
        let known = self.range.map(|range| {
            let drift = i64::try_from(now.since(range.learned_at) / DRIFT).unwrap_or(i64::MAX);
            (range.low.saturating_sub(drift), range.high.saturating_add(drift))
        });
        let narrowed = known
            .map(|(known_low, known_high)| (known_low.max(low), known_high.min(high)))
            .filter(|(low, high)| low <= high);
        let agrees = known.is_none() || narrowed.is_some();
        let (low, high) = narrowed.unwrap_or((low, high));
        let range = Range {
            low,
            high,
            learned_at: now,
        };
        self.range = Some(range);
        if self.offset < low || self.offset > high {
            self.offset = if low <= 0 && high >= 0 { 0 } else { range.middle() };
        }
        agrees
    }
}

/// `a - b` in milliseconds.
fn difference(a: Time, b: Time) -> i64 {
    let ms = |time: Time| i64::try_from(time.0).unwrap_or(i64::MAX);
    ms(a).saturating_sub(ms(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;

    /// The `Date` header that a server writes at a time of its clock.
    fn date(server: u64) -> Time {
        Time(server / 1_000 * 1_000)
    }

    #[test]
    fn clocks_that_agree_are_not_shifted() {
        let mut clock = ServerClock::default();
        for now in (10_000..90_000).step_by(1_777) {
            clock.date(Time(now), Time(now + 30), date(now + 15));
            assert_eq!(clock.offset_ms(), 0, "at {now}");
        }
        clock.started(Time(95_000), Time(95_020), Time(95_010));
        assert_eq!(clock.offset_ms(), 0);
    }

    #[test]
    fn a_clock_that_is_minutes_or_a_day_off_is_corrected() {
        for ahead in [600_000, DAY, 365 * DAY] {
            let mut clock = ServerClock::default();
            clock.date(Time(5_000), Time(5_040), date(5_020 + ahead));
            let error = clock.server_time(Time(6_000)).0.abs_diff(6_000 + ahead);
            assert!(error <= 1_100, "one date is enough for a second: {error}");
            clock.started(Time(7_000), Time(7_040), Time(7_020 + ahead));
            let error = clock.server_time(Time(8_000)).0.abs_diff(8_000 + ahead);
            assert!(error <= 40, "one start is enough for its round trip: {error}");
        }
        let mut behind = ServerClock::default();
        behind.started(Time(DAY + 10), Time(DAY + 30), Time(20));
        assert_eq!(behind.server_time(Time(DAY + 500)), Time(500));
    }

    #[test]
    fn a_clock_change_is_followed() {
        let mut clock = ServerClock::default();
        clock.date(Time(5_000), Time(5_020), date(5_010));
        assert_eq!(clock.offset_ms(), 0);
        // The server's clock was set ten minutes ahead.
        clock.date(Time(9_000), Time(9_020), date(609_010));
        let error = clock.server_time(Time(9_500)).0.abs_diff(609_500);
        assert!(error <= 1_100, "{error}");
        // And back.
        clock.date(Time(12_000), Time(12_020), date(12_010));
        assert_eq!(clock.offset_ms(), 0, "zero is possible again");
    }

    /// Symptom: durations jumped at each poll behind a proxy with a wrong clock. Cause: its dates were trusted as much as the server's own
    /// times.
    #[test]
    fn the_dates_of_a_proxy_do_not_contradict_the_times_of_runs() {
        let (proxy, server) = (30_000, 600_000);
        let mut clock = ServerClock::default();
        clock.date(Time(1_000), Time(1_020), date(1_010 + proxy));
        clock.started(Time(2_000), Time(2_020), Time(2_010 + server));
        for now in (3_000..30_000).step_by(1_999) {
            clock.date(Time(now), Time(now + 20), date(now + 10 + proxy));
            let error = clock.server_time(Time(now)).0.abs_diff(now + server);
            assert!(error <= 1_100, "at {now}: {error}");
        }
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let mut clock = ServerClock::default();
        for (sent, received, server) in [
            (0, 0, u64::MAX),
            (u64::MAX, 0, 0),
            (0, u64::MAX, 7),
            (u64::MAX, u64::MAX, u64::MAX),
        ] {
            clock.date(Time(sent), Time(received), Time(server));
            clock.started(Time(sent), Time(received), Time(server));
            let _ = clock.server_time(Time(u64::MAX));
            let _ = clock.page_time(Time(u64::MAX));
        }
    }
}
