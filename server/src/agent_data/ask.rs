//! Reads the bodies of requests. What is invalid is answered as FastAPI does: 422 with a list of errors.

use std::collections::HashMap;

use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use workflow_cloud::query::{Cursor, Grouper, Invalid, MAX_NAME, Matcher, Name, Question};
use workflow_cloud::{DEFAULT_COLLECTION, DEFAULT_PAGE_SIZE, MAX_OFFSET, MAX_PAGE_SIZE, Order};

use super::{Aggregate, Data, Scope, Search};
use crate::reply;

/// Names in `order_by` and `group_by` at most.
const MAX_NAMES: usize = 64;

/// Bytes of `order_by` at most: that many names with their directions.
const MAX_ORDER: usize = MAX_NAMES * (MAX_NAME + 16);

/// Characters of an invalid value that are repeated in the answer.
const MAX_INPUT: usize = 200;

/// Everything that is invalid in a part of a request, such as its body.
#[derive(Debug)]
pub(super) struct Refused(&'static str, Vec<Invalid>);

const BODY: &str = "body";

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let errors = self.1.into_iter().map(|error| {
            let location = [vec![self.0.to_owned()], error.location].concat();
            let text = error.input.to_string();
            let input = if text.chars().count() > MAX_INPUT {
                Value::String(text.chars().take(MAX_INPUT).chain(['…']).collect())
            } else {
                error.input
            };
            json!({ "type": error.kind, "loc": location, "msg": error.message, "input": input })
        });
        let detail: Vec<Value> = errors.collect();
        reply::json(422, &json!({ "detail": detail }))
    }
}

/// Refuses a name of a project, deployment or collection that is too long: the store keeps it as long as there are records.
pub(super) fn check_length(part: &'static str, field: &str, name: &str) -> Result<(), Refused> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    let error = Invalid {
        location: vec![field.to_owned()],
        message: format!("String should have at most {MAX_NAME} bytes"),
        kind: "string_too_long",
        input: Value::Null,
    };
    Err(Refused(part, vec![error]))
}

fn invalid(name: &str, message: impl Into<String>, kind: &'static str, input: &RawValue) -> Invalid {
    Invalid {
        location: vec![name.to_owned()],
        message: message.into(),
        kind,
        // What serde_json cannot hold is repeated as text.
        input: serde_json::from_str(input.get()).unwrap_or_else(|_| Value::String(input.get().to_owned())),
    }
}

/// The fields of a body, and what was found invalid so far.
struct Fields<'a> {
    fields: HashMap<String, &'a RawValue>,
    errors: Vec<Invalid>,
}

impl<'a> Fields<'a> {
    fn read(body: &'a [u8]) -> Result<Self, Refused> {
        let refused = |kind, message: String| {
            let error = Invalid {
                location: Vec::new(),
                message,
                kind,
                input: Value::Null,
            };
            Refused(BODY, vec![error])
        };
        let whole: &RawValue = serde_json::from_slice(body)
            .map_err(|error| refused("json_invalid", format!("JSON decode error: {error}")))?;
        let fields = serde_json::from_str(whole.get()).map_err(|_| {
            refused(
                "model_attributes_type",
                "Input should be a valid dictionary".to_owned(),
            )
        })?;
        Ok(Self {
            fields,
            errors: Vec::new(),
        })
    }

    /// A field that is there and is not null.
    fn given(&self, name: &str) -> Option<&'a RawValue> {
        self.fields
            .get(name)
            .copied()
            .filter(|value| value.get() != "null")
    }

    fn fail(&mut self, error: Invalid) {
        self.errors.push(error);
    }

    fn missing(&mut self, name: &str) {
        let missing = "Field required";
        let error = match self.fields.get(name) {
            Some(null) => invalid(name, missing, "missing", null),
            None => Invalid {
                location: vec![name.to_owned()],
                message: missing.to_owned(),
                kind: "missing",
                input: Value::Null,
            },
        };
        self.fail(error);
    }

    /// An optional field of one type.
    fn optional<T: DeserializeOwned>(&mut self, name: &str, kind: &'static str, what: &str) -> Option<T> {
        let value = self.given(name)?;
        match serde_json::from_str(value.get()) {
            Ok(value) => Some(value),
            Err(_) => {
                self.fail(invalid(
                    name,
                    format!("Input should be a valid {what}"),
                    kind,
                    value,
                ));
                None
            }
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.optional(name, "string_type", "string")
    }

    fn flag(&mut self, name: &str) -> bool {
        self.optional(name, "bool_type", "boolean").unwrap_or(false)
    }

    fn integer(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        // Clients that compute with doubles may send 2.0.
        let number: f64 = self.optional(name, "int_type", "integer")?;
        let value = self.given(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "beyond the bounds it does not matter"
        )]
        let integer = number as i64;
        let (words, kind) = if number.fract() != 0.0 {
            ("Input should be a valid integer".to_owned(), "int_from_float")
        } else if integer < least {
            (
                format!("Input should be greater than or equal to {least}"),
                "greater_than_equal",
            )
        } else if integer > most {
            (
                format!("Input should be less than or equal to {most}"),
                "less_than_equal",
            )
        } else {
            return Some(integer);
        };
        self.fail(invalid(name, words, kind, value));
        None
    }

    fn data(&mut self) -> Option<Data> {
        let Some(value) = self.given("data") else {
            self.missing("data");
            return None;
        };
        match Data::new(value.to_owned()) {
            Ok(data) => Some(data),
            Err(error) => {
                self.fail(invalid("data", error.to_string(), "dict_type", value));
                None
            }
        }
    }

    fn scope(&mut self, project: String) -> Scope {
        let deployment = match self.given("deployment_name") {
            Some(_) => self.text("deployment_name"),
            None => {
                self.missing("deployment_name");
                None
            }
        };
        let collection = self.text("collection");
        let scope = Scope {
            project,
            deployment: deployment.unwrap_or_default(),
            collection: collection.unwrap_or_else(|| DEFAULT_COLLECTION.to_owned()),
        };
        for (field, name) in [
            ("deployment_name", &scope.deployment),
            ("collection", &scope.collection),
        ] {
            if let Err(Refused(_, errors)) = check_length(BODY, field, name) {
                self.errors.extend(errors);
            }
        }
        scope
    }

    /// Whether the names of fields are neither too many nor too long.
    fn has_valid_names<'n>(&mut self, field: &str, names: impl ExactSizeIterator<Item = &'n String>) -> bool {
        let (words, kind) = if names.len() > MAX_NAMES {
            (format!("There may be {MAX_NAMES} names at most"), "too_long")
        } else {
            match names.map(|name| Name::check(name)).find_map(Result::err) {
                None => return true,
                Some(words) => (words.to_owned(), "string_too_long"),
            }
        };
        self.fail(Invalid {
            location: vec![field.to_owned()],
            message: words,
            kind,
            input: Value::Null,
        });
        false
    }

    fn filter(&mut self) -> (Value, Matcher) {
        let filter = match self
            .given("filter")
            .map(|filter| (filter, serde_json::from_str(filter.get())))
        {
            None => Value::Null,
            Some((_, Ok(filter))) => filter,
            Some((given, Err(error))) => {
                self.fail(invalid("filter", error.to_string(), "dict_type", given));
                Value::Null
            }
        };
        match Matcher::new(&filter) {
            Ok(matcher) => (filter, matcher),
            Err(errors) => {
                self.errors.extend(errors);
                (Value::Null, Matcher::default())
            }
        }
    }

    fn order(&mut self) -> Order {
        let Some(text) = self.text("order_by") else {
            return Order::default();
        };
        if text.len() > MAX_ORDER {
            self.fail(Invalid {
                location: vec!["order_by".to_owned()],
                message: format!("String should have at most {MAX_ORDER} bytes"),
                kind: "string_too_long",
                input: Value::Null,
            });
            return Order::default();
        }
        match text.parse::<Order>() {
            Ok(order) if self.has_valid_names("order_by", order.0.iter().map(|key| &key.name)) => {
                return order;
            }
            Ok(_) => {}
            Err(error) => self.fail(Invalid {
                location: vec!["order_by".to_owned()],
                message: error.to_string(),
                kind: "value_error",
                input: Value::String(text),
            }),
        }
        Order::default()
    }

    /// What searches and aggregates have in common.
    fn search(&mut self, project: String, group_by: &[String]) -> (Search, Question) {
        let scope = self.scope(project);
        let (filter, matcher) = self.filter();
        let order = self.order();
        // Larger pages are reduced, not refused.
        let size = self
            .integer("page_size", 1, i64::MAX)
            .unwrap_or(DEFAULT_PAGE_SIZE.into());
        let offset = self.integer("offset", 0, MAX_OFFSET.into()).unwrap_or(0);
        let question = Question::new(&[
            &scope.project,
            &scope.deployment,
            &scope.collection,
            &filter.to_string(),
            &order.to_string(),
            &group_by.join("\n"),
        ]);
        let token = self.text("page_token").filter(|token| !token.is_empty());
        let after = token.and_then(|token| {
            let cursor = Cursor::read(&token, question);
            if cursor.is_none() {
                self.fail(Invalid {
                    location: vec!["page_token".to_owned()],
                    message: "The page token does not belong to this question".to_owned(),
                    kind: "value_error",
                    input: Value::String(token),
                });
            }
            cursor
        });
        let search = Search {
            scope,
            matcher,
            order,
            // The token counts more: clients send the offset of the first page with each.
            offset: if after.is_some() {
                0
            } else {
                usize::try_from(offset).unwrap_or(0)
            },
            after: after.map(|cursor| cursor.key),
            size: usize::try_from(size.min(MAX_PAGE_SIZE.into())).unwrap_or(1),
            wants_total: self.flag("include_total"),
        };
        (search, question)
    }

    fn end<T>(self, value: T) -> Result<T, Refused> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(Refused(BODY, self.errors))
        }
    }
}

pub(super) fn create(body: &[u8], project: String) -> Result<(Scope, Data), Refused> {
    let mut fields = Fields::read(body)?;
    let scope = fields.scope(project);
    match fields.data() {
        Some(data) => fields.end((scope, data)),
        None => Err(Refused(BODY, fields.errors)),
    }
}

pub(super) fn update(body: &[u8]) -> Result<Data, Refused> {
    let mut fields = Fields::read(body)?;
    match fields.data() {
        Some(data) => Ok(data),
        None => Err(Refused(BODY, fields.errors)),
    }
}

pub(super) fn search(body: &[u8], project: String) -> Result<(Search, Question), Refused> {
    let mut fields = Fields::read(body)?;
    let search = fields.search(project, &[]);
    fields.end(search)
}

pub(super) fn aggregate(body: &[u8], project: String) -> Result<(Aggregate, Question), Refused> {
    #[derive(Deserialize)]
    struct Names(Vec<String>);
    let mut fields = Fields::read(body)?;
    let names: Option<Names> = fields.optional("group_by", "list_type", "list of strings");
    let mut group_by = names.map_or_else(Vec::new, |names| names.0);
    if !fields.has_valid_names("group_by", group_by.iter()) {
        group_by.clear();
    }
    let (search, question) = fields.search(project, &group_by);
    let grouper = Grouper::new(&group_by);
    let sorter = grouper.sorter(&search.order).unwrap_or_else(|error| {
        fields.fail(*error);
        Default::default()
    });
    let aggregate = Aggregate {
        search,
        group_by,
        grouper,
        sorter,
        wants_count: fields.flag("count"),
        wants_first: fields.flag("first"),
    };
    fields.end((aggregate, question))
}

pub(super) fn delete(body: &[u8], project: String) -> Result<(Scope, Matcher), Refused> {
    let mut fields = Fields::read(body)?;
    let scope = fields.scope(project);
    let (_, matcher) = fields.filter();
    fields.end((scope, matcher))
}
