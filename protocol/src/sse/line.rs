//! One line that arrives in pieces. Stores only what its field needs.

use std::borrow::Cow;

/// How many bytes of a comment are kept, and the maximum length of an id or an event's name.
const KEPT: usize = 1024;
/// The longest name of a known field.
const NAME: usize = 5;

/// The kind of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Field {
    /// Not known yet: inside its name.
    #[default]
    Name,
    Comment,
    Data,
    Event,
    Id,
    Retry,
    Ignored,
}

#[derive(Debug, Default)]
pub(super) struct Line {
    field: Field,
    /// The incomplete name; then the value of a comment, a name or an id.
    stored: Vec<u8>,
    /// The value was longer than the stored part.
    cut: bool,
    /// No part of the value was read yet, so one space is still to be skipped.
    at_value: bool,
    /// `enters_value` was not called yet.
    entered: bool,
    number: Number,
}

/// The value of `retry`: any number of digits.
#[derive(Clone, Copy, Debug, Default)]
enum Number {
    #[default]
    None,
    Digits(u64),
    Other,
}

impl Line {
    /// The rest of a line that is known to be no field.
    pub(super) fn ignored() -> Self {
        Self {
            field: Field::Ignored,
            ..Self::default()
        }
    }

    /// Whether nothing of the line was read.
    pub(super) fn is_empty(&self) -> bool {
        self.field == Field::Name && self.stored.is_empty()
    }

    pub(super) fn field(&self) -> Field {
        self.field
    }

    /// True once, when the value starts.
    pub(super) fn enters_value(&mut self) -> bool {
        std::mem::take(&mut self.entered)
    }

    pub(super) fn clear(&mut self) {
        self.field = Field::Name;
        self.stored.clear();
        self.cut = false;
        self.at_value = false;
        self.entered = false;
        self.number = Number::None;
    }

    /// Reads a piece without line ends. Returns the part that belongs to the value; data is not stored here.
    pub(super) fn take<'b>(&mut self, piece: &'b [u8]) -> &'b [u8] {
        let mut value = piece;
        if self.field == Field::Name {
            let unseen = NAME + 1 - self.stored.len().min(NAME);
            let head = piece.get(..unseen).unwrap_or(piece);
            match head.iter().position(|byte| *byte == b':') {
                Some(colon) => {
                    self.stored
                        .extend_from_slice(head.get(..colon).unwrap_or_default());
                    self.name_ends();
                    value = piece.get(colon + 1..).unwrap_or_default();
                }
                None if self.stored.len() + head.len() > NAME => {
                    self.stored.clear();
                    self.field = Field::Ignored;
                }
                None => {
                    self.stored.extend_from_slice(head);
                    return &[];
                }
            }
        }
        if self.at_value && !value.is_empty() {
            self.at_value = false;
            value = value.strip_prefix(b" ").unwrap_or(value);
        }
        match self.field {
            Field::Comment | Field::Event | Field::Id => self.store(value),
            Field::Retry => self.number = value.iter().fold(self.number, |number, byte| number.with(*byte)),
            Field::Name | Field::Data | Field::Ignored => {}
        }
        value
    }

    /// Ends the line, which may have no colon.
    pub(super) fn end(&mut self) -> Field {
        if self.field == Field::Name {
            self.name_ends();
        }
        self.field
    }

    fn name_ends(&mut self) {
        self.field = match self.stored.as_slice() {
            b"" => Field::Comment,
            b"data" => Field::Data,
            b"event" => Field::Event,
            b"id" => Field::Id,
            b"retry" => Field::Retry,
            _ => Field::Ignored,
        };
        self.stored.clear();
        self.at_value = true;
        self.entered = true;
    }

    fn store(&mut self, value: &[u8]) {
        let room = KEPT - self.stored.len().min(KEPT);
        self.cut |= value.len() > room;
        self.stored.extend_from_slice(value.get(..room).unwrap_or(value));
    }

    /// Writes the value of an id or a name, unless it must be ignored. An id with a NUL is ignored.
    pub(super) fn value_into(&self, target: &mut String) {
        if self.cut || (self.field == Field::Id && self.stored.contains(&0)) {
            return;
        }
        target.clear();
        target.push_str(&super::lossy(&self.stored));
    }

    pub(super) fn comment(&self) -> Cow<'_, str> {
        let mut kept = self.stored.as_slice();
        if self.cut {
            // The cut may be inside a character, which is not an error of the stream.
            let whole = kept
                .utf8_chunks()
                .last()
                .filter(|last| is_beginning(last.invalid()));
            kept = whole
                .and_then(|last| kept.get(..kept.len() - last.invalid().len()))
                .unwrap_or(kept);
        }
        super::lossy(kept)
    }

    pub(super) fn number(&self) -> Option<u64> {
        match self.number {
            Number::Digits(number) => Some(number),
            Number::None | Number::Other => None,
        }
    }
}

/// Whether the last bytes are an incomplete character, not an invalid one.
fn is_beginning(bytes: &[u8]) -> bool {
    !bytes.is_empty() && std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

impl Number {
    fn with(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::None, b'0'..=b'9') => Self::Digits(u64::from(byte - b'0')),
            (Self::Digits(number), b'0'..=b'9') => {
                Self::Digits(number.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
            }
            _ => Self::Other,
        }
    }
}
