//! A moment in words.

use workflow_inspector::text::count;
use workflow_ui_core::Events;

/// `Event 41 of 1 204: Progress`.
pub(super) fn position_text(events: &Events, row: Option<usize>) -> String {
    let all = count(events.len() as u64);
    let found = row.and_then(|row| events.with(row, |event| (row, event.class.name.clone())));
    match found {
        Some((row, class)) => format!("Event {} of {all}: {class}", count(row as u64 + 1)),
        None => format!("Before the first of {all} events"),
    }
}
