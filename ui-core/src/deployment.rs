//! Where a page is deployed, and which server it uses.

use crate::{AddressError, ServerAddress, WorkflowClient};

/// What a page and its build know about where the page is served. [`Place::deployment`] interprets it; [`deployment`] does so with the
/// browser's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// The page's origin: `https://example.org`. Empty or `null` for pages without one.
    pub origin: &'a str,
    /// The path of its address: `/deployments/app/ui/index.html`.
    pub path: &'a str,
    /// The query of its address, with or without the question mark.
    pub query: &'a str,
    /// The content of `<meta name="llama-deploy-base-path">`; empty if there is none.
    pub meta_base_path: &'a str,
    /// The content of `<meta name="llama-deploy-deployment-name">`.
    pub meta_name: &'a str,
    /// The content of `<meta name="llama-deploy-project-id">`.
    pub meta_project: &'a str,
    /// `LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH` at build time.
    pub build_base_path: &'a str,
    /// `LLAMA_DEPLOY_DEPLOYMENT_NAME` at build time.
    pub build_name: &'a str,
    /// `LLAMA_DEPLOY_PROJECT_ID`, or `LLAMA_AGENTS_PROJECT_ID`, at build time.
    pub build_project: &'a str,
}

/// Where a page is deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment {
    /// The path that the page is served under, without a trailing slash: `/deployments/app/ui`; empty at the root.
    pub base_path: String,
    /// The deployment's name.
    pub name: Option<String>,
    /// The project's id on LlamaCloud.
    pub project: Option<String>,
    /// The base address of the workflow server: absolute and canonical (see [`ServerAddress`]), without a trailing slash. A path if the page
    /// has no origin.
    ///
    /// Check [`is_foreign`](Self::is_foreign) before you send anything there, or use [`client`](Self::client), which checks it.
    pub api_base: String,
    /// Whether `?api=` names another origin than the page's. Anybody can write such a link: ask the user before you send anything there.
    pub is_foreign: bool,
    /// The base address of the server that the page belongs to, without `?api=`. Never of another origin.
    pub own_base: String,
    /// Why `?api=` was ignored, if it is not a valid address. `api_base` is then the page's own.
    pub refused: Option<AddressError>,
}

impl Deployment {
    /// A client for the deployment's server. If `?api=` names another origin, it is ignored and the client is for
    /// [`own_base`](Self::own_base).
    pub fn client(&self) -> WorkflowClient {
        self.client_if(|_| false)
    }

    /// Like [`client`](Self::client), but uses a server of another origin if the user agrees in the browser's `confirm` dialog, which
    /// names that origin. Blocks until the user answers. For small apps and development; with your own interface use
    /// [`client_if`](Self::client_if).
    pub fn client_or_ask(&self) -> WorkflowClient {
        self.client_if(|origin| ask("workflow server", origin))
    }

    /// A client for the deployment's server. Uses a server of another origin only if `is_agreed` returns true for that origin.
    pub fn client_if(&self, is_agreed: impl FnOnce(&str) -> bool) -> WorkflowClient {
        WorkflowClient::new(self.base_if(is_agreed))
    }

    /// The address that [`client_if`](Self::client_if) would use, for a client with settings ([`WorkflowClient::builder`]).
    pub fn base_if(&self, is_agreed: impl FnOnce(&str) -> bool) -> &str {
        let origin = |base: &str| ServerAddress::resolve(base, "").map(|address| address.origin().to_owned());
        if !self.is_foreign || origin(&self.api_base).is_ok_and(|origin| is_agreed(&origin)) {
            &self.api_base
        } else {
            &self.own_base
        }
    }
}

/// Asks in the browser's own dialog whether a server of another origin, which a link named, is to be used.
#[cfg(target_arch = "wasm32")]
pub(crate) fn ask(what: &str, origin: &str) -> bool {
    use wasm_bindgen::JsCast as _;
    let question = [
        "This link wants to use the ",
        what,
        " ",
        origin,
        ", which is not the server that this page came from. Use it?",
    ];
    let window = js_sys::global().dyn_into::<web_sys::Window>().ok();
    // If dialogs are forbidden, the user has not agreed.
    window.is_some_and(|window| window.confirm_with_message(&question.concat()).unwrap_or(false))
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) const fn ask(_what: &str, _origin: &str) -> bool {
    false
}

impl Place<'_> {
    /// The deployment at this place. The page has priority over the build, so a `dist/` that was built elsewhere works too.
    ///
    /// The server is the one in `?api=` (`llamactl` passes it), else the deployment that the page is served under
    /// (`/deployments/{name}`), else the page's origin.
    ///
    /// ```
    /// # use workflow_ui_core::Place;
    /// let place = Place { origin: "https://a.org", path: "/deployments/app/ui/", ..Place::default() };
    /// let found = place.deployment();
    /// assert_eq!(found.name.as_deref(), Some("app"));
    /// assert_eq!(found.api_base, "https://a.org/deployments/app");
    /// assert_eq!(found.base_path, "/deployments/app/ui");
    /// ```
    pub fn deployment(&self) -> Deployment {
        let below = prefix(self.path);
        let page = ServerAddress::resolve(self.origin, "").ok();
        let own_path = if below.is_empty() {
            prefix(self.build_or_meta_base())
        } else {
            below
        };
        let own = page
            .as_ref()
            .and_then(|page| ServerAddress::resolve(own_path, page.origin()).ok());
        let api = parameter(self.query, "api").filter(|api| !api.trim_matches(' ').is_empty());
        let named = api.map(|api| {
            let page = page.as_ref().map(ServerAddress::origin);
            ServerAddress::parse(&api, page.unwrap_or_default())
        });
        let (named, refused) = match named {
            Some(Ok(named)) => (Some(named), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let is_foreign = named
            .as_ref()
            .is_some_and(|named| Some(named.origin()) != page.as_ref().map(ServerAddress::origin));
        let own_base = own.map_or_else(|| own_path.to_owned(), |own| own.base().to_owned());
        let path = match &named {
            Some(_) if is_foreign => "",
            Some(named) => named.path(),
            None => own_path,
        };
        let name = first([
            name_of(below),
            self.meta_name,
            name_of(prefix(path)),
            self.build_name,
        ]);
        // A configured path counts if the page is below it: the same files may have been moved since.
        let configured = [self.meta_base_path, self.build_base_path].map(|base| base.trim_end_matches('/'));
        let base_path = match configured.into_iter().find(|base| is_below(self.path, base)) {
            Some(base) => base,
            None if below.is_empty() => folder(self.path),
            None => base_of(self.path, below),
        };
        Deployment {
            base_path: base_path.to_owned(),
            name,
            project: first([self.meta_project, self.build_project]),
            api_base: named.map_or_else(|| own_base.clone(), |named| named.base().to_owned()),
            is_foreign,
            own_base,
            refused,
        }
    }

    const fn build_or_meta_base(&self) -> &str {
        if self.meta_base_path.is_empty() {
            self.build_base_path
        } else {
            self.meta_base_path
        }
    }
}

/// The first that says something.
pub(crate) fn first<const N: usize>(texts: [&str; N]) -> Option<String> {
    texts
        .into_iter()
        .map(str::trim)
        .find(|text| !text.is_empty())
        .map(str::to_owned)
}

/// `/deployments/{name}` where the path lies below one.
fn prefix(path: &str) -> &str {
    const FOLDER: &str = "/deployments/";
    let name = path.strip_prefix(FOLDER).and_then(|rest| rest.split('/').next());
    match name {
        Some(name) if !name.is_empty() => path.get(..FOLDER.len() + name.len()).unwrap_or_default(),
        _ => "",
    }
}

fn name_of(prefix: &str) -> &str {
    prefix.rsplit('/').next().unwrap_or_default()
}

/// Whether a path is `base` or lies below it.
fn is_below(path: &str, base: &str) -> bool {
    let rest = path.strip_prefix(base).filter(|_| !base.is_empty());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The folder of a page's path, without its last slash.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `/deployments/{name}/ui` of a page below it; the prefix itself of any other.
fn base_of<'a>(path: &'a str, prefix: &'a str) -> &'a str {
    let rest = path.get(prefix.len()..).unwrap_or_default();
    if rest == "/ui" || rest.starts_with("/ui/") {
        path.get(..prefix.len() + 3).unwrap_or(prefix)
    } else {
        prefix
    }
}

/// The value of a query's parameter, percent-decoded.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let query = query.strip_prefix('?').unwrap_or(query);
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| decoded(value))
    })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = |digits: &[u8]| {
            let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
            u8::from_str_radix(digits, 16).ok()
        };
        rest = after;
        bytes.push(match (first, hex(after)) {
            (b'%', Some(byte)) => {
                rest = after.get(2..).unwrap_or_default();
                byte
            }
            (b'+', _) => b' ',
            _ => *first,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where this page is deployed: according to its address, then to `<meta>` elements, then to build-time values.
///
/// ```no_run
/// use workflow_ui_core::{deployment, provide_workflow_client};
///
/// // Never uses a server of another origin from a link.
/// provide_workflow_client(deployment().client());
/// ```
///
/// Build-time values are `LLAMA_DEPLOY_DEPLOYMENT_NAME`, `LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH` and `LLAMA_DEPLOY_PROJECT_ID` (or its newer
/// name `LLAMA_AGENTS_PROJECT_ID`) of the environment in which this crate was compiled. Outside a browser, as in native tests, only they
/// count; without them the deployment is at the root ([`Deployment::api_base`] is empty).
pub fn deployment() -> Deployment {
    page().unwrap_or_else(|| BUILD.deployment())
}

#[cfg(not(target_arch = "wasm32"))]
const fn page() -> Option<Deployment> {
    None
}

/// The deployment that the page's address and `<meta>` elements name. None in a worker, which has no page.
#[cfg(target_arch = "wasm32")]
fn page() -> Option<Deployment> {
    use wasm_bindgen::JsCast as _;
    let window = js_sys::global().dyn_into::<web_sys::Window>().ok()?;
    let location = window.location();
    let place = Place {
        origin: &location.origin().unwrap_or_default(),
        path: &location.pathname().unwrap_or_default(),
        query: &location.search().unwrap_or_default(),
        meta_base_path: &meta("llama-deploy-base-path").unwrap_or_default(),
        meta_name: &meta("llama-deploy-deployment-name").unwrap_or_default(),
        meta_project: &meta("llama-deploy-project-id").unwrap_or_default(),
        ..BUILD
    };
    Some(place.deployment())
}

/// The content of a `<meta>` element of the page.
#[cfg(target_arch = "wasm32")]
pub(crate) fn meta(name: &str) -> Option<String> {
    use wasm_bindgen::JsCast as _;
    let window = js_sys::global().dyn_into::<web_sys::Window>().ok()?;
    let element = window.document()?.query_selector(&format!("meta[name={name}]"));
    element.ok().flatten()?.get_attribute("content")
}

/// What the environment of the build says.
const BUILD: Place<'static> = Place {
    origin: "",
    path: "",
    query: "",
    meta_base_path: "",
    meta_name: "",
    meta_project: "",
    build_base_path: match option_env!("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH") {
        Some(path) => path,
        None => "",
    },
    build_name: match option_env!("LLAMA_DEPLOY_DEPLOYMENT_NAME") {
        Some(name) => name,
        None => "",
    },
    build_project: match (
        option_env!("LLAMA_DEPLOY_PROJECT_ID"),
        option_env!("LLAMA_AGENTS_PROJECT_ID"),
    ) {
        (Some(project), _) | (None, Some(project)) => project,
        (None, None) => "",
    },
};

#[cfg(test)]
mod tests {
    use super::{Deployment, Place};

    fn at(path: &str, query: &str) -> Deployment {
        Place {
            origin: "https://page.org",
            path,
            query,
            ..Place::default()
        }
        .deployment()
    }

    #[test]
    fn the_address_decides_where_the_workflows_are() {
        for (path, query, api, name, base) in [
            ("/", "", "", None, ""),
            ("/debugger/", "", "", None, "/debugger"),
            (
                "/deployments/app/ui/",
                "",
                "/deployments/app",
                Some("app"),
                "/deployments/app/ui",
            ),
            (
                "/deployments/app/ui/index.html",
                "",
                "/deployments/app",
                Some("app"),
                "/deployments/app/ui",
            ),
            (
                "/deployments/app",
                "",
                "/deployments/app",
                Some("app"),
                "/deployments/app",
            ),
            ("/deployments/", "", "", None, "/deployments"),
            (
                "/debugger/index.html",
                "?x=1&api=%2Fdeployments%2Fapp",
                "/deployments/app",
                Some("app"),
                "/debugger",
            ),
            ("/deployments/a/ui/", "?api=/", "", Some("a"), "/deployments/a/ui"),
            (
                "/",
                "?api=https%3A%2F%2Fpage.org%2Fdeployments%2Fb%2F",
                "/deployments/b",
                Some("b"),
                "",
            ),
            ("/", "?api=", "", None, ""),
        ] {
            let found = at(path, query);
            let api = ["https://page.org", api].concat();
            assert_eq!(found.api_base, api, "the workflows of {path}{query}");
            assert_eq!(found.name.as_deref(), name, "the name at {path}{query}");
            assert_eq!(found.base_path, base, "the base of {path}{query}");
            assert!(!found.is_foreign, "{path}{query} stays at home");
        }
    }

    #[test]
    fn without_a_page_the_build_alone_counts() {
        let found = super::deployment();
        assert_eq!(found, super::BUILD.deployment());
        assert!(!found.is_foreign);
    }

    #[test]
    fn another_origin_is_foreign_however_it_is_written() {
        for api in [
            "http://page.org",
            "https://page.org.evil.example",
            "https://page.org@evil.example",
            "https://page.org:8443/",
            "//evil.example/x",
            "/\\evil.example",
            "evil.example:80",
        ] {
            let found = at("/", &format!("?api={api}"));
            assert!(found.is_foreign, "{api} must ask first: {found:?}");
        }
        assert_eq!(at("/", "?api=127.0.0.1:8000").api_base, "http://127.0.0.1:8000");
    }

    #[test]
    fn the_page_counts_before_the_build() {
        let built = Place {
            origin: "https://page.org",
            path: "/",
            build_base_path: "/deployments/built/ui",
            build_name: "built",
            build_project: "p1",
            ..Place::default()
        };
        let found = built.deployment();
        assert_eq!(found.api_base, "https://page.org/deployments/built");
        assert_eq!(found.name.as_deref(), Some("built"));
        assert_eq!(found.project.as_deref(), Some("p1"));
        assert_eq!(
            found.base_path, "",
            "the page is at the root, wherever it was to be"
        );
        let moved = Place {
            path: "/deployments/here/ui/",
            meta_base_path: "/deployments/built/ui",
            meta_name: "built",
            meta_project: "p2",
            ..built
        };
        let found = moved.deployment();
        assert_eq!(found.base_path, "/deployments/here/ui");
        assert_eq!(
            found.api_base, "https://page.org/deployments/here",
            "a `dist/` that was built elsewhere"
        );
        assert_eq!(found.name.as_deref(), Some("here"));
        assert_eq!(found.project.as_deref(), Some("p2"));
    }

    #[test]
    fn the_page_names_a_path_that_its_address_lacks() {
        let named = Place {
            origin: "https://page.org",
            path: "/apps/review/list/open",
            meta_base_path: "/apps/review/",
            meta_name: "review",
            ..Place::default()
        };
        let found = named.deployment();
        assert_eq!(found.base_path, "/apps/review", "not the folder of the address");
        assert_eq!(found.name.as_deref(), Some("review"));
        let beside = Place {
            path: "/apps/reviews/",
            ..named
        };
        assert_eq!(beside.deployment().base_path, "/apps/reviews", "another folder");
    }

    #[test]
    fn odd_queries_are_read_as_far_as_they_go() {
        assert_eq!(at("/", "?api=%2Fa%zz%").api_base, "https://page.org/a%zz%");
        assert_eq!(at("/", "?apix=/b&api").api_base, "https://page.org");
    }
}
