//! The workflow debugger: one page that starts runs, follows them and answers their questions.
//!
//! This crate arranges the components, and owns what belongs to a page: its address and history, its preferences, its
//! shortcuts, and which server it talks to.

mod address;
mod app;
mod chrome;
mod focus;
mod navigation;
mod palette;
mod preferences;
mod server;
mod shortcuts;
mod splitter;
mod url_state;
mod welcome;
mod workspace;

use std::cell::OnceCell;
use workflow_ui_components::document;
use workflow_ui_components::reactive::{Executor, Owner};

thread_local! {
    /// Everything that the page is made of lives until the document is left.
    static PAGE: OnceCell<Owner> = const { OnceCell::new() };
}

fn main() {
    // Refused only where there is an executor already.
    let _ = Executor::init_wasm_bindgen();
    let owner = PAGE.with(|page| page.get_or_init(Owner::new).clone());
    let page = owner.with(app::app);
    if let Some(body) = document().body() {
        // A new element can stand below any body.
        let _ = body.append_child(page.node());
    }
}
