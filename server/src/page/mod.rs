//! The debugger's page under `/debugger/`.

mod folder;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use memory_serve::{Asset, MemoryServe};
use url::form_urlencoded;

/// Headers of every response below `/debugger`.
///
/// `connect-src` is wider than the page itself needs: its user may type the address of another server, and the header comes before
/// that. Everything else is limited to our origin; WebAssembly needs its own keyword.
const POLICY: [(HeaderName, HeaderValue); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
             connect-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
        ),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// What the build script embedded; empty in debug builds.
static EMBEDDED: &[Asset] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The page's files.
#[derive(Debug, Clone)]
pub enum Page {
    /// Files inside the program, with routes below the page's path, like `/index.html`.
    Embedded(&'static [Asset]),
    /// Read at each request. Symbolic links out of the folder and names that begin with a dot are not served.
    Folder(PathBuf),
}

impl Default for Page {
    /// The embedded page; in a debug build, which has none, the checkout's `dist/`.
    fn default() -> Self {
        if EMBEDDED.is_empty() {
            Self::Folder(concat!(env!("CARGO_MANIFEST_DIR"), "/../dist").into())
        } else {
            Self::Embedded(EMBEDDED)
        }
    }
}

impl Page {
    /// Whether there is no page at all.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            Self::Embedded(files) => files.is_empty(),
            Self::Folder(folder) => !folder.join("index.html").is_file(),
        }
    }
}

/// Routes of the page. `api` is the path of the API below our origin, without a slash at its end.
pub(crate) fn routes(page: Page, api: String) -> Router {
    let files = match page {
        Page::Embedded([]) => Router::new().fallback(async || not_built()),
        Page::Embedded(files) => embedded(files),
        Page::Folder(folder) => folder::routes(folder),
    };
    let files = files
        .layer(from_fn(cache))
        .layer(from_fn_with_state(Arc::from(api), name_api));
    Router::new()
        .route("/debugger", get(add_slash))
        .nest_service("/debugger/", files)
        .layer(map_response(async |mut response: Response| {
            response.headers_mut().extend(POLICY);
            response
        }))
}

fn embedded(files: &'static [Asset]) -> Router {
    // What a debug build embeds is not compressed; memory-serve would do it at each start, for minutes.
    let is_compressed = files
        .iter()
        .all(|file| file.is_compressed || !file.should_compress);
    MemoryServe::new(files)
        .enable_brotli(is_compressed)
        // memory-serve would make these copies at each start. Every browser that can run the page accepts brotli.
        .enable_gzip(false)
        .into_router()
        .fallback(not_found)
        .layer(map_response(weaken_etag))
}

/// memory-serve gives a file one ETag, whether or not it is compressed, and a strong one names the bytes that are sent. A weak one names
/// the content.
async fn weaken_etag(mut response: Response) -> Response {
    let tag = response.headers().get(header::ETAG);
    let weak = tag.and_then(|tag| HeaderValue::try_from(format!("W/{}", tag.to_str().ok()?)).ok());
    if let Some(weak) = weak {
        response.headers_mut().insert(header::ETAG, weak);
    }
    response
}

/// Relative addresses of the page's files need the slash.
async fn add_slash(RawQuery(query): RawQuery) -> Redirect {
    match query {
        Some(query) => Redirect::temporary(&format!("/debugger/?{query}")),
        None => Redirect::temporary("/debugger/"),
    }
}

/// Redirects `/debugger/` to the address that names the API, unless the API is at the root or the address names one already.
async fn name_api(State(api): State<Arc<str>>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let is_named = form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == "api");
    if api.is_empty() || is_named || request.uri().path() != "/" {
        return next.run(request).await;
    }
    let separator = if query.is_empty() { "" } else { "&" };
    Redirect::temporary(&format!("/debugger/?api={api}{separator}{query}")).into_response()
}

/// Sets how long files may be cached. memory-serve distinguishes only HTML from everything else.
async fn cache(request: Request, next: Next) -> Response {
    let rule = if is_hashed(request.uri().path()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = next.run(request).await;
    // Only files have one.
    if response.headers().contains_key(header::ETAG) {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    }
    response
}

fn text(status: StatusCode, text: impl Into<String>) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, text.into()).into_response()
}

fn not_built() -> Response {
    text(
        StatusCode::SERVICE_UNAVAILABLE,
        "The debugger's page has not been built yet. Run `cargo xtask build`, then reload this page.\n",
    )
}

async fn not_found() -> Response {
    text(
        StatusCode::NOT_FOUND,
        "There is no such file in the debugger. Its page is at /debugger/; what it shows is said after the question mark.\n",
    )
}

/// Whether the file's name contains a hash of its content: `-` and 16 hexadecimal digits before the extension, for a file of the
/// program with a suffix like `_bg` in between.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.split_once('_').map_or(stem, |(stem, _)| stem);
    stem.rsplit_once('-').is_some_and(|(before, hash)| {
        !before.is_empty() && hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_are_known() {
        for (path, expected) in [
            ("/app-0123456789abcdef.js", true),
            ("/app-0123456789abcdef_bg.wasm", true),
            ("/app_x-0123456789abcdef.js", false),
            ("/snippets/x-0123456789abcdef/inline0.js", false),
            ("/app.js", false),
            ("/app-0123456789abcde.js", false),
            ("/app-0123456789abcdeg.js", false),
            ("/-0123456789abcdef.js", false),
            ("/index.html", false),
        ] {
            assert_eq!(is_hashed(path), expected, "{path}");
        }
    }
}
