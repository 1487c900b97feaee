//! What can go wrong between a page and Agent Data, by cause.

use serde::Deserialize;
use workflow_cloud::RowError;
use workflow_protocol::{DecodeError, FieldError, RawJson, Time, error_detail};

use crate::Error;
use crate::api::transport::HttpResponse;

/// Why Agent Data did not do what was asked for.
///
/// Match on the variant to decide what to do; show the [`Display`](std::fmt::Display) text to people. The service's own words are part
/// of every text that comes from an answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AgentDataError {
    /// The credentials are missing or not accepted (401, or a login page in the place of the answer). Nothing was done.
    #[error("Agent Data requires sign-in{}", after_colon(.0))]
    Unauthorized(String),
    /// These credentials may not do this (403).
    #[error("Agent Data refused access: {0}")]
    Forbidden(String),
    /// The plan does not cover it, or the credits are used up (402).
    #[error("Agent Data requires payment: {0}")]
    PaymentRequired(String),
    /// There is no such record (404).
    #[error("Not found: {0}")]
    NotFound(String),
    /// The request contradicts what is stored (409).
    #[error("Conflict: {0}")]
    Conflict(String),
    /// The request is larger than the service takes (413).
    #[error("Too large: {0}")]
    TooLarge(String),
    /// The service does not accept what was sent (400, 422).
    #[error("Not accepted: {detail}")]
    Invalid {
        /// The service's words, one line for each problem.
        detail: String,
        /// The same by field. A path below the record's data is a JSON pointer without its first slash (`contact/email`); of
        /// anything else in the request it begins with that part's name (`filter/total/gt`).
        fields: Vec<FieldError>,
    },
    /// Too many requests (429).
    #[error("Too many requests: {detail}")]
    RateLimited {
        /// The service's words.
        detail: String,
        /// After how many milliseconds the service wants to be asked again, if it says so.
        retry_after: Option<u64>,
    },
    /// The service, or a gateway in front of it, failed (5xx).
    #[error("Agent Data failed ({status}): {detail}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// The service's words.
        detail: String,
    },
    /// Any other status.
    #[error("Agent Data answered {status}: {detail}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The service's words.
        detail: String,
    },
    /// No answer: the service is unreachable, the connection was cut, or the browser blocked the request. Holds the system's words.
    #[error("Could not reach Agent Data: {0}")]
    Unreachable(String),
    /// No answer within the time allowed. A write may have been carried out all the same.
    #[error("Agent Data did not answer within {after_ms} ms")]
    Timeout {
        /// How long was waited, in milliseconds.
        after_ms: u64,
    },
    /// The answer, or what was to be sent, is not the JSON that was expected.
    #[error("Could not read the {}: {}", .0.what, .0.message)]
    NotJson(DecodeError),
    /// A record's data do not have the type that was asked for. Holds the record with its raw data.
    #[error("{0}")]
    Row(Box<RowError>),
    /// A create got no answer, so there may be a record or not. It is not sent again. Ask with
    /// [`find_again`](super::AgentDataClient::find_again).
    #[error("It is unknown whether the record was created: {}", .0.cause)]
    Unknown(Box<UnknownCreate>),
    /// `delete_where` was called with an empty filter, which would delete the whole collection. Nothing was sent.
    #[error("An empty filter would delete the whole collection: use `delete_all`")]
    EmptyFilter,
    /// There is no client in context.
    #[error("No Agent Data client: call provide_agent_data_client in a parent")]
    NoClient,
}

/// A create without an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownCreate {
    /// Why there is no answer.
    pub cause: AgentDataError,
    /// The data that was sent.
    pub data: RawJson,
    /// When it was sent, by the service's clock as far as it is known.
    pub sent_at: Time,
}

impl AgentDataError {
    /// The error of a response.
    pub(super) fn of_answer(response: &HttpResponse) -> Self {
        let status = response.status;
        let detail = error_detail(status, response.content_type.as_deref(), &response.body);
        match status {
            401 | 511 => Self::Unauthorized(detail),
            402 => Self::PaymentRequired(detail),
            403 => Self::Forbidden(detail),
            404 => Self::NotFound(detail),
            409 => Self::Conflict(detail),
            413 => Self::TooLarge(detail),
            400 | 422 => Self::Invalid {
                detail,
                fields: fields(&response.body),
            },
            429 => Self::RateLimited {
                detail,
                retry_after: response.retry_after,
            },
            500.. => Self::Server { status, detail },
            _ => Self::Status { status, detail },
        }
    }

    /// The HTTP status, if there was an answer with one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Unauthorized(_) => Some(401),
            Self::PaymentRequired(_) => Some(402),
            Self::Forbidden(_) => Some(403),
            Self::NotFound(_) => Some(404),
            Self::Conflict(_) => Some(409),
            Self::TooLarge(_) => Some(413),
            Self::Invalid { .. } => Some(422),
            Self::RateLimited { .. } => Some(429),
            Self::Server { status, .. } | Self::Status { status, .. } => Some(*status),
            Self::Unknown(unknown) => unknown.cause.status(),
            Self::Unreachable(_)
            | Self::Timeout { .. }
            | Self::NotJson(_)
            | Self::Row(_)
            | Self::EmptyFilter
            | Self::NoClient => None,
        }
    }

    /// The fields that the service named; empty for every cause but [`Invalid`](Self::Invalid).
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid { fields, .. } => fields,
            _ => &[],
        }
    }

    /// Whether the same read may be answered later: no answer came, or it was 429 or 5xx.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Timeout { .. } | Self::RateLimited { .. } | Self::Server { .. }
        )
    }

    /// Whether a write may have been carried out although no answer says so: there was none, it can't be read, or a gateway answered.
    pub const fn is_unsettled(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Timeout { .. } | Self::NotJson(_) | Self::Unknown(_) => true,
            Self::Server { status, .. } => matches!(*status, 502..=504),
            Self::Status { status, .. } => *status == 408,
            _ => false,
        }
    }

    /// The cause as one lower-case word: `unauthorized`, `forbidden`, `payment_required`, `not_found`, `conflict`, `too_large`,
    /// `invalid`, `rate_limited`, `server`, `status`, `unreachable`, `timeout`, `not_json`, `row`, `unknown`, `empty_filter`, `no_client`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unauthorized(_) => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::PaymentRequired(_) => "payment_required",
            Self::NotFound(_) => "not_found",
            Self::Conflict(_) => "conflict",
            Self::TooLarge(_) => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::RateLimited { .. } => "rate_limited",
            Self::Server { .. } => "server",
            Self::Status { .. } => "status",
            Self::Unreachable(_) => "unreachable",
            Self::Timeout { .. } => "timeout",
            Self::NotJson(_) => "not_json",
            Self::Row(_) => "row",
            Self::Unknown(_) => "unknown",
            Self::EmptyFilter => "empty_filter",
            Self::NoClient => "no_client",
        }
    }

    /// After how many milliseconds the service wants to be asked again, if it says so.
    pub(super) const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// The request layer's errors. It knows sign-in, refused addresses and failures of the way; statuses are read by
/// `of_answer`.
impl From<Error> for AgentDataError {
    fn from(error: Error) -> Self {
        match error {
            Error::SignIn { detail, .. } => Self::Unauthorized(detail),
            Error::Timeout { after_ms } => Self::Timeout { after_ms },
            Error::Decode(error) => Self::NotJson(error),
            Error::Refused { detail, .. } => Self::Forbidden(detail),
            Error::Validation { detail, fields, .. } => Self::Invalid { detail, fields },
            Error::Status { status, detail } if status >= 500 => Self::Server { status, detail },
            Error::Status { status, detail } => Self::Status { status, detail },
            // An id that no URL can hold names no record.
            Error::Unaddressable { .. } => Self::NotFound(error.to_string()),
            Error::Network(detail) => Self::Unreachable(detail),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

impl From<DecodeError> for AgentDataError {
    fn from(error: DecodeError) -> Self {
        Self::NotJson(error)
    }
}

fn after_colon(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        [": ", detail].concat()
    }
}

/// One problem of FastAPI's list: `{"loc": ["body", "data", "total"], "msg": "…"}`.
#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    loc: Vec<RawJson>,
    msg: String,
}

#[derive(Deserialize)]
struct Problems {
    detail: Vec<Problem>,
}

/// The problems of a 422 answer by field.
fn fields(body: &str) -> Vec<FieldError> {
    let Ok(Problems { detail }) = serde_json::from_str(body) else {
        return Vec::new();
    };
    let field = |problem: Problem| {
        let mut names: Vec<String> = problem.loc.iter().map(segment).collect();
        for place in ["body", "data"] {
            if names.first().is_some_and(|name| name == place) {
                names.remove(0);
            }
        }
        FieldError {
            path: names.join("/"),
            message: problem.msg,
        }
    };
    detail.into_iter().map(field).collect()
}

/// A part of `loc`, a name or a position, as a segment of a JSON pointer.
fn segment(part: &RawJson) -> String {
    match part.text() {
        Some(name) => name.replace('~', "~0").replace('/', "~1"),
        None => part.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::AgentDataError;
    use crate::api::transport::HttpResponse;

    fn of(status: u16, kind: &str, body: &str) -> AgentDataError {
        AgentDataError::of_answer(&HttpResponse {
            status,
            content_type: Some(kind.to_owned()),
            body: body.to_owned(),
            retry_after: (status == 429).then_some(2_000),
            ..HttpResponse::default()
        })
    }

    #[test]
    fn every_status_has_its_cause_and_the_words_of_the_answer() {
        for (status, cause) in [
            (400, "invalid"),
            (401, "unauthorized"),
            (402, "payment_required"),
            (403, "forbidden"),
            (404, "not_found"),
            (409, "conflict"),
            (413, "too_large"),
            (418, "status"),
            (422, "invalid"),
            (429, "rate_limited"),
            (500, "server"),
            (503, "server"),
        ] {
            let error = of(status, "application/json", r#"{"detail":"Because of this"}"#);
            assert_eq!(error.as_str(), cause, "{status}");
            assert!(error.to_string().contains("Because of this"), "{error}");
        }
        let page = of(502, "text/html", "<html><title>502 Bad Gateway</title>");
        assert_eq!(page.to_string(), "Agent Data failed (502): 502 Bad Gateway");
        assert!(page.is_unsettled() && !of(500, "text/plain", "no").is_unsettled());
    }

    #[test]
    fn problems_name_the_fields_of_the_data() {
        let body = r#"{"detail":[{"type":"x","loc":["body","data","lines",0,"a/b"],"msg":"Field required"},
            {"type":"x","loc":["body","filter","total","gt"],"msg":"No number","input":true}]}"#;
        let error = of(422, "application/json", body);
        let fields: Vec<_> = error
            .fields()
            .iter()
            .map(|field| (&*field.path, &*field.message))
            .collect();
        assert_eq!(
            fields,
            [
                ("lines/0/a~1b", "Field required"),
                ("filter/total/gt", "No number")
            ]
        );
    }
}
