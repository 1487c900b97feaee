//! One server's page: the start form and the runs on the left, the open run in the middle, the open event on the right.

mod bottom_bar;
mod compare_pane;
mod effects;
mod notice;
mod run_pane;
mod runs_pane;
mod splitter;
mod start_pane;
mod welcome;

use crate::commands::run_command;
use crate::focus::{focus_prompt_when_loaded, recover_lost_focus};
use crate::header::Header;
use crate::palette::Palette;
use crate::shortcuts::{ShortcutSheet, listen_to_shortcuts};
use crate::state::WorkspaceState;
use bottom_bar::BottomBar;
use compare_pane::{CompareDialog, ComparePane};
pub(crate) use effects::mark_icon;
use leptos::prelude::*;
use notice::Notice;
use run_pane::{EventPane, RunPane};
use runs_pane::RunsPane;
use splitter::{Side, Splitter};
use start_pane::StartPane;
use std::sync::OnceLock;
use welcome::Welcome;
use workflow_ui_components::SearchScript;
use workflow_ui_components::inbox::Inbox;
use workflow_ui_components::status::ServerNotice;
use workflow_ui_core::{WorkflowClient, provide_workflow_client};

/// The workspace of one server.
#[component]
pub(crate) fn Workspace(client: WorkflowClient) -> impl IntoView {
    provide_workflow_client(client.clone());
    provide_context(SearchScript(search_script()));
    let state = WorkspaceState::new(client);
    provide_context(state);
    effects::start(state);
    recover_lost_focus();
    listen_to_shortcuts(state.preferences, move |command| run_command(state, command));

    let open_prompt = Callback::new(move |handler_id| {
        state.open_run(handler_id);
        state.show_hidden_prompt();
        focus_prompt_when_loaded();
    });
    let on_token = Callback::new(move |()| state.token_requested.set(true));
    view! {
        <Header>
            <Inbox pending=state.prompts expanded=state.inbox_open on_open=open_prompt />
        </Header>
        <ServerNotice on_token />
        <Notice />
        <Panes />
        <BottomBar />
        <ShortcutSheet open=state.shortcuts_open preferences=state.preferences />
        <Palette />
        <CompareDialog />
    }
}

/// The panes of a wide screen. A narrow screen shows one of them.
#[component]
fn Panes() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let on_deleted = Callback::new(move |id: String| state.leave_deleted(&id));
    let width = move |side: Side| {
        let width = state
            .preferences
            .with(|preferences| preferences.widths[side as usize]);
        width.map(|width| format!("{width}px"))
    };
    let is_compared = Memo::new(move |_| state.compared.with(Option::is_some));
    let is_blank = move || !state.has_run.get() && state.workflow.with(Option::is_none);
    view! {
        <main
            class="wf-page__body"
            data-panel=move || state.panel.get().as_str()
            data-detail=move || state.has_event.get()
            data-blank=is_blank
            style=("--wf-left", move || width(Side::Left))
            style=("--wf-right", move || width(Side::Right))
        >
            <section class="wf-page__left" aria-label="Start and runs">
                <Splitter side=Side::Left />
                <StartPane />
                <RunsPane />
            </section>
            <div class="wf-page__middle">
                <Show when=move || state.has_run.get() fallback=|| view! { <Welcome /> }>
                    <Show when=move || is_compared.get() fallback=move || view! { <RunPane on_deleted /> }>
                        <ComparePane />
                    </Show>
                </Show>
            </div>
            <Show when=move || state.has_event.get()>
                <EventPane />
            </Show>
        </main>
    }
}

/// The address of the script that evaluates regular expressions: from the document, or in the host page's folder of page files.
pub(crate) fn search_script() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let folder = js_sys::Reflect::get(&window(), &"workflowDebuggerFiles".into());
        if let Some(folder) = folder.ok().and_then(|folder| folder.as_string()) {
            return folder + "search.js";
        }
        let script = document().get_element_by_id("search-script");
        script
            .and_then(|script| script.get_attribute("src"))
            .unwrap_or_default()
    })
}
