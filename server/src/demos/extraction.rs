//! `extraction`: reads an invoice, and stores it as a record to be reviewed. Only there with a store.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use workflow_cloud::query::Matcher;
use workflow_cloud::{ExtractedData, PUBLIC_DEPLOYMENT, mean_confidence};

use super::workflow;
use crate::agent_data::{AgentDataStore, Data, Record, Scope};
use crate::engine::{Context, Exception, Step, StepResult, Typed, Workflow, classes, next};

#[derive(Deserialize)]
struct ExtractStart {
    file_name: String,
    text: String,
}

#[derive(Serialize)]
struct UIToast {
    level: &'static str,
    message: String,
}

#[derive(Serialize, Deserialize)]
struct Extracted {
    file_name: String,
    file_hash: String,
    data: Value,
    field_metadata: Value,
}

#[derive(Serialize)]
struct ExtractStop {
    item_id: String,
    deployment_name: String,
    collection: String,
}

classes! { ExtractStart: ["StartEvent"], UIToast: [], Extracted: [], ExtractStop: ["StopEvent"] }

const LABELS: [&str; 4] = ["invoice", "vendor", "date", "total"];

fn toast(ctx: &Context, level: &'static str, message: String) {
    ctx.emit(&UIToast { level, message });
}

fn number(text: &str) -> Value {
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

/// What is noted about a value from a line.
fn note(line: &str, value: &Value) -> Value {
    let confidence = if value.is_null() { 0.0 } else { 0.97 };
    json!({
        "confidence": confidence,
        "reasoning": "the line with this label",
        "citation": [{ "page": 1, "matching_text": line }],
    })
}

async fn extract(ctx: Context, ev: ExtractStart) -> StepResult {
    toast(&ctx, "info", format!("Reading {}", ev.file_name));
    let mut data: Map<String, Value> = LABELS
        .map(|label| (label.to_owned(), Value::Null))
        .into_iter()
        .collect();
    let mut notes = Map::new();
    let (mut items, mut item_notes) = (Vec::new(), Vec::new());
    for line in ev.text.lines() {
        let Some((label, text)) = line.split_once(':') else {
            continue;
        };
        let (label, text) = (label.trim().to_lowercase(), text.trim());
        if label == "item" {
            let mut parts = text.split(',').map(str::trim);
            let mut part = || parts.next().unwrap_or_default();
            let item = [
                ("name", Value::from(part())),
                ("quantity", number(part())),
                ("price", number(part())),
            ];
            let noted = item
                .iter()
                .map(|(key, value)| ((*key).to_owned(), note(line, value)));
            item_notes.push(Value::Object(noted.collect()));
            let item = item.map(|(key, value)| (key.to_owned(), value));
            items.push(Value::Object(item.into_iter().collect()));
        } else if LABELS.contains(&label.as_str()) {
            let value = if label == "total" {
                number(text)
            } else {
                text.into()
            };
            notes.insert(label.clone(), note(line, &value));
            data.insert(label, value);
        }
    }
    for label in LABELS {
        if data.get(label).is_some_and(Value::is_null) {
            toast(&ctx, "warning", format!("There is no {label}"));
        }
    }
    data.insert("items".to_owned(), items.into());
    notes.insert("items".to_owned(), item_notes.into());
    let hash = Sha256::digest(ev.text.as_bytes());
    next(&Extracted {
        file_name: ev.file_name,
        file_hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        data: data.into(),
        field_metadata: notes.into(),
    })
}

async fn store(ctx: Context, ev: Extracted, store: AgentDataStore) -> StepResult {
    let name = ev.file_name.clone();
    let stored = tokio::task::spawn_blocking(move || write(&store, ev)).await;
    let record = match stored {
        Ok(Ok(record)) => record,
        Ok(Err(words)) => return Err(Exception::value_error(words).into()),
        Err(error) => return Err(Exception::value_error(error.to_string()).into()),
    };
    toast(&ctx, "info", format!("Stored {name}"));
    next(&ExtractStop {
        item_id: record.id,
        deployment_name: record.deployment_name,
        collection: record.collection,
    })
}

/// Stores the document. The same document again takes the place of the first.
fn write(store: &AgentDataStore, ev: Extracted) -> Result<Record, String> {
    let scope = Scope::new(PUBLIC_DEPLOYMENT, "extraction");
    let record = ExtractedData {
        overall_confidence: mean_confidence(&ev.field_metadata).into(),
        field_metadata: ev.field_metadata,
        file_name: Some(ev.file_name),
        file_hash: Some(ev.file_hash.clone()),
        ..ExtractedData::new(ev.data)
    };
    let record = serde_json::to_value(&record).map_err(|error| error.to_string())?;
    let data = Data::of(&record).map_err(|error| error.to_string())?;
    // The older ones go when the new one is stored: a full store must not lose what was reviewed.
    let record = store.create(&scope, data).map_err(|error| error.to_string())?;
    let older = json!({ "file_hash": { "eq": ev.file_hash }, "created_at": { "lt": record.created_at } });
    let matcher = Matcher::new(&older).map_err(|_| "the filter is invalid".to_owned())?;
    store
        .delete_where(&scope, &matcher)
        .map_err(|error| error.to_string())?;
    Ok(record)
}

pub(super) fn extraction(records: AgentDataStore) -> Workflow {
    workflow(
        "extraction",
        include_str!("recorded/extraction.json"),
        ExtractStart::CLASS,
        &[ExtractStart::CLASS, ExtractStop::CLASS, Extracted::CLASS],
        vec![
            Step::new("extract", extract),
            Step::new("store", move |ctx, ev| store(ctx, ev, records.clone())),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent_data::Search;

    fn extracted(size: usize) -> Extracted {
        Extracted {
            file_name: "a.txt".to_owned(),
            file_hash: "hash".to_owned(),
            data: json!({ "text": "x".repeat(size) }),
            field_metadata: json!({}),
        }
    }

    #[test]
    fn a_record_is_replaced_only_by_one_that_is_stored() {
        let store = AgentDataStore::in_memory_within(20_000);
        let all = Search::new(Scope::new(PUBLIC_DEPLOYMENT, "extraction"), &Value::Null).expect("a search");
        let ids = || {
            let found = store.search(&all).expect("a store").records;
            found.into_iter().map(|record| record.id).collect::<Vec<_>>()
        };
        let first = write(&store, extracted(10)).expect("room");
        assert_eq!(ids(), std::slice::from_ref(&first.id));
        assert!(write(&store, extracted(100_000)).is_err());
        assert_eq!(ids(), [first.id]);
        let second = write(&store, extracted(20)).expect("room");
        assert_eq!(ids(), [second.id]);
    }
}
