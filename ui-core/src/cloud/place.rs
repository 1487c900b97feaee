//! Where the page's Agent Data is, and whose records are its own.

use workflow_cloud::deployment_name;

use super::client::{AgentDataClient, AgentDataClientBuilder};
use crate::deployment::{ask, first, parameter};
use crate::{AddressError, ServerAddress};

/// What a page, or its build, says of its Agent Data. [`AgentDataPlace::address`] makes sense of it; [`agent_data_address`] reads it in a
/// browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgentDataPlace<'a> {
    /// The page's whole address: `https://example.org/deployments/app/ui/?agent_data=…`. Empty where there is no page.
    pub page: &'a str,
    /// The content of `<meta name="llama-cloud-base-url">`; empty if there is none.
    pub meta_base: &'a str,
    /// The content of `<meta name="llama-deploy-deployment-name">`.
    pub meta_name: &'a str,
    /// The content of `<meta name="llama-deploy-project-id">`.
    pub meta_project: &'a str,
    /// `LLAMA_CLOUD_BASE_URL` at build time.
    pub build_base: &'a str,
    /// `LLAMA_DEPLOY_DEPLOYMENT_NAME` at build time, also with `NEXT_PUBLIC_` or `VITE_` before it.
    pub build_name: &'a str,
    /// `LLAMA_AGENTS_PROJECT_ID`, or `LLAMA_DEPLOY_PROJECT_ID`, at build time.
    pub build_project: &'a str,
}

/// Where the page's Agent Data is, and whose records are its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentDataAddress {
    /// The base address of the service. Check [`is_foreign`](Self::is_foreign) before you send anything there, or use
    /// [`client`](Self::client), which does.
    pub base: String,
    /// Whether a link (`?agent_data=`) named another origin than the page's. A link can say anything: ask the person first.
    pub is_foreign: bool,
    /// The base address that the page itself, or its build, names: else the page's origin. Never from a link.
    pub own_base: String,
    /// Why `?agent_data=` was ignored, if it is no address.
    pub refused: Option<AddressError>,
    /// The deployment under whose name the records are stored; `_public` if there is none.
    pub deployment: String,
    /// The project, which every request names.
    pub project: Option<String>,
}

impl AgentDataPlace<'_> {
    /// The address of Agent Data at this place: `?agent_data=`, else the page's `<meta>`, else the build's variable, else the page's
    /// origin. The deployment's name is the page's `<meta>`, else the build's variable, else the name in the page's address, unless that
    /// is on this computer, else `_public`.
    ///
    /// ```
    /// # use workflow_ui_core::AgentDataPlace;
    /// let place = AgentDataPlace { page: "https://a.org/base/deployments/my%20app/ui/", ..AgentDataPlace::default() };
    /// let found = place.address();
    /// assert_eq!((found.base.as_str(), found.deployment.as_str()), ("https://a.org", "my app"));
    ///
    /// let local = AgentDataPlace { page: "http://[::1]:4501/deployments/app/ui/", ..AgentDataPlace::default() };
    /// assert_eq!(local.address().deployment, "_public");
    /// ```
    #[must_use]
    pub fn address(&self) -> AgentDataAddress {
        let origin = ServerAddress::resolve(self.page, "").map(|page| page.origin().to_owned());
        let origin = origin.unwrap_or_default();
        let own_base = first([self.meta_base, self.build_base]).unwrap_or_else(|| origin.clone());
        let query = self.page.split_once('?').map_or("", |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let named = parameter(query, "agent_data").filter(|named| !named.trim().is_empty());
        let (named, refused) = match named.map(|named| ServerAddress::parse(&named, &origin)) {
            Some(Ok(named)) => (Some(named), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let is_own = |named: &ServerAddress| named.origin() == origin || named.base() == own_base;
        let name = first([self.meta_name, self.build_name]);
        AgentDataAddress {
            is_foreign: named.as_ref().is_some_and(|named| !is_own(named)),
            base: named.map_or_else(|| own_base.clone(), |named| named.base().to_owned()),
            own_base,
            refused,
            deployment: deployment_name(None, name.as_deref(), Some(self.page)),
            project: first([self.meta_project, self.build_project]),
        }
    }
}

impl AgentDataAddress {
    /// A client of the page's Agent Data. A link can name any address, so one of another origin is not used.
    #[must_use]
    pub fn client(&self) -> AgentDataClient {
        self.builder_if(|_| false).build()
    }

    /// The same, and an address of another origin that a link named is used if the person agrees in the browser's own dialog. Blocks
    /// until it is answered.
    #[must_use]
    pub fn client_or_ask(&self) -> AgentDataClient {
        self.builder_if(|origin| ask("Agent Data service", origin))
            .build()
    }

    /// The settings of a client; of an address of another origin that a link named only if `is_agreed`, which is called with that
    /// origin, says so.
    pub fn builder_if(&self, is_agreed: impl FnOnce(&str) -> bool) -> AgentDataClientBuilder {
        let origin = ServerAddress::resolve(&self.base, "").map(|address| address.origin().to_owned());
        let base = if !self.is_foreign || origin.is_ok_and(|origin| is_agreed(&origin)) {
            &self.base
        } else {
            &self.own_base
        };
        let builder = AgentDataClient::builder(base).deployment(&self.deployment);
        match &self.project {
            Some(project) => builder.project(project),
            None => builder,
        }
    }
}

/// Where this page's Agent Data is: its address and `<meta>` elements first, then the build's variables.
///
/// ```no_run
/// use workflow_ui_core::{agent_data_address, provide_agent_data_client};
///
/// provide_agent_data_client(agent_data_address().client());
/// ```
///
/// Build-time values are `LLAMA_CLOUD_BASE_URL`, `LLAMA_DEPLOY_DEPLOYMENT_NAME` (also with `NEXT_PUBLIC_` or `VITE_` before it) and
/// `LLAMA_AGENTS_PROJECT_ID` (or `LLAMA_DEPLOY_PROJECT_ID`) of the environment in which this crate was compiled. No key is ever read
/// from there: what is in a page can be read by everybody.
#[must_use]
pub fn agent_data_address() -> AgentDataAddress {
    page().unwrap_or_else(|| BUILD.address())
}

#[cfg(not(target_arch = "wasm32"))]
const fn page() -> Option<AgentDataAddress> {
    None
}

#[cfg(target_arch = "wasm32")]
fn page() -> Option<AgentDataAddress> {
    use crate::deployment::meta;
    use wasm_bindgen::JsCast as _;
    let window = js_sys::global().dyn_into::<web_sys::Window>().ok()?;
    let place = AgentDataPlace {
        page: &window.location().href().unwrap_or_default(),
        meta_base: &meta("llama-cloud-base-url").unwrap_or_default(),
        meta_name: &meta("llama-deploy-deployment-name").unwrap_or_default(),
        meta_project: &meta("llama-deploy-project-id").unwrap_or_default(),
        ..BUILD
    };
    Some(place.address())
}

/// The first of a build's variables that is set.
macro_rules! build {
    ($name:literal) => {
        match option_env!($name) {
            Some(text) => text,
            None => "",
        }
    };
    ($name:literal, $($more:literal),+) => {
        match option_env!($name) {
            Some(text) => text,
            None => build!($($more),+),
        }
    };
}

/// What the environment of the build says.
const BUILD: AgentDataPlace<'static> = AgentDataPlace {
    page: "",
    meta_base: "",
    meta_name: "",
    meta_project: "",
    build_base: build!("LLAMA_CLOUD_BASE_URL"),
    build_name: build!(
        "LLAMA_DEPLOY_DEPLOYMENT_NAME",
        "NEXT_PUBLIC_LLAMA_DEPLOY_DEPLOYMENT_NAME",
        "VITE_LLAMA_DEPLOY_DEPLOYMENT_NAME"
    ),
    build_project: build!("LLAMA_AGENTS_PROJECT_ID", "LLAMA_DEPLOY_PROJECT_ID"),
};

#[cfg(test)]
mod tests {
    use super::AgentDataPlace;

    #[test]
    fn what_the_page_says_counts_before_the_build() {
        let built = AgentDataPlace {
            page: "https://page.org/deployments/here/ui/",
            build_base: "https://api.example",
            build_name: "built",
            build_project: "p1",
            ..AgentDataPlace::default()
        };
        let found = built.address();
        assert_eq!(found.base, "https://api.example");
        assert!(!found.is_foreign, "the page's own build named it");
        assert_eq!(found.deployment, "built");
        assert_eq!(found.project.as_deref(), Some("p1"));
        let named = AgentDataPlace {
            meta_base: "/cloud",
            meta_name: "named",
            meta_project: "p2",
            ..built
        };
        let found = named.address();
        assert_eq!(
            (found.base.as_str(), found.deployment.as_str()),
            ("/cloud", "named")
        );
        assert_eq!(found.project.as_deref(), Some("p2"));
    }

    #[test]
    fn an_address_of_another_origin_in_a_link_is_foreign() {
        let at = |query: &str| {
            let page = ["https://page.org/ui/", query].concat();
            AgentDataPlace {
                page: &page,
                build_base: "https://api.example",
                ..AgentDataPlace::default()
            }
            .address()
        };
        let found = at("?agent_data=https%3A%2F%2Fevil.example#x");
        assert!(found.is_foreign);
        assert_eq!(found.base, "https://evil.example");
        assert_eq!(found.own_base, "https://api.example");
        assert!(!at("?agent_data=/store").is_foreign);
        assert!(
            !at("?agent_data=https://api.example").is_foreign,
            "the build named it"
        );
        assert!(at("?agent_data=%09//evil.example").refused.is_some());
    }

    #[test]
    fn no_key_is_read_from_the_environment_of_the_build() {
        for source in [
            include_str!("place.rs"),
            include_str!("client.rs"),
            include_str!("../deployment.rs"),
        ] {
            let names = source
                .split("option_env!(\"")
                .skip(1)
                .chain(source.split("build!(").skip(1));
            for name in names {
                let end = name.find([')', '}']).unwrap_or(name.len());
                assert!(!name[..end].contains("KEY"), "{}", &name[..end]);
            }
        }
    }
}
