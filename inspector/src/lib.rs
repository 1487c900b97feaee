//! View models of a workflow run: forms from schemas, the step timeline, replay, comparison, graph layout, agents, JSON as rows, the
//! arrival of events, chat messages, files to save, numbers as text, and the model of a monitor of several servers.
//!
//! Pure code: no browser, no async runtime, no clock. It depends only on `workflow_protocol`.

pub mod agents;
pub mod chat;
pub mod compare;
pub mod form;
pub mod graph;
pub mod json;
pub mod monitor;
pub mod needle;
pub mod progress;
pub mod replay;
pub mod save;
pub mod steps;
pub mod text;
pub mod wire;
