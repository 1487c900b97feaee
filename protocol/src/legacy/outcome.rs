//! The outcome of a task.

use super::{LegacyResult, LegacyStreamEnd};
use crate::RawJson;
use crate::json::Members;

/// The outcome of a task, as far as the server reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegacyOutcome {
    /// The workflow ended with a result. `None`: the server cannot send it (llama-deploy 0.9.2 and the app server send only text).
    Completed(Option<RawJson>),
    /// The workflow failed, or was cancelled. `None`: the server gave no reason.
    Failed(Option<String>),
}

impl LegacyOutcome {
    /// The outcome of a task of a [`Deployment`](super::LegacyApi::Deployment). `result` is the response to the result request, `None` for
    /// a 500 [without a reason](is_without_reason); `end` is the end of the stream, `None` if it was not read.
    ///
    /// A 500 without a reason means a failed workflow, a result that is not text, or an unknown task. A stream that was read to its end
    /// distinguishes the first two: the app server sends the failure, llama-deploy 0.9.2 breaks the connection after `{}`.
    #[must_use]
    pub fn of_deployment(result: Option<&LegacyResult>, end: Option<&LegacyStreamEnd>) -> Self {
        if let Some(result) = result {
            return Self::Completed(Some(result.result.clone()));
        }
        match end {
            Some(LegacyStreamEnd {
                failure: Some(words), ..
            }) => Self::Failed(Some(words.clone())),
            Some(LegacyStreamEnd {
                is_whole: true,
                stop: Some(stop),
                ..
            }) => Self::Completed(unwrapped(stop)),
            _ => Self::Failed(None),
        }
    }

    /// The outcome of a task of llama-deploy 0.2.2, which reports failures as results: a text that the stream's stop event does not have.
    /// Without the stream a failure cannot be recognised.
    #[must_use]
    pub fn of_control_plane(result: &LegacyResult, end: Option<&LegacyStreamEnd>) -> Self {
        let text = result.result.text();
        let stop = end
            .and_then(|end| end.stop.as_ref())
            .and_then(|stop| Some(RawJson::checked(Members::read(stop.as_str())?.get("result")?)));
        match stop {
            Some(stop) if stop.is_null() && text.as_deref() != Some("None") => {
                Self::Failed(text.map(std::borrow::Cow::into_owned))
            }
            // The stream has the value, the result its Python text.
            Some(stop) if text.is_some() => Self::Completed(Some(stop)),
            _ => Self::Completed(Some(result.result.clone())),
        }
    }
}

/// The result of a plain `StopEvent`, the fields of any other. `None` if the result was left out.
fn unwrapped(stop: &RawJson) -> Option<RawJson> {
    let members = Members::read(stop.as_str())?;
    if members.is_empty() {
        return None;
    }
    match members.get("result") {
        Some(result) if members.len() == 1 => Some(RawJson::checked(result)),
        _ => Some(stop.clone()),
    }
}

/// Whether a response is the 500 that older servers send for every error.
///
/// ```
/// # use workflow_protocol::legacy::is_without_reason;
/// assert!(is_without_reason(500, "Internal Server Error") && is_without_reason(500, ""));
/// assert!(!is_without_reason(500, "{\"detail\":\"disk full\"}") && !is_without_reason(404, ""));
/// ```
#[must_use]
pub fn is_without_reason(status: u16, body: &str) -> bool {
    status == 500
        && matches!(
            body.trim(),
            "" | "Internal Server Error" | "500 Internal Server Error"
        )
}
