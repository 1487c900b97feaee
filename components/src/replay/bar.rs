//! The bar that chooses the moment of a replay.

use super::STYLE;
use super::controls::{Controls, Slider};
use super::position::position_text;
use super::state::Replay;
use super::view::{ReplayView, Then, fold_until};
use crate::dom::{focus_first, key_press};
use crate::status::StatusPill;
use crate::theme::mount_style;
use crate::timeline::StepFold;
use crate::watched::run_or_watch;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;
use workflow_inspector::text::count;
use workflow_protocol::RunStatus;
use workflow_ui_core::UseWorkflowHandlerReturn;

/// A bar that moves over the events of a run: by slider and arrow keys, from step to step with `,` and `.`, or by itself. Nothing while
/// the replay is not open.
///
/// [`RunView`](crate::run::RunView) has one. Beside views of your own, give them the moment:
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::events::EventList;
/// use workflow_ui_components::graph::RunGraph;
/// use workflow_ui_components::replay::{Replay, ReplayBar};
/// use workflow_ui_core::use_workflow_handler;
///
/// #[component]
/// fn Recorded(#[prop(into)] id: Signal<Option<String>>) -> impl IntoView {
///     let run = use_workflow_handler(id, true);
///     let replay = Replay::new();
///     view! {
///         <button on:click=move |_| replay.toggle()>"Replay"</button>
///         <ReplayBar run replay />
///         <RunGraph run at=replay.at />
///         <EventList run at=replay.at />
///     }
/// }
/// ```
#[component]
pub fn ReplayBar(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// The moment that is shown.
    replay: Replay,
) -> impl IntoView {
    let run = run_or_watch(run, handler_id);
    let (fold, _) = StepFold::of_run(run, replay.is_open().into(), fold_until(run, replay));
    let view = ReplayView::new(run, replay, &fold);
    view! { <Bar view /> }
}

/// The bar of a replay.
#[component]
pub(crate) fn Bar(view: ReplayView) -> impl IntoView {
    mount_style(STYLE);
    let is_open = view.replay.is_open();
    view! {
        <Show when=move || is_open.get()>
            <OpenBar view />
        </Show>
    }
}

#[component]
fn OpenBar(view: ReplayView) -> impl IntoView {
    let replay = view.replay;
    on_cleanup(move || {
        replay.playing.try_set(false);
    });
    let on_key = move |event: ev::KeyboardEvent| {
        let Some(event) = key_press(&event) else { return };
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        match event.key().as_str() {
            "," => view.step(false),
            "." => view.step(true),
            _ => return,
        }
        event.prevent_default();
    };
    let close = move |event: ev::MouseEvent| {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let around = target.and_then(|target| target.closest("[data-part='run']").ok().flatten());
        replay.close();
        // The button that was pressed is gone.
        request_animation_frame(move || {
            if let Some(around) = around {
                focus_first(&around, &["[data-part='replay-button']"]);
            }
        });
    };
    let waiting = Memo::new(move |_| view.run.open_prompts.with(Vec::len));
    let waiting_text = move || match waiting.get() {
        0 => String::new(),
        1 => "1 prompt is open now.".to_owned(),
        many => format!("{} prompts are open now.", count(many as u64)),
    };
    view! {
        <section
            class="wf-replay"
            data-part="replay"
            part="replay"
            role="region"
            aria-label="Replay"
            data-at=move || replay.at.get().map(|at| at.to_string())
            data-playing=move || replay.playing.get().then_some("")
            on:keydown=on_key
        >
            <div class="wf-replay__controls">
                <Controls view />
                <Slider view />
                <button type="button" class="wf-button" on:click=close>
                    "Back to live"
                </button>
            </div>
            <MomentLine view />
            <p class="wf-note">
                "A replay of received events: the server's run is not paused. "
                <span role="status" translate="no">
                    {waiting_text}
                </span>
            </p>
        </section>
    }
}

/// What held at the moment that is shown.
#[component]
fn MomentLine(view: ReplayView) -> impl IntoView {
    let status = Memo::new(move |_| {
        let then = view.then.with(|then| then.as_ref().map(|then| then.status));
        then.unwrap_or(RunStatus::Starting)
    });
    let position = move || {
        let row = view.row();
        view.events.with(|events| position_text(events, row))
    };
    let then = move || view.then.with(|then| then.as_ref().map(Then::text));
    view! {
        <p class="wf-replay__moment" data-part="replay-moment" part="replay-moment" translate="no">
            <StatusPill status />
            <span class="wf-num">{position}</span>
            <span class="wf-muted wf-num">{then}</span>
        </p>
    }
}
