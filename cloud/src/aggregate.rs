//! Groups of records.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use workflow_protocol::DecodeError;

use crate::record::decode;

/// One group of an aggregate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group<T = Value> {
    /// The values that the group has in common, under the names as asked for. A missing field is null.
    #[serde(default)]
    pub group_key: Map<String, Value>,
    /// The number of records, if `count` was set.
    #[serde(default)]
    pub count: Option<u64>,
    /// The `data` of the earliest record by `created_at`, if `first` was set.
    #[serde(default = "none")]
    pub first_item: Option<T>,
}

const fn none<T>() -> Option<T> {
    None
}

/// One page of groups.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct GroupPage<T = Value> {
    /// The groups.
    pub items: Vec<Group<T>>,
    /// Asks for the next page; `None` on the last one.
    #[serde(default)]
    pub next_page_token: Option<String>,
    /// The number of groups, if the server says so.
    #[serde(default)]
    pub total_size: Option<u64>,
}

impl<T: DeserializeOwned> GroupPage<T> {
    /// Reads the answer to an aggregate.
    ///
    /// # Errors
    /// When it is not a page of groups, or a `first_item` has another type.
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        decode("page of groups", text)
    }

    /// The records in all groups of this page. An aggregate over no records has no group or one with 0: both are 0.
    pub fn count(&self) -> u64 {
        self.items.iter().filter_map(|group| group.count).sum()
    }
}
