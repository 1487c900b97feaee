//! The debugger's page under `/debugger/`.

mod files;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::{Bytes, BytesMut};
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use files::Found;
pub use files::{Page, PageFile};

/// What the page may do.
///
/// `connect-src` is wider than the page itself needs: its user may type the address of another server, and
/// the header comes before that. Everything else stays with our origin; WebAssembly needs its own word.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

#[derive(Debug)]
struct Shown {
    page: Page,
    /// What the page is to take for its API base: `/deployments/app`, or nothing when the API is at the root.
    api: String,
}

/// Routes of the page. `api` is the path of the API below our origin, without a slash at its end.
pub(crate) fn routes(page: Page, api: String) -> Router {
    Router::new()
        .route("/debugger", get(slash))
        .route("/debugger/", get(index))
        .route("/debugger/{*path}", get(file))
        .with_state(Arc::new(Shown { page, api }))
}

fn redirect(target: &str) -> Response {
    match HeaderValue::from_str(target) {
        Ok(target) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// Relative addresses of the page's files need the slash.
async fn slash(RawQuery(query): RawQuery) -> Response {
    redirect(&match query {
        Some(query) => format!("/debugger/?{query}"),
        None => "/debugger/".to_owned(),
    })
}

async fn index(State(shown): State<Arc<Shown>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let says_api = query
        .split('&')
        .any(|pair| pair == "api" || pair.starts_with("api="));
    if !shown.api.is_empty() && !says_api {
        let rest = if query.is_empty() {
            String::new()
        } else {
            format!("&{query}")
        };
        return redirect(&format!("/debugger/?api={}{rest}", shown.api));
    }
    serve(&shown.page, "index.html", &headers).await
}

async fn file(State(shown): State<Arc<Shown>>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    serve(&shown.page, &path, &headers).await
}

async fn serve(page: &Page, path: &str, headers: &HeaderMap) -> Response {
    let mut response = match page.file(path).await {
        Ok(Some(found)) => answer(path, found, headers),
        Ok(None) if page.is_missing() => sentence(
            StatusCode::SERVICE_UNAVAILABLE,
            "The debugger's page has not been built yet. Run `cargo xtask build`, then reload this page.\n",
        ),
        Ok(None) => sentence(
            StatusCode::NOT_FOUND,
            "There is no such file in the debugger. Its page is at /debugger/; what it shows is said after the question mark.\n",
        ),
        Err(error) => sentence(
            StatusCode::INTERNAL_SERVER_ERROR,
            &format!("The file can't be read: {error}\n"),
        ),
    };
    let extra = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    let extra = extra.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(extra);
    response
}

fn sentence(status: StatusCode, words: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, words.to_owned()).into_response()
}

fn answer(path: &str, found: Found, headers: &HeaderMap) -> Response {
    let (hash, is_compressed) = match &found {
        Found::InMemory(file) => (&*file.hash, file.brotli.is_some() && takes_brotli(headers)),
        Found::OnDisk { hash, .. } => (&**hash, false),
    };
    let etag = if is_compressed {
        format!("\"{hash}-br\"")
    } else {
        format!("\"{hash}\"")
    };
    let cache = if is_hashed(path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if has_tag(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content(path, found, is_compressed)
    };
    let out = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        out.insert(header::ETAG, etag);
    }
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

fn content(path: &str, found: Found, is_compressed: bool) -> Response {
    let mut response = match found {
        Found::InMemory(PageFile { identity, brotli, .. }) => {
            Response::new(Body::from(brotli.filter(|_| is_compressed).unwrap_or(identity)))
        }
        Found::OnDisk { file, length, .. } => {
            let mut response = Response::new(Body::from_stream(pieces(file, length)));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_LENGTH, length.into());
            response
        }
    };
    let kind = HeaderValue::from_static(content_type(path));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    if is_compressed {
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

/// Reads a file as it is sent, up to the length that was announced. One that has become shorter breaks the answer off.
fn pieces(file: File, length: u64) -> impl futures::Stream<Item = io::Result<Bytes>> {
    const PIECE: usize = 64 * 1024;
    async_stream::try_stream! {
        let mut file = file.take(length);
        loop {
            let mut piece = BytesMut::with_capacity(PIECE);
            if file.read_buf(&mut piece).await? == 0 {
                break;
            }
            yield piece.freeze();
        }
    }
}

/// The words of a header that is a comma-separated list.
fn words(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim)
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    words(headers, header::ACCEPT_ENCODING).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("br") && !refused
    })
}

fn has_tag(headers: &HeaderMap, etag: &str) -> bool {
    words(headers, header::IF_NONE_MATCH)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// Whether the name says the content: `-<16 hexadecimal digits>` stands before the extension, for a file of the program with
/// an underscore and what it is in between.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.split_once('_').map_or(stem, |(stem, _)| stem);
    stem.rsplit_once('-').is_some_and(|(before, hash)| {
        !before.is_empty() && hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_hash_are_known() {
        for (path, expected) in [
            ("app-0123456789abcdef.js", true),
            ("app-0123456789abcdef_bg.wasm", true),
            ("app_x-0123456789abcdef.js", false),
            ("snippets/x-0123456789abcdef/inline0.js", false),
            ("app.js", false),
            ("app-0123456789abcde.js", false),
            ("app-0123456789abcdeg.js", false),
            ("-0123456789abcdef.js", false),
            ("index.html", false),
        ] {
            assert_eq!(is_hashed(path), expected, "{path}");
        }
    }

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        for (given, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=0", false),
            ("BR", true),
            ("gzip", false),
            ("bro", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(given));
            assert_eq!(takes_brotli(&headers), expected, "{given}");
        }
    }
}
