//! The outermost layer: decides which requests are answered.
//!
//! It keeps out two kinds of foreign pages. A page whose host name points to this machine (DNS rebinding) is detected by its `Host`
//! header. A page that sends requests across sites is detected by its `Origin`, or by `Sec-Fetch-Site` without an `Origin`. CORS uses
//! the same list of origins. Models: Jupyter's `check_host` and `check_origin`, Vite's `allowedHosts`.

mod bodies;
mod host;
mod origin;
mod token;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

pub(crate) use bodies::JsonBodies;
pub use host::HostName;
pub use origin::Origin;
pub use token::Token;

use crate::reply::Refusal;
use host::Target;

/// Who may use the server.
#[derive(Debug, Clone)]
pub struct Access {
    /// The address that the server is bound to. Defaults to 127.0.0.1. Beyond loopback, every IP address is accepted as host.
    pub bound: IpAddr,
    /// Host names that are accepted besides loopback and the bound address. Defaults to none.
    pub hosts: Vec<HostName>,
    /// Origins that are accepted besides our own and those of loopback. Defaults to none.
    pub origins: Vec<Origin>,
    /// What every request to the API must carry. Defaults to none: everybody who passes the other checks is served.
    pub token: Option<Token>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            bound: Ipv4Addr::LOCALHOST.into(),
            hosts: Vec::new(),
            origins: Vec::new(),
            token: None,
        }
    }
}

impl Access {
    /// Whether other machines can reach the server.
    pub(crate) fn is_beyond_loopback(&self) -> bool {
        !self.bound.to_canonical().is_loopback()
    }

    fn allows_host(&self, target: &Target) -> bool {
        target.is_loopback()
            || self.hosts.iter().any(|host| host.is_of(target))
            || target
                .ip()
                .is_some_and(|ip| self.is_beyond_loopback() || ip == self.bound.to_canonical())
    }

    /// Whether pages of the origin may use the server. `origin` is the header's value, `target` what the request was sent to.
    fn allows_origin(&self, origin: &HeaderValue, target: &Target) -> bool {
        origin.to_str().is_ok_and(|text| {
            self.origins.iter().any(|allowed| allowed.is(text)) || origin::is_own_or_loopback(text, target)
        })
    }

    /// The checks of method, host and origin.
    fn admit(&self, request: &Request) -> Result<(), Refusal> {
        let (method, headers) = (request.method(), request.headers());
        if *method == Method::CONNECT || *method == Method::TRACE {
            return Err(Refusal(405, format!("{method} is not supported")));
        }
        let target = Target::of(request).map_err(|error| Refusal(400, error.to_string()))?;
        if !self.allows_host(&target) {
            let name = target.name();
            return Err(Refusal(
                403,
                format!(
                    "This server is not known as {name}. If it should be, start it with --allow-host {name}"
                ),
            ));
        }
        let is_safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        if is_safe && !headers.contains_key(header::UPGRADE) && !is_preflight(method, headers) {
            return Ok(());
        }
        self.admit_origin(headers, &target)
    }

    /// If there is an `Origin`, it alone decides.
    fn admit_origin(&self, headers: &HeaderMap, target: &Target) -> Result<(), Refusal> {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => {
                let mut sites = headers.get_all("sec-fetch-site").iter();
                if sites.any(|site| site == "cross-site") {
                    return Err(Refusal(
                        403,
                        "Requests from other sites are refused. Pages that send their Origin can be allowed with --allow-origin ORIGIN"
                            .to_owned(),
                    ));
                }
                Ok(())
            }
            (Some(origin), None) if self.allows_origin(origin, target) => Ok(()),
            (Some(origin), None) => {
                let origin = String::from_utf8_lossy(origin.as_bytes());
                Err(Refusal(
                    403,
                    format!(
                        "Requests from pages of {origin} are refused. If you trust them, start the server with --allow-origin {origin}"
                    ),
                ))
            }
            (Some(_), Some(_)) => Err(Refusal(400, "There is more than one Origin header".to_owned())),
        }
    }
}

fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    *method == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

#[derive(Debug, Clone)]
struct Guard {
    access: Arc<Access>,
    bodies: Arc<JsonBodies>,
    cors: CorsLayer,
}

/// Puts the checks in front of all routes.
pub(crate) fn in_front_of(routes: Router, access: Arc<Access>, bodies: JsonBodies) -> Router {
    let origins = Arc::clone(&access);
    let may_read = move |origin: &HeaderValue, parts: &Parts| {
        Target::of_parts(parts.version, &parts.uri, &parts.headers)
            .is_ok_and(|target| origins.allows_origin(origin, &target))
    };
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(may_read))
        .allow_credentials(true)
        .allow_private_network(true)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .max_age(Duration::from_secs(600));
    let guard = Guard {
        access,
        bodies: Arc::new(bodies),
        cors,
    };
    let no_sniffing = SetResponseHeaderLayer::overriding(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    routes.layer(from_fn_with_state(guard, check)).layer(no_sniffing)
}

async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let admitted = guard.access.admit(&request);
    match admitted.and_then(|()| guard.bodies.check(&request)) {
        Err(refusal) => refusal.into_response(),
        Ok(()) => answer(&guard.cors, request, next).await,
    }
}

async fn answer(cors: &CorsLayer, request: Request, next: Next) -> Response {
    // The layer takes every OPTIONS for a preflight; the others belong to the routes.
    if *request.method() == Method::OPTIONS && !is_preflight(request.method(), request.headers()) {
        return next.run(request).await;
    }
    match cors.layer(next).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Requires the token, if there is one, of everything in `routes`.
pub(crate) fn require_token(routes: Router, access: &Access) -> Router {
    match &access.token {
        Some(token) => routes.layer(from_fn_with_state(Arc::new(token.clone()), token::require)),
        None => routes,
    }
}
