//! The open run and the open event, connected to the page's state.

use super::splitter::{Side, Splitter};
use crate::server::CurrentServer;
use crate::state::WorkspaceState;
use crate::url_state::View;
use leptos::prelude::*;
use std::sync::Arc;
use workflow_protocol::{HandlerState, endpoint};
use workflow_ui_components::event::EventDetail;
use workflow_ui_components::run::RunView;
use workflow_ui_components::save::RunStart;

/// The open run.
#[component]
pub(super) fn RunPane(
    /// Belongs to the workspace, because a request may end after the run was closed.
    on_deleted: Callback<String>,
) -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let CurrentServer { server, .. } = expect_context();
    let navigation = state.navigation;
    let on_run_again = move |run: Arc<HandlerState>| state.start_again(&run);
    let on_continue = move |run: Arc<HandlerState>| {
        let run = &run.handler;
        state.open_start_form(run.workflow_name.clone(), Some(run.handler_id.clone()));
    };
    let curl = move || {
        let id = state.run.handler_id.get().unwrap_or_default();
        server.with(|server| curl(&server.base, &id))
    };
    let start = move || {
        let run = state.run.handler.get();
        let run = run.as_ref().map(|state| &state.handler);
        RunStart {
            base: server.with(|server| server.base.clone()),
            workflow: run.map(|run| run.workflow_name.clone()).unwrap_or_default(),
            class: None,
            input: run.and_then(|run| state.input_of(&run.handler_id)),
        }
    };
    view! {
        <RunView
            run=state.run
            tab=navigation.part(|state| state.view.as_str())
            on_tab=move |tab| state.show_tab(View::parse(tab))
            internal=state.internal
            filter=state.filter
            replay=state.replay
            selected=state.event
            on_select=move |sequence| navigation.open_event(sequence)
            on_run_again
            on_continue
            on_compare=move |_| state.compare_open.set(true)
            on_deleted
            link=move || navigation.link()
            curl
            start
        />
    }
}

/// A command that follows the events of a run. It never contains a token.
fn curl(base: &str, id: &str) -> String {
    let address = format!("{base}{}", endpoint::stream(id, -1, true).path);
    // Inside single quotes a shell interprets nothing but the quote itself.
    format!("curl -N '{}'", address.replace('\'', "'\\''"))
}

/// The open event of the open run.
#[component]
pub(super) fn EventPane() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let sequence = Signal::derive(move || state.event.get().unwrap_or_default());
    view! {
        <div class="wf-page__right">
            <Splitter side=Side::Right />
            <EventDetail
                run=state.run
                sequence
                on_close=move |()| state.close_event()
                on_run=move |id| state.open_run(id)
            />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::curl;

    #[test]
    fn a_curl_command_quotes_the_address() {
        let command = curl("http://127.0.0.1:8000/it's", "h1");
        assert!(
            command.starts_with("curl -N 'http://127.0.0.1:8000/it'\\''s/"),
            "{command}"
        );
        assert!(command.ends_with('\''), "{command}");
    }
}
