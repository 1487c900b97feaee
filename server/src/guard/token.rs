//! The token that the API requires when the server was started with one.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use subtle::ConstantTimeEq;

use crate::reply::detail;

/// A secret that clients send as bearer token, or as the cookie `session`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    /// Without the secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // What both a header and a cookie can carry (RFC 6265 §4.1.1).
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        if !text.is_empty() && text.bytes().all(is_plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(
                "a token consists of letters, digits and signs, without spaces, quotes, commas, semicolons and backslashes"
                    .to_owned(),
            )
        }
    }
}

const COOKIE: &[u8] = b"session";

impl Token {
    /// The value of `Authorization` that carries it.
    pub(crate) fn bearer(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&["Bearer ", &self.0].concat()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes as long for every text of the same length.
    fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }

    /// Takes the token out of a request; `false` when it is not there. It is ours: an upstream never gets it. Other credentials
    /// stay.
    fn take(&self, headers: &mut HeaderMap) -> bool {
        // Both are checked and removed.
        let in_header = self.take_bearer(headers);
        self.take_cookie(headers) | in_header
    }

    fn take_bearer(&self, headers: &mut HeaderMap) -> bool {
        change_values(headers, &header::AUTHORIZATION, |value| {
            let found = bearer(value).is_some_and(|given| self.is(given));
            (!found).then(|| value.clone())
        })
    }

    fn take_cookie(&self, headers: &mut HeaderMap) -> bool {
        change_values(headers, &header::COOKIE, |value| {
            let is_ours = |pair: &&[u8]| {
                let pair = pair.trim_ascii();
                let (name, given) = split_at(pair, b'=').unwrap_or((pair, b""));
                name.trim_ascii() == COOKIE && self.is(given.trim_ascii())
            };
            let pairs = || value.as_bytes().split(|byte| *byte == b';');
            if !pairs().any(|pair| is_ours(&pair)) {
                return Some(value.clone());
            }
            let rest: Vec<&[u8]> = pairs()
                .filter(|pair| !is_ours(pair))
                .map(<[u8]>::trim_ascii)
                .filter(|pair| !pair.is_empty())
                .collect();
            HeaderValue::from_bytes(&rest.join(&b"; "[..]))
                .ok()
                .filter(|rest| !rest.is_empty())
        })
    }
}

/// Replaces the values of a header by what `change` makes of them. Whether any was changed.
fn change_values(
    headers: &mut HeaderMap,
    name: &header::HeaderName,
    change: impl Fn(&HeaderValue) -> Option<HeaderValue>,
) -> bool {
    let before: Vec<HeaderValue> = headers.get_all(name).iter().cloned().collect();
    let after: Vec<HeaderValue> = before.iter().filter_map(change).collect();
    if before == after {
        return false;
    }
    headers.remove(name);
    for value in after {
        headers.append(name, value);
    }
    true
}

fn split_at(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|byte| *byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, given) = split_at(value.as_bytes(), b' ')?;
    scheme.eq_ignore_ascii_case(b"bearer").then(|| given.trim_ascii())
}

pub(super) async fn require(State(token): State<Arc<Token>>, mut request: Request, next: Next) -> Response {
    if token.take(request.headers_mut()) {
        return next.run(request).await;
    }
    let words = if request.headers().contains_key(header::AUTHORIZATION) {
        "this is not the token that the server was started with"
    } else {
        "a bearer token is required"
    };
    let mut response = detail(401, words);
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(given: &[(&'static str, &'static str)]) -> (bool, Vec<String>) {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(*name, HeaderValue::from_static(value));
        }
        let found = "s3cret".parse::<Token>().expect("a token").take(&mut headers);
        let text = |(name, value): (&header::HeaderName, &HeaderValue)| {
            format!("{name}: {}", value.to_str().expect("text"))
        };
        (found, headers.iter().map(text).collect())
    }

    #[test]
    fn the_token_is_taken_out_and_other_credentials_stay() {
        for (given, found, expected) in [
            (vec![("authorization", "Bearer s3cret")], true, vec![]),
            (vec![("authorization", "bearer  s3cret ")], true, vec![]),
            (
                vec![("authorization", "Bearer theirs")],
                false,
                vec!["authorization: Bearer theirs"],
            ),
            (
                vec![("authorization", "Basic s3cret")],
                false,
                vec!["authorization: Basic s3cret"],
            ),
            (vec![("cookie", "session=s3cret")], true, vec![]),
            (
                vec![("cookie", "a=1; session=s3cret; b=2")],
                true,
                vec!["cookie: a=1; b=2"],
            ),
            (
                vec![("cookie", "session=theirs; a=s3cret")],
                false,
                vec!["cookie: session=theirs; a=s3cret"],
            ),
            (
                vec![("authorization", "Bearer theirs"), ("cookie", "session=s3cret")],
                true,
                vec!["authorization: Bearer theirs"],
            ),
            (
                vec![("authorization", "Bearer s3cret"), ("cookie", "session=s3cret")],
                true,
                vec![],
            ),
            (
                vec![("cookie", "mysession=s3cret")],
                false,
                vec!["cookie: mysession=s3cret"],
            ),
            (
                vec![("authorization", "Bearer s3cre")],
                false,
                vec!["authorization: Bearer s3cre"],
            ),
            (vec![], false, vec![]),
        ] {
            let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(left(&given), (found, expected), "{given:?}");
        }
    }

    #[test]
    fn a_token_fits_into_a_header_and_a_cookie_and_is_not_shown() {
        for text in ["", "a b", "a;b", "a\"b", "\u{e4}", "a\n"] {
            assert!(text.parse::<Token>().is_err(), "{text:?}");
        }
        let token: Token = "s3cret".parse().expect("a token");
        assert!(!format!("{token:?}").contains("s3cret"));
    }
}
