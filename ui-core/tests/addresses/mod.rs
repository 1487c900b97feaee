//! Texts from links and text fields, and where a browser finds them. The same table natively and in a browser.

use workflow_ui_core::{AddressError, Place, ServerAddress};

/// The origin of the page in all rows.
pub(crate) const PAGE: &str = "https://page.org";

/// A text, and the canonical address that it names; None: it is refused.
pub(crate) const TABLE: &[(&str, Option<&str>)] = &[
    // Paths of the page.
    ("/", Some("https://page.org")),
    ("/deployments/app", Some("https://page.org/deployments/app")),
    ("/deployments/app/", Some("https://page.org/deployments/app")),
    ("  /a  ", Some("https://page.org/a")),
    ("/a/../b/./c", Some("https://page.org/b/c")),
    ("/%2e%2e/%2E/b", Some("https://page.org/b")),
    ("/a\\b", Some("https://page.org/a/b")),
    ("/%09/evil.example", Some("https://page.org/%09/evil.example")),
    ("/a?b#c", Some("https://page.org/a")),
    ("/.//evil.example", Some("https://page.org//evil.example")),
    ("/müde", Some("https://page.org/m%C3%BCde")),
    // Other hosts, in every way a browser knows.
    ("//evil.example/x", Some("https://evil.example/x")),
    ("/\\evil.example", Some("https://evil.example")),
    ("\\\\evil.example", Some("https://evil.example")),
    ("\\/evil.example", Some("https://evil.example")),
    ("////evil.example", Some("https://evil.example")),
    ("http:////evil.example", Some("http://evil.example")),
    ("http:/evil.example", Some("http://evil.example")),
    ("http:evil.example", Some("http://evil.example")),
    ("https:evil.example", Some("https://evil.example")),
    ("hTTp:\\\\evil.example\\x", Some("http://evil.example/x")),
    ("https://page.org@evil.example", Some("https://evil.example")),
    ("https://page.org:8443/", Some("https://page.org:8443")),
    (
        "https://page.org.evil.example",
        Some("https://page.org.evil.example"),
    ),
    ("http://page.org", Some("http://page.org")),
    ("http://a:b@c:80/d?e#f", Some("http://c/d")),
    ("evil.example:80", Some("http://evil.example")),
    ("localhost:8000/x", Some("http://localhost:8000/x")),
    ("127.0.0.1:8000", Some("http://127.0.0.1:8000")),
    ("http://0x7f.1:8000", Some("http://127.0.0.1:8000")),
    ("http://[::1]:80", Some("http://[::1]")),
    ("http://EXAMPLE.org.", Some("http://example.org.")),
    ("p\u{430}ge.org", Some("http://xn--pge-6cd.org")),
    ("https://\u{ff50}age.org", Some("https://page.org")),
    ("https://page\u{3002}org", Some("https://page.org")),
    ("https://pa\u{ad}ge.org", Some("https://page.org")),
    // The page itself, written out.
    ("https://page.org", Some("https://page.org")),
    (
        "HTTPS://Page.ORG:443/deployments/b/",
        Some("https://page.org/deployments/b"),
    ),
    ("//page.org/x", Some("https://page.org/x")),
    // Refused.
    ("", None),
    ("/\t/evil.example", None),
    ("/\n/evil.example", None),
    ("/\r/evil.example", None),
    ("/\t\\evil.example", None),
    ("\t//evil.example", None),
    ("//evil.example\n", None),
    ("ht\ntp://evil.example", None),
    ("/\u{0}", None),
    ("/\u{7f}", None),
    ("/\u{85}", None),
    ("ftp://evil.example", None),
    ("file:///etc/passwd", None),
    ("javascript://evil.example/%0aalert(1)", None),
    ("javascript:alert(1)", None),
    ("data:text/html,x", None),
    ("blob:https://page.org/1", None),
    ("http://", None),
    ("http://a b", None),
    ("http://a:99999", None),
    ("http://[::1", None),
    ("?x", None),
    ("#x", None),
];

/// Every row, and what a page makes of it as its `?api=`.
pub(crate) fn check_table() {
    for (text, expected) in TABLE {
        let found = ServerAddress::parse(text, PAGE);
        let base = found.as_ref().ok().map(ServerAddress::base);
        assert_eq!(base, *expected, "the address {text:?}");
        if text.contains(char::is_control) {
            assert_eq!(found, Err(AddressError::Control), "{text:?}");
        }
        if !text.trim().is_empty() {
            check_link(text, found.ok());
        }
    }
}

fn check_link(text: &str, address: Option<ServerAddress>) {
    let query = text
        .bytes()
        .map(|byte| format!("%{byte:02x}"))
        .collect::<String>();
    let place = Place {
        origin: PAGE,
        path: "/deployments/own/ui/",
        query: &["?api=", &query].concat(),
        ..Place::default()
    };
    let found = place.deployment();
    assert_eq!(found.own_base, "https://page.org/deployments/own");
    let Some(address) = address else {
        assert!(found.refused.is_some(), "{text:?} is refused");
        assert_eq!(found.api_base, found.own_base, "{text:?} names nothing");
        assert!(!found.is_foreign);
        return;
    };
    assert_eq!(found.api_base, address.base(), "the server of ?api={text:?}");
    assert_eq!(
        found.is_foreign,
        address.origin() != PAGE,
        "whether ?api={text:?} is foreign"
    );
    let own = found.base_if(|origin| {
        assert_eq!(origin, address.origin(), "the question names the origin");
        false
    });
    assert!(
        [own, "/"].concat().starts_with("https://page.org/"),
        "without an agreement {text:?} leads nowhere else: {own}"
    );
}
