//! Each class once, however many events have it.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash, Hasher};

use crate::{Envelope, EventClass, EventKind};

/// Numbers of the classes that stand for frames without one.
pub(super) const UNDECODABLE: u32 = 0;
pub(super) const OVERSIZED: u32 = 1;
const OTHERS: u32 = 2;

/// Classes that are told apart. A run has dozens; one that invents a class per event must not take all memory.
const MOST: usize = 65_536;

/// Lists of classes that are searched one by one. The hash has a seed, so nobody can fill a single one.
const BUCKETS: usize = 256;

#[derive(Debug)]
pub(super) struct Classes {
    list: Vec<Entry>,
    /// Numbers of the classes by the last bits of their hash.
    numbers: Vec<Vec<u32>>,
    hasher: RandomState,
    /// The class of the last event, which the next one often has too.
    last: u32,
}

#[derive(Debug)]
struct Entry {
    class: EventClass,
    kind: EventKind,
    count: usize,
}

impl Default for Classes {
    fn default() -> Self {
        let special = |name, kind| Entry {
            class: EventClass::named(name),
            kind,
            count: 0,
        };
        Self {
            list: vec![
                special("Undecodable", EventKind::Undecodable),
                special("Oversized", EventKind::Oversized),
                special("Other", EventKind::Plain),
            ],
            numbers: vec![Vec::new(); BUCKETS],
            hasher: RandomState::new(),
            last: UNDECODABLE,
        }
    }
}

impl Classes {
    /// The number of an event's class, and one more event of it.
    pub(super) fn intern(&mut self, event: &Envelope<'_>) -> u32 {
        if self.last <= OTHERS || !self.is(self.last, event) {
            self.last = self.find(event);
        }
        self.count(self.last);
        self.last
    }

    pub(super) fn count(&mut self, number: u32) {
        if let Some(entry) = self.list.get_mut(number as usize) {
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

    fn entry(&self, number: u32) -> &Entry {
        // Numbers are only made here, and the list never shrinks.
        &self.list[number as usize]
    }

    fn find(&mut self, event: &Envelope<'_>) -> u32 {
        let bucket = self.hash(event) as usize % BUCKETS;
        let known = self.numbers.get(bucket).into_iter().flatten();
        if let Some(number) = known.copied().find(|number| self.is(*number, event)) {
            return number;
        }
        if self.list.len() >= MOST {
            return OTHERS;
        }
        let number = self.list.len() as u32;
        self.list.push(Entry {
            class: event.class(),
            kind: event.kind(),
            count: 0,
        });
        if let Some(numbers) = self.numbers.get_mut(bucket) {
            numbers.push(number);
        }
        number
    }

    fn hash(&self, event: &Envelope<'_>) -> u64 {
        let mut state = self.hasher.build_hasher();
        event.name.hash(&mut state);
        event.types.hash(&mut state);
        event.qualified_name.hash(&mut state);
        state.finish()
    }

    fn is(&self, number: u32, event: &Envelope<'_>) -> bool {
        let class = self.class(number);
        class.name == event.name
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
