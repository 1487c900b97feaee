//! Moments as plain numbers: this crate reads no clock, its callers hand the time in.

mod server;

use std::time::UNIX_EPOCH;

pub use server::ServerClock;

/// A moment in milliseconds since the Unix epoch, from a clock that never goes back.
///
/// In a browser that is `performance.timeOrigin + performance.now()`, not `Date.now()`, which jumps with the system's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// The moment `ms` milliseconds later; the last representable one if that is beyond the range.
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this moment; 0 when `earlier` is in fact later.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads the `Date` header of an HTTP answer. `None` for anything else.
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

    /// Reads an RFC 3339 date and time as servers write it, down to the millisecond (finer digits are cut off).
    ///
    /// A text without an offset is read as UTC: Python's `datetime.utcnow().isoformat()` writes none. `None` for anything
    /// that is not such a text, for impossible dates, and for moments before 1970.
    ///
    /// ```
    /// # use workflow_protocol::Time;
    /// assert_eq!(Time::parse("1970-01-01T00:00:01.250+00:00"), Some(Time(1250)));
    /// assert_eq!(Time::parse("1970-01-01T01:00:00+01:00"), Some(Time(0)));
    /// assert_eq!(Time::parse("1970-01-01T00:00:01"), Some(Time(1000)));
    /// assert_eq!(Time::parse("yesterday"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = Cursor(text.as_bytes());
        let year = rest.number(4)?;
        rest.one_of(b"-")?;
        let month = rest.number(2)?;
        rest.one_of(b"-")?;
        let day = rest.number(2)?;
        rest.one_of(b"Tt ")?;
        let hour = rest.number(2)?;
        rest.one_of(b":")?;
        let minute = rest.number(2)?;
        rest.one_of(b":")?;
        let second = rest.number(2)?;
        let millis = rest.fraction()?;
        let offset = rest.offset()?;
        // A leap second is the last moment of its minute, as the Unix epoch has no room for it.
        if !rest.0.is_empty() || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let seconds = days(year, month, day)? * 86_400 + hour * 3_600 + minute * 60 + second.min(59);
        u64::try_from((seconds - offset * 60) * 1_000 + millis)
            .ok()
            .map(Self)
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    // Years that begin in March put the leap day last, so that month lengths follow one formula.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let year_days = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year_days + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (head, tail) = self.0.split_at_checked(digits)?;
        if !head.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = tail;
        Some(
            head.iter()
                .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')),
        )
    }

    fn one_of(&mut self, accepted: &[u8]) -> Option<u8> {
        let (first, tail) = self.0.split_first()?;
        if !accepted.contains(first) {
            return None;
        }
        self.0 = tail;
        Some(*first)
    }

    /// Milliseconds of an optional fraction of any length.
    fn fraction(&mut self) -> Option<i64> {
        if self.one_of(b".,").is_none() {
            return Some(0);
        }
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, tail) = self.0.split_at_checked(length)?;
        if digits.is_empty() {
            return None;
        }
        self.0 = tail;
        let digit = |index: usize| digits.get(index).map_or(0, |digit| i64::from(digit - b'0'));
        Some(digit(0) * 100 + digit(1) * 10 + digit(2))
    }

    /// Minutes east of UTC; 0 where none is given.
    fn offset(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.one_of(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.number(2)?;
        self.one_of(b":")?;
        let minutes = self.number(2)?;
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
}
