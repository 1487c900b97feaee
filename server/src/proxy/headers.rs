//! Headers on their way through the proxy.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Upstream;

/// Headers of one connection only (RFC 9110 §7.6.1, and two that older programs send).
const HOP_BY_HOP: [HeaderName; 8] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Whether a message makes its connection a WebSocket: both headers have to say so. No other protocol passes, since nothing
/// is known of what it would carry.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut protocols = headers.get_all(header::UPGRADE).iter();
    let only = (protocols.next(), protocols.next());
    let is_websocket = matches!(only, (Some(it), None) if it.as_bytes().eq_ignore_ascii_case(b"websocket"));
    is_websocket && connection_words(headers).any(|word| word.eq_ignore_ascii_case("upgrade"))
}

/// What a proxy before us would say about the client. Clients can write anything into them, so they are replaced.
fn drop_forwarded(headers: &mut HeaderMap) {
    let names: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            name.as_str().starts_with("x-forwarded-") || *name == "forwarded" || *name == "x-real-ip"
        })
        .cloned()
        .collect();
    for name in names {
        headers.remove(name);
    }
}

/// Which origins may read an answer is decided here, not by the upstream.
fn drop_cors(headers: &mut HeaderMap) {
    let names: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with("access-control-"))
        .cloned()
        .collect();
    for name in names {
        headers.remove(name);
    }
}

/// Headers of an answer that concern the answer alone. Others act on the whole origin, which named upstreams share:
/// `Clear-Site-Data`, `Strict-Transport-Security`, `Report-To`.
const OF_ONE_ANSWER: [HeaderName; 13] = [
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::DATE,
    header::ETAG,
    header::LAST_MODIFIED,
    header::LOCATION,
    header::RETRY_AFTER,
    header::SET_COOKIE,
    header::VARY,
];

/// Leaves the headers of an answer that concern it alone, and the question for a bearer token. A browser would ask for a password in
/// the name of our origin, and then send it to all upstreams.
pub(super) fn keep_own(headers: &mut HeaderMap) {
    let asks_for_token = headers
        .get_all(header::WWW_AUTHENTICATE)
        .iter()
        .any(|value| value.as_bytes().split(|byte| *byte == b',').any(is_bearer));
    let others: Vec<HeaderName> = headers
        .keys()
        .filter(|name| !OF_ONE_ANSWER.contains(name))
        .cloned()
        .collect();
    for name in others {
        headers.remove(name);
    }
    if asks_for_token {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

fn is_bearer(challenge: &[u8]) -> bool {
    let scheme = challenge.trim_ascii().split(u8::is_ascii_whitespace).next();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

fn connection_words(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(header::CONNECTION).into_iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim)
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = connection_words(headers)
        .filter_map(|word| word.parse().ok())
        .collect();
    for name in HOP_BY_HOP.into_iter().chain(named) {
        headers.remove(name);
    }
}

fn keep_upgrade(headers: &mut HeaderMap, is_websocket: bool) {
    if is_websocket {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    }
}

/// From a client to the upstream.
pub(super) fn to_upstream(
    headers: &mut HeaderMap,
    upstream: &Upstream,
    peer: Option<IpAddr>,
    is_websocket: bool,
) {
    drop_hop_by_hop(headers);
    keep_upgrade(headers, is_websocket);
    drop_forwarded(headers);
    if let Some(host) = headers.insert(header::HOST, upstream.host()) {
        headers.insert("x-forwarded-host", host);
    }
    headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    if let Some(peer) = peer.and_then(|peer| HeaderValue::from_str(&peer.to_string()).ok()) {
        headers.insert("x-forwarded-for", peer);
    }
}

/// From the upstream to a client.
pub(super) fn to_client(headers: &mut HeaderMap, is_websocket: bool) {
    drop_hop_by_hop(headers);
    keep_upgrade(headers, is_websocket);
    drop_cors(headers);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_one_connection_or_to_a_proxy_is_replaced() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "keep-alive, X-Mine"),
            ("keep-alive", "timeout=5"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("authorization", "Bearer t"),
            ("host", "127.0.0.1:4600"),
            ("x-forwarded-for", "203.0.113.1"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-user", "admin"),
            ("forwarded", "for=203.0.113.1"),
            ("x-real-ip", "203.0.113.1"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let upstream = "http://127.0.0.1:8000".parse().expect("an address");
        to_upstream(&mut headers, &upstream, Some([127, 0, 0, 1].into()), false);
        let mut left: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                "authorization: Bearer t",
                "host: 127.0.0.1:8000",
                "x-forwarded-for: 127.0.0.1",
                "x-forwarded-host: 127.0.0.1:4600",
                "x-forwarded-proto: http"
            ]
        );
    }

    #[test]
    fn only_a_websocket_with_both_headers_is_an_upgrade() {
        for (protocols, connection, expected) in [
            (vec!["websocket"], "keep-alive, Upgrade", true),
            (vec!["WebSocket"], "upgrade", true),
            (vec!["websocket"], "keep-alive", false),
            (vec!["h2c"], "upgrade", false),
            (vec!["websocket, h2c"], "upgrade", false),
            (vec!["websocket", "h2c"], "upgrade", false),
            (vec![], "upgrade", false),
        ] {
            let mut headers = HeaderMap::new();
            for protocol in &protocols {
                headers.append(header::UPGRADE, HeaderValue::from_static(protocol));
            }
            headers.insert(header::CONNECTION, HeaderValue::from_static(connection));
            assert_eq!(is_websocket(&headers), expected, "{protocols:?} {connection}");
        }
    }

    #[test]
    fn the_upstreams_cors_headers_do_not_pass() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("access-control-allow-origin", "http://evil.example"),
            ("access-control-allow-credentials", "true"),
            ("access-control-expose-headers", "x"),
            ("vary", "Origin"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        to_client(&mut headers, false);
        let left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["vary"]);
    }

    #[test]
    fn only_a_bearer_token_is_asked_for() {
        for (challenges, expected) in [
            (&["Bearer"][..], Some("Bearer")),
            (&["bearer realm=\"r\", scope=\"s\""], Some("Bearer")),
            (&["Basic realm=\"r\", Bearer"], Some("Bearer")),
            (&["Basic realm=\"r\"", "Bearer x=1"], Some("Bearer")),
            (&["Basic realm=\"r\""], None),
            (&["Negotiate"], None),
            (&["Bearers"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for challenge in challenges {
                headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            keep_own(&mut headers);
            let left: Vec<&HeaderValue> = headers.get_all(header::WWW_AUTHENTICATE).iter().collect();
            let expected: Vec<&str> = expected.into_iter().collect();
            assert_eq!(left, expected, "{challenges:?}");
        }
    }
}
