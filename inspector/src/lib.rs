//! What a debugger computes from a workflow run: JSON as rows, forms from schemas, what steps did and
//! when, graphs laid out, how events arrived, what was said in a chat, words for
//! numbers, what a monitor shows of several servers.
//!
//! Pure: no browser, no async, no clock. It may use `workflow_protocol` and nothing above it.

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
