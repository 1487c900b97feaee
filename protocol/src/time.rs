//! Points in time as plain numbers. This crate reads no clock; callers pass the time.

mod server;

use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub use server::ServerClock;

/// A time in milliseconds since the Unix epoch, from a monotonic clock.
///
/// In a browser that is `performance.timeOrigin + performance.now()`, not `Date.now()`, which follows the system's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    /// The time `ms` milliseconds later, saturating.
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this time; 0 if `earlier` is later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Parses the `Date` header of an HTTP response. `None` for anything else.
    ///
    /// ```
    /// # use workflow_protocol::Time;
    /// assert_eq!(Time::parse_http_date("Thu, 01 Jan 1970 00:00:07 GMT"), Some(Time(7_000)));
    /// assert_eq!(Time::parse_http_date("today"), None);
    /// ```
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let time = httpdate::parse_http_date(text.trim()).ok()?;
        let since = time.duration_since(UNIX_EPOCH).ok()?;
        u64::try_from(since.as_millis()).ok().map(Self)
    }

    /// Parses an RFC 3339 date and time as servers write it, down to the millisecond (further digits are cut off).
    ///
    /// A text without an offset is read as UTC, because Python's `datetime.utcnow().isoformat()` writes none. `None` for any other text,
    /// for impossible dates, and for times before 1970.
    ///
    /// ```
    /// # use workflow_protocol::Time;
    /// assert_eq!(Time::parse("1970-01-01T00:00:01.250+00:00"), Some(Time(1250)));
    /// assert_eq!(Time::parse("1970-01-01T01:00:00+01:00"), Some(Time(0)));
    /// assert_eq!(Time::parse("1970-01-01T00:00:01"), Some(Time(1000)));
    /// assert_eq!(Time::parse("yesterday"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339)
            .or_else(|_| OffsetDateTime::parse(&[text, "Z"].concat(), &Rfc3339))
            .ok()?;
        u64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000))
            .ok()
            .map(Self)
    }
}
