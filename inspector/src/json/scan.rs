//! Finds the end of a JSON token, or the invalid byte and the reason.

pub(super) type Scan = Result<usize, (usize, &'static str)>;

pub(super) fn scalar_end(bytes: &[u8], at: usize, byte: u8) -> Scan {
    match byte {
        b'"' => string_end(bytes, at),
        b'-' | b'0'..=b'9' => number_end(bytes, at),
        _ => {
            for word in ["true", "false", "null"] {
                if bytes.get(at..).unwrap_or_default().starts_with(word.as_bytes()) {
                    return Ok(at + word.len());
                }
            }
            Err((at, "expected a value; text needs double quotes"))
        }
    }
}

pub(super) fn string_end(bytes: &[u8], start: usize) -> Scan {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            None => return Err((bytes.len(), "the text ends inside a string")),
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => match bytes.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u')
                    if bytes
                        .get(at + 2..at + 6)
                        .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) =>
                {
                    at += 6;
                }
                _ => return Err((at, "not an escape that JSON knows")),
            },
            Some(0..0x20) => {
                return Err((
                    at,
                    "line ends and control characters need an escape inside a string",
                ));
            }
            Some(_) => at += 1,
        }
    }
}

/// The end of the number that starts at `at`, by JSON's grammar.
pub(crate) fn number_end(bytes: &[u8], start: usize) -> Scan {
    let digits = |mut at: usize| {
        let first = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        if at == first {
            Err((at, "expected a digit"))
        } else {
            Ok(at)
        }
    };
    let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
    if bytes.get(at) == Some(&b'0') {
        at += 1;
        if bytes.get(at).is_some_and(u8::is_ascii_digit) {
            return Err((at, "a number has no leading zero"));
        }
    } else {
        at = digits(at)?;
    }
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(at)?;
    }
    Ok(at)
}
