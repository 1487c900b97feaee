//! The components in a real browser, over a server that follows a script.
#![cfg(target_arch = "wasm32")]
// A test that cannot go on panics.
#![allow(clippy::expect_used, clippy::panic)]

#[path = "web/chat.rs"]
mod chat;
#[path = "web/evicted.rs"]
mod evicted;
#[path = "web/forms.rs"]
mod forms;
#[path = "web/grid.rs"]
mod grid;
#[path = "web/kit.rs"]
mod kit;
#[path = "web/lists.rs"]
mod lists;
#[path = "web/monitor.rs"]
mod monitor;
#[path = "web/parts.rs"]
mod parts;
#[path = "web/prompts.rs"]
mod prompts;
#[path = "web/records.rs"]
mod records;
#[path = "web/replay.rs"]
mod replay;
#[path = "web/run.rs"]
mod run;

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);
