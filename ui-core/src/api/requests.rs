//! Requests and their outcomes as values.

use serde::Serialize;
use serde::de::DeserializeOwned;
use workflow_protocol::{
    DecodeError, RawJson, RunMachine, RunStatus, StopResult, class_name, event_body, start_body,
};

use crate::Error;

/// Serialises to JSON. A [`RawJson`] stays unchanged.
pub(crate) fn to_json(what: &'static str, value: &impl Serialize) -> Result<RawJson, Error> {
    let text = serde_json::to_string(value).map_err(|error| DecodeError {
        what,
        message: error.to_string(),
        body: String::new(),
    })?;
    Ok(RawJson::parse(text)?)
}

/// A start event, and the handler to run it in.
#[derive(Clone, Debug, PartialEq)]
pub struct StartRequest {
    /// The class of the start event, sent in an envelope. `None` sends only the fields, which the server misreads if a field is named
    /// `value` (observed on llama-agents-server 0.8.0).
    pub class: Option<String>,
    /// The fields of the start event, a JSON object. `null` means no fields.
    pub value: RawJson,
    /// The handler to continue with a new run, or the id for a new handler. Letters, digits, `-` and `_` only.
    pub handler_id: Option<String>,
}

impl StartRequest {
    /// A start event with these fields and without a class.
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be serialised.
    pub fn new(value: &impl Serialize) -> Result<Self, Error> {
        Ok(Self {
            class: None,
            value: to_json("start event", value)?,
            handler_id: None,
        })
    }

    /// Sets the class of the start event.
    #[must_use]
    pub fn class(mut self, class: impl Into<String>) -> Self {
        self.class = Some(class.into());
        self
    }

    /// Continues a finished handler, or sets the id of a new one.
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
    /// The class of the event, short (`Answer`) or qualified (`app.Answer`).
    pub class: String,
    /// Its fields, a JSON object.
    pub value: RawJson,
    /// The only step that receives it. `None`: every step that accepts the class.
    pub step: Option<String>,
}

impl SendEvent {
    /// An event of this class for every step that accepts it.
    ///
    /// # Errors
    /// [`Error::Decode`] if `value` cannot be serialised.
    pub fn new(class: impl Into<String>, value: &impl Serialize) -> Result<Self, Error> {
        Ok(Self {
            class: class.into(),
            value: to_json("event", value)?,
            step: None,
        })
    }

    /// Sets the only step that receives the event.
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

/// The outcome of a cancel, read from the handler afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CancelOutcome {
    /// The run was cancelled.
    Cancelled,
    /// The handler was deleted.
    Deleted,
    /// The run had already ended.
    AlreadyFinished,
    /// The server accepted the request, but the run is still running, because the server lost its task. Deleting works.
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

/// The outcome of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEnd {
    /// The id of the handler.
    pub handler_id: String,
    /// The id of the run; `None` if the server never described it.
    pub run_id: Option<String>,
    /// Completed, failed, timed out, cancelled or gone.
    pub status: RunStatus,
    /// The stop event of a completed run.
    pub result: Option<StopResult>,
    /// The server's text about a run that failed or timed out.
    pub error: Option<String>,
}

impl RunEnd {
    /// The outcome of a run that has ended.
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

    /// Decodes the result: the inner value of a plain `StopEvent`, the fields of any other stop event.
    ///
    /// # Errors
    /// [`Error::Decode`] if the run has no result, or one that does not fit `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Error> {
        match &self.result {
            Some(result) => Ok(result.decode()?),
            None => Ok(RawJson::null().decode()?),
        }
    }
}
