//! View models of a workflow run: forms from schemas, the step timeline, graph layout, JSON as rows, the arrival of events, chat
//! messages, numbers as text, and what a monitor shows of several servers.
//!
//! Pure code: no browser, no async runtime, no clock. It uses `workflow_protocol` and nothing above it.

pub mod chat;
pub mod form;
pub mod graph;
pub mod json;
pub mod monitor;
pub mod needle;
pub mod progress;
pub mod steps;
pub mod text;
pub mod wire;
