//! Checks the events that clients send against the JSON Schemas of their classes.
//!
//! `jsonschema` validates; this module adds what a Pydantic model does beyond its schema: it converts simple values, fills in
//! defaults, and reports errors in lines that clients show beside their fields. Status codes, paths and error types are those of
//! llama-agents-server 0.8.0; the wording of messages is not.
//!
//! Time and memory are linear in the size of an event. Values pass through as text, so that digits and the order of keys survive.

mod envelope;
mod event_schema;
mod json;
mod report;
mod schema;

pub use envelope::{Registered, Registry, parse_event};
pub use event_schema::{EventSchema, SchemaError};
pub(crate) use json::{empty_object, fields, is_falsy, read, read_text};
pub(crate) use report::wrong_type;
