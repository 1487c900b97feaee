//! The workflow debugger: one page that starts runs, follows them and answers their questions.
//!
//! This crate arranges the components, and owns what belongs to a page: its address and history, its preferences, its
//! shortcuts, and which server it talks to.

mod address;
mod app;
mod chrome;
mod navigation;
mod preferences;
mod server;
mod shortcuts;
mod url_state;
mod welcome;
mod workspace;

use workflow_ui_components::ui::View;

fn main() {
    leptos::mount::mount_to_body(|| View::from(app::app()));
}
