//! The comparable parts of a run: its events as step, class and content.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use workflow_protocol::{EventKind, EventRef, StepState};

/// How many names are distinguished; further ones share one name.
const MOST: usize = 1 << 16;

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// An event was published.
    Event,
    /// A step started with an event of the class.
    Started,
    /// A step returned an event of the class, or nothing.
    Returned,
    /// A step stopped without returning: it raised an exception, or waits for an answer.
    Stopped,
}

impl What {
    /// The word before a class.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Event => "",
            Self::Started => "takes",
            Self::Returned => "returns",
            Self::Stopped => "stops without returning",
        }
    }
}

/// One event of a run for the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailItem {
    /// The event's sequence, or its number if it has none.
    pub sequence: u64,
    /// Its kind.
    pub what: What,
    /// The step's name, see [`Trail::name`]; the empty name for published events.
    pub step: u32,
    /// The class's name, or the empty name.
    pub class: u32,
    content: Content,
    /// Whether several step executions were running: then the order of events is not significant.
    pub(super) side_by_side: bool,
}

impl TrailItem {
    /// Whether two events of one step and class have the same payload. If one of the payloads was evicted, their lengths decide.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self.content.hash, other.content.hash) {
            (Some(a), Some(b)) => a == b,
            _ => self.content.length == other.content.length,
        }
    }

    pub(super) fn content(&self) -> (Option<u64>, u64) {
        (self.content.hash, self.content.length)
    }
}

/// A payload, without its white space. `hash` is `None` if it was evicted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Content {
    hash: Option<u64>,
    length: u64,
}

/// The compared events of a run, in order.
#[derive(Clone, Debug)]
pub struct Trail {
    items: Vec<TrailItem>,
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    busy: usize,
    unread: usize,
}

impl Default for Trail {
    /// An empty trail.
    fn default() -> Self {
        let mut trail = Self {
            items: Vec::new(),
            names: Vec::new(),
            numbers: HashMap::new(),
            busy: 0,
            unread: 0,
        };
        trail.intern("");
        trail
    }
}

impl Trail {
    /// Handles the next event of the run, including internal ones.
    pub fn push(&mut self, event: &EventRef<'_>) {
        match event.kind {
            EventKind::StepState => {
                let Some(state) = event.value.and_then(StepState::parse) else {
                    self.unread += 1;
                    return;
                };
                if state.is_queued() {
                    return;
                }
                let (what, class) = if state.is_running() {
                    self.busy += 1;
                    (What::Started, state.input)
                } else if state.returned {
                    (What::Returned, state.output)
                } else {
                    (What::Stopped, None)
                };
                self.add(
                    event.sequence,
                    what,
                    &state.name,
                    &class.unwrap_or_default(),
                    Content::default(),
                );
                if what != What::Started {
                    self.busy = self.busy.saturating_sub(1);
                }
            }
            EventKind::Idle => {}
            _ => {
                self.unread += usize::from(event.value.is_none());
                let content = Content {
                    hash: event.value.map(hash),
                    length: event.length,
                };
                self.add(event.sequence, What::Event, "", &event.class.name, content);
            }
        }
    }

    fn add(&mut self, sequence: u64, what: What, step: &str, class: &str, content: Content) {
        let (step, class) = (self.intern(step), self.intern(class));
        self.items.push(TrailItem {
            sequence,
            what,
            step,
            class,
            content,
            side_by_side: self.busy > 1,
        });
    }

    fn intern(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        if self.names.len() >= MOST {
            return MOST as u32 - 1;
        }
        let number = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The compared events.
    pub fn items(&self) -> &[TrailItem] {
        &self.items
    }

    /// The name with this number.
    pub fn name(&self, name: u32) -> &str {
        self.names.get(name as usize).map_or("", String::as_str)
    }

    /// How many events had an evicted payload: only their lengths are compared, and nothing for steps.
    pub fn unread(&self) -> usize {
        self.unread
    }

    /// A description of an event: `write takes Draft`, or a class.
    pub fn label(&self, item: &TrailItem) -> String {
        let words = [self.name(item.step), item.what.words(), self.name(item.class)];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.join(" ")
    }
}

/// A hash of a JSON text without the white space between its tokens.
fn hash(json: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut rest = json.as_bytes();
    loop {
        // Up to the next string, then the string.
        let string = memchr::memchr(b'"', rest).unwrap_or(rest.len());
        let (before, tail) = rest.split_at(string);
        for token in before
            .split(u8::is_ascii_whitespace)
            .filter(|token| !token.is_empty())
        {
            hasher.write(token);
        }
        if tail.is_empty() {
            return hasher.finish();
        }
        let end = string_end(tail);
        let (string, tail) = tail.split_at(end);
        hasher.write(string);
        rest = tail;
    }
}

/// The end of the string at the start of a text.
fn string_end(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if text.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    text.len()
}
