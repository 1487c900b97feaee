//! What is shown of an event, copied out of the log.

use super::refetch::Refetched;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsValue;
use workflow_inspector::text;
use workflow_protocol::{EventKind, EventRef};
use workflow_ui_core::Events;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Detail {
    sequence: u64,
    pub(super) class: String,
    types: Option<String>,
    qualified_class: Option<String>,
    pub(super) kind: EventKind,
    seen: Option<u64>,
    length: u64,
    pub(super) payload: Option<Arc<str>>,
    error: Option<String>,
}

impl Detail {
    fn new(event: &EventRef<'_>) -> Self {
        Self {
            sequence: event.sequence,
            class: event.class.name.clone(),
            types: event.class.types.as_ref().map(|types| types.join(", ")),
            qualified_class: event.class.qualified_name.clone(),
            kind: event.kind,
            seen: event.seen.map(|seen| seen.0),
            length: event.length,
            payload: event.value.map(Arc::from),
            error: event.error.map(str::to_owned),
        }
    }

    /// Whether the log has evicted the payload.
    fn is_evicted(&self) -> bool {
        self.payload.is_none() && self.kind != EventKind::Oversized
    }
}

/// A detail and the log that it was copied from.
#[derive(Clone, Debug, Default)]
pub(super) struct Copied {
    events: Events,
    pub(super) detail: Option<Arc<Detail>>,
}

impl Copied {
    /// Copies an event, unless `before` has it already: an event never changes, and its payload may be large.
    pub(super) fn update(before: Option<&Self>, sequence: u64, events: &Events) -> Self {
        let has_event = |before: &&Self| {
            let detail = before.detail.as_ref();
            detail.is_some_and(|detail| detail.sequence == sequence) && before.events.same_run(events)
        };
        match before.filter(has_event) {
            Some(before) => before.clone(),
            None => Self {
                events: events.clone(),
                detail: events.by_sequence(sequence, |event| Arc::new(Detail::new(&event))),
            },
        }
    }

    /// The log and the sequence of an event whose payload has to be fetched again.
    pub(super) fn evicted(&self) -> Option<(Events, u64)> {
        let detail = self.detail.as_deref().filter(|detail| detail.is_evicted())?;
        Some((self.events.clone(), detail.sequence))
    }
}

impl PartialEq for Copied {
    fn eq(&self, other: &Self) -> bool {
        self.detail == other.detail && self.events.same_run(&other.events)
    }
}

/// Why there is no payload to show.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Missing {
    /// There is one.
    Nothing,
    /// It is not there, in words.
    Words(&'static str),
    /// Fetching it again failed.
    Failure(String),
}

impl Missing {
    pub(super) fn new(detail: Option<&Detail>, refetched: Option<&Refetched>) -> Self {
        let Some(detail) = detail else {
            return Self::Words("This event has not arrived yet.");
        };
        if detail.payload.is_some() {
            return Self::Nothing;
        }
        if detail.kind == EventKind::Oversized {
            return Self::Words("The payload was larger than this page takes in, and was skipped.");
        }
        match refetched {
            None => Self::Words("Reading…"),
            Some(Ok(_)) => Self::Nothing,
            Some(Err(Some(error))) => Self::Failure(error.clone()),
            Some(Err(None)) => Self::Words(
                "The payload is no longer held here: newer events took its place. The server doesn't have it any more, either.",
            ),
        }
    }
}

/// What is known about the event beside its payload.
pub(super) fn facts(detail: &Detail) -> impl IntoView + use<> {
    let seen = detail
        .seen
        .map_or_else(|| "before this page watched".to_owned(), exact_time);
    let class = detail.qualified_class.as_ref().unwrap_or(&detail.class);
    let facts = [
        ("error", detail.error.clone()),
        ("class", Some(class.clone())),
        ("types", detail.types.clone()),
        ("seen", Some(seen)),
        ("size", Some(text::bytes(detail.length))),
    ];
    let rows = facts.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(view! {
            <dt>{name}</dt>
            <dd translate="no">{value}</dd>
        })
    });
    view! { <dl class="wf-event__facts">{rows.collect_view()}</dl> }
}

/// A moment as the user's locale writes it, to the millisecond.
pub(crate) fn exact_time(ms: u64) -> String {
    #[allow(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 have room to spare in a double"
    )]
    let date = js_sys::Date::new(&JsValue::from_f64(ms as f64));
    let time = String::from(date.to_locale_time_string("sv-SE"));
    format!("{time}.{:03}", ms % 1000)
}
