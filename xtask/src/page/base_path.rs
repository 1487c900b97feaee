//! What the platform tells a page's development server by its environment, in trunk's words.

use crate::Result;

/// Where trunk serves when nobody says otherwise; its own default would be 8080.
const PORT: u16 = 4602;

/// The settings of one `cargo xtask serve`.
#[derive(Debug, PartialEq)]
pub(crate) struct Settings {
    port: u16,
    /// With a slash at both ends.
    base: String,
}

impl Settings {
    /// `PORT` and `LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH`. The other `LLAMA_DEPLOY_*` reach the page's build by
    /// themselves, through the environment.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let port = match set("PORT") {
            None => PORT,
            Some(text) => text
                .trim()
                .parse()
                .map_err(|_| format!("PORT is `{text}`, which is not a port number."))?,
        };
        let base = set("LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH").unwrap_or_default();
        Ok(Self {
            port,
            base: with_slashes(&base)?,
        })
    }

    /// Variables for trunk.
    pub(crate) fn for_trunk(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![("TRUNK_SERVE_PORT", self.port.to_string())];
        if self.base != "/" {
            // The platform's proxy forwards `<base>/` without its slash, where a relative address would go astray.
            all.push(("TRUNK_BUILD_PUBLIC_URL", self.base.clone()));
            all.push((
                "TRUNK_SERVE_SERVE_BASE",
                self.base.trim_end_matches('/').to_owned(),
            ));
            all.push(("TRUNK_SERVE_WS_BASE", self.base.clone()));
        }
        all
    }

    /// Where a browser finds the page. trunk answers at the base without its last slash only, which is how the platform's
    /// proxy asks for it.
    pub(crate) fn address(&self) -> String {
        let path = if self.base == "/" {
            "/"
        } else {
            self.base.trim_end_matches('/')
        };
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

fn with_slashes(path: &str) -> Result<String> {
    let path = path.trim();
    if path.contains("://") || path.contains(['?', '#', ' ']) {
        return Err(format!(
            "LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH is `{path}`; it should be a path such as /deployments/app/ui."
        ));
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    Ok(if parts.is_empty() {
        "/".to_owned()
    } else {
        format!("/{}/", parts.join("/"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(port: &str, base: &str) -> Result<Settings> {
        Settings::read(|name| match name {
            "PORT" => Some(port.to_owned()),
            "LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH" => Some(base.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn a_base_path_is_tolerated_with_and_without_its_slashes() {
        for base in [
            "/deployments/app/ui",
            "deployments/app/ui/",
            "//deployments/app/ui//",
        ] {
            let settings = settings("4502", base).unwrap();
            assert_eq!(
                settings.address(),
                "http://127.0.0.1:4502/deployments/app/ui",
                "from {base}"
            );
            let trunk = settings.for_trunk();
            assert!(
                trunk.contains(&("TRUNK_BUILD_PUBLIC_URL", "/deployments/app/ui/".to_owned())),
                "{trunk:?}"
            );
            assert!(
                trunk.contains(&("TRUNK_SERVE_SERVE_BASE", "/deployments/app/ui".to_owned())),
                "{trunk:?}"
            );
        }
    }

    #[test]
    fn without_a_base_path_the_addresses_stay_relative() {
        let settings = settings("", "").unwrap();
        assert_eq!(
            settings.for_trunk(),
            [("TRUNK_SERVE_PORT", PORT.to_string())],
            "nothing but a port"
        );
    }

    #[test]
    fn settings_that_cannot_be_meant_are_said() {
        assert!(
            settings("eighty", "").unwrap_err().contains("PORT is `eighty`"),
            "a port that is none"
        );
        assert!(
            settings("", "http://host/app")
                .unwrap_err()
                .contains("should be a path"),
            "an address for a path"
        );
    }
}
