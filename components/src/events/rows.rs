//! Draws a row of the event list.

use crate::grid::{attribute, child};
use web_sys::{Element, HtmlElement};
use workflow_inspector::json::preview;
use workflow_inspector::text;
use workflow_protocol::{EventKind, EventRef, Time};

/// Characters of a payload in a row: more than fit into it on most screens.
const SHOWN: usize = 260;

/// Creates the cells of a row.
pub(crate) fn build(row: &HtmlElement) -> Vec<Element> {
    let mark = child(row, "span", "wf-events__bar-mark");
    attribute(&mark, "aria-hidden", Some("true"));
    let cell = |class: &str| {
        let cell = child(row, "span", class);
        attribute(&cell, "role", Some("gridcell"));
        Element::from(cell)
    };
    vec![
        cell("wf-events__seq"),
        cell("wf-events__class"),
        cell("wf-events__payload"),
        cell("wf-events__delta"),
    ]
}

/// Draws an event. `before` is when the event above was seen.
pub(crate) fn draw(row: &HtmlElement, cells: &[Element], event: &EventRef<'_>, before: Option<Time>) {
    let [sequence, class, payload, delta] = cells else {
        return;
    };
    let number = event.sequence.to_string();
    attribute(row, "data-seq", Some(&number));
    attribute(row, "data-type", Some(&event.class.name));
    attribute(row, "data-kind", Some(event.kind.as_str()));
    attribute(row, "data-hue", Some(hue(&event.class.name)));
    attribute(row, "data-loud", is_loud(event.kind).then_some(""));
    attribute(row, "data-soft", event.kind.is_internal().then_some(""));
    sequence.set_text_content(Some(&number));
    let name = &event.class.name;
    // A row has no room for more, and the layout of a megabyte is slow.
    let end = name.char_indices().nth(100).map_or(name.len(), |(at, _)| at);
    class.set_text_content(name.get(..end));
    payload.set_text_content(Some(&shown(event)));
    delta.set_text_content(Some(&since(event.seen, before)));
}

/// The start of the payload, or why there is none.
pub(crate) fn shown(event: &EventRef<'_>) -> String {
    match (event.value, event.error) {
        (Some(value), Some(error)) => [error, " · ", &preview(value, SHOWN)].concat(),
        (Some(value), None) => preview(value, SHOWN),
        (None, _) if event.kind == EventKind::Oversized => {
            [&text::bytes(event.length), ": beyond what this page takes in"].concat()
        }
        (None, _) => [&text::bytes(event.length), ", no longer held"].concat(),
    }
}

fn since(seen: Option<Time>, before: Option<Time>) -> String {
    match (seen, before) {
        (Some(seen), Some(before)) => ["+", &text::duration(seen.since(before))].concat(),
        _ => String::new(),
    }
}

const fn is_loud(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::InputRequired | EventKind::Undecodable | EventKind::Oversized
    ) || kind.is_terminal()
}

const fn digit(hue: u8) -> &'static str {
    match hue {
        0 => "0",
        1 => "1",
        2 => "2",
        3 => "3",
        4 => "4",
        5 => "5",
        6 => "6",
        _ => "7",
    }
}

/// The hue of a class, as in the attribute `data-hue`.
pub(crate) fn hue(class: &str) -> &'static str {
    digit(text::hue(class))
}
