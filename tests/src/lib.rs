//! The harness of the end-to-end tests: servers, a faulty network between them and the page, browsers, and access to the page through its
//! accessible contract.
//!
//! It finds everything in the page by roles, names and `data-part`s, and uses servers over HTTP only. Checks panic. A failed test writes a
//! screenshot and the page's text into `target/e2e/`.
//!
//! Environment variables:
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `WORKFLOW_TEST_SERVER` | our binary, as an absolute path | the one built into the same target folder |
//! | `WORKFLOW_TEST_PYTHON` | a Python with `tests/requirements.txt` installed | `python3` |
//! | `WORKFLOW_TEST_AXE` | axe-core's `axe.min.js` | none: the tests that need it fail |
//! | `WORKFLOW_TEST_OUTPUT` | the folder for reports of failed tests | `target/e2e` |
//! | `WORKFLOW_TEST_PROJECTS`, `…_TOOLS`, `…_TARGET`, `…_LLAMACTL`, `…_WHEEL`, `…_PACKAGE` | needed by the platform tests: see `platform.rs` | none: `cargo xtask test platform` |
//! | `WORKFLOW_TEST_LEGACY_092`, `…_022` | a Python with that version of llama-deploy installed | none: `cargo xtask test legacy` |
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
pub use browser::{Browser, BrowserOptions, crash, devtools, try_devtools};
pub use conformance::{Case, Conformance, Decode, Decoded, conformance, decode};
pub use flood::{Flood, FloodServer, Then};
pub use folder::FolderServer;
pub use legacy::{Legacy, LegacyServer};
pub use page::Page;
pub use page::lanes::{NodeView, TurnView};
pub use page::views::{PromptView, ReplayView, RowView, RunRowView, RunView};
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
