//! Agent Data, the record store of LlamaCloud beside the workflows: client and hooks.
//!
//! - [`AgentDataClient`] is a collection: every request, typed, also usable without hooks. [`provide_agent_data_client`] hands it to a
//!   part of the page, and [`agent_data_address`] says where a deployed page's is.
//! - [`use_agent_data_item`], [`use_agent_data_search`], [`use_agent_data_count`] and [`use_agent_data_groups`] read;
//!   [`use_agent_data_write`] writes.
//!
//! The types, filters and orders are those of the crate `workflow-cloud`, which is also `workflow_ui_core::agent_data`.

// From the ground up: error < wire < overlay < question < store < client < place, context < hooks
mod client;
mod context;
mod error;
mod hooks;
mod overlay;
mod place;
mod question;
mod store;
mod wire;

pub use client::{AgentDataClient, AgentDataClientBuilder};
pub use context::{provide_agent_data_client, use_agent_data_client};
pub use error::{AgentDataError, UnknownCreate};
pub use hooks::*;
pub use place::{AgentDataAddress, AgentDataPlace, agent_data_address};
