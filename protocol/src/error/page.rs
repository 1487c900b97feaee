//! Web pages that come in the place of the server's JSON: login pages, error pages of proxies, an app's start page.

use super::detail::{is_page, page_words};

/// Bytes of a page that are searched for signs of a login form.
const SEARCHED: usize = 256 * 1024;
/// Parts of a title or an address that name a login page, in lower case.
const SIGN_IN: [&str; 10] = [
    "sign in", "sign-in", "signin", "log in", "log-in", "login", "sso", "oauth", "saml", "authoriz",
];

/// A web page in the place of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebPage {
    /// Its title, or the beginning of its text. Can be empty.
    pub title: String,
    /// Whether it asks for a password, or its title names a login.
    pub asks_for_sign_in: bool,
}

impl WebPage {
    /// The page that a body is; `None` for everything that is no HTML or XML document.
    ///
    /// ```
    /// # use workflow_protocol::WebPage;
    /// let html = Some("text/html; charset=utf-8");
    /// let page = WebPage::of(html, "<!doctype html><title>Log in to Acme</title>").ok_or("a page")?;
    /// assert_eq!((page.title.as_str(), page.asks_for_sign_in), ("Log in to Acme", true));
    /// assert_eq!(WebPage::of(html, "{\"status\":\"healthy\"}"), None);
    /// # Ok::<(), &str>(())
    /// ```
    pub fn of(content_type: Option<&str>, body: &str) -> Option<Self> {
        let body = body.trim();
        if !is_page(content_type, body) {
            return None;
        }
        let title = page_words(body);
        let start = super::cut(body, SEARCHED).to_ascii_lowercase();
        let password = ["type=\"password\"", "type='password'", "type=password"]
            .iter()
            .any(|sign| start.contains(sign));
        Some(Self {
            asks_for_sign_in: password || names_sign_in(&title),
            title,
        })
    }
}

/// Whether a title or an address is that of a login.
fn names_sign_in(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SIGN_IN.iter().any(|sign| text.contains(sign))
}
