//! What can be asked of a server, as values.

use serde::Serialize;
use serde::de::DeserializeOwned;
use workflow_protocol::{
    DecodeError, RawJson, RunMachine, RunStatus, StopResult, class_name, event_body, start_body,
};

use crate::Error;

/// JSON from anything that serialises: [`RawJson`] stays as it is to the digit.
pub(crate) fn to_json(what: &'static str, value: &impl Serialize) -> Result<RawJson, Error> {
    let text = serde_json::to_string(value).map_err(|error| DecodeError {
        what,
        message: error.to_string(),
        body: String::new(),
    })?;
    Ok(RawJson::parse(text)?)
}

/// A start event, and where to run it.
#[derive(Clone, Debug, PartialEq)]
pub struct StartRequest {
    /// The start event's class, sent as an envelope. None sends the bare fields, which the server misreads when a
    /// field is called `value` (observed on llama-agents-server 0.8.0).
    pub class: Option<String>,
    /// The start event's fields, a JSON object. `null` counts as no fields.
    pub value: RawJson,
    /// The handler to continue with a new run, or the id of a new one. Letters, digits, `-` and `_` only.
    pub handler_id: Option<String>,
}

impl StartRequest {
    /// The bare fields of a start event.
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be written as JSON.
    pub fn new(value: &impl Serialize) -> Result<Self, Error> {
        Ok(Self {
            class: None,
            value: to_json("start event", value)?,
            handler_id: None,
        })
    }

    /// Names the start event's class.
    #[must_use]
    pub fn class(mut self, class: impl Into<String>) -> Self {
        self.class = Some(class.into());
        self
    }

    /// Continues a finished handler, or chooses the id of a new one.
    #[must_use]
    pub fn handler_id(mut self, id: impl Into<String>) -> Self {
        self.handler_id = Some(id.into());
        self
    }

    pub(crate) fn body(&self) -> String {
        start_body(self.class.as_deref(), &self.value, self.handler_id.as_deref())
    }
}

/// An event for a running handler.
#[derive(Clone, Debug, PartialEq)]
pub struct SendEvent {
    /// The event's class, short (`Answer`) or qualified (`app.Answer`).
    pub class: String,
    /// Its fields, a JSON object.
    pub value: RawJson,
    /// The one step that is to get it. None: every step that accepts the class.
    pub step: Option<String>,
}

impl SendEvent {
    /// An event of this class for every step that accepts it.
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be written as JSON.
    pub fn new(class: impl Into<String>, value: &impl Serialize) -> Result<Self, Error> {
        Ok(Self {
            class: class.into(),
            value: to_json("event", value)?,
            step: None,
        })
    }

    /// Names the one step that is to get the event.
    #[must_use]
    pub fn step(mut self, step: impl Into<String>) -> Self {
        self.step = Some(step.into());
        self
    }

    pub(crate) fn body(&self) -> String {
        // The server knows classes by their short names (observed on llama-agents-server 0.8.0).
        event_body(class_name(&self.class), &self.value, self.step.as_deref())
    }
}

/// What came of a cancel, as the handler tells it afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CancelOutcome {
    /// The run was cancelled.
    Cancelled,
    /// The handler was deleted.
    Deleted,
    /// There was nothing to cancel: the run had ended before.
    AlreadyFinished,
    /// The server agreed, and the run is still running: its task was lost. Deleting works.
    StillRunning,
}

impl CancelOutcome {
    /// The outcome as one lower-case word: `cancelled`, `deleted`, `already_finished`, `still_running`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Deleted => "deleted",
            Self::AlreadyFinished => "already_finished",
            Self::StillRunning => "still_running",
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    /// The handler.
    pub handler_id: String,
    /// Its run; none if the server never described it.
    pub run_id: Option<String>,
    /// Completed, failed, timed out, cancelled or gone.
    pub status: RunStatus,
    /// The stop event of a completed run.
    pub result: Option<StopResult>,
    /// The server's words about a run that failed or timed out.
    pub error: Option<String>,
}

impl RunEnd {
    /// The end of a run that has ended.
    pub(crate) fn of(machine: &RunMachine) -> Option<Self> {
        machine.status().is_terminal().then(|| Self {
            handler_id: machine.handler_id().to_owned(),
            run_id: machine.run_id().map(str::to_owned),
            status: machine.status(),
            result: machine.result().cloned(),
            error: machine.error().map(str::to_owned),
        })
    }

    /// Whether the run ended with its stop event.
    pub fn is_completed(&self) -> bool {
        self.status == RunStatus::Completed
    }

    /// The result as a value: of a plain `StopEvent` what it holds, of any other its fields.
    ///
    /// # Errors
    /// [`Error::Decode`] if the run has no result or one of another shape.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        match &self.result {
            Some(result) => Ok(result.decode()?),
            None => Ok(RawJson::null().decode()?),
        }
    }
}
