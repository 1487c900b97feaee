use super::inputs::{Input, Inputs};
use super::kind::FieldKind;
use super::schema::{Keywords, MAX_FIELDS, Problem, Schema, Site};
use crate::json::{JsonTree, push_pointer, unquote};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use workflow_protocol::{FieldError, RawJson};

/// How many items an untouched list has at most, regardless of the schema.
pub(super) const FIRST_ITEMS: u32 = 50;

/// How many levels of fields there are; deeper ones are one field of raw JSON.
const MAX_DEPTH: u32 = 40;

/// Classes of the library: their descriptions are developer documentation of several pages.
const LIBRARY: [&str; 5] = [
    "Event",
    "StartEvent",
    "StopEvent",
    "InputRequiredEvent",
    "HumanResponseEvent",
];

/// A form for one schema.
///
/// ```
/// use workflow_inspector::form::{Form, Inputs};
/// use workflow_protocol::RawJson;
///
/// let schema = RawJson::parse(
///     r#"{"properties":{"name":{"title":"Name","type":"string"},"count":{"default":3,"type":"integer"}},"required":["name"]}"#,
/// )?;
/// let form = Form::from_schema(&schema);
/// let mut inputs = Inputs::default();
/// let errors = form.compose(&inputs, &|_, _| None).unwrap_err();
/// assert_eq!((errors[0].path.as_str(), errors[0].message.as_str()), ("name", "Required"));
///
/// form.fields[0].type_text(&mut inputs, "Ada");
/// assert_eq!(form.compose(&inputs, &|_, _| None).unwrap().as_str(), r#"{"name":"Ada"}"#);
/// # Ok::<(), workflow_protocol::DecodeError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Form {
    /// The schema's title, for events the class name; empty if it has none.
    pub title: String,
    /// The schema's description; none for the library's own classes.
    pub description: Option<String>,
    /// The outermost fields, in the schema's order.
    pub fields: Vec<Field>,
    /// The schema names no properties, so any keys are accepted: [`Inputs::extra`].
    pub open: bool,
    /// Why the schema has no fields although it describes some, as a sentence for the user.
    pub problem: Option<&'static str>,
    pub(super) schema: Arc<Schema>,
    /// Whether unknown keys are refused.
    pub(super) closed: bool,
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        // Two forms may differ beyond their schema: one for a response has a field that the schema lacks.
        self.fields == other.fields && self.open == other.open && self.schema.text() == other.schema.text()
    }
}

/// One field of a form. Its fields: [`Form::children`].
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its key in [`Inputs`], and a stable key for rendering. The same as `name` except in lists, maps and unions, where names change and
    /// repeat.
    pub id: String,
    /// The property; for nested ones the JSON pointer without its first slash. Errors use it.
    pub name: String,
    /// Where its value was in the JSON that filled the draft, as a JSON pointer without its first slash. Unlike in `name`, items keep their
    /// first positions after others were removed. A branch of a union has the place of its union, and an item that was added has a position
    /// that no item of that JSON had.
    pub source: String,
    /// The schema's title, else the property in words.
    pub label: String,
    /// The schema's description.
    pub description: Option<String>,
    /// Whether it is required.
    pub required: bool,
    /// Whether null is accepted besides the values of its kind.
    pub nullable: bool,
    /// The accepted values.
    pub kind: FieldKind,
    /// The value that the server uses if it is left out. Shown, not sent.
    pub default: Option<RawJson>,
    /// Why it is entered as raw JSON although the schema describes more, as a sentence for the user.
    pub problem: Option<&'static str>,
    pub(super) site: Option<Site>,
    depth: u32,
    /// The schemas of the surrounding objects that exist without a user's action.
    above: Vec<u32>,
    /// How many fields inside it may exist without a user's action.
    share: u32,
    /// How many fields are directly inside it at first.
    cost: u32,
    /// It does not exist until the user adds it, although it is required: its kind contains itself, or it has too many fields inside.
    pub(super) deferred: bool,
    /// The field of a union's branch, with the discriminator's property (empty if it has none): tags and constants inside it are always
    /// sent.
    branch: Option<String>,
}

struct Place {
    id: String,
    name: String,
    source: String,
    label: String,
    required: bool,
    branch: Option<String>,
    /// Added by the user, which ends the guard against recursion.
    asked: bool,
}

impl Field {
    /// Whether a required group of fields is left out until the user adds it, because it would contain itself or too many fields.
    pub const fn is_deferred(&self) -> bool {
        self.deferred
    }
}

/// How many fields an item of a list may have at first, regardless of the number of items.
const ITEM_SHARE: u32 = 20;

/// How many options of choices a form may have: this number, and so many more for each field of the share.
const OPTIONS: u32 = 1_000;
const OPTIONS_PER_FIELD: u32 = 10;

/// Divides the number of fields that may exist without a user's action among `fields`. This bounds the sum over a whole form, however often
/// its definitions refer to each other.
fn share_out(fields: &mut [Field], share: u32, least: u32) {
    let heirs = |field: &&mut Field| field.required && field.kind.is_container();
    let left = share.saturating_sub(u32::try_from(fields.len()).unwrap_or(u32::MAX));
    let count = u32::try_from(fields.iter_mut().filter(heirs).count()).unwrap_or(u32::MAX);
    let each = left.checked_div(count).unwrap_or(0).max(least);
    for field in fields.iter_mut().filter(heirs) {
        field.share = each;
        field.deferred |= field.cost > each;
    }
    let mut options = share.saturating_mul(OPTIONS_PER_FIELD).saturating_add(OPTIONS) as usize;
    for field in fields {
        let more = match &field.kind {
            FieldKind::Choice(values) => values.len(),
            FieldKind::Union(labels) => labels.len(),
            _ => 0,
        };
        match options.checked_sub(more) {
            Some(left) => options = left,
            None => {
                field.kind = FieldKind::Json;
                field.problem = Some(Problem::ManyChoices.message());
            }
        }
    }
}

impl Form {
    /// The form of a schema. Never fails: unsupported parts become raw JSON.
    pub fn from_schema(schema: &RawJson) -> Self {
        let tree = JsonTree::parse(schema.as_str()).unwrap_or_else(|_| JsonTree::new("", 0));
        let tree = Schema::new(tree);
        let keywords = Keywords(&tree);
        let site = keywords.resolve(0);
        let title = keywords.title(&site, false).unwrap_or_default();
        let description = keywords
            .outer(&site, "description")
            .and_then(|node| keywords.string(node));
        let problem = keywords.problem(&site).map(Problem::message);
        let closed = keywords.forbids_unknown_keys(&site) && problem.is_none();
        let mut form = Self {
            description: description.filter(|text| !text.is_empty() && !LIBRARY.contains(&title.as_str())),
            title,
            fields: Vec::new(),
            open: false,
            problem,
            schema: Arc::new(tree),
            closed,
        };
        if problem.is_none() {
            form.fields = form.properties(&site, None);
        }
        form.open = form.fields.is_empty() && !closed;
        form
    }

    /// Whether keys that the schema does not declare are accepted.
    pub const fn takes_further_keys(&self) -> bool {
        !self.closed
    }

    /// The form of a prompt's answer with an event of this schema. A class without properties, such as the stock `HumanResponseEvent`, gets
    /// one text field named `response`, the conventional field of answers.
    pub fn for_response(schema: &RawJson) -> Self {
        let mut form = Self::from_schema(schema);
        if form.open {
            // A custom class without properties may be a plain "yes".
            let stock = form.title.is_empty() || LIBRARY.contains(&form.title.as_str());
            let place = Place {
                id: "response".into(),
                name: "response".into(),
                source: "response".into(),
                label: "Response".into(),
                required: stock,
                branch: None,
                asked: true,
            };
            let mut field = form.field(place, None, None);
            field.kind = FieldKind::Text {
                long: false,
                min_length: None,
                max_length: None,
                pattern: None,
                format: None,
            };
            form.fields.push(field);
            form.open = !stock;
        }
        form
    }

    /// The fields inside a field: an object's properties, the items of a list, the entries of a map, the chosen branch of a union. None for
    /// other kinds, for a null, for raw JSON and for a union without a choice.
    pub fn children(&self, field: &Field, inputs: &Inputs) -> Vec<Field> {
        let Some(site) = field
            .site
            .as_ref()
            .filter(|_| !inputs.is_null(&field.id) && !field.is_raw(inputs))
        else {
            return Vec::new();
        };
        let keywords = Keywords(&self.schema);
        // Fields that the user added have their own share.
        let asked = inputs.get(&field.id).is_some();
        let share = if asked { MAX_FIELDS } else { field.share };
        let mut fields = match &field.kind {
            FieldKind::Object => self.properties(site, Some(field)),
            FieldKind::List { .. } | FieldKind::Map { .. } => {
                let list = matches!(field.kind, FieldKind::List { .. });
                let prefix = keywords.inner(site, "prefixItems");
                let rest = keywords.inner(site, if list { "items" } else { "additionalProperties" });
                let mut fields = Vec::new();
                for (index, item) in field.items(inputs).into_iter().enumerate() {
                    let number = index.to_string();
                    let mut name = field.name.clone();
                    name.push('/');
                    push_pointer(&mut name, if list { &number } else { &item.key });
                    let first = item.id.to_string();
                    let source = pointer(Some(field), if list { &first } else { &item.key });
                    let label = if list || item.key.is_empty() {
                        numbered(&field.label, index + 1)
                    } else {
                        item.key
                    };
                    let node = prefix
                        .and_then(|prefix| self.schema.children(prefix).nth(index))
                        .or(rest);
                    let id = inside(&field.id, &first);
                    let place = Place {
                        id,
                        name,
                        source,
                        label,
                        required: true,
                        branch: None,
                        asked,
                    };
                    fields.push(self.field(place, node, Some(field)));
                }
                fields
            }
            FieldKind::Union(labels) => {
                let chosen = field.chosen(inputs);
                let branches = keywords.branches(site.last()).0;
                let Some((index, node)) = chosen.and_then(|index| Some((index, *branches.get(index)?)))
                else {
                    return Vec::new();
                };
                vec![self.branch_field(field, labels, index, node, asked)]
            }
            _ => Vec::new(),
        };
        share_out(&mut fields, share, if asked { ITEM_SHARE } else { 0 });
        fields
    }

    pub(super) fn branch_field(
        &self,
        union: &Field,
        labels: &[String],
        index: usize,
        node: u32,
        asked: bool,
    ) -> Field {
        let mut id = union.id.clone();
        id.push('#');
        id.push_str(&index.to_string());
        let keywords = Keywords(&self.schema);
        let tag = union
            .site
            .as_ref()
            .and_then(|site| keywords.discriminator(site.last()));
        let branch = Some(tag.map_or_else(String::new, |(property, _)| property));
        let label = labels.get(index).cloned().unwrap_or_default();
        let place = Place {
            id,
            name: union.name.clone(),
            source: union.source.clone(),
            label,
            required: true,
            branch,
            asked,
        };
        self.field(place, Some(node), Some(union))
    }

    fn properties(&self, site: &Site, parent: Option<&Field>) -> Vec<Field> {
        let keywords = Keywords(&self.schema);
        let Some(properties) = keywords.properties(site) else {
            return Vec::new();
        };
        let required = keywords.inner(site, "required").into_iter();
        let required = required.flat_map(|list| self.schema.children(list));
        let required: HashSet<Cow<'_, str>> = required.map(|node| unquote(self.schema.value(node))).collect();
        let mut fields = Vec::new();
        for node in self.schema.children(properties) {
            let key = unquote(self.schema.raw_key(node));
            let mut name = parent.map_or_else(String::new, |parent| parent.name.clone());
            if !name.is_empty() {
                name.push('/');
            }
            push_pointer(&mut name, &key);
            let place = Place {
                id: inside(parent.map_or("", |parent| &parent.id), &key),
                name,
                source: pointer(parent, &key),
                label: in_words(&key),
                required: required.contains(&key),
                branch: None,
                asked: false,
            };
            let mut field = self.field(place, Some(node), parent);
            if let Some(tag) = parent.and_then(|parent| parent.branch.as_ref()) {
                field.required |=
                    *tag == *key || matches!(&field.kind, FieldKind::Choice(only) if only.len() == 1);
            }
            fields.push(field);
        }
        if parent.is_none() {
            share_out(&mut fields, MAX_FIELDS, 0);
        }
        fields
    }

    fn field(&self, place: Place, node: Option<u32>, parent: Option<&Field>) -> Field {
        let depth = parent.map_or(0, |parent| parent.depth + 1);
        let mut above = parent.map_or_else(Vec::new, |parent| parent.above.clone());
        match parent {
            _ if place.asked => above.clear(),
            Some(Field {
                kind: FieldKind::Object,
                site: Some(site),
                ..
            }) => above.push(site.last()),
            _ => {}
        }
        let schema = node.map(|node| self.schema.field(node));
        let schema = schema.as_deref();
        let is_deep = depth >= MAX_DEPTH;
        let kind = schema.filter(|_| !is_deep).map(|schema| schema.kind.clone());
        let kind = kind.unwrap_or(FieldKind::Json);
        let problem = match schema {
            Some(_) if is_deep => Some(Problem::Deep),
            Some(schema) => schema.problem,
            None => None,
        };
        let cost = match &kind {
            FieldKind::Object => schema.map_or(0, |schema| schema.properties),
            FieldKind::List { min, .. } | FieldKind::Map { min, .. } => {
                u32::try_from(*min).unwrap_or(u32::MAX).min(FIRST_ITEMS)
            }
            FieldKind::Union(_) => 1,
            _ => 0,
        };
        let recursive =
            kind == FieldKind::Object && schema.is_some_and(|schema| above.contains(&schema.site.last()));
        // A referenced class's title names the class, not the field.
        let title = schema.filter(|_| place.branch.is_none());
        Field {
            label: title
                .and_then(|schema| schema.title.clone())
                .unwrap_or(place.label),
            id: place.id,
            name: place.name,
            source: place.source,
            description: schema.and_then(|schema| schema.description.clone()),
            required: place.required,
            nullable: schema.is_some_and(|schema| {
                if is_deep {
                    schema.site.nullable
                } else {
                    schema.nullable
                }
            }),
            kind,
            default: schema.and_then(|schema| schema.default.clone()),
            problem: problem.map(Problem::message),
            site: schema.map(|schema| schema.site.clone()),
            depth,
            above,
            share: MAX_FIELDS,
            cost,
            deferred: recursive,
            branch: place.branch,
        }
    }

    /// The name of the field for a path of the server, which also names the branches of unions; empty if there is none. Paths are JSON
    /// pointers without the first slash.
    pub fn locate(&self, inputs: &Inputs, path: &str) -> String {
        let mut best = String::new();
        let mut fields = self.fields.clone();
        for segment in path.split('/') {
            let found = fields
                .iter()
                .find(|field| field.name.rsplit('/').next() == Some(segment));
            let Some(mut field) = found.cloned() else {
                continue;
            };
            best.clone_from(&field.name);
            fields = self.children(&field, inputs);
            // A branch has its union's name; the server's path may or may not have a segment for it.
            while matches!(field.kind, FieldKind::Union(_)) {
                let Some(branch) = fields.pop() else {
                    break;
                };
                fields = self.children(&branch, inputs);
                field = branch;
            }
        }
        best
    }

    /// Assigns an error to a visible field: its own, else the surrounding one, else the whole form (an empty path); then the message names
    /// the subject.
    pub fn place(&self, inputs: &Inputs, error: &FieldError) -> FieldError {
        let path = self.locate(inputs, &error.path);
        let rest = error.path.strip_prefix(path.as_str());
        let rest = rest.unwrap_or_default().trim_start_matches('/');
        let mut message = String::new();
        if !rest.is_empty() {
            message.push_str(rest);
            message.push_str(": ");
        }
        message.push_str(&error.message);
        FieldError { path, message }
    }

    /// Includes an optional object, list, map or union in what is sent: with its previous content, else with its default, else empty.
    /// [`Inputs::unset`] removes it again.
    pub fn enable(&self, field: &Field, inputs: &mut Inputs) {
        if inputs.restore(&field.id) {
            return;
        }
        let default = field.default.as_ref().filter(|default| !default.is_null());
        if let Some(tree) = default.and_then(|default| JsonTree::parse(default.as_str()).ok())
            && !inputs.has_inside(&field.id)
        {
            self.put(&tree, 0, field, inputs);
            return;
        }
        let input = match &field.kind {
            FieldKind::List { .. } | FieldKind::Map { .. } => Input::Items(field.items(inputs)),
            FieldKind::Union(_) => Input::Branch(0),
            FieldKind::Object => Input::Object(Vec::new()),
            _ => return,
        };
        inputs.set(&field.id, input);
    }
}

/// The id of the part `segment` of `parent`. `#` and the empty segment are escaped: the first marks branches, the second would be the form
/// itself.
fn inside(parent: &str, segment: &str) -> String {
    let mut id = String::from(parent);
    if !parent.is_empty() {
        id.push('/');
    }
    for (index, part) in segment.split('#').enumerate() {
        if index != 0 {
            id.push_str("~2");
        }
        push_pointer(&mut id, part);
    }
    if segment.is_empty() {
        id.push_str("~3");
    }
    id
}

/// The source of the part `key` of `parent`.
fn pointer(parent: Option<&Field>, key: &str) -> String {
    let mut source = parent.map_or_else(String::new, |parent| format!("{}/", parent.source));
    push_pointer(&mut source, key);
    source
}

fn numbered(label: &str, number: usize) -> String {
    let mut out = String::from(label);
    out.push(' ');
    out.push_str(&number.to_string());
    out
}

/// `order_items` → `Order Items`, as Pydantic generates titles.
fn in_words(property: &str) -> String {
    let mut out = String::with_capacity(property.len());
    let mut start = true;
    for c in property.chars() {
        let c = if c == '_' { ' ' } else { c };
        if start {
            // The tables for other letters would be the largest part of the form.
            out.push(c.to_ascii_uppercase());
        } else {
            out.push(c);
        }
        start = c == ' ';
    }
    out
}
