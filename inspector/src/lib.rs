//! What a debugger computes from a workflow run: JSON as rows, forms from schemas, words for numbers.
//!
//! Pure: no browser, no async, no clock. It may use `workflow_protocol` and nothing above it.

pub mod form;
pub mod json;
pub mod text;
