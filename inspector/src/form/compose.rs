//! Converts a draft to JSON.

use super::check::{PatternTest, count_error, number_error, text_error, words};
use super::field::{Field, Form};
use super::inputs::{Input, Inputs, Mode};
use super::kind::FieldKind;
use super::schema::Keywords;
use super::widget::same;
use crate::json::{JsonTree, compact, pretty, push_pointer, push_quoted, unquote};
use std::collections::HashSet;
use workflow_protocol::{FieldError, RawJson};

/// How many groups of fields are written although untouched: a hostile schema can require more than fit into memory. Parts of the draft
/// have no such limit.
const MAX_UNTOUCHED: u32 = 1_000;

impl Form {
    /// The JSON to send for a draft: one compact object. The module documentation lists what is sent for untouched fields.
    ///
    /// # Errors
    /// The errors, by field names; branches of a union that are not chosen are not checked.
    pub fn compose(&self, inputs: &Inputs, matches: PatternTest<'_>) -> Result<RawJson, Vec<FieldError>> {
        let mut writer = Writer::new(self, inputs, matches, false);
        writer.root();
        if writer.errors.is_empty() {
            RawJson::parse(&writer.out).map_err(|error| {
                vec![FieldError {
                    path: String::new(),
                    message: error.message,
                }]
            })
        } else {
            Err(writer.errors)
        }
    }

    /// The errors of one field and those inside it, with the messages of [`compose`](Self::compose). For a check while typing: the rest of
    /// the form is not visited.
    pub fn check(&self, field: &Field, inputs: &Inputs, matches: PatternTest<'_>) -> Vec<FieldError> {
        let mut writer = Writer::new(self, inputs, matches, false);
        writer.field(field);
        writer.errors
    }

    /// The text for the JSON editor, on indented lines. Never fails: invalid values are included, and invalid numbers or JSON as strings;
    /// [`update`](Self::update) reads all of it back.
    pub fn to_json(&self, inputs: &Inputs) -> String {
        let mut writer = Writer::new(self, inputs, &|_, _| None, true);
        writer.root();
        pretty(&writer.out).unwrap_or(writer.out)
    }

    /// The JSON editor's text of one field; `None` if nothing is sent for it.
    pub fn field_json(&self, field: &Field, inputs: &Inputs) -> Option<String> {
        let mut writer = Writer::new(self, inputs, &|_, _| None, true);
        writer.field(field).then_some(writer.out)
    }

    /// The JSON editor's text of a free row's value.
    pub(super) fn row_json(&self, value: &str, inputs: &Inputs) -> String {
        let mut writer = Writer::new(self, inputs, &|_, _| None, true);
        writer.words_or_json("", value);
        writer.out
    }
}

struct Writer<'a> {
    form: &'a Form,
    inputs: &'a Inputs,
    matches: PatternTest<'a>,
    /// Write invalid values too, and report no errors.
    lenient: bool,
    out: String,
    errors: Vec<FieldError>,
    untouched: u32,
}

impl<'a> Writer<'a> {
    const fn new(form: &'a Form, inputs: &'a Inputs, matches: PatternTest<'a>, lenient: bool) -> Self {
        Self {
            form,
            inputs,
            matches,
            lenient,
            out: String::new(),
            errors: Vec::new(),
            untouched: 0,
        }
    }

    fn root(&mut self) {
        self.object(&self.form.fields, "", self.inputs.extra(), self.form.closed);
    }

    fn error(&mut self, path: &str, message: impl Into<String>) {
        if !self.lenient {
            self.errors.push(FieldError {
                path: path.to_owned(),
                message: message.into(),
            });
        }
    }

    /// Writes a field's value; returns whether there is one.
    fn field(&mut self, field: &Field) -> bool {
        match self.inputs.slot(&field.id) {
            Some(slot) if slot.mode == Mode::Null => {
                self.null(field);
                true
            }
            Some(slot) if slot.mode == Mode::Value && slot.input.is_some() => match &slot.input {
                Some(input) => self.input(field, input),
                None => false,
            },
            _ => self.untouched(field),
        }
    }

    fn null(&mut self, field: &Field) {
        if !field.nullable && field.kind != FieldKind::Json {
            self.error(&field.name, "May not be null");
        }
        self.out.push_str("null");
    }

    fn untouched(&mut self, field: &Field) -> bool {
        if !field.required {
            return false;
        }
        // The fields inside may have been touched, and then take precedence over a default.
        let inside = field.kind.is_container() && self.inputs.has_inside(&field.id);
        if inside || (field.kind.is_container() && field.default.is_none() && field.is_sent(self.inputs)) {
            self.untouched += u32::from(!inside);
            if self.untouched > MAX_UNTOUCHED {
                self.error(&field.name, "Too many required fields");
                return false;
            }
            return self.container(field, &[]);
        }
        if let Some(default) = &field.default {
            self.out.push_str(default.as_str());
            return true;
        }
        match &field.kind {
            FieldKind::Boolean => self.out.push_str("false"),
            FieldKind::Choice(values) if values.len() == 1 => {
                self.out.push_str(values.first().map_or("null", RawJson::as_str));
            }
            _ => {
                let null = if field.nullable {
                    "Required: enter a value or choose null"
                } else {
                    "Required"
                };
                self.error(&field.name, null);
                return false;
            }
        }
        true
    }

    fn input(&mut self, field: &Field, input: &Input) -> bool {
        match (&field.kind, input) {
            (FieldKind::Json, Input::Text(raw) | Input::Json(raw)) if raw.trim().is_empty() => {
                return self.untouched(field);
            }
            (FieldKind::Json, Input::Text(raw) | Input::Json(raw)) => self.raw(&field.name, raw),
            (FieldKind::Text { .. }, Input::Text(text)) => {
                if let Some(error) = text_error(&field.kind, text, self.matches) {
                    self.error(&field.name, error);
                }
                push_quoted(&mut self.out, text);
            }
            (FieldKind::Integer(_) | FieldKind::Number(_), Input::Text(text)) => {
                let text = text.trim();
                if text.is_empty() {
                    return self.untouched(field);
                }
                if let Some(error) = number_error(&field.kind, text) {
                    self.error(&field.name, error);
                }
                if super::decimal::Decimal::parse(text).is_some() {
                    self.out.push_str(text);
                } else {
                    push_quoted(&mut self.out, text);
                }
            }
            (FieldKind::Boolean, Input::Bool(checked)) => {
                self.out.push_str(if *checked { "true" } else { "false" })
            }
            (FieldKind::Choice(values), Input::Choice(raw)) => {
                if !values.iter().any(|value| same(value.as_str(), raw)) {
                    self.error(&field.name, field.kind.mismatch());
                }
                self.raw(&field.name, raw);
            }
            (FieldKind::Object, Input::Object(rest)) => return self.container(field, rest),
            (FieldKind::List { .. } | FieldKind::Map { .. }, Input::Items(_))
            | (FieldKind::Union(_), Input::Branch(_)) => return self.container(field, &[]),
            // Too long for fields, or chosen as text: any value of its kind, which the server checks.
            (FieldKind::List { .. }, Input::Json(raw)) if raw.trim_start().starts_with('[') => {
                self.raw(&field.name, raw);
            }
            (FieldKind::Object | FieldKind::Map { .. }, Input::Json(raw))
                if raw.trim_start().starts_with('{') =>
            {
                self.raw(&field.name, raw);
            }
            // Of another kind, from the JSON editor or from a draft for another schema: kept, and reported.
            (kind, other) => {
                self.error(&field.name, kind.mismatch());
                match other {
                    Input::Text(text) => push_quoted(&mut self.out, text),
                    Input::Bool(checked) => self.out.push_str(if *checked { "true" } else { "false" }),
                    Input::Json(raw) | Input::Choice(raw) => self.raw(&field.name, raw),
                    Input::Branch(_) | Input::Items(_) | Input::Object(_) => return false,
                }
            }
        }
        true
    }

    fn container(&mut self, field: &Field, rest: &[(String, String)]) -> bool {
        let children = self.form.children(field, self.inputs);
        match &field.kind {
            FieldKind::Union(_) => match children.first() {
                Some(branch) => self.field(branch),
                None => {
                    self.error(&field.name, "Choose one");
                    false
                }
            },
            FieldKind::List { min, max, .. } => {
                if let Some(error) = count_error(children.len() as u64, *min, *max, "item") {
                    self.error(&field.name, error);
                }
                self.out.push('[');
                for (index, child) in children.iter().enumerate() {
                    if index != 0 {
                        self.out.push(',');
                    }
                    // An item without a value would shift later ones.
                    if !self.field(child) {
                        self.out.push_str("null");
                    }
                }
                self.out.push(']');
                true
            }
            FieldKind::Map { min, max } => {
                if let Some(error) = count_error(children.len() as u64, *min, *max, "key") {
                    self.error(&field.name, error);
                }
                self.map(field, &children);
                true
            }
            _ => {
                let keywords = Keywords(&self.form.schema);
                let closed = field
                    .site
                    .as_ref()
                    .is_some_and(|site| keywords.forbids_unknown_keys(site));
                self.object(&children, &field.name, rest, closed);
                true
            }
        }
    }

    fn map(&mut self, field: &Field, children: &[Field]) {
        let items = field.items(self.inputs);
        let mut keys = HashSet::new();
        self.out.push('{');
        for (child, item) in children.iter().zip(&items) {
            if item.key.is_empty() {
                self.error(&child.name, "Needs a key");
            } else if !keys.insert(item.key.as_str()) {
                self.error(&child.name, "This key is there twice");
            }
            let start = self.key(&item.key);
            if !self.field(child) && !self.lenient {
                self.out.truncate(start);
            } else if self.out.ends_with(':') {
                self.out.push_str("null");
            }
        }
        self.out.push('}');
    }

    fn object(&mut self, fields: &[Field], path: &str, rest: &[(String, String)], closed: bool) {
        self.out.push('{');
        let keys: Vec<String> = fields.iter().map(|field| field_key(self.form, field)).collect();
        for (field, key) in fields.iter().zip(&keys) {
            let start = self.key(key);
            if !self.field(field) {
                self.out.truncate(start);
            }
        }
        let keys: HashSet<&str> = keys.iter().map(String::as_str).collect();
        for (key, value) in rest {
            if key.is_empty() && value.trim().is_empty() {
                continue;
            }
            let mut name = String::from(path);
            if !path.is_empty() {
                name.push('/');
            }
            push_pointer(&mut name, key);
            if key.is_empty() {
                self.error(&name, "Needs a key");
            } else if closed {
                self.error(&name, "Not a key of this object");
            } else if keys.contains(key.as_str()) {
                self.error(&name, "This key has a field of its own");
            }
            self.key(key);
            self.words_or_json(&name, value);
        }
        self.out.push('}');
    }

    /// Writes a key; returns the position to go back to if there is no value.
    fn key(&mut self, key: &str) -> usize {
        let start = self.out.len();
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        push_quoted(&mut self.out, key);
        self.out.push(':');
        start
    }

    fn raw(&mut self, name: &str, raw: &str) {
        match JsonTree::parse(raw) {
            Ok(_) => self.out.push_str(&compact(raw)),
            Err(error) => {
                self.error(name, words("Not JSON: ", &error.to_string(), ""));
                push_quoted(&mut self.out, raw);
            }
        }
    }

    /// A free row's value: JSON, or plain text, because nobody wants to quote a name.
    fn words_or_json(&mut self, name: &str, value: &str) {
        let value = value.trim();
        let json = matches!(value.as_bytes().first(), Some(b'{' | b'[' | b'"'));
        if json || JsonTree::parse(value).is_ok() {
            self.raw(name, value);
        } else {
            push_quoted(&mut self.out, value);
        }
    }
}

/// The property of a field. Names and ids have it escaped, the schema does not.
pub(super) fn field_key(form: &Form, field: &Field) -> String {
    match &field.site {
        Some(site) => unquote(form.schema.raw_key(site.first())).into_owned(),
        None => field.name.clone(),
    }
}
