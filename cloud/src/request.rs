//! The bodies of requests.

use serde::{Deserialize, Serialize};

use crate::{Filter, Order};

/// The collection of records that name none.
pub const DEFAULT_COLLECTION: &str = "default";

/// Records on a page if the request does not say.
pub const DEFAULT_PAGE_SIZE: u32 = 50;

/// Records on a page at most; the server reduces larger numbers.
pub const MAX_PAGE_SIZE: u32 = 1000;

/// The largest `offset`. Pages behind it need [`SearchRequest::page_token`].
pub const MAX_OFFSET: u32 = 1000;

pub(crate) fn default_collection() -> String {
    DEFAULT_COLLECTION.to_owned()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Creates a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateRequest<T> {
    /// The deployment, or `_public`.
    pub deployment_name: String,
    /// The collection.
    #[serde(default = "default_collection")]
    pub collection: String,
    /// The content: must serialise as an object.
    pub data: T,
}

/// Replaces the content of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateRequest<T> {
    /// The whole new content: must serialise as an object.
    pub data: T,
}

/// Asks for one page of records. What is `None` is not sent.
///
/// ```
/// # use workflow_cloud::{Order, SearchRequest, field};
/// let search = SearchRequest {
///     filter: field("age").gte(21).and(field("status").ne("gone")),
///     order_by: Order::by("name").then_desc("created_at"),
///     ..SearchRequest::new("_public", "people")
/// };
/// assert_eq!(
///     serde_json::to_string(&search)?,
///     r#"{"deployment_name":"_public","collection":"people","filter":{"age":{"gte":21},"status":{"ne":"gone"}},"order_by":"name, created_at desc"}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SearchRequest {
    /// The deployment, or `_public`.
    pub deployment_name: String,
    /// The collection.
    pub collection: String,
    /// Which records; empty means all.
    #[serde(skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// In which order; empty means the newest first.
    #[serde(skip_serializing_if = "Order::is_empty")]
    pub order_by: Order,
    /// Records on a page, at most [`MAX_PAGE_SIZE`]. `None` means [`DEFAULT_PAGE_SIZE`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
    /// Records to skip, at most [`MAX_OFFSET`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// Whether the answer has [`total_size`](crate::SearchPage::total_size).
    #[serde(skip_serializing_if = "is_false")]
    pub include_total: bool,
}

impl SearchRequest {
    /// Asks for the newest records of a collection.
    pub fn new(deployment_name: impl Into<String>, collection: impl Into<String>) -> Self {
        Self {
            deployment_name: deployment_name.into(),
            collection: collection.into(),
            ..Self::default()
        }
    }
}

/// Asks for groups of records.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AggregateRequest {
    /// The deployment, or `_public`.
    pub deployment_name: String,
    /// The collection.
    pub collection: String,
    /// Which records; empty means all.
    #[serde(skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
    /// Names of fields; empty means one group over all records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_by: Vec<String>,
    /// Whether groups say their number of records.
    #[serde(skip_serializing_if = "is_false")]
    pub count: bool,
    /// Whether groups have the data of their earliest record.
    #[serde(skip_serializing_if = "is_false")]
    pub first: bool,
    /// The order of the groups by their keys; empty leaves it to the server.
    #[serde(skip_serializing_if = "Order::is_empty")]
    pub order_by: Order,
    /// Groups on a page, at most [`MAX_PAGE_SIZE`]. `None` means [`DEFAULT_PAGE_SIZE`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// From the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
    /// Groups to skip, at most [`MAX_OFFSET`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

impl AggregateRequest {
    /// Counts the records of a collection: one group.
    ///
    /// ```
    /// # use workflow_cloud::AggregateRequest;
    /// let count = AggregateRequest::count("app", "people");
    /// assert_eq!(serde_json::to_string(&count)?, r#"{"deployment_name":"app","collection":"people","count":true}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn count(deployment_name: impl Into<String>, collection: impl Into<String>) -> Self {
        Self {
            deployment_name: deployment_name.into(),
            collection: collection.into(),
            count: true,
            ..Self::default()
        }
    }
}

/// Deletes all records that match.
///
/// The server takes an empty filter as all records; clients should refuse it unless everything is meant.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeleteRequest {
    /// The deployment, or `_public`.
    pub deployment_name: String,
    /// The collection.
    pub collection: String,
    /// Which records; **empty means all**.
    #[serde(skip_serializing_if = "Filter::is_empty")]
    pub filter: Filter,
}

/// The answer to a [`DeleteRequest`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedCount {
    /// The number of deleted records.
    pub deleted_count: u64,
}
