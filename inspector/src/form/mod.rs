//! Forms from JSON Schemas as Pydantic v2 writes them, and the conversion between user input and JSON.
//!
//! - [`Form`] and [`Field`] describe the fields. They are created on demand: [`Form::children`] returns the fields inside a field, so
//!   recursive models and schemas of thousands of lines cost nothing until they are opened.
//! - [`Inputs`] is the draft: the user's input, including invalid values and branches that are not chosen.
//! - [`Form::compose`] converts a draft to JSON, or returns the invalid fields. [`Form::decompose`] and [`Form::update`] convert JSON to a
//!   draft. [`Form::to_json`] gives the text for a JSON editor, also for invalid drafts.
//!
//! A schema without a matching kind of field becomes raw JSON ([`FieldKind::Json`]). Unknown keywords are left to the server.
//!
//! # What is sent
//!
//! | a field that | is sent as |
//! | --- | --- |
//! | is untouched and optional | left out, so that the server's default applies, which may be newer than the schema |
//! | is untouched, required, with a default | the default: it is what the field shows, and leaving it out would be refused |
//! | is an untouched required boolean | `false`, as the empty checkbox shows |
//! | is required and has only one possible value | that value; in a branch of a union also if optional, so that the server takes the chosen branch |
//! | is an untouched required object, list or map | its fields, its minimum of items, or `{}`, as shown |
//! | is any other untouched required field | an error: `Required` |
//! | is text that was typed and emptied | `""`; an optional field without a default is untouched again ([`Field::type_text`]) |
//! | is a number, emptied | as if untouched |
//! | was set to null | `null`; only possible if the field is nullable |
//!
//! Numbers are sent with the typed digits.

mod check;
mod compose;
mod decimal;
mod decompose;
mod field;
mod inputs;
mod kind;
mod schema;
mod store;
mod widget;

pub use check::PatternTest;
pub use field::{Field, Form};
pub use inputs::{Input, Inputs, Item};
pub use kind::{Bounds, FieldKind};
pub use widget::{choice_label, parse_object};
