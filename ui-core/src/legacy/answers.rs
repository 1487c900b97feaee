//! Answers of the older servers.

use std::rc::Rc;

use workflow_protocol::Request;
use workflow_protocol::legacy::is_without_reason;

use crate::Error;
use crate::api::Http;

/// What a 500 without a reason is reported as.
const NO_REASON: &str = "The server gave no reason: the workflow failed, its result is no text, or the server does not know the task";

/// The body of a successful answer.
pub(super) async fn answer(http: &Rc<Http>, request: Request, timeout: Option<u64>) -> Result<String, Error> {
    let response = http.call(request, timeout).await?;
    if (200..300).contains(&response.status) {
        return Ok(response.body);
    }
    Err(if is_without_reason(response.status, &response.body) {
        no_reason()
    } else {
        Error::from_answer(response.status, response.content_type.as_deref(), &response.body)
    })
}

pub(super) fn no_reason() -> Error {
    Error::Status {
        status: 500,
        detail: NO_REASON.to_owned(),
    }
}

/// Whether an error is [`no_reason`].
pub(super) fn is_no_reason(error: &Error) -> bool {
    matches!(error, Error::Status { status: 500, detail } if detail == NO_REASON)
}
