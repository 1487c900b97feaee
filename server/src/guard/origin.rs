//! The origins whose pages may use the server.

use std::str::FromStr;

use url::Url;

use super::host::{self, Target};

/// An origin that is allowed, in the form in which browsers send it.
///
/// ```
/// assert!("https://app.example.com".parse::<workflow_debugger::Origin>().is_ok());
/// assert!("app.example.com".parse::<workflow_debugger::Origin>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl FromStr for Origin {
    type Err = String;

    /// Takes `scheme://host[:port]`. `null` is possible, too: that is what files and sandboxed frames send.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "null" {
            return Ok(Self(text.to_owned()));
        }
        let refused = || "an origin like https://app.example.com is needed, without a path".to_owned();
        let url = Url::parse(text).map_err(|_| refused())?;
        let has_more = !matches!(url.path(), "" | "/")
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if has_more || url.host().is_none() || text.contains('*') {
            return Err(refused());
        }
        let origin = url.origin();
        Ok(Self(if origin.is_tuple() {
            origin.ascii_serialization()
        } else {
            // Schemes that the URL standard does not know, such as `chrome-extension`.
            url.as_str().trim_end_matches('/').to_owned()
        }))
    }
}

impl Origin {
    pub(super) fn is(&self, header: &str) -> bool {
        self.0 == header
    }
}

/// Whether a page of this origin was loaded from us or from this machine. TLS may end in a proxy before us, so that `https` is
/// taken for our own as well.
pub(super) fn is_own_or_loopback(header: &str, target: &Target) -> bool {
    let Ok(url) = Url::parse(header) else {
        return false;
    };
    if !matches!(url.scheme(), "http" | "https") || url.origin().ascii_serialization() != header {
        return false;
    }
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return false;
    };
    host::is_loopback(&host.to_owned()) || target.is(&host, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_and_loopback_origins_are_recognised() {
        for (header, host, expected) in [
            ("http://127.0.0.1:4600", "127.0.0.1:4600", true),
            ("http://localhost:3000", "127.0.0.1:4600", true),
            ("https://[::1]:3000", "127.0.0.1:4600", true),
            ("http://app.localhost", "127.0.0.1:4600", true),
            ("http://192.0.2.7:4600", "192.0.2.7:4600", true),
            ("http://192.0.2.7:4601", "192.0.2.7:4600", false),
            ("http://192.0.2.8:4600", "192.0.2.7:4600", false),
            ("https://debug.example.com", "debug.example.com", true),
            ("https://debug.example.com", "debug.example.com:443", true),
            ("http://debug.example.com", "debug.example.com:443", false),
            ("http://evil.example", "127.0.0.1:4600", false),
            ("http://127.0.0.1.evil.example", "127.0.0.1:4600", false),
            ("http://localhost.evil.example", "127.0.0.1:4600", false),
            ("http://evil.example@127.0.0.1", "127.0.0.1:4600", false),
            ("http://127.0.0.1:4600/", "127.0.0.1:4600", false),
            ("ftp://127.0.0.1:4600", "127.0.0.1:4600", false),
            ("null", "127.0.0.1:4600", false),
            ("", "127.0.0.1:4600", false),
        ] {
            let target = host.parse().expect(host);
            assert_eq!(
                is_own_or_loopback(header, &target),
                expected,
                "{header} at {host}"
            );
        }
    }

    #[test]
    fn origins_are_taken_in_the_form_that_browsers_send() {
        for (text, header) in [
            ("https://App.Example.com/", "https://app.example.com"),
            ("https://app.example.com:443", "https://app.example.com"),
            ("http://app.example.com:3000", "http://app.example.com:3000"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
            ("null", "null"),
        ] {
            assert!(text.parse::<Origin>().expect(text).is(header), "{text}");
        }
        for text in [
            "",
            "*",
            "app.example.com",
            "https://*.example.com",
            "https://a.example/path",
            "https://u@a.example",
            "data:text/html,x",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }
}
