//! The fields of one JSON object, read one by one.

use std::borrow::Cow;

use super::members::Members;
use super::scan::scan_list;
use super::text_of;
use crate::{DecodeError, RawJson};

/// Reads the fields of an object. What is missing or `null` reads as nothing; the first field of another shape than asked for is
/// remembered, so that reading goes on without a way out at every field, and told by [`end`](Self::end).
pub(crate) struct Object<'a> {
    what: &'static str,
    text: &'a str,
    members: Members<'a>,
    wrong: Option<String>,
}

impl<'a> Object<'a> {
    /// `required` are the fields that must be there.
    pub(crate) fn read(what: &'static str, text: &'a str, required: &[&str]) -> Result<Self, DecodeError> {
        let mut object = Self {
            what,
            text,
            members: Members::decode(what, text)?,
            wrong: None,
        };
        for name in required {
            if object.get(name).is_none() {
                object.refuse(&["missing field `", name, "`"]);
            }
        }
        Ok(object)
    }

    /// The raw text of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.members.get(name).filter(|value| *value != "null")
    }

    pub(crate) fn json(&self, name: &str) -> Option<RawJson> {
        self.get(name).map(RawJson::checked)
    }

    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        let text = text_of(value).map(Cow::into_owned);
        self.shaped(name, "a string", text)
    }

    /// A string, empty for nothing.
    pub(crate) fn word(&mut self, name: &str) -> String {
        self.text(name).unwrap_or_default()
    }

    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let flag = match self.get(name) {
            None | Some("false") => Some(false),
            Some("true") => Some(true),
            Some(_) => None,
        };
        self.shaped(name, "a boolean", flag).unwrap_or_default()
    }

    /// A number from 0 without a fraction.
    pub(crate) fn number(&mut self, name: &str) -> Option<u64> {
        let number = self.get(name)?.parse().ok();
        self.shaped(name, "a whole number", number)
    }

    /// The raw texts of a list's elements.
    pub(crate) fn list(&mut self, name: &str) -> Vec<&'a str> {
        let list = match self.get(name) {
            None => Some(Vec::new()),
            Some(list) => scan_list(list),
        };
        self.shaped(name, "a list", list).unwrap_or_default()
    }

    /// A list of strings.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
        let list = self.list(name).into_iter();
        let texts = list.map(|text| text_of(text).map(Cow::into_owned)).collect();
        self.shaped::<Vec<String>>(name, "a list of strings", texts)
            .unwrap_or_default()
    }

    /// What was made of the fields, unless one had another shape.
    pub(crate) fn end<T>(self, value: T) -> Result<T, DecodeError> {
        match self.wrong {
            None => Ok(value),
            Some(wrong) => Err(DecodeError::new(self.what, wrong, self.text)),
        }
    }

    fn shaped<T>(&mut self, name: &str, shape: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.refuse(&["`", name, "` is not ", shape]);
        }
        value
    }

    fn refuse(&mut self, words: &[&str]) {
        if self.wrong.is_none() {
            self.wrong = Some(words.concat());
        }
    }
}
