//! Parts of a program that are loaded when they are needed.
//!
//! [`part!`](crate::part!) marks the function whose code, and whatever else only it needs, goes into a file of its own. `cargo xtask` cuts the
//! program where the feature is on; where it is off, as in an app that is built with plain trunk, the function is an ordinary one.

use crate::reactive::{spawn_local, untrack};
use crate::ui::{Call, El, Var, button, div, dynamic, el};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

#[cfg(feature = "split")]
#[doc(hidden)]
pub use wasm_split_helpers;

/// The outcome of loading a part: whether it is here.
pub type Arrival = Pin<Box<dyn Future<Output = bool>>>;

/// A function that builds an element, whose code is a part of the program.
///
/// `part!("feature", name_of_the_part, name_of_the_loader, fn view(count: u32) -> El { … })`: with the feature on, `view(3)` gives the
/// element at once where the part is here, else one that says so until it is. Parts of one name are one file. What it is called with
/// has to be `Clone`.
///
/// The loader is a function of no arguments, `-> Arrival`, that begins to load the part ahead of its use. It is there without the
/// feature, too, and then has nothing to do.
#[macro_export]
macro_rules! part {
    ($feature:literal, $part:ident, $loader:ident,
     $(#[$attribute:meta])* $visible:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> El $body:block) => {
        #[cfg(not(all(feature = $feature, target_arch = "wasm32")))]
        $(#[$attribute])*
        $visible fn $name($($arg: $type),*) -> El $body

        #[cfg(not(all(feature = $feature, target_arch = "wasm32")))]
        #[allow(dead_code, unreachable_pub, reason = "some callers load ahead, some don't")]
        pub(crate) fn $loader() -> $crate::part::Arrival {
            Box::pin(std::future::ready(true))
        }

        #[cfg(all(feature = $feature, target_arch = "wasm32"))]
        $(#[$attribute])*
        $visible fn $name($($arg: $type),*) -> El {
            $crate::part::arriving($loader, move || {
                let inside = cut::$name($($arg.clone()),*);
                $crate::part::at_once(Box::pin(async move { inside.await.ok() }))
            })
        }

        #[cfg(all(feature = $feature, target_arch = "wasm32"))]
        #[allow(dead_code, unreachable_pub, reason = "some callers load ahead, some don't")]
        pub(crate) fn $loader() -> $crate::part::Arrival {
            Box::pin(async { cut::load().await.is_ok() })
        }

        #[cfg(all(feature = $feature, target_arch = "wasm32"))]
        mod cut {
            #[allow(clippy::wildcard_imports, reason = "the function stands in the module around this one")]
            use super::*;
            use $crate::part::wasm_split_helpers;

            #[wasm_split_helpers::wasm_split(
                $part, wasm_split_path = wasm_split_helpers, fallible, preload(load)
            )]
            pub(super) fn $name($($arg: $type),*) -> Result<El, wasm_split_helpers::SplitLoaderError> {
                Ok($body)
            }
        }
    };
}

/// What a future gives that has nothing to wait for.
#[doc(hidden)]
#[must_use]
pub fn at_once(mut future: Pin<Box<dyn Future<Output = Option<El>>>>) -> Option<El> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(built) => built,
        Poll::Pending => None,
    }
}

/// What a part builds, or what stands in its place until it is here.
#[doc(hidden)]
#[must_use]
pub fn arriving(load: fn() -> Arrival, build: impl Fn() -> Option<El> + 'static) -> El {
    match untrack(&build) {
        Some(built) => built,
        None => waiting(load, Box::new(build)),
    }
}

#[inline(never)]
fn waiting(load: fn() -> Arrival, build: Box<dyn Fn() -> Option<El>>) -> El {
    // Nothing yet, or whether it came.
    let came = Var::new(None::<bool>);
    let fetch = Call::new(move |()| {
        came.set(None);
        spawn_local(async move { came.set(Some(load().await)) });
    });
    fetch.run(());
    div("wf-part").child(dynamic(move || match came.get() {
        Some(true) => untrack(&build),
        Some(false) => Some(
            el("p")
                .class("wf-empty wf-error")
                .attr("role", "alert")
                .text("This part of the page could not be loaded. ")
                .child(
                    button("wf-link")
                        .text("Try again")
                        .on("click", move |_| fetch.run(())),
                ),
        ),
        None => Some(el("p").class("wf-empty").text("Loading…")),
    }))
}
