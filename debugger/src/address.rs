//! Which server the page uses. Pure functions on addresses.

use workflow_ui_core::{AddressError, Place, ServerAddress};

/// The location of the page, from the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// `http://127.0.0.1:4600`; `null` for pages without one (files).
    pub(crate) origin: String,
    /// `/deployments/app/debugger/`
    pub(crate) path: String,
}

/// A server's canonical address, and whether it has another origin than the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    /// The absolute base of all paths, without a slash at its end.
    pub(crate) base: String,
    /// The origin of `base`. The user consents to an origin.
    pub(crate) origin: String,
    /// Whether its origin is not the page's.
    pub(crate) foreign: bool,
}

/// The server of an `?api=` parameter, else of the page's location.
///
/// An `?api=` may be absolute or a path of the page's origin. Without one, a page below `/deployments/{name}` uses that deployment; any
/// other page uses the root of its origin.
///
/// # Errors
/// The text is not a valid server address.
pub(crate) fn resolve(page: &Page, api: Option<&str>) -> Result<Server, AddressError> {
    let Some(api) = api.filter(|api| !api.trim_matches(' ').is_empty()) else {
        return Ok(own(page));
    };
    let address = ServerAddress::parse(api, &page.origin)?;
    Ok(Server {
        foreign: address.origin() != own(page).origin,
        base: address.base().to_owned(),
        origin: address.origin().to_owned(),
    })
}

/// The server that the page itself belongs to.
pub(crate) fn own(page: &Page) -> Server {
    let place = Place {
        origin: &page.origin,
        path: &page.path,
        ..Place::default()
    };
    let base = place.deployment().own_base;
    let origin = ServerAddress::resolve(&base, "").map(|address| address.origin().to_owned());
    Server {
        base,
        origin: origin.unwrap_or_default(),
        foreign: false,
    }
}

/// The name of the server in the server button: host and path without the scheme.
pub(crate) fn short(base: &str) -> &str {
    base.split_once("://").map_or(base, |(_, rest)| rest)
}

/// The `api` parameter for a server: none for the page's own.
pub(crate) fn as_api(page: &Page, server: &Server) -> Option<String> {
    if *server == own(page) {
        return None;
    }
    let path = server.base.get(server.origin.len()..).unwrap_or_default();
    // A path that starts with two slashes would be a host.
    Some(if server.foreign || path.starts_with("//") {
        server.base.clone()
    } else if path.is_empty() {
        String::from("/")
    } else {
        path.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str) -> Page {
        Page {
            origin: "http://127.0.0.1:4600".into(),
            path: path.into(),
        }
    }

    #[test]
    fn without_api_the_place_decides() {
        for (path, base) in [
            ("/debugger/", "http://127.0.0.1:4600"),
            ("/", "http://127.0.0.1:4600"),
            ("/deployments/app/ui/", "http://127.0.0.1:4600/deployments/app"),
            ("/deployments/app", "http://127.0.0.1:4600/deployments/app"),
            ("/deployments/", "http://127.0.0.1:4600"),
            ("/x/deployments/app/", "http://127.0.0.1:4600"),
        ] {
            let server = own(&page(path));
            assert_eq!(server.base, base, "a page at {path}");
            assert!(!server.foreign, "the page's own origin is not foreign");
        }
    }

    #[test]
    fn api_wins_over_the_place() {
        let page = page("/deployments/other/ui/");
        let base = |api| resolve(&page, Some(api)).map(|server| server.base);
        assert_eq!(
            base("/deployments/app/"),
            Ok("http://127.0.0.1:4600/deployments/app".into())
        );
        assert_eq!(base("/"), Ok("http://127.0.0.1:4600".into()));
        for empty in ["", "  "] {
            assert_eq!(base(empty), Ok(own(&page).base), "an empty one is none");
        }
    }

    #[test]
    fn another_origin_is_foreign_however_it_is_written() {
        for api in [
            "http://127.0.0.1:8000",
            "https://127.0.0.1:4600",
            "//evil.example/x",
            "/\\evil.example",
            "evil.example:80",
            "http://127.0.0.1:4600@evil.example/",
        ] {
            let server = resolve(&page("/"), Some(api)).unwrap();
            assert!(server.foreign, "{api} must ask first");
        }
        for api in [
            "http://127.0.0.1:4600/deployments/a",
            "HTTP://127.1:04600",
            "//127.0.0.1:4600",
        ] {
            let server = resolve(&page("/"), Some(api)).unwrap();
            assert!(!server.foreign, "the page's own origin, written as {api}");
        }
    }

    #[test]
    fn what_no_browser_can_open_is_refused() {
        for api in [
            "http://127.0.0.1:4600.evil.example",
            "http://a b",
            "javascript:alert(1)",
        ] {
            assert_eq!(
                resolve(&page("/"), Some(api)),
                Err(AddressError::Invalid),
                "{api}"
            );
        }
    }

    // Symptom: `?api=http:////host` asked about "http://", and that one agreement then covered every such host.
    // Cause: the origin was cut out of the text by hand, while the browser skips doubled slashes.
    #[test]
    fn an_agreement_names_the_host_that_is_asked() {
        for (api, origin) in [
            ("http:////evil.example", "http://evil.example"),
            ("http:\\\\evil.example", "http://evil.example"),
            ("http:evil.example", "http://evil.example"),
            ("https://127.0.0.1:4600@evil.example/", "https://evil.example"),
            ("https://\u{430}pple.com", "https://xn--pple-43d.com"),
            ("http://evil.example:80", "http://evil.example"),
        ] {
            let server = resolve(&page("/"), Some(api)).unwrap();
            assert_eq!(server.origin, origin, "the origin of {api}");
            assert!(server.foreign);
            assert!(!server.base.contains('@'), "no user name of {api}");
        }
    }

    // Symptom: `?api=/%09/evil.example` was a path of this page, and its requests went to evil.example.
    // Cause: browsers strip tabs and line breaks from addresses; the check did not.
    #[test]
    fn control_characters_are_refused() {
        for api in [
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/x",
            "/\t\\evil.example",
            "\0",
        ] {
            assert_eq!(
                resolve(&page("/"), Some(api)),
                Err(AddressError::Control),
                "{api:?}"
            );
        }
    }

    #[test]
    fn the_address_names_only_what_differs_from_the_place() {
        let api_of = |page: &Page, typed| as_api(page, &resolve(page, Some(typed)).unwrap());
        let page = page("/debugger/");
        assert_eq!(api_of(&page, "http://127.0.0.1:4600/"), None);
        assert_eq!(api_of(&page, " "), None);
        assert_eq!(
            api_of(&page, "http://127.0.0.1:4600/deployments/a"),
            Some("/deployments/a".into())
        );
        assert_eq!(
            api_of(&page, "localhost:8000"),
            Some("http://localhost:8000".into())
        );
        assert_eq!(
            api_of(&page, "http://127.0.0.1:4600//a"),
            Some("http://127.0.0.1:4600//a".into()),
            "`//a` alone would be a host"
        );
        let deployed = Page {
            path: "/deployments/a/ui/".into(),
            ..page
        };
        assert_eq!(
            api_of(&deployed, "http://127.0.0.1:4600"),
            Some("/".into()),
            "the root, from below a deployment"
        );
    }

    #[test]
    fn a_chip_leaves_the_scheme_out() {
        assert_eq!(
            short("http://127.0.0.1:8000/deployments/a"),
            "127.0.0.1:8000/deployments/a"
        );
    }
}
