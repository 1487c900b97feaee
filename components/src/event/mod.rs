//! One event in full: its class, its payload as a tree and as text, and what is known about it.

use crate::copy::CopyButton;
use crate::events::hue;
use crate::icon::{Icon, icon};
use crate::json_view::{JsonText, JsonTreeView};
use crate::theme::mount_style;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen::JsValue;
use workflow_inspector::text;
use workflow_protocol::{EventKind, EventRef};
use workflow_ui_core::Events;

const STYLE: &str = include_str!("event.css");

/// What the detail shows of an event, copied out of the log.
#[derive(Clone, Debug, PartialEq)]
struct Detail {
    sequence: u64,
    class: String,
    types: Option<String>,
    qualified: Option<String>,
    kind: EventKind,
    seen: Option<u64>,
    length: u64,
    payload: Option<Arc<str>>,
    error: Option<String>,
}

impl Detail {
    fn of(event: &EventRef<'_>) -> Self {
        Self {
            sequence: event.sequence,
            class: event.class.name.clone(),
            types: event.class.types.as_ref().map(|types| types.join(", ")),
            qualified: event.class.qualified_name.clone(),
            kind: event.kind,
            seen: event.seen.map(|seen| seen.0),
            length: event.length,
            payload: event.value.map(Arc::from),
            error: event.error.map(str::to_owned),
        }
    }
}

/// A detail and the log that it was copied from.
#[derive(Clone, Debug)]
struct Kept {
    events: Events,
    detail: Option<Arc<Detail>>,
}

impl Kept {
    fn holds(&self, sequence: u64, events: &Events) -> bool {
        self.detail.as_ref().is_some_and(|detail| detail.sequence == sequence) && self.events.same_run(events)
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.detail == other.detail
    }
}

/// One event of a run in full.
#[component]
pub fn EventDetail(
    /// The log.
    #[prop(into)]
    events: Signal<Events>,
    /// The event to show.
    #[prop(into)]
    sequence: Signal<u64>,
    /// Called by the close button and by Escape.
    on_close: Callback<()>,
) -> impl IntoView {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let kept = Memo::new(move |before: Option<&Kept>| {
        let sequence = sequence.get();
        events.with(|events| match before {
            // An event never changes: its payload is copied when it is first there, not with every event that arrives.
            Some(before) if before.holds(sequence, events) => before.clone(),
            _ => Kept { events: events.clone(), detail: events.by_sequence(sequence, |event| Arc::new(Detail::of(&event))) },
        })
    });
    let detail = Memo::new(move |_| kept.with(|kept| kept.detail.clone()));
    let as_text = RwSignal::new(false);
    let payload = Signal::derive(move || {
        detail.with(|detail| detail.as_ref().and_then(|detail| detail.payload.clone()).unwrap_or_else(|| Arc::from("")))
    });
    // Walking from event to event keeps the views and changes what they show.
    let missing = Memo::new(move |_| detail.with(|detail| missing(detail.as_deref())));
    let body = move || match missing.get() {
        Some(words) => view! { <p class="wf-empty">{words}</p> }.into_any(),
        None => payload_views(payload, as_text),
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            on_close.run(());
        }
    };
    let class = move || detail.with(|detail| detail.as_ref().map(|detail| detail.class.clone()).unwrap_or_default());
    view! {
        <section
            class="wf-event"
            data-part="event"
            role="region"
            aria-label="Event"
            data-seq=move || sequence.get()
            data-hue=move || hue(&class())
            on:keydown=on_key
        >
            <header class="wf-event__head">
                <span class="wf-event__seq">"#" {move || sequence.get()}</span>
                <h2 class="wf-event__class">{class}</h2>
                <CopyButton label="Copy" text=Callback::new(move |()| payload.with_untracked(|text| text.to_string())) />
                <button type="button" class="wf-button wf-button--plain wf-button--icon" aria-label="Close event" title="Close (Esc)" on:click=move |_| on_close.run(())>
                    {icon(Icon::Cross)}
                </button>
            </header>
            {body}
            {move || detail.get().map(|detail| facts(&detail))}
        </section>
    }
    .into_any()
}

/// Why there is no payload to show.
fn missing(detail: Option<&Detail>) -> Option<&'static str> {
    match detail {
        None => Some("This event has not arrived yet."),
        Some(detail) if detail.payload.is_some() => None,
        Some(detail) if detail.kind == EventKind::Oversized => {
            Some("The payload was larger than this page takes in, and was skipped.")
        }
        Some(_) => Some("The payload is no longer held here: newer events took its place."),
    }
}

fn payload_views(payload: Signal<Arc<str>>, as_text: RwSignal<bool>) -> AnyView {
    let button = move |label: &'static str, text: bool| {
        view! {
            <button type="button" class="wf-button wf-button--plain" aria-pressed=move || (as_text.get() == text).to_string() on:click=move |_| as_text.set(text)>
                {label}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="wf-event__bar" role="group" aria-label="Payload as">
            {button("Tree", false)}
            {button("Text", true)}
        </div>
        <div class="wf-run__panel" hidden=move || as_text.get()>
            <JsonTreeView label="Payload as a tree" text=payload />
        </div>
        <div class="wf-run__panel" hidden=move || !as_text.get()>
            <JsonText text=payload />
        </div>
    }
    .into_any()
}

fn facts(detail: &Detail) -> AnyView {
    let types = detail.types.clone();
    let seen = detail.seen.map_or_else(|| String::from("before this page watched"), exact_time);
    let row = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <dt>{name}</dt><dd>{value}</dd> }.into_any())
    };
    view! {
        <dl class="wf-event__facts">
            {row("error", detail.error.clone())}
            {row("class", detail.qualified.clone().or_else(|| Some(detail.class.clone())))}
            {row("types", types)}
            {row("seen", Some(seen))}
            {row("size", Some(text::bytes(detail.length)))}
        </dl>
    }
    .into_any()
}

/// A moment as the reader's locale writes it, to the millisecond.
pub(crate) fn exact_time(ms: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "milliseconds since 1970 have room to spare in a double")]
    let date = js_sys::Date::new(&JsValue::from_f64(ms as f64));
    let mut text = String::from(date.to_locale_time_string("sv-SE"));
    let millis = (1000 + ms % 1000).to_string();
    text.push('.');
    text.push_str(millis.get(1..).unwrap_or_default());
    text
}
