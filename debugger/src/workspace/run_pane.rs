//! The open run and the open event, with the state of the page.

use super::splitter::{Side, Splitter};
use crate::server::CurrentServer;
use crate::state::WorkspaceState;
use crate::url_state::View;
use leptos::prelude::*;
use std::sync::Arc;
use workflow_protocol::{HandlerState, endpoint};
use workflow_ui_components::SearchScript;
use workflow_ui_components::event::EventDetail;
use workflow_ui_components::run::{RunActions, RunChoices, RunView};

/// The open run. Its actions belong to the workspace: they are finished when the run is no longer open.
#[component]
pub(super) fn RunPane(actions: RunActions) -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    let navigation = state.navigation;
    let choices = RunChoices {
        tab: navigation.part(|state| state.view.as_str()).into(),
        on_tab: Callback::new(move |tab| state.show_tab(View::parse(tab))).into(),
        internal: state.internal.into(),
        filter: state.filter.into(),
        search: use_context::<SearchScript>().map(|SearchScript(address)| address),
        selected: state.event.into(),
        on_select: Callback::new(move |sequence| navigation.open_event(sequence)).into(),
    };
    view! { <RunView run=state.run handler_id=state.handler_id choices actions /> }
}

/// What can be done with the open run beyond the run itself.
pub(super) fn run_actions(state: WorkspaceState) -> RunActions {
    let CurrentServer { server, .. } = expect_context();
    RunActions {
        again: Callback::new(move |run: Arc<HandlerState>| state.start_again(&run)).into(),
        go_on: Callback::new(move |run: Arc<HandlerState>| {
            let run = &run.handler;
            state.open_start_form(run.workflow_name.clone(), Some(run.handler_id.clone()));
        })
        .into(),
        deleted: Callback::new(move |id: String| state.leave_deleted(&id)).into(),
        link: Callback::new(move |()| state.navigation.link()).into(),
        curl: Callback::new(move |()| {
            let id = state.handler_id.get_untracked();
            server.with_untracked(|server| curl(&server.base, &id))
        })
        .into(),
    }
}

/// A command that follows the events of a run. It never contains a token.
fn curl(base: &str, id: &str) -> String {
    let address = format!("{base}{}", endpoint::stream(id, -1, true).path);
    // Inside single quotes a shell takes everything as it is, except the quote itself.
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
                events=state.run.events
                sequence
                on_close=Callback::new(move |()| state.close_event())
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
