//! A form from a JSON Schema as Pydantic v2 writes it, and the way between what a person types and the JSON that is sent.
//!
//! - [`Form`] and [`Field`] say what there is to fill in. Only what is looked at is made: [`Form::children`] gives the
//!   fields inside a field, so recursive models and schemas of thousands of lines cost nothing until they are opened.
//! - [`Inputs`] is the draft: what was typed, also when it is wrong, also behind a branch that is not chosen now.
//! - [`Form::compose`] makes JSON of a draft or says which fields are wrong; [`Form::decompose`] and [`Form::update`] make
//!   a draft of JSON; [`Form::to_json`] is the text for a JSON side, for drafts that are wrong too.
//!
//! What the model has no field for becomes raw JSON for that field ([`FieldKind::Json`]); keywords it does not know are
//! left to the server.
//!
//! # What is sent
//!
//! | a field that | is sent as |
//! | --- | --- |
//! | is untouched and optional | left out, so that the server's default holds, which may be newer than the schema |
//! | is untouched, required, with a default | the default: it is what the field shows, and leaving it out would be refused |
//! | is an untouched required boolean | `false`: an empty box says so |
//! | is required and can have one value only | that value; inside a union's branch also when optional, so that the server takes the chosen branch |
//! | is an untouched required object, list or map | its fields, its least number of items, `{}`: what is seen |
//! | is any other untouched required field | an error: `Required` |
//! | is text that was typed and emptied | `""`; but an optional box without a default is then untouched again ([`Field::type_text`]), since it looks so |
//! | is a number, emptied | as if untouched |
//! | was set to null | `null`, which only a nullable field may be |
//!
//! Numbers are sent in the digits that were typed.

mod check;
mod compose;
mod decimal;
mod decompose;
mod field;
mod infer;
mod inputs;
mod kind;
mod schema;
mod store;
mod widget;

pub use check::PatternTest;
pub use field::{Field, Form};
pub use infer::schema_of;
pub use inputs::{Input, Inputs, Item};
pub use kind::{Bounds, FieldKind};
pub use widget::{choice_label, parse_object};
