//! Converts JSON to a draft.

use super::compose::field_key;
use super::decimal::Decimal;
use super::field::{Field, Form};
use super::inputs::{Input, Inputs, Item};
use super::kind::{FieldKind, has_shape};
use super::schema::Keywords;
use super::widget::{free_id, item_id, same, unused_id};
use crate::json::{JsonKind, JsonTree, compact, unquote};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use workflow_protocol::RawJson;

/// How many items and entries become fields; longer lists and maps are one text of raw JSON.
const MAX_ITEMS: u32 = 1_000;

/// How many levels are compared to distinguish branches.
const LOOK: u32 = 4;

/// How many schemas are compared to distinguish the branches of one union, because unions of unions would multiply. Further ones count as
/// matching.
const LOOKS: u32 = 5_000;
/// How many branches of a nested union are compared with a value: comparing all would take quadratic time.
const RANKED: usize = 50;

impl Form {
    /// A draft that composes to this JSON again. Keys without a field are kept and sent again; of equal keys the last counts, as in Python;
    /// values that do not fit their field stay in it as raw JSON, for the user to correct.
    pub fn decompose(&self, json: &RawJson) -> Inputs {
        let mut inputs = Inputs::default();
        self.update(&mut inputs, json);
        inputs
    }

    /// Applies JSON to a draft, when the JSON editor is closed: fields with the same value stay as they were typed, unions keep the user's
    /// branch if the value fits it, and the drafts of other branches stay. Fields that the JSON lacks become untouched. JSON that is not an
    /// object stays in [`Inputs::json`].
    pub fn update(&self, inputs: &mut Inputs, json: &RawJson) {
        match JsonTree::parse(json.as_str()) {
            Ok(tree) if tree.kind(0) == JsonKind::Object => {
                let mut rest = self.put_fields(&tree, 0, &self.fields, inputs);
                let typed = inputs.extra().iter().rev();
                let typed: HashMap<&str, &String> = typed.map(|(key, value)| (key.as_str(), value)).collect();
                for (key, value) in &mut rest {
                    // Plain text and incomplete JSON stay as they were typed.
                    if let Some(old) = typed.get(key.as_str())
                        && self.row_json(old, inputs) == compact(value)
                    {
                        value.clone_from(old);
                    }
                }
                inputs.set_extra(rest);
                inputs.json = None;
            }
            _ => inputs.json = Some(json.as_str().to_owned()),
        }
    }

    /// Moves free keys into their fields, if they were typed before the schema was known.
    pub fn adopt(&self, inputs: &mut Inputs) {
        let mut rest: Vec<Option<(String, String)>> = inputs.extra().iter().cloned().map(Some).collect();
        let places = inputs.extra().iter().enumerate().rev();
        let mut places: HashMap<String, usize> = places.map(|(at, (key, _))| (key.clone(), at)).collect();
        for field in &self.fields {
            let place = places.remove(&field_key(self, field));
            let Some((_, value)) = place.and_then(|at| rest.get_mut(at)?.take()) else {
                continue;
            };
            let is_box = matches!(
                field.kind,
                FieldKind::Text { .. } | FieldKind::Integer(_) | FieldKind::Number(_)
            );
            if is_box && !value.trim_start().starts_with('"') {
                field.type_text(inputs, &value);
            } else if let Ok(tree) = JsonTree::parse(&*self.row_json(&value, inputs)) {
                self.put(&tree, 0, field, inputs);
            }
        }
        let rest: Vec<(String, String)> = rest.into_iter().flatten().collect();
        if rest.len() < inputs.extra().len() {
            inputs.set_extra(rest);
        }
    }

    /// Applies an object's values to its fields and returns those without a field.
    fn put_fields(
        &self,
        tree: &JsonTree,
        node: u32,
        fields: &[Field],
        inputs: &mut Inputs,
    ) -> Vec<(String, String)> {
        let keys: Vec<String> = fields.iter().map(|field| field_key(self, field)).collect();
        let members = tree
            .children(node)
            .map(|child| (unquote(tree.raw_key(child)), child));
        // Of equal keys the last counts.
        let members: HashMap<Cow<'_, str>, u32> = members.collect();
        for (field, key) in fields.iter().zip(&keys) {
            match members.get(key.as_str()) {
                Some(value) => self.put(tree, *value, field, inputs),
                // If the draft has a value to send, the JSON has removed it.
                None if self.field_json(field, inputs).is_none() => {}
                None if field.required => inputs.forget(&field.id),
                None => inputs.unset(&field.id),
            }
        }
        let mut rest = Vec::new();
        let keys: HashSet<&str> = keys.iter().map(String::as_str).collect();
        for child in tree.children(node) {
            let key = unquote(tree.raw_key(child));
            if !keys.contains(&*key) {
                rest.push((key.into_owned(), tree.value(child).to_owned()));
            }
        }
        rest
    }

    pub(super) fn put(&self, tree: &JsonTree, node: u32, field: &Field, inputs: &mut Inputs) {
        let raw = tree.value(node);
        // Keeps invalid text as it was typed, too: the JSON editor had it as a string.
        let touched = inputs.is_touched(&field.id) || inputs.has_inside(&field.id);
        if (touched || field.required)
            && self
                .field_json(field, inputs)
                .is_some_and(|now| now == compact(raw))
        {
            return;
        }
        let kind = tree.kind(node);
        if kind == JsonKind::Null && field.nullable {
            inputs.set_null(&field.id, true);
            return;
        }
        let input = match (&field.kind, kind) {
            (FieldKind::List { .. } | FieldKind::Map { .. }, _) if tree.child_count(node) > MAX_ITEMS => {
                inputs.forget_inside(&field.id);
                Input::Json(raw.to_owned())
            }
            (FieldKind::Object, JsonKind::Object) => {
                // A null has no fields.
                inputs.set(&field.id, Input::Object(Vec::new()));
                let fields = self.children(field, inputs);
                Input::Object(self.put_fields(tree, node, &fields, inputs))
            }
            (FieldKind::List { .. }, JsonKind::Array) => return self.put_items(tree, node, field, inputs),
            (FieldKind::Map { .. }, JsonKind::Object) => return self.put_items(tree, node, field, inputs),
            (FieldKind::Union(labels), _) => {
                if let Some(index) = self.select(tree, node, field, inputs) {
                    let branches = self.branch_nodes(field);
                    inputs.set(&field.id, Input::Branch(index as u32));
                    if let Some(branch) = branches.get(index) {
                        let branch = self.branch_field(field, labels, index, *branch, true);
                        self.put(tree, node, &branch, inputs);
                    }
                    return;
                }
                Input::Json(raw.to_owned())
            }
            (kind, value) => leaf(kind, value, raw),
        };
        inputs.set(&field.id, input);
    }

    fn put_items(&self, tree: &JsonTree, node: u32, field: &Field, inputs: &mut Inputs) {
        let before = field.items(inputs);
        let list = tree.kind(node) == JsonKind::Array;
        let mut items: Vec<Item> = Vec::new();
        let mut values = Vec::new();
        for (index, value) in tree.children(node).enumerate() {
            let key = if list {
                String::new()
            } else {
                unquote(tree.raw_key(value)).into_owned()
            };
            if !list && let Some(at) = items.iter().position(|item| item.key == key) {
                items.remove(at);
                values.remove(at);
            }
            // Existing items keep their ids, and with them the drafts of branches that are not chosen.
            let old = if list {
                before.get(index)
            } else {
                before.iter().find(|item| item.key == key)
            };
            let new = || unused_id(&field.id, free_id(&items).max(free_id(&before)), inputs);
            let id = old.map_or_else(new, |item| item.id);
            items.push(Item { id, key });
            values.push((value, old.is_some()));
        }
        for gone in before
            .iter()
            .filter(|item| !items.iter().any(|kept| kept.id == item.id))
        {
            inputs.forget(&item_id(&field.id, gone.id));
        }
        inputs.set(&field.id, Input::Items(items));
        for (child, (value, old)) in self.children(field, inputs).iter().zip(values) {
            // The JSON editor has null for an item that was not filled in yet.
            let hole = old && tree.kind(value) == JsonKind::Null && !child.nullable;
            if !hole || self.field_json(child, inputs).is_some() {
                self.put(tree, value, child, inputs);
            }
        }
    }

    fn branch_nodes(&self, union: &Field) -> Vec<u32> {
        let keywords = Keywords(&self.schema);
        union
            .site
            .as_ref()
            .map_or_else(Vec::new, |site| keywords.branches(site.last()).0)
    }

    /// The branch for a value: the user's if it fits, else the tag's, else the best match of those that fit, else the user's anyway.
    fn select(&self, tree: &JsonTree, node: u32, union: &Field, inputs: &Inputs) -> Option<usize> {
        let branches = self.branch_nodes(union);
        let looks = Cell::new(LOOKS);
        let fits = |index: usize, strict: bool| {
            let look = Look {
                strict,
                levels: LOOK,
                left: &looks,
            };
            branches
                .get(index)
                .is_some_and(|branch| self.fits(*branch, tree, node, look))
        };
        let user = match inputs.get(&union.id) {
            Some(Input::Branch(index)) => Some(*index as usize).filter(|index| *index < branches.len()),
            _ => None,
        };
        if let Some(index) = user.filter(|index| fits(*index, false)) {
            return Some(index);
        }
        if let Some(index) = self.tagged(tree, node, union, &branches) {
            return Some(index);
        }
        let best = |strict| {
            let fitting = branches
                .iter()
                .enumerate()
                .filter(|(index, _)| fits(*index, strict));
            let ranked = fitting.map(|(index, branch)| (self.rank(*branch, tree, node, true), index));
            // The first one of equal matches.
            let best = ranked.reduce(|best, next| if next.0 > best.0 { next } else { best });
            best.map(|(_, index)| index)
        };
        best(true).or_else(|| best(false)).or(user)
    }

    /// How well a branch describes a value that it accepts: an enum with the value comes before a text of its format, before any text,
    /// before a text of another format.
    fn rank(&self, branch: u32, tree: &JsonTree, node: u32, look: bool) -> u8 {
        let keywords = Keywords(&self.schema);
        let site = keywords.resolve(branch);
        let raw = tree.value(node);
        match keywords.kind(&site).0 {
            FieldKind::Choice(values) if values.iter().any(|value| same(value.as_str(), raw)) => 3,
            FieldKind::Text {
                format: Some(format), ..
            } => match has_shape(&format, &unquote(raw)) {
                Some(true) => 2,
                None => 1,
                Some(false) => 0,
            },
            FieldKind::Union(_) if look => {
                let branches = keywords.branches(site.last()).0.into_iter().take(RANKED);
                let ranks = branches.map(|branch| self.rank(branch, tree, node, false));
                ranks.max().unwrap_or(1)
            }
            _ => 1,
        }
    }

    /// The branch that the discriminator names.
    fn tagged(&self, tree: &JsonTree, node: u32, union: &Field, branches: &[u32]) -> Option<usize> {
        let keywords = Keywords(&self.schema);
        let (property, mapping) = keywords.discriminator(union.site.as_ref()?.last())?;
        let tag = unquote(tree.value(tree.get(node, &property)?));
        let reference = keywords.string(self.schema.get(mapping, &tag)?)?;
        branches
            .iter()
            .position(|branch| keywords.text(*branch, "$ref").as_deref() == Some(&reference))
    }

    /// Whether a value looks like one of a branch: its kind, the required keys, the constants, to a limited depth. A strict check also
    /// requires that every key is known.
    fn fits(&self, branch: u32, tree: &JsonTree, node: u32, look: Look<'_>) -> bool {
        let Some(left) = look.left.get().checked_sub(1) else {
            return true;
        };
        look.left.set(left);
        let keywords = Keywords(&self.schema);
        let site = keywords.resolve(branch);
        let (kind, null) = keywords.kind(&site);
        let value = tree.kind(node);
        if look.levels == 0 || (value == JsonKind::Null && (null || site.nullable)) {
            return true;
        }
        match (&kind, value) {
            (FieldKind::Json, _) => true,
            (FieldKind::Union(_), _) => {
                let branches = keywords.branches(site.last()).0;
                branches
                    .into_iter()
                    .any(|branch| self.fits(branch, tree, node, look.deeper()))
            }
            (FieldKind::List { .. }, JsonKind::Array) => {
                let item = keywords
                    .inner(&site, "prefixItems")
                    .and_then(|list| self.schema.children(list).next());
                let item = item.or_else(|| keywords.inner(&site, "items"));
                match (item, tree.children(node).next()) {
                    (Some(item), Some(first)) => self.fits(item, tree, first, look.deeper()),
                    _ => true,
                }
            }
            (FieldKind::Map { .. }, JsonKind::Object) => {
                match (
                    keywords.inner(&site, "additionalProperties"),
                    tree.children(node).next(),
                ) {
                    (Some(item), Some(first)) => self.fits(item, tree, first, look.deeper()),
                    _ => true,
                }
            }
            (FieldKind::Object, JsonKind::Object) => {
                let string = |node: u32| keywords.string(node).unwrap_or_default();
                let required = keywords
                    .inner(&site, "required")
                    .map(|list| self.schema.children(list));
                if required
                    .into_iter()
                    .flatten()
                    .any(|key| tree.get(node, &string(key)).is_none())
                {
                    return false;
                }
                let Some(properties) = keywords.properties(&site) else {
                    return true;
                };
                tree.children(node).all(|member| {
                    match self.schema.get(properties, &unquote(tree.raw_key(member))) {
                        Some(property) => match keywords.constant(&keywords.resolve(property)) {
                            Some(constant) => same(self.schema.value(constant), tree.value(member)),
                            None => true,
                        },
                        None => !look.strict,
                    }
                })
            }
            (kind, value) => !matches!(leaf(kind, value, tree.value(node)), Input::Json(_)),
        }
    }
}

/// The options of a comparison of a value with a branch.
#[derive(Clone, Copy)]
struct Look<'a> {
    strict: bool,
    levels: u32,
    /// How many more schemas may be compared.
    left: &'a Cell<u32>,
}

impl Look<'_> {
    const fn deeper(self) -> Self {
        Self {
            levels: self.levels.saturating_sub(1),
            ..self
        }
    }
}

/// The input of a single-value field for a value; raw JSON if it is of another kind.
fn leaf(kind: &FieldKind, value: JsonKind, raw: &str) -> Input {
    match (kind, value) {
        (FieldKind::Text { .. }, JsonKind::String) => Input::Text(unquote(raw).into_owned()),
        (FieldKind::Number(_), JsonKind::Number) => Input::Text(raw.to_owned()),
        (FieldKind::Integer(_), JsonKind::Number)
            if Decimal::parse(raw).is_some_and(|number| number.is_integer()) =>
        {
            Input::Text(raw.to_owned())
        }
        (FieldKind::Boolean, JsonKind::Bool) => Input::Bool(raw == "true"),
        (FieldKind::Choice(values), _) => match values.iter().find(|choice| same(choice.as_str(), raw)) {
            Some(choice) => Input::Choice(choice.as_str().to_owned()),
            None => Input::Json(raw.to_owned()),
        },
        _ => Input::Json(raw.to_owned()),
    }
}
