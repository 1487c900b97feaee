//! One event: its class, its facts, and its payload as a tree and as text.

mod detail;
mod payload;
mod refetch;

use crate::copy::CopyButton;
use crate::dom::key_press;
use crate::events::hue;
use crate::icon::{Icon, IconView};
use crate::theme::mount_style;
use crate::watched::events_or_watch;
pub(crate) use detail::exact_time;
use detail::{Copied, Missing, facts};
use leptos::prelude::*;
use payload::PayloadViews;
use refetch::use_refetched;
use web_sys::KeyboardEvent;
use workflow_protocol::{EventKind, field_str};
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

const STYLE: &str = include_str!("event.css");

/// How many bytes of a payload are searched for a run.
const SEARCHED: usize = 1 << 20;

/// One event of a run with its whole payload.
///
/// Give it a height: it fills what its container, a flex column, leaves. A payload that the page no longer holds is fetched again.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::event::EventDetail;
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn First(id: Signal<Option<String>>) -> impl IntoView {
///     let run = use_workflow_handler(id, true);
///     let is_open = RwSignal::new(true);
///     view! {
///         <Show when=move || is_open.get()>
///             <EventDetail run sequence=0 on_close=move |()| is_open.set(false) />
///         </Show>
///     }
/// }
/// ```
#[component]
pub fn EventDetail(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The events, without a `run`.
    #[prop(optional, into)]
    events: Option<Signal<Events>>,
    /// The handler whose run is watched without `run` and `events`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// The sequence of the event.
    #[prop(into)]
    sequence: Signal<u64>,
    /// Called by the close button and by Escape.
    #[prop(into)]
    on_close: Callback<()>,
    /// Offers to open another run, which the event names in a field `handler_id`. Called with that id. Defaults to no such button.
    #[prop(optional, into)]
    on_run: Option<Callback<String>>,
) -> impl IntoView {
    mount_style(STYLE);
    let own = run.map_or(handler_id, |run| run.handler_id);
    let events = events_or_watch(run, events, handler_id);
    let copied = Memo::new(move |before: Option<&Copied>| {
        events.with(|events| Copied::update(before, sequence.get(), events))
    });
    let retry = RwSignal::new(());
    let refetched = use_refetched(move || copied.with(Copied::evicted), retry);
    let payload = Memo::new(move |_| {
        let copied = copied.with(|copied| copied.detail.as_ref()?.payload.clone());
        copied
            .or_else(|| refetched.with(|refetched| refetched.as_ref()?.as_ref().ok().cloned()))
            .unwrap_or_default()
    });
    // A tree shows what is JSON. Anything else is shown as it came.
    let raw = Memo::new(move |_| {
        let kind = copied.with(|copied| Some(copied.detail.as_ref()?.kind));
        (kind == Some(EventKind::Undecodable)).then(|| payload.get())
    });
    let missing = Memo::new(move |_| {
        copied.with(|copied| {
            refetched.with(|refetched| Missing::new(copied.detail.as_deref(), refetched.as_ref()))
        })
    });
    let class = Memo::new(move |_| {
        copied.with(|copied| {
            copied
                .detail
                .as_ref()
                .map(|detail| detail.class.clone())
                .unwrap_or_default()
        })
    });
    let as_text = RwSignal::new(false);
    let body = move || match missing.get() {
        Missing::Nothing => view! { <PayloadViews payload raw as_text /> }.into_any(),
        Missing::Words(words) => view! { <p class="wf-empty">{words}</p> }.into_any(),
        Missing::Failure(error) => view! { <RefetchFailure error retry /> }.into_any(),
    };
    let named = Memo::new(move |_| {
        on_run?;
        let named = payload.with(|text| {
            let is_small = text.len() <= SEARCHED;
            is_small.then(|| field_str(text, "handler_id")).flatten()
        });
        named.filter(|id| !id.is_empty() && own.with(|own| own.as_ref() != Some(id)))
    });
    let run_link = move || {
        let (on_run, id) = (on_run?, named.get()?);
        Some(view! { <RunLink id on_run /> })
    };
    let close_on_escape = move |event: KeyboardEvent| {
        if key_press(&event).is_some_and(|key| key.key() == "Escape") {
            event.prevent_default();
            event.stop_propagation();
            on_close.run(());
        }
    };
    view! {
        <section
            class="wf-event"
            data-part="event"
            part="event"
            role="region"
            aria-label="Event"
            data-seq=sequence
            data-hue=move || class.with(|class| hue(class))
            on:keydown=close_on_escape
        >
            <header class="wf-event__head">
                <span class="wf-event__seq" translate="no">
                    "#"
                    {sequence}
                </span>
                <h2 class="wf-event__class" translate="no">
                    {class}
                </h2>
                <CopyButton label="Copy" text="Copy" value=move || payload.with(|text| text.to_string()) />
                <button
                    type="button"
                    class="wf-button wf-button--plain wf-button--icon"
                    aria-label="Close event"
                    title="Close (Esc)"
                    on:click=move |_| on_close.run(())
                >
                    <IconView icon=Icon::Cross />
                </button>
            </header>
            {run_link}
            {body}
            {move || copied.with(|copied| copied.detail.as_deref().map(facts))}
        </section>
    }
}

/// Opens the run that an event names.
#[component]
fn RunLink(id: String, on_run: Callback<String>) -> impl IntoView {
    let name = id.clone();
    view! {
        <p class="wf-event__run">
            <button
                type="button"
                class="wf-link"
                data-part="named-run"
                part="named-run"
                translate="no"
                on:click=move |_| on_run.run(id.clone())
            >
                {format!("Open run {name}")}
            </button>
        </p>
    }
}

#[component]
fn RefetchFailure(error: String, retry: RwSignal<()>) -> impl IntoView {
    view! {
        <p class="wf-empty wf-error" role="alert">
            "The payload is no longer held here, and fetching it again failed: "
            {error}
            " "
            <button type="button" class="wf-link" on:click=move |_| retry.set(())>
                "Try again"
            </button>
        </p>
    }
}
