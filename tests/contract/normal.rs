//! Removes the parts of responses that differ between two servers.

use std::collections::BTreeMap;

use workflow_tests::Answer;

#[path = "../../server/tests/server/normal.rs"]
mod shared;

pub(crate) use shared::normal_json;

/// A response without the parts that differ: ids, times and error texts.
pub(crate) fn normal(answer: &Answer, ids: &BTreeMap<&'static str, String>) -> String {
    let body = ids
        .iter()
        .fold(shared::normal_body(&answer.body), |text, (name, id)| {
            text.replace(id, &format!("<{name}>"))
        });
    // The real server sends a type and a body with a status that has no content; its HTTP library fails on it.
    let content_type = if answer.status == 204 {
        ""
    } else {
        &answer.content_type
    };
    format!("{} {content_type} {body}", answer.status)
}

/// The position where two responses differ, with the surrounding text.
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
