//! Effects of the workspace's state.

use crate::focus::focus_run_if_lost;
use crate::health::Health;
use crate::state::{Panel, WorkspaceState};
use leptos::prelude::*;

/// Starts all effects of a workspace. They end with the current owner.
pub(super) fn start(state: WorkspaceState) {
    refresh_after_outage(state);
    show_title(state);
    choose_only_workflow(state);
    show_panel_of_run(state);
    keep_focus_in_middle(state);
    end_replay_with_run(state);
    unfold_visible_form(state);
    store_internal(state);
    sync_address(state);
}

/// Requests again what failed while the server was unreachable.
fn refresh_after_outage(state: WorkspaceState) {
    Effect::new(move |was_failing: Option<bool>| {
        let is_failing = state.health.with(Health::is_failing);
        if was_failing == Some(true) && !is_failing {
            state.refresh_lists();
            state.run.refresh.call();
        }
        is_failing
    });
}

/// The window's title has the number of open prompts and the open run's workflow; the page's icon has a dot while prompts are open.
fn show_title(state: WorkspaceState) {
    Effect::new(move |_| {
        let count = match state.prompt_count.get() {
            0 => String::new(),
            count => format!("({count}) "),
        };
        let run = state.run.handler.with(|run| {
            let run = run.as_ref().filter(|_| state.has_run.get());
            run.map(|run| format!("{} · ", run.handler.workflow_name))
        });
        document().set_title(&format!("{count}{}Workflow debugger", run.unwrap_or_default()));
    });
    Effect::new(move |_| mark_icon(state.prompt_count.get() > 0));
}

/// Adds a dot to the page's icon, or removes it.
pub(crate) fn mark_icon(has_prompts: bool) {
    const DOT: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%237da2ff'/%3E%3Ccircle cx='11' cy='5' r='4' fill='%23f5a524'/%3E%3C/svg%3E";
    let Some(link) = document().query_selector("link[rel='icon']").ok().flatten() else {
        return;
    };
    // The address of the plain icon is stored in a separate attribute.
    let shown = link.get_attribute("href").unwrap_or_default();
    let plain = link.get_attribute("data-plain").unwrap_or_else(|| shown.clone());
    let wanted = if has_prompts { DOT } else { &plain };
    // Browsers fetch and draw the icon whenever it is set, even to the same address.
    if wanted != shown {
        let _ = link.set_attribute("data-plain", &plain);
        let _ = link.set_attribute("href", wanted);
    }
}

/// Chooses the workflow of a server that has only one.
fn choose_only_workflow(state: WorkspaceState) {
    Effect::new(move |_| {
        let only = state.workflows.names.with(|names| match names.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        });
        if let Some(only) = only.filter(|_| state.workflow.with_untracked(Option::is_none)) {
            state.choose_workflow(only);
        }
    });
}

/// A narrow screen shows a run that is opened, and the list of runs when Back closes it.
fn show_panel_of_run(state: WorkspaceState) {
    Effect::new(move |before: Option<bool>| {
        let has_run = state.has_run.get();
        match before {
            Some(true) if !has_run && state.panel.get_untracked() == Panel::Run => {
                state.panel.set(Panel::Runs);
            }
            Some(false) if has_run => state.panel.set(Panel::Run),
            _ => {}
        }
        has_run
    });
}

/// A comparison takes the place of the run and gives it back, also by Back and Forward: a focus inside does not get lost.
fn keep_focus_in_middle(state: WorkspaceState) {
    Effect::new(move |before: Option<bool>| {
        let is_compared = state.compared.with(Option::is_some);
        if before.is_some_and(|before| before != is_compared) {
            focus_run_if_lost();
        }
        is_compared
    });
}

/// A moment of a run says nothing of the next run of its handler, also if another client started that.
fn end_replay_with_run(state: WorkspaceState) {
    Effect::new(move |before: Option<Option<[String; 2]>>| {
        let now = state.run.handler.with(|run| {
            let run = &run.as_ref()?.handler;
            Some([run.handler_id.clone(), run.run_id.clone()?])
        });
        if let (Some(Some([handler, run])), Some([handler_now, run_now])) = (&before, &now)
            && handler == handler_now
            && run != run_now
        {
            state.replay.close();
        }
        now.or(before.flatten())
    });
}

/// Opens the folded form when the user goes to it.
fn unfold_visible_form(state: WorkspaceState) {
    Effect::new(move |_| {
        if state.panel.get() == Panel::Start {
            state.form_folded.set(false);
        }
    });
}

/// Stores whether internal events are shown.
fn store_internal(state: WorkspaceState) {
    Effect::new(move |_| {
        let internal = state.internal.get();
        if state
            .preferences
            .with_untracked(|preferences| preferences.internal != internal)
        {
            state
                .preferences
                .update(|preferences| preferences.internal = internal);
        }
    });
}

/// Keeps filter and replay position in the address: changes are written to it, Back is read from it.
fn sync_address(state: WorkspaceState) {
    let WorkspaceState {
        navigation,
        filter,
        replay,
        run,
        ..
    } = state;
    let filtered = navigation.part(|state| state.filter.clone());
    sync(run.handler_id, filter, filtered, move |text| {
        navigation.replace_soon(|state| state.filter = text);
    });
    let replayed = navigation.part(|state| state.at);
    sync(run.handler_id, replay.at, replayed, move |at| {
        navigation.replace_soon(|state| state.at = at);
    });
}

/// Keeps a value and its part of the address equal.
fn sync<T: Clone + PartialEq + Send + Sync + 'static>(
    run: Signal<Option<String>>,
    value: RwSignal<T>,
    stored: Signal<T>,
    write: impl Fn(T) + Copy + 'static,
) {
    Effect::new(move |_| {
        let stored = stored.get();
        if value.with_untracked(|value| *value != stored) {
            value.set(stored);
        }
    });
    Effect::new(move |run_before: Option<Option<String>>| {
        let (now, run) = (value.get(), run.get());
        let stored = stored.get_untracked();
        if run_before.is_some_and(|before| before != run) {
            // The value belonged to the previous run.
            value.set(stored);
        } else if stored != now {
            write(now);
        }
        run
    });
}
