//! Leptos components for workflow runs: forms, runs, prompts, events, a chat.
//!
//! Each component adds its own styles once per document. The styles use the `--wf-*` tokens of [`theme`]. All data comes from the
//! hooks of [`workflow_ui_core`]; this crate sends no requests.
//!
//! | to show | component |
//! | --- | --- |
//! | a button or a form that starts runs | [`trigger::TriggerButton`], [`trigger::TriggerForm`], [`start::StartPane`] |
//! | the runs of a server | [`runs::RunList`] |
//! | one run | [`run::RunView`], or its parts: [`status::StatusPill`], [`progress::RunProgress`], [`prompt::Prompts`], [`events::EventList`], [`event::EventDetail`], [`timeline::RunTimeline`], [`graph::RunGraph`], [`step_log::RunLog`], [`agents::RunAgents`], [`replay::ReplayBar`], [`result::RunResult`], [`result::RunFailure`] |
//! | two runs side by side | [`compare::RunCompare`] |
//! | a menu that saves a run as files | [`save::SaveMenu`] |
//! | the open prompts of several runs | [`inbox::Inbox`] |
//! | several deployments: health, runs, one inbox, trends, alarms | [`monitor::Monitor`] |
//! | a chat with a workflow | [`chat::Chat`] |
//! | JSON | [`json_view::JsonTreeView`], [`json_view::JsonText`] |
//! | a form from a JSON Schema | [`form::FormFields`] |
//! | records of Agent Data (feature `cloud`) | `cloud::ItemGrid`, `cloud::ItemCount`, `cloud::StatusCounts`, `cloud::ExtractedReview` |
//! | a notice that the server requires sign-in or is slow; the time of the next retry | [`status::ServerNotice`], [`status::SignInNote`], [`status::NextTry`] |
//! | a list of any length | [`grid::Grid`] |
//! | controls | [`tabs::Tabs`], [`tabs::TabPanel`], [`dialog::Dialog`], [`menu::Menu`], [`copy::CopyButton`], [`icon::IconView`] |
//!
//! Put them into a [`provider::ApiProvider`]. Or call [`provide_workflow_client`](workflow_ui_core::provide_workflow_client) and give
//! the root element the class `wf-root`. The guides are `docs/components.md` and `docs/theming.md`.

#![allow(unreachable_pub, reason = "`#[component]` generates public items")]

/// The guides. Their code is compiled as doctests.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../docs/components.md")]
    mod components {}
    #[doc = include_str!("../../docs/monitor.md")]
    mod monitor {}
    #[doc = include_str!("../../docs/theming.md")]
    mod theming {}
}

pub mod agents;
pub mod chat;
#[cfg(feature = "cloud")]
pub mod cloud;
pub mod compare;
pub mod copy;
pub mod dialog;
mod dom;
pub mod drafts;
mod element;
pub mod event;
pub mod events;
pub mod form;
pub mod graph;
pub mod grid;
pub mod icon;
pub mod inbox;
pub mod json_view;
pub mod menu;
pub mod monitor;
mod name_select;
mod pattern;
pub mod progress;
pub mod prompt;
pub mod provider;
pub mod renewal;
pub mod replay;
pub mod result;
pub mod run;
pub mod runs;
pub mod save;
mod selection;
mod send;
pub mod start;
pub mod status;
pub mod step_log;
pub mod tabs;
pub mod theme;
pub mod timeline;
pub mod trigger;
mod watched;
mod wire;
mod work;
mod worker;

pub use agents::RunAgents;
pub use chat::Chat;
pub use compare::RunCompare;
pub use event::EventDetail;
pub use events::EventList;
pub use form::FormFields;
pub use graph::RunGraph;
pub use inbox::Inbox;
pub use json_view::{JsonText, JsonTreeView};
pub use monitor::Monitor;
pub use progress::RunProgress;
pub use prompt::{PromptCard, Prompts};
pub use provider::ApiProvider;
pub use replay::{Replay, ReplayBar};
pub use result::{RunFailure, RunResult};
pub use run::{RunCard, RunView};
pub use runs::RunList;
pub use save::SaveMenu;
pub use start::{StartPane, Started};
pub use status::StatusPill;
pub use step_log::RunLog;
pub use timeline::RunTimeline;
pub use trigger::{TriggerButton, TriggerForm};

pub use dom::{copy_text, focus_first, is_focus_lost, is_typing, key_press};
pub use worker::SearchScript;
