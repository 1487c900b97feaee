//! Which server the page talks to. Pure: addresses in, addresses out.

use workflow_ui_core::protocol::split_text;

/// Where the page stands, as the browser tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// `http://127.0.0.1:4600`; `null` for pages without one (files).
    pub(crate) origin: String,
    /// `/deployments/app/debugger/`
    pub(crate) path: String,
}

/// A server's base address, with whether it is another origin than the page's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Server {
    /// The base that paths are appended to, absolute, without a slash at its end.
    pub(crate) base: String,
    /// The origin part of `base`.
    pub(crate) origin: String,
    /// Is that another origin than the page's?
    pub(crate) foreign: bool,
}

/// The server of an `?api=`, else of the page's own place.
///
/// An `?api=` may be absolute or a path of the page's origin. Without one, a page below `/deployments/{name}` talks to that
/// deployment, any other to the root of its origin.
pub(crate) fn resolve(page: &Page, api: Option<&str>) -> Server {
    let api = api.map(str::trim).filter(|api| !api.is_empty());
    let base = match api {
        Some(api) => absolute(page, api),
        None => [page.origin.as_str(), deployment(&page.path)].concat(),
    };
    let base = base.trim_end_matches('/').to_owned();
    let origin = origin(&base).to_owned();
    let foreign = !origin.eq_ignore_ascii_case(&page.origin);
    Server {
        base,
        origin,
        foreign,
    }
}

/// The name of the server as a chip shows it: host and path without the scheme.
pub(crate) fn short(base: &str) -> &str {
    split_text(base, "://").map_or(base, |(_, rest)| rest)
}

/// What to write into the address for a typed server: nothing for the page's own.
pub(crate) fn as_api(page: &Page, typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() || resolve(page, Some(typed)) == resolve(page, None) {
        return None;
    }
    let server = resolve(page, Some(typed));
    if server.foreign {
        return Some(server.base);
    }
    let path = server.base.get(server.origin.len()..).unwrap_or_default();
    Some(if path.is_empty() {
        String::from("/")
    } else {
        path.to_owned()
    })
}

fn absolute(page: &Page, api: &str) -> String {
    // Anything but one slash followed by something else may leave the origin: `//host`, and `/\host` as browsers read it.
    if let Some(rest) = api.strip_prefix('/') {
        if !rest.starts_with(['/', '\\']) {
            return [page.origin.as_str(), api].concat();
        }
        let scheme = page.origin.split_once(':').map_or("http", |(scheme, _)| scheme);
        return [scheme, "://", rest.trim_start_matches(['/', '\\'])].concat();
    }
    if split_text(api, "://").is_some() {
        return api.to_owned();
    }
    // `127.0.0.1:8000` as people type it.
    ["http://", api].concat()
}

/// `/deployments/{name}` when the path lies below one.
fn deployment(path: &str) -> &str {
    const PREFIX: &str = "/deployments/";
    let Some(rest) = path.strip_prefix(PREFIX) else {
        return "";
    };
    let name = rest.split('/').next().unwrap_or_default();
    if name.is_empty() {
        ""
    } else {
        path.get(..PREFIX.len() + name.len()).unwrap_or_default()
    }
}

/// Scheme, host and port of an absolute address. A user name in it is no part of the origin, but what stands behind it is.
fn origin(base: &str) -> &str {
    let Some((scheme, rest)) = split_text(base, "://") else {
        return base;
    };
    let host = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    base.get(..scheme.len() + 3 + host).unwrap_or(base)
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
            let server = resolve(&page(path), None);
            assert_eq!(server.base, base, "a page at {path}");
            assert!(!server.foreign, "the page's own origin is not foreign");
        }
    }

    #[test]
    fn api_wins_over_the_place() {
        let page = page("/deployments/other/ui/");
        assert_eq!(
            resolve(&page, Some("/deployments/app/")).base,
            "http://127.0.0.1:4600/deployments/app"
        );
        assert_eq!(resolve(&page, Some("/")).base, "http://127.0.0.1:4600");
        assert_eq!(
            resolve(&page, Some("")).base,
            resolve(&page, None).base,
            "an empty one is none"
        );
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
            "http://127.0.0.1:4600.evil.example",
        ] {
            assert!(resolve(&page("/"), Some(api)).foreign, "{api} must ask first");
        }
        assert!(
            !resolve(&page("/"), Some("http://127.0.0.1:4600/deployments/a")).foreign,
            "the own origin written out"
        );
    }

    #[test]
    fn the_address_names_only_what_differs_from_the_place() {
        let page = page("/debugger/");
        assert_eq!(as_api(&page, "http://127.0.0.1:4600/"), None);
        assert_eq!(as_api(&page, " "), None);
        assert_eq!(
            as_api(&page, "http://127.0.0.1:4600/deployments/a"),
            Some("/deployments/a".into())
        );
        assert_eq!(
            as_api(&page, "localhost:8000"),
            Some("http://localhost:8000".into())
        );
        let deployed = Page {
            path: "/deployments/a/ui/".into(),
            ..page
        };
        assert_eq!(
            as_api(&deployed, "http://127.0.0.1:4600"),
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
