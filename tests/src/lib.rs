//! The harness of the end-to-end tests: servers, a faulty network between them and the page, browsers, and the page by
//! its accessible contract.
//!
//! It knows the page only by roles, names and `data-part`s, and the servers only by HTTP. It reports by panicking: a
//! failed test leaves a screenshot and the page's text under `target/e2e/`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a harness reports what went wrong by failing the test that it serves"
)]

mod api;
mod browser;
mod page;
mod process;
mod proxy;
mod scripted;
mod server;
mod stage;
mod wait;

pub use api::{Answer, Api, WireEvent};
pub use browser::{Browser, BrowserOptions};
pub use page::Page;
pub use page::views::{PromptView, RowView, RunRowView, RunView};
pub use process::free_port;
pub use proxy::FaultProxy;
pub use scripted::{Canned, Script, ScriptedServer};
pub use server::{Backend, Server, ServerOptions};
pub use stage::{Stage, outputs, run, run_alone, run_with};
pub use wait::{Seen, until};
