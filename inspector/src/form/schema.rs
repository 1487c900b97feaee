//! Reads keywords from the offset tree of a schema.

use super::kind::{Bounds, FieldKind};
use crate::json::{JsonKind, JsonTree, push_pointer, unquote};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use workflow_protocol::RawJson;

/// Keywords that fields cannot represent.
const UNKNOWN: [&str; 10] = [
    "not",
    "if",
    "patternProperties",
    "dependentSchemas",
    "dependentRequired",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "$dynamicRef",
    "$recursiveRef",
];

/// How many references are followed for one field.
const HOPS: usize = 32;

/// How many branches of a union become a choice of forms.
const MAX_BRANCHES: usize = 500;

/// A union with more branches than this is always a choice, so its branches need not be read.
const FEW: usize = 4;

/// How many values of an `enum` become a choice.
const MAX_CHOICES: u32 = 10_000;

/// How many properties of an object, or items of a list, become fields.
pub(super) const MAX_FIELDS: u32 = 2_000;

/// Why a part of a schema has no fields of its own, so that its value is entered as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// More references in a chain than [`HOPS`].
    LongChain,
    /// A circular chain of references.
    Circle,
    /// A reference to a part that does not exist.
    Missing,
    /// A union with more branches than [`MAX_BRANCHES`].
    ManyBranches,
    /// An `enum` with more values than [`MAX_CHOICES`], or too many choices in one form.
    ManyChoices,
    /// An object with more properties than [`MAX_FIELDS`].
    ManyFields,
    /// More levels of fields than a form supports.
    Deep,
}

impl Problem {
    /// The text for the user.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::LongChain => "The schema follows more than 32 references here. Enter JSON.",
            Self::Circle => "The schema refers to itself here. Enter JSON.",
            Self::Missing => "The schema refers to a definition that it does not hold. Enter JSON.",
            Self::ManyBranches => "The schema allows more than 500 alternatives here. Enter JSON.",
            Self::ManyChoices => "The schema allows too many values here. Enter JSON.",
            Self::ManyFields => "The schema has more than 2 000 fields here. Enter JSON.",
            Self::Deep => "The schema is nested more than 40 levels deep here. Enter JSON.",
        }
    }
}

/// A schema's tree, with an index of its definitions, for schemas of thousands of lines, and its known fields, for lists of thousands of items.
#[derive(Debug)]
pub(super) struct Schema {
    tree: JsonTree,
    /// Nodes of the definitions by JSON pointer.
    definitions: HashMap<String, u32>,
    /// By node.
    known: Mutex<HashMap<u32, Arc<FieldSchema>>>,
}

/// What the schema at a node says about a field, regardless of where the field is.
#[derive(Debug)]
pub(super) struct FieldSchema {
    pub(super) site: Site,
    pub(super) kind: FieldKind,
    /// Whether null is accepted.
    pub(super) nullable: bool,
    pub(super) problem: Option<Problem>,
    /// The number of properties.
    pub(super) properties: u32,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) default: Option<RawJson>,
}

impl Deref for Schema {
    type Target = JsonTree;

    fn deref(&self) -> &JsonTree {
        &self.tree
    }
}

impl Schema {
    pub(super) fn new(tree: JsonTree) -> Self {
        let mut definitions = HashMap::new();
        for group in ["$defs", "definitions"] {
            let Some(node) = tree
                .get(0, group)
                .filter(|node| tree.kind(*node) == JsonKind::Object)
            else {
                continue;
            };
            for child in tree.children(node) {
                let mut pointer = ["/", group, "/"].concat();
                push_pointer(&mut pointer, &unquote(tree.raw_key(child)));
                // Of equal keys the last one counts, as in Python.
                definitions.insert(pointer, child);
            }
        }
        Self {
            tree,
            definitions,
            known: Mutex::default(),
        }
    }

    /// What the schema at a node says about a field.
    pub(super) fn field(&self, node: u32) -> Arc<FieldSchema> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(&node).cloned();
        found.unwrap_or_else(|| {
            let read = Arc::new(Keywords(self).field(node));
            known().insert(node, Arc::clone(&read));
            read
        })
    }

    fn target(&self, pointer: &str) -> Option<u32> {
        let known = self.definitions.get(pointer).copied();
        known.or_else(|| self.tree.find(pointer))
    }
}

/// A schema and its references, in order: the schema itself, then `$ref`, a single `allOf`, and the not-null branch of an optional.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Site {
    chain: Vec<u32>,
    pub(super) nullable: bool,
    pub(super) problem: Option<Problem>,
}

impl Site {
    /// The node that defines the value.
    pub(super) fn last(&self) -> u32 {
        self.chain.last().copied().unwrap_or(0)
    }

    pub(super) fn first(&self) -> u32 {
        self.chain.first().copied().unwrap_or(0)
    }
}

/// The keywords of a schema's tree.
#[derive(Clone, Copy)]
pub(super) struct Keywords<'a>(pub(super) &'a Schema);

impl<'a> Keywords<'a> {
    fn field(self, node: u32) -> FieldSchema {
        let site = self.resolve(node);
        let (kind, null) = self.kind(&site);
        let outer = |keyword| self.outer(&site, keyword);
        FieldSchema {
            nullable: null || site.nullable,
            problem: self.problem(&site),
            properties: self.properties(&site).map_or(0, |node| self.0.child_count(node)),
            title: self.title(&site, true),
            description: outer("description")
                .and_then(|node| self.string(node))
                .filter(|text| !text.is_empty()),
            default: outer("default").and_then(|node| self.raw(node)),
            kind,
            site,
        }
    }

    pub(super) fn resolve(self, node: u32) -> Site {
        let mut site = Site {
            chain: vec![node],
            nullable: false,
            problem: None,
        };
        loop {
            let last = site.last();
            let next = if let Some(reference) = self.text(last, "$ref") {
                let target = reference
                    .strip_prefix('#')
                    .and_then(|pointer| self.0.target(pointer));
                if target.is_none() {
                    site.problem = Some(Problem::Missing);
                }
                target
            } else if let Some(only) = self.only_child(self.0.get(last, "allOf")) {
                Some(only)
            } else if self.branch_count(last) > FEW {
                None
            } else {
                let (branches, null) = self.branches(last);
                match branches.as_slice() {
                    [only] => {
                        site.nullable |= null;
                        Some(*only)
                    }
                    _ => None,
                }
            };
            match next {
                None => break,
                Some(next) if site.chain.contains(&next) => {
                    site.problem = Some(Problem::Circle);
                    break;
                }
                Some(_) if site.chain.len() >= HOPS => {
                    site.problem = Some(Problem::LongChain);
                    break;
                }
                Some(next) => site.chain.push(next),
            }
        }
        site
    }

    /// The number of branches, including null.
    fn branch_count(self, node: u32) -> usize {
        let list = self.0.get(node, "anyOf").or_else(|| self.0.get(node, "oneOf"));
        list.map_or(0, |list| self.0.child_count(list) as usize)
    }

    /// The branches of `anyOf` or `oneOf` without null, and whether null was one.
    pub(super) fn branches(self, node: u32) -> (Vec<u32>, bool) {
        let Some(list) = self.0.get(node, "anyOf").or_else(|| self.0.get(node, "oneOf")) else {
            return (Vec::new(), false);
        };
        let (mut branches, mut null) = (Vec::new(), false);
        for branch in self.0.children(list) {
            if self.text(branch, "type").as_deref() == Some("null") {
                null = true;
            } else {
                branches.push(branch);
            }
        }
        (branches, null)
    }

    fn only_child(self, list: Option<u32>) -> Option<u32> {
        let list = list?;
        if self.0.child_count(list) == 1 {
            self.0.children(list).next()
        } else {
            None
        }
    }

    /// A keyword of the schema itself or, if it has none, of its references.
    pub(super) fn outer(self, site: &Site, keyword: &str) -> Option<u32> {
        site.chain.iter().find_map(|node| self.0.get(*node, keyword))
    }

    /// A keyword of the last reference or, if that has none, of the schema itself.
    pub(super) fn inner(self, site: &Site, keyword: &str) -> Option<u32> {
        site.chain
            .iter()
            .rev()
            .find_map(|node| self.0.get(*node, keyword))
    }

    /// A keyword's text, if it is a string.
    pub(super) fn text(self, node: u32, keyword: &str) -> Option<String> {
        self.0.get(node, keyword).and_then(|found| self.string(found))
    }

    pub(super) fn string(self, node: u32) -> Option<String> {
        (self.0.kind(node) == JsonKind::String).then(|| unquote(self.0.value(node)).into_owned())
    }

    pub(super) fn raw(self, node: u32) -> Option<RawJson> {
        RawJson::parse(self.0.value(node)).ok()
    }

    fn count(self, site: &Site, keyword: &str) -> Option<u64> {
        self.0.value(self.inner(site, keyword)?).parse().ok()
    }

    fn number(self, site: &Site, keyword: &str) -> Option<String> {
        let node = self.inner(site, keyword)?;
        (self.0.kind(node) == JsonKind::Number).then(|| self.0.value(node).to_owned())
    }

    /// The schema's own title; for a branch also that of its reference.
    pub(super) fn title(self, site: &Site, own: bool) -> Option<String> {
        let node = if own {
            self.0.get(site.first(), "title")
        } else {
            self.outer(site, "title")
        };
        node.and_then(|node| self.string(node))
            .filter(|title| !title.is_empty())
    }

    pub(super) fn properties(self, site: &Site) -> Option<u32> {
        self.inner(site, "properties")
            .filter(|found| self.0.kind(*found) == JsonKind::Object)
    }

    pub(super) fn forbids_unknown_keys(self, site: &Site) -> bool {
        self.inner(site, "additionalProperties")
            .is_some_and(|found| self.0.value(found) == "false")
    }

    /// The only possible value, if there is one.
    pub(super) fn constant(self, site: &Site) -> Option<u32> {
        self.inner(site, "const")
            .or_else(|| self.only_child(self.inner(site, "enum")))
    }

    /// Why the schema has no fields.
    pub(super) fn problem(self, site: &Site) -> Option<Problem> {
        let count = |list: Option<u32>| list.map_or(0, |list| self.0.child_count(list));
        if site.problem.is_some() {
            site.problem
        } else if count(self.inner(site, "enum")) > MAX_CHOICES {
            Some(Problem::ManyChoices)
        } else if self.branch_count(site.last()) > MAX_BRANCHES {
            Some(Problem::ManyBranches)
        } else if count(self.properties(site)) > MAX_FIELDS {
            Some(Problem::ManyFields)
        } else {
            None
        }
    }

    /// The kind of the field, and whether null is accepted in addition.
    pub(super) fn kind(self, site: &Site) -> (FieldKind, bool) {
        let last = site.last();
        let unknown = site
            .chain
            .iter()
            .any(|node| UNKNOWN.iter().any(|keyword| self.0.get(*node, keyword).is_some()));
        if unknown || self.0.get(last, "allOf").is_some() || self.problem(site).is_some() {
            return (FieldKind::Json, false);
        }
        if let Some(constant) = self.inner(site, "const") {
            return (FieldKind::Choice(self.raw(constant).into_iter().collect()), false);
        }
        if let Some(list) = self.inner(site, "enum") {
            let values = self
                .0
                .children(list)
                .filter_map(|value| self.raw(value))
                .collect();
            return (FieldKind::Choice(values), false);
        }
        let (branches, null) = self.branches(last);
        if !branches.is_empty() {
            return (FieldKind::Union(self.branch_labels(last, &branches)), null);
        }
        let Some((name, null)) = self.type_name(site) else {
            return (FieldKind::Json, false);
        };
        let kind = match name.as_str() {
            "string" => self.text_kind(site),
            "integer" => FieldKind::Integer(self.bounds(site)),
            "number" => FieldKind::Number(self.bounds(site)),
            "boolean" => FieldKind::Boolean,
            "null" => FieldKind::Choice(vec![RawJson::null()]),
            "array" => {
                let prefix = self
                    .inner(site, "prefixItems")
                    .map_or(0, |list| u64::from(self.0.child_count(list)));
                let min = self.count(site, "minItems").unwrap_or(0);
                let max = self.count(site, "maxItems");
                FieldKind::List {
                    min,
                    max,
                    fixed: prefix != 0 && max == Some(min) && min == prefix,
                }
            }
            "object" => match self.properties(site) {
                Some(properties) if self.0.child_count(properties) != 0 => FieldKind::Object,
                _ if self.forbids_unknown_keys(site) => FieldKind::Object,
                _ => FieldKind::Map {
                    min: self.count(site, "minProperties").unwrap_or(0),
                    max: self.count(site, "maxProperties"),
                },
            },
            _ => FieldKind::Json,
        };
        (kind, null)
    }

    /// The only type that is not null, and whether null is another.
    fn type_name(self, site: &Site) -> Option<(String, bool)> {
        let Some(node) = self.inner(site, "type") else {
            return self.properties(site).map(|_| ("object".to_owned(), false));
        };
        if let Some(name) = self.string(node) {
            return Some((name, false));
        }
        let mut names: Vec<String> = self
            .0
            .children(node)
            .filter_map(|name| self.string(name))
            .collect();
        let all = names.len();
        names.retain(|name| name != "null");
        let null = names.len() < all;
        // Of several types none can be chosen for the user.
        if names.len() == 1 {
            names.pop().map(|name| (name, null))
        } else {
            None
        }
    }

    fn text_kind(self, site: &Site) -> FieldKind {
        let string = |keyword| self.inner(site, keyword).and_then(|node| self.string(node));
        let max_length = self.count(site, "maxLength");
        let format = string("format");
        let lines = self
            .outer(site, "default")
            .is_some_and(|node| unquote(self.0.value(node)).contains('\n'));
        let long = lines
            || max_length.is_some_and(|max| max > 200)
            || matches!(
                format.as_deref(),
                Some("textarea" | "multiline" | "multi-line" | "markdown")
            );
        let min_length = self.count(site, "minLength");
        FieldKind::Text {
            long,
            min_length,
            max_length,
            pattern: string("pattern"),
            format,
        }
    }

    fn bounds(self, site: &Site) -> Bounds {
        Bounds {
            min: self.number(site, "minimum"),
            max: self.number(site, "maximum"),
            above: self.number(site, "exclusiveMinimum"),
            below: self.number(site, "exclusiveMaximum"),
            multiple_of: self.number(site, "multipleOf"),
        }
    }

    fn branch_labels(self, union: u32, branches: &[u32]) -> Vec<String> {
        let mapping = self.discriminator(union).map(|(_, mapping)| mapping);
        branches
            .iter()
            .map(|branch| self.branch_label(*branch, mapping))
            .collect()
    }

    fn branch_label(self, branch: u32, mapping: Option<u32>) -> String {
        let site = self.resolve(branch);
        if let Some(title) = self.title(&site, false) {
            return title;
        }
        if let Some(constant) = self.constant(&site) {
            return unquote(self.0.value(constant)).into_owned();
        }
        if let (Some(mapping), Some(reference)) = (mapping, self.text(branch, "$ref")) {
            let tag = self
                .0
                .children(mapping)
                .find(|tag| self.string(*tag).as_ref() == Some(&reference));
            if let Some(tag) = tag {
                return unquote(self.0.raw_key(tag)).into_owned();
            }
        }
        // A union that contains itself would have an endless label.
        if self.branch_count(site.last()) > FEW || self.branches(site.last()).0.len() > 1 {
            return FieldKind::Union(Vec::new()).label().to_owned();
        }
        self.kind(&site).0.label().to_owned()
    }

    /// The tag's property and the node of the mapping from tags to references.
    pub(super) fn discriminator(self, union: u32) -> Option<(String, u32)> {
        let found = self.0.get(union, "discriminator")?;
        Some((
            self.text(found, "propertyName")?,
            self.0.get(found, "mapping").unwrap_or(found),
        ))
    }
}
