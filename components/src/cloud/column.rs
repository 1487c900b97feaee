//! The columns of a grid of records.

use super::status::canonical;
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use workflow_cloud::AgentData;
use workflow_inspector::text;
use workflow_protocol::Time;

/// How a column is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Look {
    Text,
    Status,
}

/// A column of an [`ItemGrid`](super::ItemGrid): a title, and the text of a record.
#[derive(Clone)]
pub struct Column {
    pub(super) title: String,
    pub(super) sort: Option<String>,
    pub(super) look: Look,
    pub(super) text: Arc<dyn Fn(&AgentData, Time) -> String + Send + Sync>,
}

impl Column {
    /// A column whose text is a function of the record.
    pub fn new(
        title: impl Into<String>,
        text: impl Fn(&AgentData) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            sort: None,
            look: Look::Text,
            text: Arc::new(move |record, _| text(record)),
        }
    }

    /// A field of the data, by which the column can be sorted. Dots go into nested objects: `contact.email`.
    pub fn field(title: impl Into<String>, name: impl Into<String>) -> Self {
        let name = name.into();
        let path = name.clone();
        Self::new(title, move |record| shown(at(&record.data, &path))).sorted_by(name)
    }

    /// A field that holds the status of a review, as a shape and a word. The column can be sorted by it.
    pub fn status(title: impl Into<String>, name: impl Into<String>) -> Self {
        let name = name.into();
        let path = name.clone();
        Self {
            look: Look::Status,
            ..Self::new(title, move |record| canonical(&shown(at(&record.data, &path)))).sorted_by(name)
        }
    }

    /// How long ago the record was created. The column can be sorted by it.
    pub fn created(title: impl Into<String>) -> Self {
        Self::time(title, "created_at", |record| record.created_at)
    }

    /// How long ago the record was replaced last. The column can be sorted by it.
    pub fn updated(title: impl Into<String>) -> Self {
        Self::time(title, "updated_at", |record| record.updated_at)
    }

    fn time(
        title: impl Into<String>,
        name: &str,
        time: fn(&AgentData) -> Option<workflow_cloud::Timestamp>,
    ) -> Self {
        Self {
            title: title.into(),
            sort: Some(name.to_owned()),
            look: Look::Text,
            text: Arc::new(move |record, now| {
                let time = time(record).map(|time| Time(time.millis()));
                time.map(|time| text::ago(now.since(time))).unwrap_or_default()
            }),
        }
    }

    /// Lets the column be sorted by this field, with or without the prefix `data.`.
    #[must_use]
    pub fn sorted_by(mut self, name: impl Into<String>) -> Self {
        self.sort = Some(name.into());
        self
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Column")
            .field("title", &self.title)
            .field("sort", &self.sort)
            .finish_non_exhaustive()
    }
}

/// The value of a field; null if there is none.
pub(super) fn at<'a>(data: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(data, |value, name| &value[name])
}

/// A value as the text of a cell.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Column;
    use serde_json::json;
    use workflow_cloud::{AgentData, Timestamp};
    use workflow_protocol::Time;

    #[test]
    fn columns_show_fields_statuses_and_ages() {
        let record: AgentData = AgentData {
            id: "1".to_owned(),
            deployment_name: "app".to_owned(),
            collection: "c".to_owned(),
            project_id: None,
            data: json!({"contact": {"email": "a@b.c"}, "status": "approved", "total": 2.5, "tags": ["x"]}),
            created_at: Some(Timestamp::from_millis(1_000)),
            updated_at: None,
        };
        let text = |column: Column| (column.text)(&record, Time(61_000));
        assert_eq!(text(Column::field("E-mail", "contact.email")), "a@b.c");
        assert_eq!(text(Column::field("Total", "total")), "2.5");
        assert_eq!(text(Column::field("Tags", "tags")), r#"["x"]"#);
        assert_eq!(text(Column::field("None", "contact.email.x")), "");
        assert_eq!(text(Column::status("Status", "status")), "accepted");
        assert_eq!(text(Column::created("Created")), "1 m ago");
        assert_eq!(text(Column::updated("Updated")), "");
        assert_eq!(
            Column::field("E-mail", "contact.email").sort.as_deref(),
            Some("contact.email")
        );
    }
}
