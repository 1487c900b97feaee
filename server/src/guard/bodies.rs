//! Bodies must be declared as JSON. A browser sends a preflight request before it sends JSON to another origin, but not before a form or
//! an untyped body.

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use mime::{APPLICATION, JSON, Mime, TEXT};
use percent_encoding::percent_decode_str;
use workflow_cloud::endpoint;

use crate::reply::Refusal;

/// The paths whose bodies are JSON.
#[derive(Debug, Clone)]
pub(crate) enum JsonBodies {
    /// All, except `/_faults`: everything is ours.
    Own,
    /// The workflow API below this path, without a slash at its end, and Agent Data. What else an upstream takes is not known.
    Below(String),
}

impl JsonBodies {
    /// The workflow API of an upstream, whose path is given as in its address.
    pub(crate) fn below(base: &str) -> Self {
        Self::Below(percent_decode_str(base).decode_utf8_lossy().into_owned())
    }

    pub(crate) fn check(&self, request: &Request) -> Result<(), Refusal> {
        let reads_body = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        if !reads_body
            || request.body().is_end_stream()
            || is_json(request.headers())
            || !self.covers(request.uri().path())
        {
            return Ok(());
        }
        Err(Refusal(
            415,
            "The body must be JSON, with the header `Content-Type: application/json`".to_owned(),
        ))
    }

    fn covers(&self, path: &str) -> bool {
        match self {
            Self::Own => path != "/_faults" && !path.starts_with("/_faults/"),
            Self::Below(base) => {
                // Servers decode a path before they route it.
                let path = percent_decode_str(path).decode_utf8_lossy();
                let of_workflows = path.strip_prefix(base.as_str()).is_some_and(|rest| {
                    rest.starts_with("/events/")
                        || (rest.starts_with("/workflows/")
                            && (rest.ends_with("/run") || rest.ends_with("/run-nowait")))
                });
                of_workflows || path.starts_with(endpoint::AGENT_DATA)
            }
        }
    }
}

/// Whether there is one content type, and it is a JSON MIME type (<https://mimesniff.spec.whatwg.org/#json-mime-type>).
fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    // Parameters don't matter, and `Mime` would refuse some that are valid.
    let essence = only.to_str().unwrap_or_default().split(';').next();
    let Ok(kind) = essence.unwrap_or_default().trim().parse::<Mime>() else {
        return false;
    };
    let is_plain = kind.subtype() == JSON && [APPLICATION, TEXT].contains(&kind.type_());
    is_plain || kind.suffix() == Some(JSON)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn json_types_are_recognised() {
        for (text, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/json;", true),
            ("application/json ; charset=utf-8", true),
            ("application/problem+json", true),
            ("text/plain", false),
            ("text/plain; application/json", false),
            ("text/plain, application/json", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; boundary=+json", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(text));
            assert_eq!(is_json(&headers), expected, "{text}");
        }
        assert!(!is_json(&HeaderMap::new()), "an untyped body is not JSON");
    }

    #[test]
    fn the_workflow_api_takes_json_and_the_rest_of_an_upstream_is_its_own() {
        let below = JsonBodies::below("/deployments/app");
        for (path, expected) in [
            ("/deployments/app/events/h1", true),
            ("/deployments/app/%65vents/h1", true),
            ("/deployments/app/workflows/greet/run", true),
            ("/deployments/app/workflows/greet/run-nowait", true),
            ("/deployments/app/ui/upload", false),
            ("/deployments/other/events/h1", false),
            ("/events/h1", false),
        ] {
            assert_eq!(below.covers(path), expected, "{path}");
        }
        assert!(JsonBodies::Own.covers("/events/h1"));
        assert!(!JsonBodies::Own.covers("/_faults/fail"));
        assert!(below.covers("/api/v1/beta/agent-data/:search"));
    }
}
