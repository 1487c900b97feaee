//! The wire protocol of LlamaIndex workflow servers: types, decoders and state machines.
//!
//! This crate has no browser, no async runtime and no clock. Inputs, including the time, are passed in as values, and the machines
//! return commands, so everything is tested natively. Facts about the wire were observed on llama-agents-server 0.8.0 unless stated
//! otherwise. No data from a server makes this crate panic.
//!
//! - Types: [`Handler`], [`Envelope`], [`WorkflowSchema`], [`Graph`], [`error_detail`], [`validation_errors`]. They serialise byte for byte
//!   like the server, so a server can build its responses with them. Payloads stay text: [`RawJson`].
//! - Requests: [`endpoint`], [`start_body`], [`event_body`], [`join_base`].
//! - Streams: [`SseDecoder`] and [`EventLog`].
//! - State machines: [`RunMachine`] follows one run and [`HandlersMachine`] the list of handlers. [`PollMachine`] chooses which run to
//!   poll for prompts, [`StreamsMachine`] which runs may stream, and [`TabsMachine`] which tab streams. [`RetryPolicy`] gives the delays
//!   between attempts.
//! - Other APIs: [`legacy`] is the older deployments API, [`manage`] the current control plane.

mod answers;
mod body;
mod claim;
pub mod endpoint;
mod envelope;
mod error;
mod error_answer;
mod graph;
mod handler;
mod handlers;
mod json;
pub mod legacy;
mod log;
pub mod manage;
mod operations;
mod polling;
mod prompts;
mod request;
mod retry;
mod run;
mod schema;
mod sent;
mod sse;
mod status;
mod streams;
mod tabs;
mod time;
mod upstreams;

pub use answers::{
    RankedAnswers, ResponseClass, answer_classes, rank_answers, response_classes, schema_class,
};
pub use body::{event_body, event_is_beyond_key, is_beyond_key, start_body, start_is_beyond_key};
pub use claim::{Claim, ClaimState};
pub use envelope::{Envelope, EventClass, EventKind, StepState, class_name};
pub use error::{DecodeError, WebPage};
pub use error_answer::{FieldError, error_detail, validation_errors};
pub use graph::{Graph, GraphEdge, GraphNode, GraphReader, NodeKind, Representation};
pub use handler::{Handler, HandlerList, HandlerStatus, StopResult};
pub use handlers::{HandlerState, HandlersCommand, HandlersInput, HandlersMachine, ListPace};
pub use json::{RawJson, decode_fields, field_str, fields, members, preview_text, text_of};
pub use log::{EventLog, EventRef, UNNUMBERED};
pub use polling::{PollCommand, PollInput, PollMachine};
pub use prompts::{Closing, Prompt, PromptState, prompt_text};
pub use request::{HandlerQuery, Method, Request, is_addressable, join_base};
pub use retry::{RetryPolicy, Rng};
pub use run::{
    Changes, Outcome, RunCommand, RunInput, RunMachine, RunOptions, StopCheck, StreamEnd, SuspectedStop,
    WireStats,
};
pub use schema::{
    ErrorAnswer, EventSchemas, StatusAnswer, WorkflowList, WorkflowSchema, parse_status, parse_workflows,
    schema_title,
};
pub use sent::{SentEvent, SentState};
pub use sse::{SseDecoder, SseItem};
pub use status::{Connection, Failure, FailureKind, RunStatus, UnknownRunStatus};
pub use streams::{MAX_STREAMS, StreamsCommand, StreamsInput, StreamsMachine};
pub use tabs::{Served, TabsCommand, TabsInput, TabsMachine};
pub use time::{ServerClock, Time};
pub use upstreams::{UpstreamList, UpstreamPath};
