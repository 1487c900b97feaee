//! The custom elements from the packed npm package, in a plain page and in an app with React and Vite.
//!
//! `cargo xtask test elements` packs the package, builds the pages around it, and names their folder in `WORKFLOW_TEST_ELEMENTS`.

#![allow(clippy::expect_used, reason = "tests and their helpers report by failing")]

mod dev;
mod docs;
mod flow;
mod life;
mod looks;

mod site;

use workflow_tests::{Backend, run};

/// A complete run, in each page and against each server.
macro_rules! flows {
    ($($page:ident),+) => { $(
        mod $page {
            use super::{Backend, flow, run};

            #[test]
            fn embedded() {
                run(Backend::Embedded, async |stage| flow::whole(stage, stringify!($page)).await);
            }

            #[test]
            fn python() {
                run(Backend::Python, async |stage| flow::whole(stage, stringify!($page)).await);
            }
        }
    )+ };
}

flows!(plain, react);
