//! Numbers, times and names as short texts for dense screens. English only.

use std::borrow::Cow;

/// U+202F, the non-breaking space between digits and units.
const SPACE: char = '\u{202f}';

/// A duration in milliseconds: `850 ms`, `1.24 s`, `12.4 s`, `2 m 05 s`, `3 h 02 m`, `2 d 03 h`. Truncated, not rounded, so that a running
/// clock never shows a future value. The spaces are ordinary ones.
/// running clock never shows a moment that is not over. The spaces are ordinary ones.
///
/// ```
/// use workflow_inspector::text::duration;
///
/// assert_eq!(duration(1_249), "1.24 s");
/// assert_eq!(duration(125_000), "2 m 05 s");
/// ```
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    let mut out = String::with_capacity(12);
    match seconds {
        0 => {
            number(&mut out, ms);
            out.push_str(" ms");
        }
        1..60 => {
            number(&mut out, seconds);
            out.push('.');
            let hundredths = ms % 1000 / 10;
            if seconds < 10 {
                two_digits(&mut out, hundredths);
            } else {
                number(&mut out, hundredths / 10);
            }
            out.push_str(" s");
        }
        60..3_600 => pair(&mut out, seconds / 60, " m ", seconds % 60, " s"),
        3_600..86_400 => pair(&mut out, seconds / 3600, " h ", seconds / 60 % 60, " m"),
        _ => pair(&mut out, seconds / 86_400, " d ", seconds / 3600 % 24, " h"),
    }
    out
}

/// An age in milliseconds: `just now` (under 2 s), `3 s ago`, `5 m ago`, `2 h ago`, `4 d ago`.
///
/// ```
/// assert_eq!(workflow_inspector::text::ago(3_200), "3 s ago");
/// ```
pub fn ago(ms: u64) -> String {
    let seconds = ms / 1000;
    let (count, unit) = match seconds {
        0..2 => return "just now".into(),
        2..60 => (seconds, " s ago"),
        60..3_600 => (seconds / 60, " m ago"),
        3_600..86_400 => (seconds / 3600, " h ago"),
        _ => (seconds / 86_400, " d ago"),
    };
    let mut out = String::with_capacity(10);
    number(&mut out, count);
    out.push_str(unit);
    out
}

/// When a failed action is retried, in milliseconds from now.
///
/// ```
/// use workflow_inspector::text::seconds_from_now;
///
/// assert_eq!(seconds_from_now(3_200), "Trying again in 4 s.");
/// assert_eq!(seconds_from_now(0), "Trying again now.");
/// ```
pub fn seconds_from_now(ms: u64) -> String {
    match ms.div_ceil(1000) {
        0 => "Trying again now.".into(),
        seconds => {
            let mut out = String::from("Trying again in ");
            number(&mut out, seconds);
            out.push_str(" s.");
            out
        }
    }
}

/// An id of more than twelve characters shortened in the middle: its first four, `…`, its last four.
///
/// ```
/// use workflow_inspector::text::short_id;
///
/// assert_eq!(short_id("3v86PAPfjq"), "3v86PAPfjq");
/// assert_eq!(short_id("3v86PA-a-long-name-Pfjq"), "3v86…Pfjq");
/// ```
pub fn short_id(id: &str) -> Cow<'_, str> {
    if id.chars().nth(12).is_none() {
        return Cow::Borrowed(id);
    }
    let mut out: String = id.chars().take(4).collect();
    out.push('…');
    let last = id.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    out.push_str(id.get(last..).unwrap_or_default());
    Cow::Owned(out)
}

/// The hue of an event class, one of eight: always the same for the same name.
///
/// ```
/// assert!(workflow_inspector::text::hue("StartEvent") < 8);
/// ```
pub fn hue(class: &str) -> u8 {
    // FNV-1a; its low bits alone distinguish names with equal ends too rarely, so the high ones are mixed in.
    let mut hash: u32 = 0x811c_9dc5;
    for byte in class.bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    hash ^= hash >> 16;
    hash ^= hash >> 7;
    (hash & 7) as u8
}

/// A count with a narrow no-break space between thousands: `1 204`.
///
/// ```
/// assert_eq!(workflow_inspector::text::count(1_204), "1\u{202f}204");
/// ```
pub fn count(n: u64) -> String {
    let mut digits = String::new();
    number(&mut digits, n);
    let mut out = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.char_indices() {
        if at != 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(SPACE);
        }
        out.push(digit);
    }
    out
}

/// A size in bytes: `720 B`, `1.4 KB`, `12 MB` (thousands, not 1024).
///
/// ```
/// assert_eq!(workflow_inspector::text::bytes(1_449), "1.4 KB");
/// ```
pub fn bytes(n: u64) -> String {
    let (unit, name) = match n {
        0..1_000 => (1, " B"),
        1_000..1_000_000 => (1_000, " KB"),
        1_000_000..1_000_000_000 => (1_000_000, " MB"),
        _ => (1_000_000_000, " GB"),
    };
    let mut out = String::with_capacity(8);
    number(&mut out, n / unit);
    if unit > 1 && n / unit < 10 {
        out.push('.');
        number(&mut out, n % unit * 10 / unit);
    }
    out.push_str(name);
    out
}

fn number(out: &mut String, n: u64) {
    if n >= 10 {
        number(out, n / 10);
    }
    out.push(char::from(b'0' + (n % 10) as u8));
}

fn two_digits(out: &mut String, n: u64) {
    if n < 10 {
        out.push('0');
    }
    number(out, n);
}

fn pair(out: &mut String, big: u64, big_unit: &str, small: u64, small_unit: &str) {
    number(out, big);
    out.push_str(big_unit);
    two_digits(out, small);
    out.push_str(small_unit);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_at_their_edges() {
        for (ms, want) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.00 s"),
            (9_999, "9.99 s"),
            (10_000, "10.0 s"),
            (59_999, "59.9 s"),
            (60_000, "1 m 00 s"),
            (3_599_999, "59 m 59 s"),
            (10_920_000, "3 h 02 m"),
            (86_399_999, "23 h 59 m"),
            (90_000_000, "1 d 01 h"),
        ] {
            assert_eq!(duration(ms), want, "{ms} ms");
        }
    }

    #[test]
    fn agos_at_their_edges() {
        for (ms, want) in [
            (0, "just now"),
            (1_999, "just now"),
            (2_000, "2 s ago"),
            (60_000, "1 m ago"),
            (7_200_000, "2 h ago"),
            (172_800_000, "2 d ago"),
        ] {
            assert_eq!(ago(ms), want, "{ms} ms");
        }
    }

    #[test]
    fn sizes_and_counts() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(12_345), "12 KB");
        assert_eq!(bytes(3_400_000_000), "3.4 GB");
        assert_eq!(count(0), "0");
        assert_eq!(count(1_000_000), "1\u{202f}000\u{202f}000");
        assert_eq!(count(u64::MAX).chars().filter(|c| *c == SPACE).count(), 6);
    }

    #[test]
    fn short_ids_keep_whole_characters() {
        assert_eq!(short_id("ääääääääääää"), "ääääääääääää", "twelve are kept");
        assert_eq!(short_id("äbcdefghijklö"), "äbcd…jklö", "thirteen are cut");
    }

    #[test]
    fn usual_classes_spread_over_the_hues() {
        let classes = [
            "StartEvent",
            "StopEvent",
            "InputRequiredEvent",
            "HumanResponseEvent",
            "Progress",
            "Ask",
            "Answer",
            "Mid",
        ];
        let used: std::collections::BTreeSet<u8> = classes.iter().map(|class| hue(class)).collect();
        assert!(used.len() >= 4, "{used:?} of eight hues for eight classes");
    }

    proptest! {
        #[test]
        fn total_functions(n in any::<u64>(), id in any::<String>()) {
            prop_assert_eq!(count(n).replace(SPACE, ""), n.to_string());
            prop_assert!(duration(n).len() < 30 && ago(n).len() < 30 && bytes(n).len() < 30);
            prop_assert!(hue(&id) < 8);
            prop_assert!(short_id(&id).chars().count() <= 12);
        }
    }
}
