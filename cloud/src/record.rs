//! Records and pages of records.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use workflow_protocol::{DecodeError, RawJson};

use crate::timestamp::{Timestamp, lenient};

/// One record of the store.
///
/// ```
/// # use workflow_cloud::AgentData;
/// let record: AgentData = serde_json::from_str(
///     r#"{"id":"1","deployment_name":"app","collection":"people","data":{"name":"Ann"},"created_at":"2026-11-29T13:22:29Z"}"#,
/// )?;
/// assert_eq!(record.data["name"], "Ann");
/// assert_eq!(record.updated_at, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentData<T = Value> {
    /// The server's identifier. Empty if the server named none.
    #[serde(default)]
    pub id: String,
    /// The deployment that the record belongs to, or `_public`. Cannot be changed.
    pub deployment_name: String,
    /// The collection. Cannot be changed. Default `default`.
    #[serde(default = "crate::request::default_collection")]
    pub collection: String,
    /// The project, if the server names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    /// The content: always a JSON object.
    pub data: T,
    /// When the record was created. `None` if missing or unreadable.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub created_at: Option<Timestamp>,
    /// When it was last replaced. The API has no versions: two reads with equal times saw the same content.
    #[serde(
        default,
        deserialize_with = "lenient",
        skip_serializing_if = "Option::is_none"
    )]
    pub updated_at: Option<Timestamp>,
}

impl AgentData<RawJson> {
    /// The same record with `data` decoded.
    ///
    /// # Errors
    /// When `data` has another shape; the error carries the raw data.
    pub fn decode<T: DeserializeOwned>(self) -> Result<AgentData<T>, RowError> {
        match self.data.decode() {
            Ok(data) => Ok(AgentData {
                id: self.id,
                deployment_name: self.deployment_name,
                collection: self.collection,
                project_id: self.project_id,
                data,
                created_at: self.created_at,
                updated_at: self.updated_at,
            }),
            Err(error) => Err(RowError {
                message: error.message,
                record: Box::new(self),
            }),
        }
    }
}

/// A record whose `data` does not have the type that was asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("record {} could not be decoded: {message}", record.id)]
pub struct RowError {
    /// The decoder's words.
    pub message: String,
    /// The record with its data as the server sent it.
    pub record: Box<AgentData<RawJson>>,
}

/// One page of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchPage<T = Value> {
    /// The records in order. One that does not decode is an error of its own.
    pub items: Vec<Result<AgentData<T>, RowError>>,
    /// Asks for the next page; `None` on the last one.
    pub next_page_token: Option<String>,
    /// All matching records, if `include_total` was set. LlamaCloud may estimate it.
    pub total_size: Option<u64>,
}

impl<T: DeserializeOwned> SearchPage<T> {
    /// Reads the answer to a search.
    ///
    /// # Errors
    /// When the answer is not a page, or an item is not a record. Items with unexpected `data` are in [`items`](Self::items).
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        #[derive(Deserialize)]
        struct Wire {
            items: Vec<AgentData<RawJson>>,
            #[serde(default)]
            next_page_token: Option<String>,
            #[serde(default)]
            total_size: Option<u64>,
        }
        let wire: Wire = decode("page of records", text)?;
        Ok(Self {
            items: wire.items.into_iter().map(AgentData::decode).collect(),
            next_page_token: wire.next_page_token.filter(|token| !token.is_empty()),
            total_size: wire.total_size,
        })
    }
}

/// Decodes an answer; an error has the beginning of the text.
pub(crate) fn decode<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, DecodeError> {
    // What is not JSON gets the words that fit: empty, a web page, cut off.
    let json = RawJson::parse(text).map_err(|error| DecodeError { what, ..error })?;
    json.decode().map_err(|error| DecodeError { what, ..error })
}

impl<T: DeserializeOwned> AgentData<T> {
    /// Reads the answer of create, get and update.
    ///
    /// # Errors
    /// When the answer is not a record. The inner error is a record whose `data` has another type.
    pub fn parse(text: &str) -> Result<Result<Self, RowError>, DecodeError> {
        decode::<AgentData<RawJson>>("record", text).map(AgentData::decode)
    }
}
