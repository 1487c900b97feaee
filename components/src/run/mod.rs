//! The open run: what it is, what it asks, what came, how it ended.

mod actions;
mod head;

use crate::events::EventList;
use crate::icon::{Icon, icon};
use crate::prompt::Prompts;
use crate::result::{RunFailure, RunResult};
use crate::tabs::{Tab, Tabs, panel_id, tab_id};
use crate::theme::mount_style;
pub use actions::RunActions;
use head::head;
use leptos::prelude::*;
use std::time::Duration;
use workflow_inspector::text;
use workflow_protocol::{Connection, RunStatus, Time};
use workflow_ui_core::UseWorkflowHandlerReturn;

const STYLE: &str = include_str!("run.css");

/// The tab of the events.
pub const EVENTS: &str = "events";
/// The tab of the result.
pub const RESULT: &str = "result";

/// What a run view shows, chosen outside of it so that an address can hold it.
#[derive(Clone, Copy, Debug)]
pub struct RunChoices {
    /// The shown tab: [`EVENTS`] or [`RESULT`].
    pub tab: Signal<&'static str>,
    /// Another tab was chosen.
    pub on_tab: Callback<&'static str>,
    /// Are internal events shown?
    pub internal: RwSignal<bool>,
    /// The text that events are filtered by.
    pub filter: RwSignal<String>,
    /// The selected event.
    pub selected: Signal<Option<u64>>,
    /// An event was opened.
    pub on_select: Callback<u64>,
}

/// One run, all of it but the detail of the selected event.
#[component]
pub fn RunView(
    /// The run, from [`use_workflow_handler`](workflow_ui_core::use_workflow_handler).
    run: UseWorkflowHandlerReturn,
    /// Its handler's id.
    #[prop(into)]
    handler_id: Signal<String>,
    /// What is shown of it.
    choices: RunChoices,
    /// What can be done beyond the run itself.
    actions: RunActions,
) -> impl IntoView {
    mount_style(STYLE);
    mount_style(crate::icon::STYLE);
    let RunChoices { tab, on_tab, internal, filter, selected, on_select } = choices;
    let prefix = crate::dom::unique_id("run");
    let tabs = vec![Tab { key: EVENTS, label: "Events" }, Tab { key: RESULT, label: "Result" }];
    let status = run.status;
    let empty = Signal::derive(move || String::from(nothing_yet(status.get(), &run.connection.get())));
    let folded = Signal::derive(move || tab.get() != RESULT);
    let (events_panel, events_tab) = (panel_id(&prefix, EVENTS), tab_id(&prefix, EVENTS));
    let (result_panel, result_tab) = (panel_id(&prefix, RESULT), tab_id(&prefix, RESULT));
    let no_result = move || run.result.with(Option::is_none) && !folded.get();
    view! {
        <section
            class="wf-run"
            data-part="run"
            role="region"
            aria-label="Run"
            data-handler-id=move || handler_id.get()
            data-run-id=move || run.run_id.get().unwrap_or_default()
            data-status=move || status.get().as_str()
            data-connection=move || run.connection.with(Connection::as_str)
            data-count=move || run.events.with(workflow_ui_core::Events::count_public)
        >
            {head(run, handler_id)}
            {actions::bar(run, handler_id, actions)}
            <RunFailure status=status error=run.error events=run.events />
            {move || news(run)}
            <Prompts run=run handler_id=handler_id />
            <Tabs label="Views of the run" prefix=prefix tabs=tabs selected=tab on_select=on_tab />
            <div class="wf-run__panel" role="tabpanel" id=events_panel aria-labelledby=events_tab hidden=move || tab.get() != EVENTS>
                <EventList events=run.events internal=internal filter=filter selected=selected on_select=on_select empty=empty />
            </div>
            // Whatever tab is shown, the result is there: folded to a line below the events, or whole in its own tab.
            <div
                class="wf-result__place"
                id=result_panel
                role=move || if folded.get() { None } else { Some("tabpanel") }
                aria-labelledby=move || if folded.get() { None } else { Some(result_tab.clone()) }
                data-folded=move || folded.get().then_some("")
            >
                <p class="wf-result__none" hidden=move || !no_result()>{move || no_result_yet(status.get())}</p>
                <RunResult result=run.result folded=folded on_open=Callback::new(move |()| on_tab.run(RESULT)) />
            </div>
        </section>
    }
    .into_any()
}

/// What stands in the place of the events while there are none.
const fn nothing_yet(status: RunStatus, connection: &Connection) -> &'static str {
    match (status, connection) {
        (RunStatus::Gone, _) => "Nothing is left of this run here.",
        (_, Connection::Idle | Connection::Connecting) => "Reading the events…",
        (_, Connection::Retrying { .. }) => "The server can't be reached. The events come as soon as it can.",
        (status, _) if status.is_terminal() => "This run sent no events that are shown here.",
        _ => "No events yet. They show up here as the run sends them.",
    }
}

const fn no_result_yet(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Failed | RunStatus::TimedOut => "There is no result: see above what happened.",
        RunStatus::Cancelled => "There is no result: the run was cancelled.",
        RunStatus::Gone => "There is no result here: the server no longer knows the run.",
        RunStatus::Completed => "The run has completed. Its result is on its way.",
        _ => "No result yet: the run is still going.",
    }
}

/// What there is to say about our view of the run: that it is gone, that the connection is lost, that something is missing.
fn news(run: UseWorkflowHandlerReturn) -> Option<AnyView> {
    if run.status.get() == RunStatus::Gone {
        let words = "The server no longer knows this run: it was deleted, or the server was restarted. What was received of it stays here.";
        return Some(band("gone", Icon::Ghost, words.into_any(), None));
    }
    if let Connection::Retrying { at, cause, attempt } = run.connection.get() {
        let retry = move |_| run.refresh.call();
        let button = view! { <button type="button" class="wf-button" on:click=retry>"Try now"</button> }.into_any();
        let words = view! {
            "Connection lost (" {cause.detail} "). The run goes on without us. "
            {countdown(at, attempt)}
        };
        return Some(band("retry", Icon::Again, words.into_any(), Some(button)));
    }
    let terminal = run.status.get().is_terminal();
    if let Some(words) = run.error.get().filter(|_| !terminal) {
        return Some(band("error", Icon::Cross, view! { <span class="wf-error">{words}</span> }.into_any(), None));
    }
    let (missing, evicted) = run.events.with(|events| (events.missing(), events.evicted()));
    if missing > 0 {
        let words = [&text::count(missing), " events were skipped by the server: they never came."].concat();
        return Some(band("missing", Icon::Ghost, words.into_any(), None));
    }
    if evicted > 0 {
        let words = ["The payloads of the ", &text::count(evicted as u64), " oldest events are no longer held here."].concat();
        return Some(band("evicted", Icon::Ghost, words.into_any(), None));
    }
    None
}

fn band(tone: &'static str, mark: Icon, words: AnyView, button: Option<AnyView>) -> AnyView {
    view! {
        <div class="wf-run__news" data-tone=tone role="status">
            {icon(mark)}
            <div class="wf-grow">{words}</div>
            {button}
        </div>
    }
    .into_any()
}

/// "Trying again in 3 s", counting down.
fn countdown(at: Time, attempt: u32) -> AnyView {
    let left = RwSignal::new(String::new());
    let show = move || {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
        let ms = at.since(Time(crate::dom::now() as u64));
        let seconds = ms.div_ceil(1000);
        let words = if seconds == 0 {
            String::from("Trying again now.")
        } else {
            ["Attempt ", &(attempt + 1).to_string(), " in ", &seconds.to_string(), " s."].concat()
        };
        left.try_set(words);
    };
    show();
    if let Ok(tick) = set_interval_with_handle(show, Duration::from_millis(500)) {
        on_cleanup(move || tick.clear());
    }
    // The counting is for the eyes; the band itself was told when it came.
    view! { <span aria-hidden="true" class="wf-num">{move || left.get()}</span> }.into_any()
}
