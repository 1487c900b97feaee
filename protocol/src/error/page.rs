//! Web pages instead of the server's JSON: login pages, error pages of proxies, the start page of an app.

/// How many bytes of a page are searched for signs of a login form.
const SEARCHED: usize = 256 * 1024;
/// How many characters of an HTML page without a title are shown.
const PAGE_CHARS: usize = 200;
/// Parts of a title or an address of a login page, in lower case.
const SIGN_IN: [&str; 10] = [
    "sign in", "sign-in", "signin", "log in", "log-in", "login", "sso", "oauth", "saml", "authoriz",
];

/// A web page in place of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebPage {
    /// Its title, or the start of its text. Can be empty.
    pub title: String,
    /// Whether it asks for a password, or its title is that of a login page.
    pub asks_for_sign_in: bool,
}

impl WebPage {
    /// Recognises a web page in a body; `None` if the body is not an HTML or XML document.
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

/// Whether a title or an address is that of a login page.
fn names_sign_in(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SIGN_IN.iter().any(|sign| text.contains(sign))
}

/// Whether the text is an HTML or XML document. Python's `<class 'x'>` and `<enqueued>` are not.
pub(crate) fn is_page(content_type: Option<&str>, body: &str) -> bool {
    let declared = content_type.is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    let starts = |tag: &str| {
        body.get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    (declared && body.starts_with('<'))
        || [
            "<!doctype",
            "<html",
            "<head",
            "<body",
            "<?xml",
            "<!--",
            "<h1",
            "<center",
            "<title",
            "<pre",
        ]
        .iter()
        .any(|tag| starts(tag))
}

/// Title of an HTML page, or the start of its text.
pub(crate) fn page_words(page: &str) -> String {
    let title = element(page, "title")
        .map(text_content)
        .filter(|title| !title.is_empty());
    let words = title.unwrap_or_else(|| text_content(page));
    let cut: String = words.chars().take(PAGE_CHARS).collect();
    if cut.len() < words.len() {
        format!("{cut}…")
    } else {
        cut
    }
}

/// The text between the tags of the first such element.
fn element<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let open = find_tag(page, &format!("<{name}"))?;
    let inner = page.get(open..)?.split_once('>')?.1;
    let end = find_tag(inner, &format!("</{name}")).unwrap_or(inner.len());
    inner.get(..end)
}

fn find_tag(page: &str, tag: &str) -> Option<usize> {
    let starts = |at: usize| {
        page.get(at..at + tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
            && !page
                .as_bytes()
                .get(at + tag.len())
                .is_some_and(u8::is_ascii_alphanumeric)
    };
    memchr::memchr_iter(b'<', page.as_bytes()).find(|at| starts(*at))
}

/// The text outside of tags, scripts and styles, with common entities decoded and white space collapsed.
fn text_content(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let hidden = ["script", "style", "!--"].iter().find(|name| {
            tag.get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        });
        rest = match hidden {
            Some(&"!--") => tag.split_once("-->").map_or("", |(_, after)| after),
            Some(name) => find_tag(tag, &format!("</{name}"))
                .and_then(|end| tag.get(end..)?.split_once('>'))
                .map_or("", |(_, after)| after),
            None => tag.split_once('>').map_or("", |(_, after)| after),
        };
    }
    text.push_str(rest);
    // The ampersand last: "&amp;lt;" is the text "&lt;".
    let text = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (entity, character)| text.replace(entity, character));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
