//! Errors, by cause.

use workflow_protocol::{
    DecodeError, Failure, FailureKind, FieldError, WebPage, error_detail, validation_errors,
};

const SIGN_IN: &str = "This server requires sign-in";

/// Why a request failed.
///
/// Match on the variant to decide what to do. Show the [`Display`](std::fmt::Display) text to users: it includes the server's own text if
/// the server answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No answer: the server is unreachable, the connection was cut, or the browser blocked the request (CORS, mixed
    /// content). Retrying may help. Contains the system's message.
    #[error("Could not reach the workflow server: {0}")]
    Network(String),
    /// No answer within the timeout. The server may have carried out the request anyway.
    #[error("The workflow server did not answer within {} s", seconds(*.after_ms))]
    Timeout {
        /// The timeout in milliseconds.
        after_ms: u64,
    },
    /// The user has to sign in first: the server answered 401, or a login page came instead of its answer. Nothing was done.
    #[error("{SIGN_IN}{}", after_colon(.detail))]
    SignIn {
        /// The HTTP status: 401, or that of the login page. 0 if it is not known.
        status: u16,
        /// The text of the answer, or the title of the login page. Can be empty.
        detail: String,
    },
    /// The name of a handler or workflow cannot be part of a URL path (`path/to/file`, `.`, `..`), so it cannot be requested.
    #[error("This server cannot be asked for “{name}”: no URL can hold such an id")]
    Unaddressable {
        /// The name.
        name: String,
    },
    /// The server refuses access (HTTP 403).
    #[error("The workflow server refused access ({status}): {detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The server's words.
        detail: String,
    },
    /// The server refused an event that does not fit its schema. Nothing was started or sent.
    #[error("{}", validation_text(.detail, .fields))]
    Validation {
        /// The HTTP status: 400, or 422.
        status: u16,
        /// The server's text with all its lines.
        detail: String,
        /// The errors by field, if the server's text names fields.
        fields: Vec<FieldError>,
    },
    /// The server answered with another error status.
    #[error("{}", with_status(.detail, *.status))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The server's words.
        detail: String,
    },
    /// The answer, or the value to send, is not the expected JSON. Contains the beginning of the body.
    #[error("Could not read the {}: {}", .0.what, .0.message)]
    Decode(DecodeError),
    /// The run failed or timed out. Contains the server's text.
    #[error("{0}")]
    RunFailed(String),
    /// There is no [`WorkflowClient`](crate::WorkflowClient) in context.
    #[error("No workflow client: call provide_workflow_client in a parent")]
    NoClient,
    /// The hook has no handler id, so there is no run to send to or to cancel.
    #[error("No run is chosen")]
    NoHandler,
    /// The prompt does not belong to the run that is watched now. Its answer was not sent.
    #[error("This question belongs to another run: nothing was sent")]
    AnotherRun,
}

impl Error {
    /// The error for an HTTP answer.
    pub(crate) fn from_answer(status: u16, content_type: Option<&str>, body: &str) -> Self {
        let detail = error_detail(status, content_type, body);
        match status {
            401 | 511 => Self::SignIn { status, detail },
            403 => Self::Refused { status, detail },
            400 | 422 => {
                let fields = validation_errors(&detail);
                if fields.is_empty() && !is_validation(&detail) {
                    Self::Status { status, detail }
                } else {
                    Self::Validation {
                        status,
                        detail,
                        fields,
                    }
                }
            }
            _ => Self::Status { status, detail },
        }
    }

    /// The HTTP status, if the server answered with one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::SignIn { status, .. } if *status == 0 => None,
            Self::SignIn { status, .. }
            | Self::Refused { status, .. }
            | Self::Validation { status, .. }
            | Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the server does not know the requested handler or workflow.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the server may have carried out the request although it did not answer: the connection broke, the request timed out, or a
    /// gateway answered instead.
    pub fn is_unsettled(&self) -> bool {
        match self {
            Self::Network(_) | Self::Timeout { .. } => true,
            Self::Status { status, .. } => Failure::status(*status, "").is_unsettled(),
            _ => false,
        }
    }

    /// Whether the same request may succeed later: no answer came, the server is overloaded or failing, or a web page came instead of an
    /// answer. Hooks then retry requests that only read.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Network(_) | Self::Timeout { .. } => true,
            Self::Status { status, .. } => !Failure::status(*status, "").is_permanent(),
            Self::Decode(error) => WebPage::of(None, &error.body).is_some(),
            _ => false,
        }
    }

    /// The message of the server or the system if there is one, else the whole text.
    pub fn detail(&self) -> String {
        match self {
            Self::Network(detail)
            | Self::RunFailed(detail)
            | Self::Refused { detail, .. }
            | Self::Validation { detail, .. }
            | Self::Status { detail, .. } => detail.clone(),
            _ => self.to_string(),
        }
    }

    /// The errors by field. Empty for every cause except [`Error::Validation`].
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Validation { fields, .. } => fields,
            _ => &[],
        }
    }

    /// The cause as one lower-case word: `network`, `timeout`, `sign_in`, `unaddressable`, `refused`, `validation`, `status`, `decode`,
    /// `run_failed`, `no_client`, `no_handler`, `another_run`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Network(_) => "network",
            Self::Timeout { .. } => "timeout",
            Self::SignIn { .. } => "sign_in",
            Self::Unaddressable { .. } => "unaddressable",
            Self::Refused { .. } => "refused",
            Self::Validation { .. } => "validation",
            Self::Status { .. } => "status",
            Self::Decode(_) => "decode",
            Self::RunFailed(_) => "run_failed",
            Self::NoClient => "no_client",
            Self::NoHandler => "no_handler",
            Self::AnotherRun => "another_run",
        }
    }

    /// The same for the machines, which decide by kind.
    pub(crate) fn into_failure(self, retry_after: Option<u64>) -> Failure {
        let text = self.to_string();
        let (kind, detail) = match self {
            Self::Network(detail) => (FailureKind::Network, detail),
            Self::Timeout { .. } => (FailureKind::Timeout, text),
            Self::SignIn { .. } => (FailureKind::SignIn, text),
            Self::Unaddressable { .. } => (FailureKind::Unaddressable, text),
            Self::Refused { status, detail }
            | Self::Validation { status, detail, .. }
            | Self::Status { status, detail } => (FailureKind::Status(status), detail),
            Self::Decode(_) | Self::RunFailed(_) | Self::NoClient | Self::NoHandler | Self::AnotherRun => {
                (FailureKind::Decode, text)
            }
        };
        Failure {
            kind,
            detail,
            retry_after,
        }
    }

    /// The error of a failed transport. `waited` is how long a timeout was, in milliseconds.
    pub(crate) fn from_failure(failure: Failure, waited: u64) -> Self {
        match failure.kind {
            FailureKind::Network | FailureKind::Unknown => Self::Network(failure.detail),
            FailureKind::Timeout => Self::Timeout { after_ms: waited },
            FailureKind::SignIn => Self::SignIn {
                status: 0,
                detail: failure
                    .detail
                    .strip_prefix(SIGN_IN)
                    .unwrap_or(&failure.detail)
                    .trim_start_matches(": ")
                    .to_owned(),
            },
            FailureKind::Unaddressable => Self::Unaddressable {
                name: quoted(&failure.detail).to_owned(),
            },
            FailureKind::Status(status) => Self::from_answer(status, Some("text/plain"), &failure.detail),
            FailureKind::Decode => Self::Decode(DecodeError {
                what: "answer",
                message: failure.detail,
                body: String::new(),
            }),
        }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

/// A proxy's page may have no other words than the status itself.
fn with_status(detail: &str, status: u16) -> String {
    if detail.split_whitespace().next() == Some(&status.to_string()) {
        detail.to_owned()
    } else {
        format!("{detail} ({status})")
    }
}

fn after_colon(detail: &str) -> String {
    if detail.is_empty() {
        String::new()
    } else {
        [": ", detail].concat()
    }
}

/// The text between the quotation marks of one of our messages.
fn quoted(text: &str) -> &str {
    let start = text.find('“').map(|at| at + '“'.len_utf8());
    let end = text.rfind('”');
    match (start, end) {
        (Some(start), Some(end)) => text.get(start..end).unwrap_or(text),
        _ => text,
    }
}

/// The texts under which the server reports what does not fit a schema (observed on llama-agents-server 0.8.0).
fn is_validation(detail: &str) -> bool {
    detail.starts_with("Validation error for") || detail.starts_with("Failed to deserialize event")
}

/// Pydantic's text spans many lines and repeats the input; one clause per field is what a person wants to read.
fn validation_text(detail: &str, fields: &[FieldError]) -> String {
    if fields.is_empty() {
        return detail.to_owned();
    }
    let clauses: Vec<String> = fields
        .iter()
        .map(|field| {
            if field.path.is_empty() {
                field.message.clone()
            } else {
                format!("{}: {}", field.path, field.message)
            }
        })
        .collect();
    format!("Not accepted: {}", clauses.join("; "))
}

fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1000) {
        (ms / 1000).to_string()
    } else {
        format!("{}.{:03}", ms / 1000, ms % 1000)
    }
}
