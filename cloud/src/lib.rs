//! Agent Data: the record store of LlamaCloud beside the workflows. Types, filters, order and extracted documents; no I/O.
//!
//! Facts about the wire come from the OpenAPI document inside npm `llama-cloud-services` 0.5.4 and from the requests of the
//! five published clients. Nothing that a server sends makes this crate panic.
//!
//! - Records: [`AgentData`], [`SearchPage`], [`RowError`], [`Timestamp`]. `T` is the type of `data`; `serde_json::Value` is the untyped one,
//!   and [`RawJson`](workflow_protocol::RawJson) keeps every digit of numbers beyond 64 bits.
//! - Requests: [`CreateRequest`], [`UpdateRequest`], [`SearchRequest`], [`AggregateRequest`], [`DeleteRequest`] and the paths in [`endpoint`].
//! - Questions: [`Filter`] with [`field`], [`created_at`], [`updated_at`]; [`Order`].
//! - [`query`]: the evaluator that stores run.
//! - [`deployment_name`] infers the name that records are stored under.
//! - [`ExtractedData`]: what review apps keep in `data`, with [`field_notes`] for confidence, reasoning and citations.

mod aggregate;
mod deployment;
pub mod endpoint;
mod extracted;
mod filter;
mod order;
pub mod query;
mod record;
mod request;
mod timestamp;

pub use aggregate::{Group, GroupPage};
pub use deployment::{BUILD_VARIABLES, PUBLIC_DEPLOYMENT, deployment_name};
pub use extracted::{
    BoundingBox, Citation, ExtractedData, FieldNotes, PageSize, ReviewStatus, confidences, field_notes,
    mean_confidence,
};
pub use filter::{Field, Filter, FilterError, Operator, created_at, field, updated_at};
pub use order::{Order, OrderError, OrderKey};
pub use record::{AgentData, RowError, SearchPage};
pub use request::{
    AggregateRequest, CreateRequest, DEFAULT_COLLECTION, DEFAULT_PAGE_SIZE, DeleteRequest, DeletedCount,
    MAX_OFFSET, MAX_PAGE_SIZE, SearchRequest, UpdateRequest,
};
pub use timestamp::Timestamp;

/// The guide, whose examples are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/agent-data.md")]
pub struct Guide;
