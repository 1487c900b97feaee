//! Stores each class once for all its events.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use crate::{Envelope, EventClass, EventKind};

/// Numbers of the classes for frames that have none.
pub(super) const UNDECODABLE: u32 = 0;
pub(super) const OVERSIZED: u32 = 1;
const OTHERS: u32 = 2;

/// How many classes are distinguished. A run has dozens; one that creates a class per event must not use all memory.
const MOST: usize = 64_000;

/// Further classes with a special meaning. A run's end and its prompts must be recognised regardless of the number of classes.
const RESERVED: usize = 1_000;
const RESERVED_BYTES: usize = 1024 * 1024;

/// How many bytes of a name are kept. Longer ones are shortened, with an ellipsis.
const NAME_BYTES: usize = 512;

/// How many ancestors of a class are kept, nearest first. The kind of a class is determined from all of them.
const ANCESTORS: usize = 32;

/// The memory of a class besides its names: its entry, and its entry in the map.
const ENTRY_BYTES: usize = 160;

#[derive(Debug)]
pub(super) struct Classes {
    list: Vec<Entry>,
    /// Numbers of the classes by their [`Key`].
    numbers: HashMap<Box<str>, u32>,
    /// A reused buffer.
    key: Key,
    /// The class of the latest event, which the next one often shares.
    last: u32,
    /// How many classes have events, and the kinds of these as bits.
    occurred: usize,
    kinds: u32,
    /// The memory of all classes in bytes, and its limit.
    bytes: usize,
    limit: usize,
}

#[derive(Debug)]
struct Entry {
    class: EventClass,
    kind: EventKind,
    /// Whether all names are complete.
    whole: bool,
    count: usize,
}

impl Classes {
    /// No classes. Classes beyond `limit` bytes are not distinguished.
    pub(super) fn new(limit: usize) -> Self {
        let special = |name, kind| Entry {
            class: EventClass::named(name),
            kind,
            whole: false,
            count: 0,
        };
        Self {
            list: vec![
                special("Undecodable", EventKind::Undecodable),
                special("Oversized", EventKind::Oversized),
                special("Other", EventKind::Plain),
            ],
            numbers: HashMap::new(),
            key: Key::default(),
            last: UNDECODABLE,
            occurred: 0,
            kinds: 0,
            bytes: 0,
            limit,
        }
    }

    /// Counts an event and returns the number of its class.
    pub(super) fn intern(&mut self, event: &Envelope<'_>) -> u32 {
        if self.last <= OTHERS || !self.is_last(event) {
            self.last = self.find(event);
        }
        self.count(self.last);
        self.last
    }

    pub(super) fn count(&mut self, number: u32) {
        if let Some(entry) = self.list.get_mut(number as usize) {
            self.occurred += usize::from(entry.count == 0);
            self.kinds |= 1 << entry.kind as u32;
            entry.count += 1;
        }
    }

    pub(super) fn kind(&self, number: u32) -> EventKind {
        self.entry(number).kind
    }

    pub(super) fn class(&self, number: u32) -> &EventClass {
        &self.entry(number).class
    }

    pub(super) fn counts(&self) -> impl Iterator<Item = (&EventClass, usize)> {
        self.list
            .iter()
            .filter(|entry| entry.count > 0)
            .map(|entry| (&entry.class, entry.count))
    }

    /// The length of [`counts`](Self::counts).
    pub(super) fn occurred(&self) -> usize {
        self.occurred
    }

    /// Whether an event of this kind occurred.
    pub(super) fn has(&self, kind: EventKind) -> bool {
        self.kinds & (1 << kind as u32) != 0
    }

    /// Bytes that the classes take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn entry(&self, number: u32) -> &Entry {
        // Numbers are only created here, and the list never shrinks.
        &self.list[number as usize]
    }

    fn find(&mut self, event: &Envelope<'_>) -> u32 {
        self.key.set(event);
        let key = self.key.text.as_str();
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let kind = event.kind();
        let (class, whole) = shortened(event);
        let bytes = bytes_of(&class) + key.len() + ENTRY_BYTES;
        let (most, limit) = if kind == EventKind::Plain {
            (MOST, self.limit)
        } else {
            (MOST + RESERVED, self.limit + RESERVED_BYTES)
        };
        if self.list.len() >= most || self.bytes + bytes > limit {
            return self.other(kind);
        }
        self.bytes += bytes;
        let key = key.into();
        self.add(key, class, kind, whole)
    }

    /// The common class of all further classes with this kind.
    fn other(&mut self, kind: EventKind) -> u32 {
        if kind == EventKind::Plain {
            return OTHERS;
        }
        let key = ["Other ", kind.as_str()].concat();
        match self.numbers.get(key.as_str()) {
            Some(number) => *number,
            None => self.add(key.into(), EventClass::named("Other"), kind, false),
        }
    }

    fn add(&mut self, key: Box<str>, class: EventClass, kind: EventKind, whole: bool) -> u32 {
        let number = self.list.len() as u32;
        self.numbers.insert(key, number);
        self.list.push(Entry {
            class,
            kind,
            whole,
            count: 0,
        });
        number
    }

    /// Whether the event has the class of the latest one, compared without building a key. Shortened names cannot be compared.
    fn is_last(&self, event: &Envelope<'_>) -> bool {
        let Entry { class, whole, .. } = self.entry(self.last);
        *whole
            && class.name == event.name
            && class.qualified_name.as_deref() == event.qualified_name.as_deref()
            && match (&class.types, &event.types) {
                (Some(known), Some(types)) => {
                    known.iter().map(String::as_str).eq(types.iter().map(Cow::as_ref))
                }
                (None, None) => true,
                _ => false,
            }
    }
}

/// A class as one text, equal only for equal classes.
#[derive(Debug, Default)]
struct Key {
    text: String,
}

impl Key {
    fn set(&mut self, event: &Envelope<'_>) {
        self.text.clear();
        self.part(&event.name);
        match &event.qualified_name {
            Some(name) => self.part(name),
            None => self.text.push('-'),
        }
        let Some(types) = &event.types else {
            self.text.push('-');
            return;
        };
        self.number(types.len() as u64);
        let (near, far) = types.split_at(types.len().min(ANCESTORS));
        near.iter().for_each(|name| self.part(name));
        if !far.is_empty() {
            self.number(hash_of(far));
        }
    }

    /// A name with its length before it, so that different lists of names have different texts. A long name is replaced by its hash.
    fn part(&mut self, name: &str) {
        self.number(name.len() as u64);
        let kept = beginning(name);
        self.text.push_str(kept);
        if kept.len() < name.len() {
            self.number(hash_of(name));
        }
    }

    fn number(&mut self, number: u64) {
        self.text.push_str(&number.to_string());
        self.text.push(':');
    }
}

fn hash_of(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The part of a name that is kept.
fn beginning(name: &str) -> &str {
    let mut end = name.len().min(NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.get(..end).unwrap_or(name)
}

/// The event's class with its kept names, and whether they are complete.
fn shortened(event: &Envelope<'_>) -> (EventClass, bool) {
    let whole = Cell::new(event.types.as_ref().is_none_or(|types| types.len() <= ANCESTORS));
    let short = |name: &Cow<'_, str>| {
        let kept = beginning(name);
        let is_whole = kept.len() == name.len();
        whole.set(whole.get() && is_whole);
        [kept, if is_whole { "" } else { "…" }].concat()
    };
    let class = EventClass {
        name: short(&event.name),
        types: event
            .types
            .as_ref()
            .map(|types| types.iter().take(ANCESTORS).map(short).collect()),
        qualified_name: event.qualified_name.as_ref().map(short),
    };
    (class, whole.get())
}

fn bytes_of(class: &EventClass) -> usize {
    let types = class.types.iter().flatten();
    let types: usize = types.map(|name| name.len() + size_of::<String>()).sum();
    class.name.len() + types + class.qualified_name.as_ref().map_or(0, String::len)
}
