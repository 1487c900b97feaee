//! A run at any of its events: the bar that chooses the moment, and what held then.
//!
//! A replay reads what was received. It asks the server for nothing, and it does not pause the run.

mod bar;
mod controls;
mod position;
mod prompts;
mod state;
mod view;

pub(crate) use bar::Bar;
pub use bar::ReplayBar;
pub(crate) use prompts::PromptsThen;
pub use state::Replay;
pub(crate) use view::{ReplayView, fold_until};

pub(crate) const STYLE: &str = include_str!("replay.css");
