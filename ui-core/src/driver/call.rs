//! Inputs of a run's machine as values that can wait for their turn.

use workflow_protocol::{Claim, Failure, Handler, RawJson, RunInput, StreamEnd};

/// An input of the machine that can wait for its turn.
#[derive(Debug)]
pub(crate) enum RunCall {
    Watch,
    Unwatch,
    Refresh,
    HandlerRead {
        epoch: u32,
        result: Result<Handler, Failure>,
    },
    HandlerSeen(Handler),
    Started(Handler),
    StreamOpened {
        epoch: u32,
    },
    StreamBytes {
        epoch: u32,
        bytes: Vec<u8>,
    },
    StreamEnded {
        epoch: u32,
        end: StreamEnd,
    },
    ResponseClasses(Vec<String>),
    Respond {
        prompt: u64,
        class: String,
        value: RawJson,
    },
    AnswerDenied {
        ticket: u64,
        claim: Option<Claim>,
    },
    Claimed {
        prompt: u64,
        claim: Option<Claim>,
    },
    Sending {
        ticket: u64,
        class: String,
        value: RawJson,
        step: Option<String>,
    },
    SentBefore(String),
    SendSettled {
        ticket: u64,
        result: Result<(), Failure>,
    },
    Yield,
    Tick,
    Online(bool),
}

impl RunCall {
    pub(super) fn as_input(&self) -> RunInput<'_> {
        match self {
            Self::Watch => RunInput::Watch,
            Self::Unwatch => RunInput::Unwatch,
            Self::Refresh => RunInput::Refresh,
            Self::HandlerRead { epoch, result } => RunInput::HandlerRead {
                epoch: *epoch,
                result: result.clone(),
            },
            Self::HandlerSeen(handler) => RunInput::HandlerSeen(handler.clone()),
            Self::Started(handler) => RunInput::Started(handler.clone()),
            Self::StreamOpened { epoch } => RunInput::StreamOpened { epoch: *epoch },
            Self::StreamBytes { epoch, bytes } => RunInput::StreamBytes { epoch: *epoch, bytes },
            Self::StreamEnded { epoch, end } => RunInput::StreamEnded {
                epoch: *epoch,
                end: end.clone(),
            },
            Self::ResponseClasses(classes) => RunInput::ResponseClasses(classes.clone()),
            Self::Respond { prompt, class, value } => RunInput::Respond {
                prompt: *prompt,
                class: class.clone(),
                value: value.clone(),
            },
            Self::AnswerDenied { ticket, claim } => RunInput::AnswerDenied {
                ticket: *ticket,
                claim: *claim,
            },
            Self::Claimed { prompt, claim } => RunInput::Claimed {
                prompt: *prompt,
                claim: *claim,
            },
            Self::Sending {
                ticket,
                class,
                value,
                step,
            } => RunInput::Sending {
                ticket: *ticket,
                class: class.clone(),
                value: value.clone(),
                step: step.clone(),
            },
            Self::SentBefore(text) => RunInput::SentBefore(text.clone()),
            Self::SendSettled { ticket, result } => RunInput::SendSettled {
                ticket: *ticket,
                result: result.clone(),
            },
            Self::Yield => RunInput::Yield,
            Self::Tick => RunInput::Tick,
            Self::Online(online) => RunInput::Online(*online),
        }
    }
}
