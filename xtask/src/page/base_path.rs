//! What the platform's environment says about the page, when it is built or served.

use crate::Result;
use std::io::ErrorKind;
use std::net::TcpListener;

/// The default port of `cargo xtask serve`. Trunk's own default is 8080.
const PORT: u16 = 4602;

/// The settings of one `cargo xtask serve` or `build`.
#[derive(Debug, PartialEq)]
pub(crate) struct Settings {
    port: u16,
    /// With a slash at both ends.
    base: String,
    name: Option<String>,
    /// Whether a workflow server is configured next to the page.
    has_server: bool,
}

impl Settings {
    /// `PORT`, `LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH`, `…_NAME` or the older `…_URL_ID`, and `LLAMA_DEPLOY_SERVER_PORT`. The page's build
    /// reads `LLAMA_DEPLOY_PROJECT_ID` itself.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name: &str| {
            variable(name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let port = |name: &str| match set(name) {
            None => Ok(None),
            Some(text) => match text.parse::<u16>() {
                Ok(port) if port > 0 => Ok(Some(port)),
                _ => Err(format!("{name} is `{text}`, which is not a port number.")),
            },
        };
        let base = set("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH").unwrap_or_default();
        Ok(Self {
            port: port("PORT")?.unwrap_or(PORT),
            base: with_slashes(&base)?,
            name: set("LLAMA_DEPLOY_DEPLOYMENT_NAME").or_else(|| set("LLAMA_DEPLOY_DEPLOYMENT_URL_ID")),
            has_server: port("LLAMA_DEPLOY_SERVER_PORT")?.is_some(),
        })
    }

    /// Reports a port that is in use before the build, not after it.
    pub(crate) fn check_port(&self) -> Result<()> {
        match TcpListener::bind(("127.0.0.1", self.port)) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => Err(format!(
                "port {} is in use, perhaps by a page that was left running: end it, or name another by PORT.",
                self.port
            )),
            // trunk reports all other errors.
            _ => Ok(()),
        }
    }

    /// Whether trunk needs the templates' proxy in front of it: below a base path, and next to a server.
    pub(crate) fn needs_front(&self) -> bool {
        self.base != "/" || self.has_server
    }

    /// Variables for trunk or the proxy, when serving.
    pub(crate) fn for_serving(&self) -> [(&'static str, String); 2] {
        [
            ("PORT", self.port.to_string()),
            ("TRUNK_SERVE_PORT", self.port.to_string()),
        ]
    }

    /// Variables for a build, in the one form that the page reads.
    pub(crate) fn for_building(&self) -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        if self.base != "/" {
            let base = self.base.trim_end_matches('/').to_owned();
            all.push(("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH", base));
        }
        if let Some(name) = &self.name {
            all.push(("LLAMA_DEPLOY_DEPLOYMENT_NAME", name.clone()));
        }
        all
    }

    /// The address of the page for a browser.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.base)
    }
}

fn with_slashes(path: &str) -> Result<String> {
    if path.contains("://") || path.contains(['?', '#', ' ', '"', '<', '>']) {
        return Err(format!(
            "LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH is `{path}`; it should be a path such as /deployments/app/ui."
        ));
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() {
        return Ok("/".to_owned());
    }
    let base = format!("/{}/", parts.join("/"));
    if !path.starts_with('/') {
        eprintln!(
            "warning: LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH is `{path}`, without a slash at its beginning; taken as {base}"
        );
    }
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(all: &[(&str, &str)]) -> Result<Settings> {
        Settings::read(|name| {
            let found = all.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_base_path_may_omit_its_slashes() {
        for base in [
            "/deployments/app/ui",
            "deployments/app/ui/",
            "//deployments/app/ui//",
        ] {
            let settings =
                settings(&[("PORT", "4502"), ("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH", base)]).unwrap();
            assert_eq!(
                settings.address(),
                "http://127.0.0.1:4502/deployments/app/ui/",
                "from {base}"
            );
            let building = settings.for_building();
            let variable = (
                "LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH",
                "/deployments/app/ui".to_owned(),
            );
            assert!(building.contains(&variable), "{building:?}");
            assert!(settings.needs_front(), "trunk alone cannot stand below a path");
        }
    }

    #[test]
    fn without_the_platform_trunk_serves_alone() {
        let settings = settings(&[("PORT", ""), ("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH", " ")]).unwrap();
        assert!(!settings.needs_front(), "nothing to do for a front");
        assert_eq!(settings.for_building(), [], "no variables for the page");
        assert_eq!(settings.address(), format!("http://127.0.0.1:{PORT}/"));
    }

    #[test]
    fn the_older_name_variable_is_the_fallback() {
        let old = ("LLAMA_DEPLOY_DEPLOYMENT_URL_ID", "old");
        let new = ("LLAMA_DEPLOY_DEPLOYMENT_NAME", "new");
        let name = |all: &[(&str, &str)]| settings(all).unwrap().name;
        assert_eq!(name(&[old]).as_deref(), Some("old"));
        assert_eq!(name(&[old, new]).as_deref(), Some("new"));
    }

    #[test]
    fn a_port_in_use_is_reported() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port().to_string();
        let settings = settings(&[("PORT", &port)]).unwrap();
        let error = settings.check_port().unwrap_err();
        assert!(error.contains(&port) && error.contains("in use"), "{error}");
        drop(taken);
        assert_eq!(settings.check_port(), Ok(()), "now it is free");
    }

    #[test]
    fn invalid_settings_are_reported() {
        for (name, value, words) in [
            ("PORT", "eighty", "PORT is `eighty`"),
            ("PORT", "0", "not a port number"),
            (
                "LLAMA_DEPLOY_SERVER_PORT",
                "-1",
                "LLAMA_DEPLOY_SERVER_PORT is `-1`",
            ),
            (
                "LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH",
                "http://host/app",
                "should be a path",
            ),
        ] {
            let error = settings(&[(name, value)]).unwrap_err();
            assert!(error.contains(words), "{name}={value}: {error}");
        }
    }
}
