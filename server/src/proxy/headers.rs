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

/// What a message wants its connection to become; only when it says so in both headers.
pub(super) fn upgrade_of(headers: &HeaderMap) -> Option<HeaderValue> {
    let wanted = connection_words(headers).any(|word| word.eq_ignore_ascii_case("upgrade"));
    headers.get(header::UPGRADE).filter(|_| wanted).cloned()
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

fn keep_upgrade(headers: &mut HeaderMap, upgrade: Option<&HeaderValue>) {
    if let Some(upgrade) = upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, upgrade.clone());
    }
}

/// From a client to the upstream.
pub(super) fn to_upstream(
    headers: &mut HeaderMap,
    upstream: &Upstream,
    peer: Option<IpAddr>,
    upgrade: Option<&HeaderValue>,
) {
    drop_hop_by_hop(headers);
    keep_upgrade(headers, upgrade);
    if let Some(host) = headers.insert(header::HOST, upstream.host()) {
        headers.entry("x-forwarded-host").or_insert(host);
    }
    headers
        .entry("x-forwarded-proto")
        .or_insert(HeaderValue::from_static("http"));
    if let Some(peer) = peer {
        let before = headers
            .get("x-forwarded-for")
            .and_then(|value| value.to_str().ok());
        let chain = before.map_or_else(|| peer.to_string(), |before| format!("{before}, {peer}"));
        if let Ok(chain) = HeaderValue::from_str(&chain) {
            headers.insert("x-forwarded-for", chain);
        }
    }
}

/// From the upstream to a client.
pub(super) fn to_client(headers: &mut HeaderMap, upgrade: Option<&HeaderValue>) {
    drop_hop_by_hop(headers);
    keep_upgrade(headers, upgrade);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_one_connection_is_dropped() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "keep-alive, X-Mine"),
            ("keep-alive", "timeout=5"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("authorization", "Bearer t"),
            ("host", "127.0.0.1:4600"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let upstream = "http://127.0.0.1:8000".parse().expect("an address");
        to_upstream(&mut headers, &upstream, Some([127, 0, 0, 1].into()), None);
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
    fn an_upgrade_needs_both_headers() {
        let mut headers = HeaderMap::new();
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        assert_eq!(upgrade_of(&headers), None, "`upgrade` alone is not passed on");
        headers.insert(
            header::CONNECTION,
            HeaderValue::from_static("keep-alive, Upgrade"),
        );
        assert_eq!(upgrade_of(&headers), Some(HeaderValue::from_static("websocket")));
    }
}
