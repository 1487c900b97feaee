//! The command palette: a searchable list of commands, workflows, runs and views.

use crate::commands::run_command;
use crate::shortcuts::{Command, KEYS};
use crate::state::WorkspaceState;
use leptos::{ev, html, prelude::*};
use workflow_ui_components::dialog::Dialog;
use workflow_ui_components::key_press;

/// Number of entries that are shown; typing narrows them down.
const SHOWN: usize = 12;
/// How many of the newest runs are listed.
const RUNS: usize = 50;
/// The id of the list, and the prefix of its entries' ids.
const LIST: &str = "wf-palette-list";

/// The action of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Choice {
    Command(Command),
    Workflow(String),
    Run(String),
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    label: String,
    /// The key of a command; for other entries, their kind.
    hint: &'static str,
    choice: Choice,
}

/// The dialog of the palette.
#[component]
pub(crate) fn Palette() -> impl IntoView {
    let open = expect_context::<WorkspaceState>().palette_open;
    view! {
        <Dialog open title="Commands">
            <CommandList />
        </Dialog>
    }
}

/// A text field, and the list of the entries that match it.
#[component]
fn CommandList() -> impl IntoView {
    let state = expect_context::<WorkspaceState>();
    // A snapshot: entries do not change while the palette is open.
    let entries = entries(state);
    let text = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let matches = Memo::new(move |_| {
        let text = text.get().to_ascii_lowercase();
        let fits = |label: &str| text.split(' ').all(|part| label.contains(part));
        let matches = entries
            .iter()
            .filter(|entry| fits(&entry.label.to_ascii_lowercase()));
        matches.take(SHOWN).cloned().collect::<Vec<_>>()
    });
    let on_key = move |event: ev::KeyboardEvent| {
        let Some(event) = key_press(&event) else {
            return;
        };
        let last = matches.with_untracked(Vec::len).saturating_sub(1);
        let at = active.get_untracked().min(last);
        match event.key().as_str() {
            "ArrowDown" => active.set((at + 1).min(last)),
            "ArrowUp" => active.set(at.saturating_sub(1)),
            "Enter" => {
                if let Some(entry) = matches.get_untracked().into_iter().nth(at) {
                    choose(state, entry.choice);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let on_input = move |event| {
        active.set(0);
        text.set(event_target_value(&event));
    };
    let field = NodeRef::<html::Input>::new();
    request_animation_frame(move || {
        if let Some(field) = field.try_get_untracked().flatten() {
            let _ = field.focus();
        }
    });
    view! {
        <div class="wf-part">
            <input
                class="wf-input"
                type="text"
                role="combobox"
                aria-label="Command"
                placeholder="A command, a workflow, or a run's id"
                aria-expanded="true"
                aria-controls=LIST
                aria-activedescendant=move || format!("{LIST}-{}", active.get())
                autocomplete="off"
                spellcheck="false"
                node_ref=field
                on:input=on_input
                on:keydown=on_key
            />
            <ul class="wf-palette" id=LIST role="listbox" aria-label="Commands">
                <ForEnumerate
                    each=move || matches.get()
                    key=|entry| entry.choice.clone()
                    children=move |index, Entry { label, hint, choice }| {
                        view! {
                            <li
                                class="wf-palette__line"
                                role="option"
                                id=move || format!("{LIST}-{}", index.get())
                                aria-selected=move || (active.get() == index.get()).to_string()
                                on:click=move |_| choose(state, choice.clone())
                            >
                                <span class="wf-cut">{label}</span>
                                <span class="wf-palette__hint" aria-hidden="true">
                                    {hint}
                                </span>
                            </li>
                        }
                    }
                />
            </ul>
        </div>
    }
}

/// All entries: the commands, the workflows and the newest runs.
fn entries(state: WorkspaceState) -> Vec<Entry> {
    let commands = KEYS
        .into_iter()
        .filter(|(_, _, command)| *command != Command::Palette)
        .map(|(key, label, command)| Entry {
            label: match command {
                Command::Tab(_) => format!("Show {}", label.to_ascii_lowercase()),
                _ => label.to_owned(),
            },
            hint: key,
            choice: Choice::Command(command),
        });
    let workflows = state.workflows.names.get_untracked();
    let workflows = workflows.into_iter().map(|name| Entry {
        label: format!("Start {name}"),
        hint: "workflow",
        choice: Choice::Workflow(name),
    });
    let runs = state.runs.handlers.with_untracked(|runs| {
        let newest = runs.iter().take(RUNS).map(|run| Entry {
            label: format!("Open {} {}", run.handler.workflow_name, run.handler.handler_id),
            hint: "run",
            choice: Choice::Run(run.handler.handler_id.clone()),
        });
        newest.collect::<Vec<_>>()
    });
    commands.chain(workflows).chain(runs).collect()
}

/// Closes the palette, which restores the focus, and then executes the choice.
fn choose(state: WorkspaceState, choice: Choice) {
    state.palette_open.set(false);
    request_animation_frame(move || {
        if state.palette_open.is_disposed() {
            return;
        }
        match choice {
            Choice::Command(command) => run_command(state, command),
            Choice::Workflow(name) => state.open_start_form(name, None),
            Choice::Run(handler_id) => state.open_run(handler_id),
        }
    });
}
