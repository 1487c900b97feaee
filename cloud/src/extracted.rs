//! What review apps keep in `data`: a document's extracted values, as extracted and as reviewed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

mod notes;

pub use notes::{BoundingBox, Citation, FieldNotes, PageSize, confidences, field_notes, mean_confidence};

/// The state of a review.
///
/// The Python clients write `accepted`, the interface of `@llamaindex/ui` writes `approved`: both are [`Accepted`](Self::Accepted), which is
/// written as `accepted`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReviewStatus {
    /// `pending_review`: not decided yet. The default.
    #[default]
    PendingReview,
    /// `accepted` or `approved`.
    Accepted,
    /// `rejected`.
    Rejected,
    /// `error`: the extraction did not fit the schema.
    Error,
    /// Any other word.
    Other(String),
}

impl ReviewStatus {
    /// The word that is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PendingReview => "pending_review",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Error => "error",
            Self::Other(word) => word,
        }
    }

    /// Every word that means this state: what a filter by status asks for with `includes`.
    ///
    /// ```
    /// # use workflow_cloud::{ReviewStatus, field};
    /// let accepted = field("status").includes(ReviewStatus::Accepted.words());
    /// assert_eq!(accepted.to_value()?.to_string(), r#"{"status":{"includes":["accepted","approved"]}}"#);
    /// # Ok::<(), workflow_cloud::FilterError>(())
    /// ```
    pub fn words(&self) -> Vec<&str> {
        match self {
            Self::Accepted => vec!["accepted", "approved"],
            Self::PendingReview | Self::Rejected | Self::Error | Self::Other(_) => vec![self.as_str()],
        }
    }
}

impl From<&str> for ReviewStatus {
    fn from(word: &str) -> Self {
        match word {
            "pending_review" => Self::PendingReview,
            "accepted" | "approved" => Self::Accepted,
            "rejected" => Self::Rejected,
            "error" => Self::Error,
            word => Self::Other(word.to_owned()),
        }
    }
}

impl fmt::Display for ReviewStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ReviewStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ReviewStatus {
    /// A word. Null is pending, anything else is shown as its JSON text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::PendingReview,
            Value::String(word) => Self::from(word.as_str()),
            other => Self::Other(other.to_string()),
        })
    }
}

/// A document's extracted values. `T` is the type of the values; `serde_json::Value` is the untyped one.
///
/// Written as the Python class `ExtractedData` writes it. Only `original_data` and `data` must have their type: everything else
/// is read leniently, and what has an unexpected shape stays available as JSON. Other keys survive in [`extra`](Self::extra).
///
/// ```
/// # use workflow_cloud::{ExtractedData, ReviewStatus};
/// let record: ExtractedData = serde_json::from_str(
///     r#"{"original_data":{"total":1},"data":{"total":2},"status":"approved","field_metadata":{"total":{"confidence":0.0}}}"#,
/// )?;
/// assert_eq!(record.status, ReviewStatus::Accepted);
/// assert_eq!(record.notes(&["total"]).and_then(|notes| notes.confidence), Some(0.0));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExtractedData<T = Value> {
    /// As extracted; never edited.
    pub original_data: T,
    /// As reviewed.
    pub data: T,
    /// The state of the review. Default: pending.
    #[serde(default)]
    pub status: ReviewStatus,
    /// The mean of all confidences, from 0 to 1; null if there are none. Read it with [`confidence`](Self::confidence).
    #[serde(default)]
    pub overall_confidence: Value,
    /// The tree beside `data` with confidence, reasoning and citations. Read it with [`notes`](Self::notes).
    #[serde(default)]
    pub field_metadata: Value,
    /// LlamaCloud's identifier of the file.
    #[serde(default, deserialize_with = "text")]
    pub file_id: Option<String>,
    /// The file's name.
    #[serde(default, deserialize_with = "text")]
    pub file_name: Option<String>,
    /// SHA-256 of the content in hexadecimal: finds duplicates.
    #[serde(default, deserialize_with = "text")]
    pub file_hash: Option<String>,
    /// Free; `job_id`, `field_errors`, `extraction_error`, `job_error` are common.
    #[serde(default)]
    pub metadata: Value,
    /// Other keys of the record.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl<T: Clone> ExtractedData<T> {
    /// A new record with values as extracted, to be reviewed.
    pub fn new(data: T) -> Self {
        Self {
            original_data: data.clone(),
            data,
            status: ReviewStatus::PendingReview,
            overall_confidence: Value::Null,
            field_metadata: Value::Object(Map::new()),
            file_id: None,
            file_name: None,
            file_hash: None,
            metadata: Value::Object(Map::new()),
            extra: Map::new(),
        }
    }
}

impl<T> ExtractedData<T> {
    /// The overall confidence, if it is a number.
    pub fn confidence(&self) -> Option<f64> {
        self.overall_confidence.as_f64()
    }

    /// What is noted about a value: keys of objects and indices of lists, from the root of `data`.
    pub fn notes(&self, path: &[&str]) -> Option<FieldNotes> {
        field_notes(&self.field_metadata, path)
    }
}

/// A text; anything but text and null as its JSON text.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}
