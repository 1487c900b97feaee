//! The components as custom elements: what the JavaScript classes of `npm/elements.js` call.
//!
//! A class of its own for each element has to be JavaScript: WebAssembly can't extend `HTMLElement`, and the classes have to
//! exist before this program is loaded, since frameworks look for an element's properties when they create it. The classes are
//! thin. They know when an element is added and removed, and its attributes. The content of an element is a `View`, and the
//! server that it talks to a `Provider`.
//!
//! Dropping a view ends everything that it started: effects, listeners, streams that nobody else follows.
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
