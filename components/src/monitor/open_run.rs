//! The open run, in place of the lists.

use super::scope::{ForClient, Scope};
use super::state::{MonitorState, OpenRun};
use crate::dom::{document, focus_first, is_focus_lost};
use crate::icon::{Icon, IconView};
use crate::run::RunView;
use leptos::prelude::*;
use std::sync::Arc;
use workflow_protocol::HandlerState;

/// The open run with everything that a run view shows, and the way back.
#[component]
pub(super) fn OpenRunPane(state: MonitorState, link: Option<Signal<String>>) -> impl IntoView {
    let open = Memo::new(move |_| state.open.get());
    let runs = move || open.get().into_iter();
    view! {
        <For each=runs key=Clone::clone children=move |run| view! { <Opened state run link /> } />
    }
}

#[component]
fn Opened(state: MonitorState, run: OpenRun, link: Option<Signal<String>>) -> impl IntoView {
    let OpenRun {
        deployment,
        handler_id,
    } = run;
    let close = move |_| state.on_open.run(None);
    let title = deployment.clone();
    let client = {
        let name = deployment.clone();
        Signal::derive(move || state.find(&name).map(|it| it.client))
    };
    let show = Callback::new(move |client| {
        let Some(client) = client else {
            return view! { <p class="wf-empty" role="status">"This deployment is not watched, so its run can't be shown."</p> }
                .into_any();
        };
        let id = Signal::stored(Some(handler_id.clone()));
        let (again, continued) = (deployment.clone(), deployment.clone());
        let on_run_again = Callback::new(move |run: Arc<HandlerState>| {
            state.prepare_start(&again, run.handler.workflow_name.clone(), None);
        });
        let on_continue = Callback::new(move |run: Arc<HandlerState>| {
            let run = &run.handler;
            state.prepare_start(
                &continued,
                run.workflow_name.clone(),
                Some(run.handler_id.clone()),
            );
        });
        view! {
            <Scope client>
                <RunView
                    handler_id=id
                    on_run_again
                    on_continue
                    on_deleted=move |_: String| state.on_open.run(None)
                    nostrip:link=link
                />
            </Scope>
        }
        .into_any()
    });
    view! {
        <div class="wf-monitor__open" data-part="monitor-run-open" part="monitor-run-open">
            <div class="wf-monitor__back">
                <button type="button" class="wf-button wf-button--plain" on:click=close>
                    <IconView icon=Icon::Back />
                    "Back to the runs"
                </button>
                <span class="wf-cut wf-muted" translate="no">
                    {title}
                </span>
            </div>
            <ForClient client show />
        </div>
    }
}

/// The focus follows what is shown: to the button that closes a run that was opened, and back to the runs.
pub(super) fn move_focus(state: MonitorState) {
    Effect::new(move |before: Option<bool>| {
        let is_open = state.is_open();
        if before.is_some_and(|before| before != is_open) {
            request_animation_frame(move || {
                let body = document().body().filter(|_| is_focus_lost());
                if let Some(body) = body {
                    focus_first(
                        &body,
                        &[
                            ".wf-monitor__back button",
                            "[data-part='monitor-runs']:not([hidden], [hidden] *)",
                            ".wf-monitor__lists [aria-selected='true']",
                        ],
                    );
                }
            });
        }
        is_open
    });
}
