//! Components over Agent Data, the record store of LlamaCloud (feature `cloud`).
//!
//! | to show | component |
//! | --- | --- |
//! | records as a table: sorted, filtered, page by page, selected, deleted | [`ItemGrid`] |
//! | how many records there are | [`ItemCount`] |
//! | how many records there are in each status | [`StatusCounts`] |
//! | one extracted document beside what is known about each value, to be corrected and accepted | [`ExtractedReview`] |
//!
//! They ask the hooks of `workflow_ui_core`, which need a client in context:
//!
//! ```no_run
//! use leptos::prelude::*;
//! use workflow_ui_components::cloud::{Column, ItemCount, ItemGrid, StatusCounts};
//! use workflow_ui_core::agent_data::field;
//! use workflow_ui_core::{agent_data_address, provide_agent_data_client};
//!
//! #[component]
//! fn Invoices(opened: RwSignal<Option<String>>) -> impl IntoView {
//!     provide_agent_data_client(agent_data_address().client().collection("invoices"));
//!     let columns = vec![
//!         Column::field("File", "file_name"),
//!         Column::status("Status", "status"),
//!         Column::new("Total", |row| row.data["data"]["total"].to_string()).sorted_by("data.total"),
//!     ];
//!     view! {
//!         <ItemCount title="All" />
//!         <ItemCount title="Pending" filter=field("status").eq("pending_review") />
//!         <StatusCounts />
//!         <ItemGrid columns status_field="status" on_open=move |id| opened.set(Some(id)) />
//!     }
//! }
//! ```

mod column;
mod count;
mod items;
mod review;
mod status;
mod statuses;

pub use column::Column;
pub use count::ItemCount;
pub use items::ItemGrid;
pub use review::{ExtractedReview, provide_review_threshold};
pub use statuses::StatusCounts;

pub(crate) const STYLE: &str = include_str!("cloud.css");
