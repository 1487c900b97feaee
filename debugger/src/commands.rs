//! The commands of shortcuts and palette.

use crate::focus::{focus_in_next_frame, focus_prompt_when_loaded, focus_run_if_lost};
use crate::shortcuts::Command;
use crate::state::{Panel, WorkspaceState};
use crate::url_state::View;
use leptos::prelude::*;
use workflow_ui_components::events::focus_event_filter;
use workflow_ui_components::prompt::focus_prompt;

/// The list of events, or the tab that shows it if the list is hidden because it is empty.
const EVENTS: &str = "[data-part='events']:not([hidden]), [data-part='run']:has([data-part='events'][hidden]) [role='tab'][aria-selected='true']";

/// Executes a command.
pub(crate) fn run_command(state: WorkspaceState, command: Command) {
    match command {
        Command::Shortcuts => state.shortcuts_open.set(true),
        Command::Palette => state.palette_open.set(true),
        Command::Start => {
            state.form_folded.set(false);
            state.panel.set(Panel::Start);
            focus_in_next_frame("[data-part='workflow']");
        }
        Command::Runs => {
            state.panel.set(Panel::Runs);
            focus_in_next_frame("[data-part='runs']");
        }
        Command::Events if state.has_run.get_untracked() => {
            show_events(state);
            focus_in_next_frame(EVENTS);
        }
        Command::Filter if state.has_run.get_untracked() => {
            show_events(state);
            request_animation_frame(focus_event_filter);
        }
        Command::Prompt => {
            state.panel.set(Panel::Run);
            // A prompt of the open run, else one of any other run.
            if state.show_hidden_prompt() {
                focus_prompt_when_loaded();
            } else if !focus_prompt() && state.prompt_count.get_untracked() > 0 {
                state.inbox_open.set(true);
                focus_in_next_frame("[data-part='inbox'] li button");
            }
        }
        Command::Internal => state.internal.update(|internal| *internal = !*internal),
        Command::Monitor => state.navigation.push(|state| state.show_monitor(true)),
        Command::Theme => state
            .preferences
            .update(|preferences| preferences.theme = preferences.theme.next()),
        Command::Tab(view) => {
            state.show_tab(view);
            focus_run_if_lost();
        }
        Command::Step(forward) if state.has_run.get_untracked() => state.replay.step(forward),
        Command::Close if state.has_event.get_untracked() => state.close_event(),
        Command::Close if state.compared.with_untracked(Option::is_some) => state.close_comparison(),
        Command::Events | Command::Filter | Command::Step(_) | Command::Close => {}
    }
}

/// Hidden elements cannot be focused, so the events are shown first.
fn show_events(state: WorkspaceState) {
    state.panel.set(Panel::Run);
    state.show_tab(View::Events);
}
