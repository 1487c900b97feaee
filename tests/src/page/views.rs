//! The state of the page, read in one script.

use serde::Deserialize;

/// The region of the open run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RunView {
    /// `data-handler-id`.
    pub handler: String,
    /// `data-run-id`.
    pub run: String,
    /// `data-status`.
    pub status: String,
    /// `data-connection`.
    pub connection: String,
    /// `data-count`.
    pub count: u64,
}

/// The bar of a replay.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReplayView {
    /// `data-at`.
    pub at: u64,
    /// `data-playing`.
    pub playing: bool,
    /// The facts at the moment.
    pub text: String,
    /// `aria-valuetext` of the slider.
    pub valuetext: String,
}

/// One rendered row of the events.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RowView {
    /// `data-seq`.
    pub sequence: u64,
    /// `data-type`.
    pub class: String,
    /// `aria-rowindex`.
    pub index: u64,
    /// Its text.
    pub text: String,
}

/// One row of the run list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RunRowView {
    /// `data-handler-id`.
    pub handler: String,
    /// `data-status`.
    pub status: String,
    /// Its text.
    pub text: String,
}

/// A prompt card.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PromptView {
    /// `data-handler-id`.
    pub handler: String,
    /// `data-seq`.
    pub sequence: u64,
    /// `data-state`.
    pub state: String,
    /// Its text.
    pub text: String,
    /// The names of its fields.
    pub fields: Vec<String>,
}
