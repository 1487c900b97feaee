//! The components as custom elements. The JavaScript classes in `npm/elements.js` call this crate.
//!
//! The class of each element is JavaScript, because WebAssembly cannot extend `HTMLElement`. The classes must also exist before this
//! program is loaded: frameworks look up an element's properties when they create it. The classes only handle attributes, and the
//! adding and removing of elements. The content of an element is a `View`; its server is a `Provider`.
//!
//! Dropping a view ends everything that it started: effects, listeners, and streams that nobody else uses.
#![cfg(target_arch = "wasm32")]
#![allow(unreachable_pub, reason = "`#[component]` generates public items")]

mod chat;
mod detail;
mod element;
mod port;
mod prompt;
mod provider;
mod run;
mod run_events;
mod runs;
mod trigger;
mod view;

pub use port::Port;
pub use provider::Provider;
pub use view::View;
