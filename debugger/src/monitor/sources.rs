//! Which deployments the monitor shows. Pure functions on lists.

use crate::address::{Page, Server, own, resolve, short};
use crate::preferences::Kept;
use workflow_protocol::UpstreamList;

/// How many addresses are stored at most.
pub(super) const MOST: usize = 50;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 60;

/// The source of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The server of the page.
    Own,
    /// An upstream of the page's server; `guarded` if that requires a token of its own.
    Upstream { guarded: bool },
    /// The user added it.
    Kept,
}

/// A deployment that the monitor can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) server: Server,
    pub(super) origin: Origin,
}

/// The page's own server, unless it has only demo workflows and there are upstreams; the upstreams; and the user's addresses.
pub(super) fn sources(page: &Page, upstreams: &UpstreamList, kept: &[Kept]) -> Vec<Source> {
    let server = own(page);
    let mut sources = Vec::new();
    if upstreams.upstreams.is_empty() || upstreams.root == "upstream" {
        sources.push(Source {
            name: short(&server.base).to_owned(),
            server,
            origin: Origin::Own,
        });
    }
    let named = upstreams.upstreams.iter().map(|upstream| {
        let origin = Origin::Upstream {
            guarded: upstreams.guarded,
        };
        (&upstream.name, &upstream.path, origin)
    });
    let kept = kept.iter().map(|kept| (&kept.name, &kept.address, Origin::Kept));
    for (name, address, origin) in named.chain(kept) {
        // Stored addresses of another version, or those of another server, may be invalid.
        if let Ok(server) = resolve(page, Some(address)) {
            sources.push(Source {
                name: name.clone(),
                server,
                origin,
            });
        }
    }
    sources
}

/// The list with one more address.
///
/// # Errors
/// Why it is refused, as a text for the form.
pub(super) fn added(
    page: &Page,
    known: &[Source],
    kept: &[Kept],
    name: &str,
    address: &str,
) -> Result<(Server, Vec<Kept>), String> {
    if name.is_empty() || name.len() > LONGEST_NAME {
        return Err(format!("A name of 1 to {LONGEST_NAME} characters is needed."));
    }
    if address.is_empty() {
        return Err(String::from("An address like http://127.0.0.1:8000 is needed."));
    }
    let server = resolve(page, Some(address)).map_err(|error| error.to_string())?;
    if address.contains(['@', '?', '#']) {
        return Err(String::from(
            "The address may not have a password, a ? or a #: it is kept in this browser.",
        ));
    }
    for source in known {
        if source.name == name {
            return Err(format!("There is a deployment named {name} already."));
        }
        if source.server.base == server.base {
            return Err(format!(
                "This address is in the list already, as {}.",
                source.name
            ));
        }
    }
    if known.len() >= MOST {
        return Err(format!("At most {MOST} deployments are watched."));
    }
    let mut kept = kept.to_vec();
    kept.push(Kept {
        name: name.to_owned(),
        address: server.base.clone(),
    });
    Ok((server, kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use workflow_protocol::UpstreamPath;

    fn page() -> Page {
        Page {
            origin: "http://127.0.0.1:4600".into(),
            path: "/debugger/".into(),
        }
    }

    fn upstreams(names: &[&str], root: &str) -> UpstreamList {
        let path = |name: &&str| UpstreamPath {
            name: (*name).to_owned(),
            path: format!("/upstreams/{name}"),
        };
        UpstreamList {
            upstreams: names.iter().map(path).collect(),
            root: root.to_owned(),
            guarded: false,
        }
    }

    fn names(sources: &[Source]) -> Vec<(&str, &str, bool)> {
        fn shown(Source { name, server, .. }: &Source) -> (&str, &str, bool) {
            (name.as_str(), server.base.as_str(), server.foreign)
        }
        sources.iter().map(shown).collect()
    }

    #[test]
    fn the_demo_beside_upstreams_is_no_deployment() {
        let own = ("127.0.0.1:4600", "http://127.0.0.1:4600", false);
        let a = ("a", "http://127.0.0.1:4600/upstreams/a", false);
        let none = sources(&page(), &UpstreamList::default(), &[]);
        assert_eq!(names(&none), [own]);
        assert_eq!(names(&sources(&page(), &upstreams(&["a"], "demo"), &[])), [a]);
        assert_eq!(
            names(&sources(&page(), &upstreams(&["a"], "upstream"), &[])),
            [own, a]
        );
    }

    #[test]
    fn addresses_are_added_once_and_without_secrets() {
        let known = sources(&page(), &upstreams(&["a"], "demo"), &[]);
        let add =
            |name: &str, address: &str| added(&page(), &known, &[], name, address).map(|(server, _)| server);
        let server = add("b", "HTTP://Other.example:80/x/").unwrap();
        assert_eq!(
            (server.base.as_str(), server.foreign),
            ("http://other.example/x", true)
        );
        for (name, address, part) in [
            ("", "http://x", "name of 1"),
            ("b", "", "address like"),
            ("a", "http://x", "named a already"),
            ("b", "/upstreams/a/", "already, as a"),
            ("b", "http://a b", "address"),
            ("b", "http://x/?token=1", "?"),
        ] {
            let error = add(name, address).unwrap_err();
            assert!(error.contains(part), "{name} {address}: {error}");
        }
        let (_, kept) = added(&page(), &known, &[], "b", "http://u:secret@x").unwrap_or_default();
        assert!(!format!("{kept:?}").contains("secret"), "{kept:?}");
    }
}
