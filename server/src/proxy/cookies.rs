//! Cookies of a named upstream: each has the upstream's name in its own name, and its path.
//!
//! Cookies know neither ports nor, for the page's origin, which server behind it set them. So an upstream gets back those alone that
//! it set itself, whatever path a client sends them to.

use axum::http::{HeaderMap, HeaderValue, header};

/// What the names of an upstream's cookies begin with at our origin.
fn prefix(name: &str) -> String {
    ["wf.", name, "."].concat()
}

/// Leaves those cookies of a request that this upstream set, under the names that it gave them.
pub(super) fn to_upstream(headers: &mut HeaderMap, name: &str) {
    let prefix = prefix(name);
    let theirs: Vec<&[u8]> = Vec::new();
    let given: Vec<HeaderValue> = headers.get_all(header::COOKIE).iter().cloned().collect();
    headers.remove(header::COOKIE);
    let theirs = given.iter().fold(theirs, |mut theirs, value| {
        let pairs = value.as_bytes().split(|byte| *byte == b';');
        theirs.extend(pairs.filter_map(|pair| pair.trim_ascii().strip_prefix(prefix.as_bytes())));
        theirs
    });
    if let Ok(value) = HeaderValue::from_bytes(&theirs.join(&b"; "[..]))
        && !theirs.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

/// Renames the cookies of an answer and limits them to the path of the upstream. One that is no text is left out.
pub(super) fn to_client(headers: &mut HeaderMap, name: &str) {
    let set: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for cookie in set
        .iter()
        .filter_map(|cookie| scoped(cookie.to_str().ok()?, name))
    {
        headers.append(header::SET_COOKIE, cookie);
    }
}

fn scoped(cookie: &str, name: &str) -> Option<HeaderValue> {
    let mut parts = cookie.split(';').map(str::trim);
    let pair = parts.next().filter(|pair| pair.contains('='))?;
    let mut text = [&prefix(name), pair, "; Path=/upstreams/", name, "/"].concat();
    let is_place = |part: &&str| {
        let attribute = part.split('=').next().unwrap_or_default().trim();
        attribute.eq_ignore_ascii_case("path") || attribute.eq_ignore_ascii_case("domain")
    };
    for part in parts.filter(|part| !part.is_empty() && !is_place(part)) {
        text.push_str("; ");
        text.push_str(part);
    }
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &header::HeaderName, values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    fn texts(headers: &HeaderMap, name: header::HeaderName) -> Vec<String> {
        let values = headers.get_all(name).iter();
        values
            .map(|value| value.to_str().expect("text").to_owned())
            .collect()
    }

    #[test]
    fn an_upstream_gets_the_cookies_that_it_set() {
        for (given, expected) in [
            (
                &["wf.a.sid=1; wf.b.sid=2; session=x; wf.a.t=3=4"][..],
                vec!["sid=1; t=3=4"],
            ),
            (&["wf.a.sid=1", "wf.a.t=2"], vec!["sid=1; t=2"]),
            (&["session=x; wf.ab.sid=2; xwf.a.sid=1"], vec![]),
            (&[], vec![]),
        ] {
            let mut headers = headers(&header::COOKIE, given);
            to_upstream(&mut headers, "a");
            assert_eq!(texts(&headers, header::COOKIE), expected, "{given:?}");
        }
    }

    #[test]
    fn a_cookie_is_limited_to_the_path_of_its_upstream() {
        for (given, expected) in [
            (
                "sid=1; Path=/; HttpOnly; domain=example.com; SameSite=Lax",
                vec!["wf.a.sid=1; Path=/upstreams/a/; HttpOnly; SameSite=Lax"],
            ),
            ("sid=", vec!["wf.a.sid=; Path=/upstreams/a/"]),
            (
                "__Host-sid=1; Secure",
                vec!["wf.a.__Host-sid=1; Path=/upstreams/a/; Secure"],
            ),
            ("no cookie", vec![]),
        ] {
            let mut headers = headers(&header::SET_COOKIE, &[given]);
            to_client(&mut headers, "a");
            assert_eq!(texts(&headers, header::SET_COOKIE), expected, "{given}");
        }
    }
}
