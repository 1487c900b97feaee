//! CORS as the bare server does it: every origin is echoed, credentials are allowed.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::reply::with_type;

const METHODS: HeaderValue = HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY");
const PREFLIGHT_VARY: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network",
);

/// Marks answers to requests that the server stumbled over. Those are made outside of its CORS layer, so that
/// a page of another origin can't read them (observed on llama-agents-server 0.8.0).
#[derive(Debug, Clone, Copy)]
pub(super) struct Stumbled;

pub(super) async fn cors(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && origin.is_some()
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let asked = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned();
    let mut response = if is_preflight {
        let mut response = with_type(200, "text/plain; charset=utf-8", Body::from("OK"));
        response
            .headers_mut()
            .insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        response
            .headers_mut()
            .insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
        if let Some(asked) = asked {
            response
                .headers_mut()
                .insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        }
        response
    } else {
        next.run(request).await
    };
    if response.extensions().get::<Stumbled>().is_some() {
        return response;
    }
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    headers.insert(
        header::VARY,
        if is_preflight {
            PREFLIGHT_VARY
        } else {
            HeaderValue::from_static("Origin")
        },
    );
    response
}
