//! Addresses of servers, against the crate `url` as an oracle.

use proptest::prelude::*;
use url::Url;
use workflow_ui_core::{
    Deployment, Error, Place, ScriptedTransport, ServerAddress, WorkflowClient, deployment,
};

use crate::addresses::{PAGE, check_table};
use crate::kit::test;

// Symptom: `?api=/%09/evil.example` was taken for a path of the page, and apps sent their tokens to evil.example.
// Cause: addresses were compared as texts; browsers strip and normalise before they resolve.
#[test]
fn addresses_are_read_as_browsers_read_them() {
    check_table();
}

#[test]
fn without_a_page_there_is_the_default_place() {
    assert_eq!(deployment(), Place::default().deployment());
    assert_eq!(Place::default().deployment(), Deployment::default());
    for origin in ["", "null"] {
        let place = Place {
            origin,
            path: "/deployments/app/ui/",
            query: "?api=/x",
            ..Place::default()
        };
        let found = place.deployment();
        assert_eq!(
            found.api_base, "/deployments/app",
            "a page without an origin has paths only"
        );
        assert!(found.refused.is_some());
    }
}

#[test]
fn a_client_is_of_another_origin_only_when_asked() {
    let place = |query| {
        let place = Place {
            origin: PAGE,
            path: "/",
            query,
            ..Place::default()
        };
        place.deployment()
    };
    let base = |client: WorkflowClient| client.address().base().to_owned();
    let foreign = place("?api=http:////evil.example");
    assert_eq!(base(foreign.client()), PAGE);
    assert_eq!(base(foreign.client_or_ask()), PAGE, "nobody can be asked here");
    let agreed = foreign.client_if(|origin| origin == "http://evil.example");
    assert_eq!(base(agreed), "http://evil.example");
    assert_eq!(base(place("?api=/%09/evil.example").client()), PAGE);
    assert_eq!(base(place("?api=/app").client()), "https://page.org/app");
}

#[test]
fn everything_that_is_kept_is_named_by_the_canonical_address() {
    for written in [
        "HTTP://User:Word@Host.ORG:80/deployments/app/?x#y",
        "http:\\\\host.org\\deployments\\app",
        "http://host.org/x/../deployments/app//",
    ] {
        let client = WorkflowClient::new(written);
        assert_eq!(client.address().base(), "http://host.org/deployments/app");
        assert_eq!(client.address().origin(), "http://host.org");
        assert_eq!(client.base_url(), written, "as it was given");
    }
}

#[test]
fn a_refused_address_says_why_and_sends_nothing() {
    test(|kit| async move {
        let server = ScriptedTransport::new();
        let client = WorkflowClient::builder("/\t/evil.example")
            .transport(server.clone())
            .clock(kit.clock.clone())
            .build();
        match client.workflows().await {
            Err(Error::Network(reason)) => assert!(reason.contains("control character"), "{reason}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(server.log(), [""; 0]);
        kit.finish().await;
    });
}

/// Texts made of what is special in addresses.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/",
            "//",
            "\\",
            ":",
            "@",
            "?",
            "#",
            "%",
            "%2f",
            "%5c",
            "%00",
            "%09",
            ".",
            "..",
            "[",
            "]",
            "http:",
            "https:",
            "HTTP://",
            "ftp://",
            "javascript:",
            "page.org",
            "evil.example",
            "127.0.0.1",
            "0x7f.1",
            "::1",
            ":80",
            ":443",
            ":8000",
            "\t",
            "\n",
            "\r",
            "\0",
            " ",
            "\u{a0}",
            "\u{ad}",
            "\u{200b}",
            "\u{202e}",
            "\u{3002}",
            "\u{ff0f}",
            "\u{430}",
            "xn--",
            "deployments",
            "app",
            "user:word@",
            "+",
            "|",
            "<",
            "^",
            "\u{7f}",
            "\u{85}",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn an_address_is_where_a_browser_goes(text in texts()) {
        let Ok(address) = ServerAddress::parse(&text, PAGE) else {
            return Ok(());
        };
        prop_assert!(!text.contains(char::is_control), "{:?} was not refused", text);
        let url = Url::parse(address.base());
        let url = url.map_err(|error| TestCaseError::fail(format!("{address} is not absolute: {error}")))?;
        prop_assert_eq!(url.origin().ascii_serialization(), address.origin());
        prop_assert!(url.username().is_empty() && url.password().is_none(), "{}", address);
        prop_assert!(url.query().is_none() && url.fragment().is_none(), "{}", address);
        prop_assert!(address.base().is_ascii(), "{} shows what it is", address);
        // What a browser makes of the text in an address bar, or in a link of the page.
        let text = text.trim();
        let browser = if text.starts_with(['/', '\\']) {
            // The crate does not skip more than two slashes before a host, as the standard does.
            let host = text.trim_start_matches(['/', '\\']);
            let text = if text.len() - host.len() > 1 { format!("//{host}") } else { text.to_owned() };
            Url::parse(PAGE).and_then(|page| page.join(&text))
        } else {
            Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).map_or_else(
                || Url::parse(&format!("http://{text}")),
                Ok,
            )
        };
        let browser = browser.map(|url| url.origin().ascii_serialization());
        prop_assert_eq!(browser.as_deref(), Ok(address.origin()));
        // Read again, it is the same, wherever it is read.
        for again in [ServerAddress::parse(address.base(), PAGE), ServerAddress::resolve(address.base(), "https://other.org")] {
            prop_assert_eq!(again.as_ref(), Ok(&address));
        }
        // A request goes to the origin that was agreed to, whatever the path.
        let request = Url::parse(&format!("{}/workflows", address.base()));
        let request = request.map(|url| url.origin().ascii_serialization());
        prop_assert_eq!(request.as_deref(), Ok(address.origin()));
    }

    #[test]
    fn a_page_never_leaves_its_origin_unasked(text in texts()) {
        let query = format!("?api={}", text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>());
        let place = Place { origin: PAGE, path: "/deployments/own/ui/", query: &query, ..Place::default() };
        let found = place.deployment();
        let unasked = Url::parse(found.base_if(|_| false)).map(|url| url.origin().ascii_serialization());
        prop_assert_eq!(unasked.as_deref(), Ok(PAGE));
        let named = Url::parse(&found.api_base).map(|url| url.origin().ascii_serialization());
        prop_assert_eq!(named.as_deref() != Ok(PAGE), found.is_foreign);
        prop_assert!(found.refused.is_none() || !found.is_foreign);
    }
}
