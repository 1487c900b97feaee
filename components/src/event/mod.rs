//! One event in full: its class, its payload as a tree and as text, and what is known about it.

mod evicted;

use crate::copy::copy_button;
use crate::dom::key_press;
use crate::events::hue;
use crate::icon::{Icon, icon};
use crate::json_view::{Document, document, search_bar, text_view, tree_view};
use crate::reactive::*;
use crate::theme::mount_style;
use crate::ui::View;
use crate::ui::{Call, El, Live, Var, button, div, dynamic, el, memo, memo_with, span};
use crate::work::{Work, work_bar};
use leptos::prelude::{IntoView, component};
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

    /// Has the log let go of the payload?
    fn is_evicted(&self) -> bool {
        self.payload.is_none() && self.kind != EventKind::Oversized
    }
}

/// A detail and the log that it was copied from.
#[derive(Clone, Debug, Default)]
struct Kept {
    events: Events,
    detail: Option<Arc<Detail>>,
}

impl Kept {
    fn holds(&self, sequence: u64, events: &Events) -> bool {
        self.detail
            .as_ref()
            .is_some_and(|detail| detail.sequence == sequence)
            && self.events.same_run(events)
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.detail == other.detail && self.events.same_run(&other.events)
    }
}

/// One event of a run in full.
///
/// Give it a height: it fills what its container, a flex column, leaves.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::event::EventDetail;
/// use workflow_ui_components::events::EventList;
/// use workflow_ui_components::ui::Call;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Log(id: Signal<String>) -> impl IntoView {
///     let events = use_workflow_handler(id, true).events;
///     let opened = RwSignal::new(None::<u64>);
///     view! {
///         <EventList events selected=opened on_select=Call::new(move |event| opened.set(Some(event))) />
///         <Show when=move || opened.get().is_some()>
///             <EventDetail
///                 events
///                 sequence=Signal::derive(move || opened.get().unwrap_or_default())
///                 on_close=Call::new(move |()| opened.set(None))
///             />
///         </Show>
///     }
/// }
/// ```
#[component]
pub fn EventDetail(
    /// The log.
    #[prop(into)]
    events: Signal<Events>,
    /// The event to show.
    #[prop(into)]
    sequence: Live<u64>,
    /// Called by the close button and by Escape.
    #[prop(into)]
    on_close: Call<()>,
) -> impl IntoView {
    View::from(event_detail(events.into(), sequence, on_close))
}

/// [`EventDetail`] as an element.
pub fn event_detail(events: Reading<Events>, sequence: Live<u64>, on_close: Call<()>) -> El {
    mount_style(crate::icon::STYLE);
    mount_style(STYLE);
    let kept = memo_with(move |before: Option<&Kept>| {
        let sequence = sequence.get();
        events.with(|events| match before {
            // An event never changes: its payload is copied when it is first there, not with every event that arrives.
            Some(before) if before.holds(sequence, events) => before.clone(),
            _ => Kept {
                events: events.clone(),
                detail: events.by_sequence(sequence, |event| Arc::new(Detail::of(&event))),
            },
        })
    });
    let as_text = Var::new(false);
    // The log lets go of the oldest payloads; the server may still have them.
    let again = Var::new(());
    let fetched = evicted::fetched(
        move || {
            kept.with(|kept| {
                let detail = kept.detail.as_deref().filter(|detail| detail.is_evicted())?;
                Some((kept.events.clone(), detail.sequence))
            })
        },
        again,
    );
    let payload = memo(move || {
        let held = kept.with(|kept| kept.detail.as_ref().and_then(|detail| detail.payload.clone()));
        held.or_else(|| fetched.with(|fetched| fetched.as_ref()?.as_ref().ok().cloned()))
            .unwrap_or_default()
    });
    // A tree shows what is JSON; what isn't is shown as it came.
    let raw = memo(move || {
        let broken = kept.with(|kept| {
            let kind = kept.detail.as_ref().map(|detail| detail.kind);
            kind == Some(EventKind::Undecodable)
        });
        broken.then(|| payload.get())
    });
    // Walking from event to event keeps the views and changes what they show.
    let missing = memo(move || {
        kept.with(|kept| fetched.with(|fetched| missing(kept.detail.as_deref(), fetched.as_ref())))
    });
    let body = dynamic(move || match missing.get() {
        Missing::Nothing => payload_views(payload, raw, as_text),
        Missing::Words(words) => vec![el("p").class("wf-empty").text(words)],
        Missing::Failure(words) => vec![
            el("p")
                .class("wf-empty wf-error")
                .attr("role", "alert")
                .text("The payload is no longer held here, and fetching it again failed: ")
                .text(words)
                .text(" ")
                .child(
                    button("wf-link")
                        .text("Try again")
                        .on("click", move |_| again.set(())),
                ),
        ],
    });
    let on_key = move |event: web_sys::Event| {
        if key_press(&event).is_some_and(|key| key.key() == "Escape") {
            event.prevent_default();
            event.stop_propagation();
            on_close.run(());
        }
    };
    let class = move || {
        kept.with(|kept| {
            kept.detail
                .as_ref()
                .map(|detail| detail.class.clone())
                .unwrap_or_default()
        })
    };
    let close = button("wf-button wf-button--plain wf-button--icon")
        .attr("aria-label", "Close event")
        .attr("title", "Close (Esc)")
        .child(icon(Icon::Cross))
        .on("click", move |_| on_close.run(()));
    let head = el("header")
        .class("wf-event__head")
        .child(span("wf-event__seq").text("#").text(move || sequence.get()))
        .child(el("h2").class("wf-event__class").text(class))
        .child(copy_button("Copy", "Copy", Icon::Copy, move || {
            payload.peek_with(|text| text.to_string())
        }))
        .child(close);
    el("section")
        .class("wf-event")
        .attr("data-part", "event")
        .attr("role", "region")
        .attr("aria-label", "Event")
        .attr("data-seq", move || sequence.get())
        .attr("data-hue", move || hue(&class()))
        .on("keydown", on_key)
        .child(head)
        .child(body)
        .child(dynamic(move || {
            kept.with(|kept| kept.detail.as_deref().map(facts))
        }))
}

/// Why there is no payload to show.
#[derive(Clone, Debug, Default, PartialEq)]
enum Missing {
    /// It is there.
    #[default]
    Nothing,
    Words(&'static str),
    /// It could not be fetched again.
    Failure(String),
}

fn missing(detail: Option<&Detail>, fetched: Option<&evicted::Fetched>) -> Missing {
    let words = match detail {
        None => "This event has not arrived yet.",
        Some(detail) if detail.payload.is_some() => return Missing::Nothing,
        Some(detail) if detail.kind == EventKind::Oversized => {
            "The payload was larger than this page takes in, and was skipped."
        }
        Some(_) => match fetched {
            None => "Reading…",
            Some(Ok(_)) => return Missing::Nothing,
            Some(Err(Some(words))) => return Missing::Failure(words.clone()),
            Some(Err(None)) => {
                "The payload is no longer held here: newer events took its place. The server doesn't have it any more, either."
            }
        },
    };
    Missing::Words(words)
}

fn payload_views(payload: Live<Arc<str>>, raw: Live<Option<Arc<str>>>, as_text: Var<bool>) -> Vec<El> {
    let choice = move |label: &'static str, text: bool| {
        button("wf-button wf-button--plain")
            .attr("aria-pressed", move || as_text.get() == text)
            .text(label)
            .on("click", move |_| as_text.set(text))
    };
    let work = Work::new();
    let document = document(payload, work);
    let views = div("wf-event__views")
        .attr("role", "group")
        .attr("aria-label", "Payload as")
        .child(choice("Tree", false))
        .child(choice("Text", true));
    let value = copy_active("Copy value", "Value", document, Document::value);
    let copy = value.first().cloned();
    let bar = div("wf-event__bar")
        .child(views)
        .child(value)
        .child(copy_active("Copy path", "Path", document, Document::path))
        .child(search_bar(&document, "Search in event"));
    let text = text_view(&document);
    let tree = tree_view(&document, "Payload as a tree").on("keydown", move |event| {
        if is_copy(&event)
            && let Some(copy) = copy
                .as_ref()
                .filter(|copy| !copy.node().has_attribute("disabled"))
        {
            event.prevent_default();
            copy.node().click();
        }
    });
    vec![
        bar,
        work_bar(work, "Reading the payload"),
        div("wf-run__panel")
            .flag("hidden", move || as_text.get())
            .child(raw_text(raw))
            .child(tree),
        div("wf-run__panel")
            .flag("hidden", move || !as_text.get())
            .child(text),
    ]
}

/// All of the text of an event that could not be decoded.
fn raw_text(raw: Live<Option<Arc<str>>>) -> El {
    el("pre")
        .class("wf-event__raw")
        .attr("role", "region")
        .attr("aria-label", "Text of the frame")
        .attr("tabindex", "0")
        .flag("hidden", move || raw.with(Option::is_none))
        .text(move || raw.with(|raw| raw.as_deref().unwrap_or_default().to_owned()))
}

/// A button that copies something of the tree's active row, while there is one.
fn copy_active(
    label: &'static str,
    words: &'static str,
    document: Document,
    what: fn(Document) -> String,
) -> Vec<El> {
    let active = document.has_active_row();
    let made = copy_button(label, words, Icon::Copy, move || what(document));
    if let Some(button) = made.first() {
        let _ = button.clone().flag("disabled", move || !active.get());
    }
    made
}

/// Are these the keys that copy, and has nothing been selected that they would copy by themselves?
fn is_copy(event: &web_sys::Event) -> bool {
    key_press(event).is_some_and(|event| {
        event.key() == "c"
            && (event.ctrl_key() || event.meta_key())
            && !event.alt_key()
            && crate::copy::selected_text().is_empty()
    })
}

fn facts(detail: &Detail) -> El {
    let seen = detail
        .seen
        .map_or_else(|| String::from("before this page watched"), exact_time);
    let rows = [
        ("error", detail.error.clone()),
        (
            "class",
            detail.qualified.clone().or_else(|| Some(detail.class.clone())),
        ),
        ("types", detail.types.clone()),
        ("seen", Some(seen)),
        ("size", Some(text::bytes(detail.length))),
    ];
    let mut list = el("dl").class("wf-event__facts");
    for (name, value) in rows {
        if let Some(value) = value {
            list = list.child(el("dt").text(name)).child(el("dd").text(value));
        }
    }
    list
}

/// A moment as the reader's locale writes it, to the millisecond.
pub(crate) fn exact_time(ms: u64) -> String {
    #[allow(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 have room to spare in a double"
    )]
    let date = js_sys::Date::new(&JsValue::from_f64(ms as f64));
    let mut text = String::from(date.to_locale_time_string("sv-SE"));
    let millis = (1000 + ms % 1000).to_string();
    text.push('.');
    text.push_str(millis.get(1..).unwrap_or_default());
    text
}
