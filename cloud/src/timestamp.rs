//! Moments with microseconds, as the API writes them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime};

/// A moment in microseconds since the Unix epoch, the precision of `created_at` and `updated_at`.
///
/// ```
/// # use workflow_cloud::Timestamp;
/// let time = Timestamp::parse("2026-11-29T13:22:29.892756+00:00").unwrap();
/// assert_eq!(time, Timestamp(1_795_958_549_892_756));
/// assert_eq!(time.to_string(), "2026-11-29T13:22:29.892756+00:00");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads an ISO 8601 date and time with `Z` or an offset, without either (UTC), or a date alone (midnight UTC).
    ///
    /// Digits below the microsecond are cut off. `None` for anything else, and for impossible dates.
    ///
    /// ```
    /// # use workflow_cloud::Timestamp;
    /// assert_eq!(Timestamp::parse("1970-01-01T01:00:00+01:00"), Some(Timestamp(0)));
    /// assert_eq!(Timestamp::parse("1970-01-01 00:00:01.5"), Some(Timestamp(1_500_000)));
    /// assert_eq!(Timestamp::parse("1970-01-02"), Some(Timestamp(86_400_000_000)));
    /// assert_eq!(Timestamp::parse("yesterday"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339)
            .or_else(|_| OffsetDateTime::parse(&[text, "Z"].concat(), &Rfc3339))
            .or_else(|_| OffsetDateTime::parse(&[text, "T00:00:00Z"].concat(), &Rfc3339))
            .ok()?;
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1000))
            .ok()
            .map(Self)
    }

    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(ms: u64) -> Self {
        #[expect(clippy::cast_possible_wrap, reason = "beyond the year 292 000")]
        Self((ms as i64).saturating_mul(1000))
    }

    /// In milliseconds since the Unix epoch, cut off; 0 for moments before it.
    pub const fn millis(self) -> u64 {
        #[expect(clippy::cast_sign_loss, reason = "negative ones are 0")]
        if self.0 < 0 { 0 } else { (self.0 / 1000) as u64 }
    }
}

impl fmt::Display for Timestamp {
    /// As Python's `isoformat()` in UTC, always with microseconds. Moments beyond the year 9999 as plain microseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(time) = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000) else {
            return write!(f, "{}", self.0);
        };
        let date: Date = time.date();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00",
            date.year(),
            u8::from(date.month()),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            time.microsecond()
        )
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::String(time.to_string())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a date and time was expected"))
    }
}

/// Reads a time that may be missing, null or unreadable.
pub(crate) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(Timestamp::parse))
}
