//! Dates and times as pydantic reads them: ISO texts and seconds (or milliseconds) since 1970.

use time::{Date, Month, OffsetDateTime};

use crate::python::Json;

type Scalar = Result<Json, (&'static str, String)>;

struct Stamp {
    date: Date,
    seconds: i64,
    micros: u32,
    /// Offset in seconds; `None` for a time without a zone.
    zone: Option<i64>,
}

pub(super) fn date(value: &Json) -> Scalar {
    const KIND: &str = "date_from_datetime_parsing";
    let stamp = match value {
        Json::Int(_) | Json::Float(_) | Json::Str(_) => read(value)
            .map_err(|words| (KIND, format!("Input should be a valid date or datetime, {words}")))?,
        _ => return Err(("date_type", "Input should be a valid date".to_owned())),
    };
    if stamp.seconds != 0 || stamp.micros != 0 {
        let words = "Datetimes provided to dates should have zero time - e.g. be exact dates";
        return Err(("date_from_datetime_inexact", words.to_owned()));
    }
    Ok(Json::Str(date_text(stamp.date)))
}

pub(super) fn date_time(value: &Json) -> Scalar {
    const KIND: &str = "datetime_from_date_parsing";
    let stamp = match value {
        Json::Int(_) | Json::Float(_) | Json::Str(_) => read(value)
            .map_err(|words| (KIND, format!("Input should be a valid datetime or date, {words}")))?,
        _ => return Err(("datetime_type", "Input should be a valid datetime".to_owned())),
    };
    let date = date_text(stamp.date);
    let (hour, minute, second) = (stamp.seconds / 3600, stamp.seconds / 60 % 60, stamp.seconds % 60);
    let fraction = if stamp.micros == 0 {
        String::new()
    } else {
        format!(".{:06}", stamp.micros)
    };
    let zone = match stamp.zone {
        None => String::new(),
        Some(0) => "Z".to_owned(),
        Some(offset) => {
            let sign = if offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", offset.abs() / 3600, offset.abs() / 60 % 60)
        }
    };
    Ok(Json::Str(format!(
        "{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"
    )))
}

fn date_text(date: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

fn read(value: &Json) -> Result<Stamp, &'static str> {
    match value {
        Json::Str(text) => match text.parse::<f64>() {
            Ok(seconds) if seconds.is_finite() => from_number(seconds),
            _ => from_text(text),
        },
        _ => from_number(value.as_f64().unwrap_or(f64::NAN)),
    }
}

/// Beyond 2e10 a number counts milliseconds.
fn from_number(number: f64) -> Result<Stamp, &'static str> {
    const RANGE: &str = "dates before 0000 or after 9999 are not supported";
    let seconds = if number.abs() > 2e10 {
        number / 1000.0
    } else {
        number
    };
    if !(-62_135_596_800.0..253_402_300_800.0).contains(&seconds) {
        return Err(RANGE);
    }
    let whole = seconds.floor();
    // In range by the check above, so the casts lose nothing but the fraction.
    let (total, micros) = (whole as i64, ((seconds - whole) * 1e6).round() as u32);
    Ok(Stamp {
        date: OffsetDateTime::from_unix_timestamp(total)
            .map_err(|_| RANGE)?
            .date(),
        seconds: total.rem_euclid(86_400),
        micros: micros.min(999_999),
        zone: Some(0),
    })
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    let part = bytes.get(at..at + count)?;
    if !part.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(part).ok()?.parse().ok()
}

fn from_text(text: &str) -> Result<Stamp, &'static str> {
    const EXTRA: &str = "unexpected extra characters at the end of the input";
    let bytes = text.as_bytes();
    if bytes.len() < 10 {
        return Err("input is too short");
    }
    let year = digits(bytes, 0, 4)
        .and_then(|year| i32::try_from(year).ok())
        .ok_or("invalid character in year")?;
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return Err("invalid date separator, expected `-`");
    }
    let month = digits(bytes, 5, 2)
        .and_then(|month| u8::try_from(month).ok())
        .ok_or("invalid character in month")?;
    let day = digits(bytes, 8, 2)
        .and_then(|day| u8::try_from(day).ok())
        .ok_or("invalid character in day")?;
    let month = Month::try_from(month).map_err(|_| "month value is outside expected range of 1-12")?;
    let date =
        Date::from_calendar_date(year, month, day).map_err(|_| "day value is outside expected range")?;
    let mut stamp = Stamp {
        date,
        seconds: 0,
        micros: 0,
        zone: None,
    };
    let Some(separator) = bytes.get(10) else {
        return Ok(stamp);
    };
    if !matches!(separator, b'T' | b't' | b' ' | b'_') {
        return Err("invalid datetime separator, expected `T`, `t`, `_` or space");
    }
    let (Some(hour), Some(minute)) = (digits(bytes, 11, 2), digits(bytes, 14, 2)) else {
        return Err("input is too short");
    };
    if hour > 23 || minute > 59 || bytes.get(13) != Some(&b':') {
        return Err(EXTRA);
    }
    stamp.seconds = hour * 3600 + minute * 60;
    let mut at = 16;
    if bytes.get(at) == Some(&b':') {
        let second = digits(bytes, at + 1, 2)
            .filter(|second| *second < 60)
            .ok_or(EXTRA)?;
        stamp.seconds += second;
        at += 3;
        if bytes.get(at) == Some(&b'.') {
            let fraction: String = text
                .get(at + 1..)
                .unwrap_or("")
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            stamp.micros = format!("{fraction:0<6}")
                .get(..6)
                .and_then(|six| six.parse().ok())
                .unwrap_or(0);
            at += 1 + fraction.len();
        }
    }
    stamp.zone = zone(text.get(at..).unwrap_or("")).ok_or(EXTRA)?;
    Ok(stamp)
}

/// `None`: not a zone. `Some(None)`: there is none.
fn zone(text: &str) -> Option<Option<i64>> {
    if text.is_empty() {
        return Some(None);
    }
    if matches!(text, "Z" | "z") {
        return Some(Some(0));
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let plain = text.get(1..)?.replace(':', "");
    if plain.len() != 4 {
        return None;
    }
    let (hours, minutes) = (digits(plain.as_bytes(), 0, 2)?, digits(plain.as_bytes(), 2, 2)?);
    Some(Some(sign * (hours * 3600 + minutes * 60)))
}
