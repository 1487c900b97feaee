//! The address of the proxy's upstream server.

use std::fmt;
use std::str::FromStr;

use axum::http::uri::Scheme;
use axum::http::{HeaderValue, Uri};

/// Base address of an upstream: origin and, for an app server, the path of its API.
///
/// ```
/// let upstream: workflow_debugger::Upstream = "http://127.0.0.1:4501/deployments/app/".parse().unwrap();
/// assert_eq!(upstream.to_string(), "http://127.0.0.1:4501/deployments/app");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    origin: String,
    host: HeaderValue,
    path: String,
}

/// Why an address can't be an upstream: a sentence that says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamError(String);

impl fmt::Display for UpstreamError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for UpstreamError {}

/// Paths that belong to the API or the platform, not to its base.
const INSIDE: [&str; 11] = [
    "workflows",
    "handlers",
    "events",
    "results",
    "health",
    "debugger",
    "docs",
    "redoc",
    "openapi.json",
    "ui",
    "index.html",
];

impl FromStr for Upstream {
    type Err = UpstreamError;

    fn from_str(text: &str) -> Result<Self, UpstreamError> {
        let refuse = |words: String| Err(UpstreamError(words));
        let text = text.trim();
        if !text.contains("://") {
            return refuse(format!("`{text}` has no scheme: write http://{text}"));
        }
        let Ok(uri) = text.parse::<Uri>() else {
            return refuse(format!("`{text}` is not an address like http://127.0.0.1:8000"));
        };
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return refuse(format!("`{text}` is not an address like http://127.0.0.1:8000"));
        };
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return refuse(format!(
                "the scheme `{scheme}` can't be used: an upstream begins with http:// or https://"
            ));
        }
        if authority.as_str().contains('@') {
            return refuse("a user name or password can't stand in the address of an upstream".to_owned());
        }
        if authority.host().is_empty() {
            return refuse(format!("`{text}` names no host"));
        }
        if uri.query().is_some() || text.contains('#') {
            return refuse(format!(
                "`{text}` must end with its path: leave out what comes after ? and #"
            ));
        }
        let path = uri.path().trim_end_matches('/');
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        if segments == ["deployments"] {
            return refuse(format!(
                "`{text}` lacks the name of the deployment: write {text}/NAME"
            ));
        }
        let after_base = if segments.first() == Some(&"deployments") {
            2
        } else {
            0
        };
        if let Some(inside) = segments
            .iter()
            .skip(after_base)
            .position(|segment| INSIDE.contains(segment))
        {
            let base: Vec<&str> = segments.iter().take(after_base + inside).copied().collect();
            let slash = if base.is_empty() { "" } else { "/" };
            let base = format!("{scheme}://{authority}{slash}{}", base.join("/"));
            return refuse(format!(
                "`{text}` points into the server: write its base address, {base}"
            ));
        }
        let Ok(host) = HeaderValue::from_str(authority.as_str()) else {
            return refuse(format!("`{authority}` can't be a host"));
        };
        Ok(Self {
            origin: format!("{scheme}://{authority}"),
            host,
            path: path.to_owned(),
        })
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.origin, self.path)
    }
}

impl Upstream {
    /// Scheme and authority.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Path of the API: empty for a bare server, `/deployments/app` for an app server.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn host(&self) -> HeaderValue {
        self.host.clone()
    }

    /// A redirect to the upstream's own origin, as one within ours; `None` when it leads elsewhere or is
    /// relative already.
    pub(crate) fn below_our_origin(&self, location: &HeaderValue) -> Option<HeaderValue> {
        let rest = location.to_str().ok()?.strip_prefix(self.origin.as_str())?;
        match rest.chars().next() {
            None => Some(HeaderValue::from_static("/")),
            Some('/') => HeaderValue::from_str(rest).ok(),
            Some('?' | '#') => HeaderValue::from_str(&format!("/{rest}")).ok(),
            // Another port, or another host that begins alike.
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_are_taken() {
        for (text, shown, path) in [
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000", ""),
            ("http://127.0.0.1:8000/", "http://127.0.0.1:8000", ""),
            (
                "http://localhost:4501/deployments/app/",
                "http://localhost:4501/deployments/app",
                "/deployments/app",
            ),
            (
                "http://localhost:4501/deployments/ui",
                "http://localhost:4501/deployments/ui",
                "/deployments/ui",
            ),
            (
                "https://api.example.com/x/y",
                "https://api.example.com/x/y",
                "/x/y",
            ),
            ("http://[::1]:8000", "http://[::1]:8000", ""),
        ] {
            let upstream: Upstream = text.parse().expect(text);
            assert_eq!(
                (upstream.to_string().as_str(), upstream.path()),
                (shown, path),
                "{text}"
            );
        }
    }

    #[test]
    fn invalid_values_are_refused_with_a_hint() {
        for (text, part) in [
            ("127.0.0.1:8000", "write http://127.0.0.1:8000"),
            ("localhost", "no scheme"),
            ("ftp://host", "begins with http:// or https://"),
            ("http://", "not an address"),
            ("http://a b", "not an address"),
            ("http://u:p@host", "user name"),
            ("http://host:8000/workflows", "base address, http://host:8000"),
            (
                "http://host:4501/deployments/app/ui/",
                "base address, http://host:4501/deployments/app",
            ),
            ("http://host:4501/deployments/", "lacks the name"),
            ("http://host/?x=1", "after ? and #"),
        ] {
            let refused = text.parse::<Upstream>().expect_err(text).to_string();
            assert!(refused.contains(part), "{text}: {refused}");
        }
    }

    #[test]
    fn redirects_stay_with_us() {
        let upstream: Upstream = "http://host:4501/deployments/app".parse().expect("a base");
        for (location, expected) in [
            (
                "http://host:4501/deployments/app/docs",
                Some("/deployments/app/docs"),
            ),
            ("http://host:4501", Some("/")),
            ("http://host:4501?x", Some("/?x")),
            ("http://host:45010/a", None),
            ("/relative", None),
            ("https://elsewhere/", None),
        ] {
            let changed = upstream.below_our_origin(&HeaderValue::from_static(location));
            assert_eq!(
                changed.as_ref().map(|value| value.to_str().expect("text")),
                expected,
                "{location}"
            );
        }
    }
}
