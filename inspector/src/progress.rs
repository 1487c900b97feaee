//! The progress of a run, from its events.

use workflow_protocol::{EventClass, RawJson, fields};

/// Fields for the finished amount, the total, and a description, likeliest first.
const DONE: [&str; 7] = [
    "done",
    "completed",
    "current",
    "processed",
    "progress",
    "step",
    "page",
];
const TOTAL: [&str; 7] = ["total", "of", "max", "count", "steps", "pages", "size"];
const WORDS: [&str; 8] = [
    "note",
    "message",
    "msg",
    "text",
    "status",
    "label",
    "title",
    "description",
];

/// Which events report progress. Empty names mean the usual ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgressRule {
    /// The bare name of the class; empty for every class that has both numbers.
    pub class: String,
    /// The field with the finished amount.
    pub done: String,
    /// The field with the total.
    pub total: String,
    /// The field with a description.
    pub words: String,
}

/// The progress of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The finished amount and the total, as text of the event.
    pub numbers: Option<(String, String)>,
    /// The description; empty if there is none.
    pub words: String,
}

impl ProgressRule {
    /// The progress in an event; `None` if it reports none.
    ///
    /// ```
    /// use workflow_inspector::progress::ProgressRule;
    /// use workflow_protocol::EventClass;
    ///
    /// let class = EventClass { name: "Progress".into(), types: None, qualified_name: None };
    /// let progress = ProgressRule::default().read(&class, r#"{"done": 3, "total": 8, "note": "reading"}"#);
    /// let progress = progress.unwrap_or_default();
    /// assert_eq!(progress.numbers, Some(("3".to_owned(), "8".to_owned())));
    /// assert_eq!(progress.words, "reading");
    /// ```
    #[must_use]
    pub fn read(&self, class: &EventClass, value: &str) -> Option<Progress> {
        let named = !self.class.is_empty();
        if named && !class.is(&self.class) {
            return None;
        }
        // Events about progress are small; a payload of megabytes must not be read for every event.
        if value.len() > LARGEST {
            return None;
        }
        let fields = fields(value).ok()?;
        let done = find(&fields, &self.done, &DONE, number);
        let total = find(&fields, &self.total, &TOTAL, number);
        let words = find(&fields, &self.words, &WORDS, |value| {
            value.text().map(std::borrow::Cow::into_owned)
        });
        let numbers = match (done, total) {
            (Some(done), Some(total)) => Some((done, total)),
            _ if named => None,
            _ => return None,
        };
        let words = words.unwrap_or_default();
        Some(Progress { numbers, words })
    }
}

/// The maximum size of a payload that is read.
const LARGEST: usize = 64 * 1024;

fn find(
    fields: &[(String, RawJson)],
    name: &str,
    usual: &[&str],
    read: impl Fn(&RawJson) -> Option<String>,
) -> Option<String> {
    let get = |name: &str| {
        let (_, value) = fields.iter().find(|(key, _)| key == name)?;
        read(value)
    };
    if name.is_empty() {
        usual.iter().find_map(|name| get(name))
    } else {
        get(name)
    }
}

/// A number from 0, as text.
fn number(value: &RawJson) -> Option<String> {
    let text = value.as_str();
    text.starts_with(|first: char| first.is_ascii_digit())
        .then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Symptom: the page froze with each event after a payload of 60 MB. Cause: all of it was read for two numbers.
    #[test]
    fn large_payloads_are_not_read() {
        let text = "x".repeat(LARGEST);
        let value = ["{\"current\":2,\"total\":5,\"text\":\"", &text, "\"}"].concat();
        assert_eq!(ProgressRule::default().read(&class("X"), &value), None);
    }

    fn class(name: &str) -> EventClass {
        EventClass {
            name: name.to_owned(),
            types: Some(vec!["Base".to_owned()]),
            qualified_name: None,
        }
    }

    fn numbers(rule: &ProgressRule, name: &str, value: &str) -> Option<Option<(String, String)>> {
        rule.read(&class(name), value).map(|progress| progress.numbers)
    }

    #[test]
    fn without_a_class_both_numbers_must_be_there() {
        let any = ProgressRule::default();
        let both = Some(Some(("2".to_owned(), "5".to_owned())));
        assert_eq!(numbers(&any, "X", r#"{"current":2,"total":5}"#), both);
        assert_eq!(numbers(&any, "X", r#"{"done":2}"#), None, "of how many?");
        assert_eq!(
            numbers(&any, "X", r#"{"done":true,"total":"5"}"#),
            None,
            "no numbers"
        );
        assert_eq!(
            numbers(&any, "X", r#"{"done":-1,"total":5}"#),
            None,
            "below nothing"
        );
        assert_eq!(numbers(&any, "X", "[]"), None, "no fields");
    }

    #[test]
    fn a_named_class_may_have_only_a_description() {
        let rule = ProgressRule {
            class: "Base".into(),
            words: "what".into(),
            ..ProgressRule::default()
        };
        assert_eq!(numbers(&rule, "Derived", r#"{"what":"reading"}"#), Some(None));
        let progress = rule.read(&class("Derived"), r#"{"what":"reading","note":"no"}"#);
        assert_eq!(progress.unwrap_or_default().words, "reading", "the named field");
        let other = ProgressRule {
            class: "Other".into(),
            ..ProgressRule::default()
        };
        assert_eq!(
            numbers(&other, "Derived", r#"{"done":1,"total":2}"#),
            None,
            "another class"
        );
    }
}
