//! The workflow debugger: a page that starts runs, follows them and answers their prompts.
//!
//! This crate arranges the components. It manages the page's address and history, preferences, shortcuts, and the choice of the
//! server.

#![allow(unreachable_pub, reason = "`#[component]` generates public items")]

mod address;
mod app;
mod commands;
mod focus;
mod header;
mod health;
mod link;
mod monitor;
mod navigation;
mod palette;
mod preferences;
mod server;
mod shortcuts;
mod state;
mod url_state;
mod workspace;

use app::App;
use leptos::mount::mount_to_body;

fn main() {
    mount_to_body(App);
}
