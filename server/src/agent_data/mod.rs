//! Agent Data: a store of records beside the workflows, with the routes of LlamaCloud's API (`/api/v1/beta/agent-data`).
//!
//! Records are in memory or in a SQLite file. Both use the evaluator of `workflow-cloud` for filters, orders and groups.

mod ask;
mod faults;
mod routes;
mod store;

pub(crate) use routes::routes;
pub use store::{
    AgentDataStore, Aggregate, DEFAULT_PROJECT, Data, Found, Groups, InvalidData, Record, Scope, Search,
    StoreError,
};
