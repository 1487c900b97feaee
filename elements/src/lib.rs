//! The components as custom elements: what the JavaScript classes of `npm/elements.js` call.
//!
//! A class of its own for each element has to be JavaScript: WebAssembly can't extend `HTMLElement`, and the classes have to be
//! there before this program is, since frameworks look for an element's properties when they create it. The classes are thin. They
//! know when an element comes and goes, and its attributes; what stands in the element is a `View` here, and the server that it
//! talks to a `Provider`.
//!
//! Dropping a view ends everything that it began: effects, listeners, streams that nobody else follows.
#![cfg(target_arch = "wasm32")]

mod chat;
mod detail;
mod port;
mod prompt;
mod provider;
mod run;
mod runs;
mod told;
mod trigger;
mod view;

pub use port::Port;
pub use provider::Provider;
pub use view::View;
