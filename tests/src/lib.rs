//! The harness of the end-to-end tests: servers, a faulty network between them and the page, browsers, and the page by
//! its accessible contract.
//!
//! It knows the page only by roles, names and `data-part`s, and the servers only by HTTP. It reports by panicking: a
//! failed test leaves a screenshot and the page's text under `target/e2e/`.
//!
//! What it is told by the environment:
//!
//! | variable | what | default |
//! | --- | --- | --- |
//! | `WORKFLOW_TEST_SERVER` | our binary, as an absolute path | the one built into the same target folder |
//! | `WORKFLOW_TEST_PYTHON` | a Python with `tests/requirements.txt` installed | `python3` |
//! | `WORKFLOW_TEST_AXE` | axe-core's `axe.min.js` | none: the tests that need it fail |
//! | `WORKFLOW_TEST_OUTPUT` | where reports of failed tests go | `target/e2e` |
//! | `WORKFLOW_TEST_PROJECTS`, `…_TOOLS`, `…_TARGET`, `…_LLAMACTL`, `…_WHEEL`, `…_PACKAGE` | what the tests of the platform need: see `platform.rs` | none: `cargo xtask test platform` |
//! | `WORKFLOW_TEST_LEGACY_092`, `…_022` | a Python with the old llama-deploy of that version | none: `cargo xtask test legacy` |
//! | `CHROMEDRIVER` | chromedriver | the one on `PATH` |

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a harness reports what went wrong by failing the test that it serves"
)]

mod api;
mod axe;
mod browser;
mod conformance;
mod flood;
mod folder;
mod legacy;
mod page;
mod platform;
mod probe;
mod process;
mod proxy;
mod random;
mod scripted;
mod server;
mod stage;
mod tabs;
mod wait;

pub use api::{Answer, Api, WireEvent};
pub use axe::{Look, violations};
pub use browser::{Browser, BrowserOptions, crash, devtools};
pub use conformance::{Case, Conformance, Decode, Told, conformance, decode};
pub use flood::{Flood, FloodServer, Then};
pub use folder::FolderServer;
pub use legacy::{Legacy, LegacyServer};
pub use page::Page;
pub use page::lanes::{NodeView, TurnView};
pub use page::views::{PromptView, RowView, RunRowView, RunView};
pub use platform::{Developed, Front, Llamactl, Mounted, Project, script};
pub use probe::{ProbeServer, ask, held, open_probe, probe_folder};
pub use process::{free_port, outputs};
pub use proxy::FaultProxy;
pub use random::Random;
pub use scripted::{Canned, Script, ScriptedServer};
pub use server::{Backend, Server, ServerOptions};
pub use stage::{Stage, run, run_alone, run_with};
pub use tabs::{Leader, ManyTabs, many_tabs};
pub use wait::{Seen, until};
