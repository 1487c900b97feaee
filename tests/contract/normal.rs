//! Removes the parts of answers that differ between two servers.

use std::collections::BTreeMap;

use workflow_tests::Answer;

#[path = "../../server/tests/server/normal.rs"]
mod shared;

pub(crate) use shared::normal_json;

/// An answer without what must differ: ids, times and the prose of errors.
pub(crate) fn normal(answer: &Answer, ids: &BTreeMap<&'static str, String>) -> String {
    let body = ids
        .iter()
        .fold(shared::normal_body(&answer.body), |text, (name, id)| {
            text.replace(id, &format!("<{name}>"))
        });
    // The real server attaches a type, and a body, to what has no content; its HTTP library breaks over it.
    let content_type = if answer.status == 204 {
        ""
    } else {
        &answer.content_type
    };
    format!("{} {content_type} {body}", answer.status)
}

/// Where two answers part, with some words before and after.
pub(crate) fn difference(embedded: &str, real: &str) -> String {
    let same = embedded
        .chars()
        .zip(real.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let part = |text: &str| {
        text.chars()
            .skip(same.saturating_sub(100))
            .take(300)
            .collect::<String>()
    };
    format!("  embedded: …{}\n  real:     …{}", part(embedded), part(real))
}
