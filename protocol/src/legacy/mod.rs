//! The older deployments API of LlamaIndex: tasks in sessions instead of handlers. Legacy: new servers support it only for old clients.
//!
//! | server | unit of work | base address | [`LegacyApi`] |
//! | --- | --- | --- | --- |
//! | PyPI `llama-deploy` 0.2.2 | task of a session, run by a service | the control plane | [`ControlPlane`](LegacyApi::ControlPlane) |
//! | PyPI `llama-deploy` 0.9.2 | task | `/deployments/{name}` | [`Deployment`](LegacyApi::Deployment) |
//! | `llama-agents-appserver` 0.12.2 (`llamactl serve`), routes that are not in its OpenAPI document | task | `/deployments/{name}` | [`Deployment`](LegacyApi::Deployment) |
//!
//! All statements about these servers were observed on these versions. [`endpoint`] has the requests, [`LegacyReader`] reads a task's
//! stream, and [`LegacyOutcome`] combines stream and result into the outcome of a task.

pub mod endpoint;
mod event;
mod lines;
mod outcome;
mod reader;
mod types;

pub use event::LegacyEvent;
pub use lines::{NdjsonDecoder, NdjsonItem};
pub use outcome::{LegacyOutcome, is_without_reason};
pub use reader::{LegacyReader, LegacyStreamEnd};
pub use types::{
    LegacyResult, LegacyService, LegacySession, LegacyStatus, LegacyTask, NewLegacyTask, parse_deployments,
    parse_id, parse_result, parse_services, parse_session_map, parse_sessions, parse_tasks,
};

/// Which of the two older APIs a server has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LegacyApi {
    /// llama-deploy 0.9.2, and the same routes of the current app server.
    #[default]
    Deployment,
    /// llama-deploy 0.2.2.
    ControlPlane,
}
