//! The tree `field_metadata`: confidence, reasoning and citations of each value.

use serde_json::{Map, Value};

/// A rectangle on a page, in the units of [`PageSize`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BoundingBox {
    /// From the left edge.
    pub x: f64,
    /// From the upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// The size of a cited page.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PageSize {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where a value was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Citation {
    /// The page, counted from 1.
    pub page: Option<u64>,
    /// The text on the page.
    pub matching_text: Option<String>,
    /// Rectangles on the page.
    pub bounding_boxes: Vec<BoundingBox>,
    /// The page's size.
    pub page_size: Option<PageSize>,
    /// The whole citation as JSON text if its shape is unexpected.
    pub odd: Option<String>,
}

/// What is noted about one value. `None` means that nothing was noted: a confidence of 0 is a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldNotes {
    /// Overall confidence, usually from 0 to 1.
    pub confidence: Option<f64>,
    /// Confidence of the extraction.
    pub extraction_confidence: Option<f64>,
    /// Confidence of the parser.
    pub parsing_confidence: Option<f64>,
    /// Why this value.
    pub reasoning: Option<String>,
    /// Where it was found.
    pub citations: Vec<Citation>,
    /// Entries of an unexpected shape: the key and its JSON text.
    pub odd: Vec<(String, String)>,
}

const LEAF_KEYS: [&str; 3] = ["confidence", "extraction_confidence", "citation"];

/// A node is a leaf if it has one of three keys with a value that is no object: a document may have a field of that name.
fn is_leaf(node: &Map<String, Value>) -> bool {
    LEAF_KEYS
        .iter()
        .any(|key| node.get(*key).is_some_and(|value| !value.is_object()))
}

/// What `field_metadata` notes about the value at a path: keys of objects and indices of lists.
///
/// A text `reasoning` beside fields holds for the fields below that have none of their own. `None` if nothing is noted.
pub fn field_notes(field_metadata: &Value, path: &[&str]) -> Option<FieldNotes> {
    let mut node = field_metadata;
    let mut reasoning = None;
    for (depth, segment) in path.iter().enumerate() {
        node = match node {
            Value::Object(fields) => {
                // The root's own `reasoning` and `error` are about the whole document.
                if depth > 0
                    && let Some(text) = fields.get("reasoning").and_then(Value::as_str)
                {
                    reasoning = Some(text);
                }
                fields.get(*segment)?
            }
            Value::Array(items) => items.get(segment.parse::<usize>().ok()?)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
    }
    let mut notes = match node {
        Value::Object(fields) if is_leaf(fields) => leaf(fields),
        Value::Object(fields) => {
            let text = fields.get("reasoning").and_then(Value::as_str);
            FieldNotes {
                reasoning: text.filter(|_| !path.is_empty()).map(str::to_owned),
                ..FieldNotes::default()
            }
        }
        Value::Null | Value::Array(_) => FieldNotes::default(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => FieldNotes {
            odd: vec![(String::new(), node.to_string())],
            ..FieldNotes::default()
        },
    };
    if notes.reasoning.is_none() {
        notes.reasoning = reasoning.map(str::to_owned);
    }
    (notes != FieldNotes::default()).then_some(notes)
}

fn leaf(fields: &Map<String, Value>) -> FieldNotes {
    let mut notes = FieldNotes::default();
    for (key, value) in fields {
        let known = match key.as_str() {
            "confidence" => number(value, &mut notes.confidence),
            "extraction_confidence" => number(value, &mut notes.extraction_confidence),
            "parsing_confidence" => number(value, &mut notes.parsing_confidence),
            "reasoning" => words(value, &mut notes.reasoning),
            "citation" => match value {
                Value::Array(items) => {
                    notes.citations = items.iter().map(citation).collect();
                    true
                }
                Value::Null => true,
                Value::Object(_) => {
                    notes.citations = vec![citation(value)];
                    true
                }
                Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
            },
            _ => value.is_null(),
        };
        if !known {
            notes.odd.push((key.clone(), value.to_string()));
        }
    }
    notes
}

fn number(value: &Value, into: &mut Option<f64>) -> bool {
    *into = value.as_f64();
    into.is_some() || value.is_null()
}

fn words(value: &Value, into: &mut Option<String>) -> bool {
    *into = value.as_str().map(str::to_owned);
    into.is_some() || value.is_null()
}

fn citation(value: &Value) -> Citation {
    let odd = || Citation {
        odd: Some(value.to_string()),
        ..Citation::default()
    };
    let Value::Object(fields) = value else {
        return odd();
    };
    let mut citation = Citation::default();
    for (key, value) in fields {
        let known = value.is_null()
            || match key.as_str() {
                "page" => {
                    citation.page = value.as_u64();
                    citation.page.is_some()
                }
                "matching_text" => words(value, &mut citation.matching_text),
                "bounding_boxes" => value.as_array().is_some_and(|boxes| {
                    citation.bounding_boxes = boxes.iter().filter_map(bounding_box).collect();
                    citation.bounding_boxes.len() == boxes.len()
                }),
                "page_dimensions" => {
                    citation.page_size = page_size(value);
                    citation.page_size.is_some()
                }
                _ => false,
            };
        if !known {
            citation.odd = odd().odd;
        }
    }
    citation
}

fn bounding_box(value: &Value) -> Option<BoundingBox> {
    let side = |key: &str| value.get(key)?.as_f64();
    Some(BoundingBox {
        x: side("x")?,
        y: side("y")?,
        w: side("w")?,
        h: side("h")?,
    })
}

fn page_size(value: &Value) -> Option<PageSize> {
    Some(PageSize {
        width: value.get("width")?.as_f64()?,
        height: value.get("height")?.as_f64()?,
    })
}

/// All confidences in a `field_metadata`, with their paths joined by dots, in the order of the document.
pub fn confidences(field_metadata: &Value) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    collect(field_metadata, "", &mut found);
    found
}

fn collect(node: &Value, path: &str, found: &mut Vec<(String, f64)>) {
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match node {
        Value::Object(fields) if is_leaf(fields) => {
            if let Some(confidence) = fields.get("confidence").and_then(Value::as_f64) {
                found.push((path.to_owned(), confidence));
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                collect(value, &below(key), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, &below(&index.to_string()), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The mean of all confidences: what `overall_confidence` is. `None` if there are none.
pub fn mean_confidence(field_metadata: &Value) -> Option<f64> {
    let all = confidences(field_metadata);
    #[expect(clippy::cast_precision_loss, reason = "a document has fewer than 2⁵³ values")]
    let count = all.len() as f64;
    (!all.is_empty()).then(|| all.iter().map(|(_, confidence)| confidence).sum::<f64>() / count)
}
