//! Addresses of servers, parsed as browsers parse them.

use std::fmt;

/// The canonical address of a server: absolute, `http` or `https`, without user name, password, query, fragment and trailing slash.
///
/// In a browser, `URL` parses the text; elsewhere the crate `url`, which follows the same standard. Browsers strip tabs and
/// line breaks, read `\` as `/`, skip doubled slashes and normalise hosts (`http:////a` is `http://a`, a Cyrillic look-alike of
/// `example.org` is `xn--…`). Compare origins only after that, and send requests only to [`base`](Self::base).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    base: String,
    /// The length of the origin, with which `base` begins.
    origin: usize,
}

/// Why a text is not the address of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It contains a control character. Browsers strip some of them, so the text does not show its real target.
    #[error("the address contains a control character")]
    Control,
    /// Neither `http` nor `https`.
    #[error("an address that begins with {0}: can't be used, only http: and https:")]
    Scheme(String),
    /// A browser cannot parse it, or it is a path and the page has no origin.
    #[error("a browser can't read this address")]
    Invalid,
}

impl ServerAddress {
    /// Parses an address from a link or a text field. `page` is the origin of the page, for relative addresses.
    ///
    /// A text that begins with a slash or a backslash is relative to the page, as in a browser (`//host` and `/\host` leave its
    /// origin). Everything else names a host, with or without `http:` or `https:`.
    ///
    /// # Errors
    /// [`AddressError`], among others for every text with a control character.
    ///
    /// ```
    /// use workflow_ui_core::{AddressError, ServerAddress};
    ///
    /// let parse = |text| ServerAddress::parse(text, "https://page.org");
    /// let typed = parse("Ada:secret@LOCALHOST:8000/app/?x#y")?;
    /// assert_eq!((typed.origin(), typed.base()), ("http://localhost:8000", "http://localhost:8000/app"));
    /// assert_eq!(parse("/deployments/app")?.base(), "https://page.org/deployments/app");
    /// assert_eq!(parse("/\\evil.example")?.origin(), "https://evil.example");
    /// assert_eq!(parse("/\t/evil.example"), Err(AddressError::Control));
    /// # Ok::<(), AddressError>(())
    /// ```
    pub fn parse(text: &str, page: &str) -> Result<Self, AddressError> {
        let text = cleaned(text)?;
        if text.starts_with(['/', '\\']) {
            return Self::read(text, Some(page));
        }
        match scheme(text) {
            Some((scheme, _)) if is_web(scheme) => Self::read(text, None),
            Some((scheme, rest)) if rest.starts_with("//") => Err(AddressError::Scheme(scheme.to_owned())),
            // `localhost:8000` is a host and a port here, and `localhost:` no scheme.
            _ => Self::read(&["http://", text].concat(), None),
        }
    }

    /// Parses an address like a link in a document: relative to `document`, the absolute address of the document.
    ///
    /// # Errors
    /// [`AddressError`], among others for every text with a control character.
    pub fn resolve(text: &str, document: &str) -> Result<Self, AddressError> {
        let text = cleaned(text)?;
        match scheme(text) {
            Some((scheme, _)) if is_web(scheme) => Self::read(text, None),
            Some((scheme, _)) => Err(AddressError::Scheme(scheme.to_owned())),
            None => Self::read(text, Some(document)),
        }
    }

    /// Parses the address of a server in an app: relative to the page's document. Empty means the page's origin.
    ///
    /// Outside a browser there is no document; a relative address stays unchanged and has no origin.
    ///
    /// # Errors
    /// [`AddressError`], among others for every text with a control character.
    pub fn of_page(text: &str) -> Result<Self, AddressError> {
        let text = cleaned(text)?;
        // None of a page without an origin (`file:`), and outside a browser.
        let page = here().filter(|page| Self::read(&page.origin, None).is_ok());
        match page {
            Some(page) if text.is_empty() => Self::read(&page.origin, None),
            Some(page) => Self::resolve(text, &page.document),
            None if scheme(text).is_some() => Self::resolve(text, ""),
            None => Ok(Self {
                base: text.trim_end_matches('/').to_owned(),
                origin: 0,
            }),
        }
    }

    fn read(text: &str, base: Option<&str>) -> Result<Self, AddressError> {
        let Parts { origin, path } = parts(text, base).ok_or(AddressError::Invalid)?;
        Ok(Self {
            base: [&origin, path.trim_end_matches('/')].concat(),
            origin: origin.len(),
        })
    }

    /// The address that paths are appended to, without a trailing slash: `https://a.org/deployments/app`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Scheme, host and port in the form that browsers compare: `https://a.org`. Only empty for a relative address outside a browser.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.base.get(..self.origin).unwrap_or_default()
    }

    /// The path without a trailing slash; empty at the root.
    #[must_use]
    pub fn path(&self) -> &str {
        self.base.get(self.origin..).unwrap_or_default()
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// The text without white space around it.
fn cleaned(text: &str) -> Result<&str, AddressError> {
    if text.contains(char::is_control) {
        return Err(AddressError::Control);
    }
    Ok(text.trim())
}

/// The scheme, as the URL standard defines it, and what follows its colon.
fn scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    is_scheme.then_some((scheme, rest))
}

fn is_web(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// What a URL parser says of an address.
struct Parts {
    origin: String,
    path: String,
}

/// The page that runs this code.
struct Here {
    origin: String,
    document: String,
}

#[cfg(target_arch = "wasm32")]
fn parts(text: &str, base: Option<&str>) -> Option<Parts> {
    let url = match base {
        Some(base) => web_sys::Url::new_with_base(text, base),
        None => web_sys::Url::new(text),
    };
    // Chromium escapes characters that the standard forbids in a host (`http://a b` is `http://a%20b` there).
    let url = url.ok().filter(|url| !url.hostname().contains('%'))?;
    is_web(url.protocol().trim_end_matches(':')).then(|| Parts {
        origin: url.origin(),
        path: url.pathname(),
    })
}

#[cfg(not(target_arch = "wasm32"))]
fn parts(text: &str, base: Option<&str>) -> Option<Parts> {
    let url = match base {
        Some(base) => url::Url::parse(base).and_then(|base| {
            let host = text.trim_start_matches(['/', '\\']);
            match text.len() - host.len() {
                0 | 1 => base.join(text),
                // The standard skips all slashes before a host; the crate skips two here.
                _ => base.join(&["//", host].concat()),
            }
        }),
        None => url::Url::parse(text),
    };
    let url = url.ok()?;
    is_web(url.scheme()).then(|| Parts {
        origin: url.origin().ascii_serialization(),
        path: url.path().to_owned(),
    })
}

#[cfg(target_arch = "wasm32")]
fn here() -> Option<Here> {
    use wasm_bindgen::JsCast as _;
    let window = js_sys::global().dyn_into::<web_sys::Window>().ok()?;
    let origin = window.location().origin().ok()?;
    let document = window
        .document()
        .and_then(|document| document.base_uri().ok().flatten());
    Some(Here {
        document: document.unwrap_or_else(|| origin.clone()),
        origin,
    })
}

#[cfg(not(target_arch = "wasm32"))]
const fn here() -> Option<Here> {
    None
}

/// The origin of the page; empty where there is none.
pub(crate) fn page_origin() -> String {
    let origin = here().map(|here| here.origin).unwrap_or_default();
    // A page of a file says `null`.
    if origin == "null" { String::new() } else { origin }
}
