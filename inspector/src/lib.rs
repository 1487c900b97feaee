//! What a debugger computes from a workflow run: JSON as rows, forms from schemas, what steps did and
//! when, graphs laid out, how events arrived, what was said in a chat, two runs compared, files to save, words for numbers.
//!
//! Pure: no browser, no async, no clock. It may use `workflow_protocol` and nothing above it.

pub mod chat;
pub mod compare;
pub mod form;
pub mod graph;
pub mod json;
pub mod needle;
pub mod progress;
pub mod save;
pub mod steps;
pub mod text;
pub mod wire;
