//! Keyboard shortcuts of the page, and the dialog that lists them.

use crate::preferences::Preferences;
use crate::url_state::View;
use leptos::{ev, prelude::*};
use workflow_ui_components::dialog::Dialog;
use workflow_ui_components::{is_typing, key_press};

/// The action of a shortcut, or of an entry of the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    Shortcuts,
    Palette,
    Start,
    Runs,
    Events,
    Filter,
    Prompt,
    Internal,
    Monitor,
    Theme,
    Tab(View),
    /// A step forward or back in the replay.
    Step(bool),
    Close,
}

/// Key, description and command of each shortcut.
pub(crate) const KEYS: [(&str, &str, Command); 20] = [
    ("?", "Keyboard shortcuts", Command::Shortcuts),
    ("Ctrl K", "Commands", Command::Palette),
    ("n", "Start a run", Command::Start),
    ("r", "Go to the runs", Command::Runs),
    ("e", "Go to the events", Command::Events),
    ("/", "Filter the events", Command::Filter),
    ("p", "Answer the open prompt", Command::Prompt),
    ("i", "Show or hide internal events", Command::Internal),
    ("1", "Events", Command::Tab(View::Events)),
    ("2", "Timeline", Command::Tab(View::Timeline)),
    ("3", "Graph", Command::Tab(View::Graph)),
    ("4", "Result", Command::Tab(View::Result)),
    ("5", "Wire", Command::Tab(View::Wire)),
    ("6", "Log", Command::Tab(View::Log)),
    ("7", "Agents", Command::Tab(View::Agents)),
    (",", "Replay: the step before", Command::Step(false)),
    (".", "Replay: the next step", Command::Step(true)),
    ("m", "Monitor of several servers", Command::Monitor),
    ("t", "Switch the theme", Command::Theme),
    ("Escape", "Close the event or the comparison", Command::Close),
];

/// Keys that lists and forms handle themselves.
const LIST_KEYS: [(&str, &str); 7] = [
    ("↑ ↓", "One row up or down"),
    ("PgUp PgDn", "A page up or down"),
    ("Home End", "First or last row"),
    ("Enter", "Open the row; send a form"),
    (
        "Space Delete",
        "Select a run; delete those that are selected, or the one",
    ),
    ("Ctrl Enter", "Send from a field of several lines"),
    ("← →", "Fold and unfold JSON"),
];

/// Listens to the keys of the whole page until the current owner is cleaned up.
pub(crate) fn listen_to_shortcuts(
    preferences: RwSignal<Preferences>,
    on_command: impl Fn(Command) + 'static,
) {
    let listener = window_event_listener(ev::keydown, move |event| {
        let Some(event) = key_press(&event) else {
            return;
        };
        let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key();
        if opens_palette(event) {
            event.prevent_default();
            // An open dialog has priority.
            if !is_dialog_open() {
                on_command(Command::Palette);
            }
            return;
        }
        if event.default_prevented() || has_modifier || is_typing(event) || is_dialog_open() {
            return;
        }
        let key = event.key();
        let Some((key, _, command)) = KEYS.iter().find(|(name, _, _)| *name == key) else {
            return;
        };
        // Single-character shortcuts can be turned off, for users of speech input.
        if key.len() == 1 && !preferences.with_untracked(|preferences| preferences.keys) {
            return;
        }
        if *command != Command::Close {
            event.prevent_default();
        }
        on_command(*command);
    });
    on_cleanup(move || listener.remove());
}

/// Ctrl+K or ⌘K, also inside fields. In a field of macOS Ctrl+K deletes to the end of the line; with Shift it opens a console of Firefox.
fn opens_palette(event: &ev::KeyboardEvent) -> bool {
    let has_modifier = event.meta_key() || event.ctrl_key();
    let has_other = event.shift_key() || event.alt_key();
    let is_mac = || {
        window()
            .navigator()
            .platform()
            .is_ok_and(|platform| platform.starts_with("Mac"))
    };
    let is_editing = || !event.meta_key() && is_typing(event) && is_mac();
    has_modifier && !has_other && event.key().eq_ignore_ascii_case("k") && !is_editing()
}

fn is_dialog_open() -> bool {
    let dialog = document().query_selector("dialog[open], :popover-open");
    dialog.ok().flatten().is_some()
}

/// The dialog of shortcuts, with the switch for single-key shortcuts.
#[component]
pub(crate) fn ShortcutSheet(open: RwSignal<bool>, preferences: RwSignal<Preferences>) -> impl IntoView {
    let is_on = move || preferences.with(|preferences| preferences.keys);
    let toggle = move |_| preferences.update(|preferences| preferences.keys = !preferences.keys);
    view! {
        <Dialog open title="Keyboard shortcuts">
            <div class="wf-part">
                <h3 class="wf-h">"Anywhere"</h3>
                <dl class="wf-keys">
                    {KEYS.map(|(keys, description, _)| view! { <KeyLine keys description /> })}
                </dl>
                <h3 class="wf-h">"In lists and forms"</h3>
                <dl class="wf-keys">
                    {LIST_KEYS.map(|(keys, description)| view! { <KeyLine keys description /> })}
                </dl>
                <button
                    type="button"
                    class="wf-switch"
                    role="switch"
                    aria-checked=move || is_on().to_string()
                    on:click=toggle
                >
                    <span class="wf-switch__track"></span>
                    "Single-key shortcuts"
                </button>
            </div>
        </Dialog>
    }
}

#[component]
fn KeyLine(
    /// Keys with spaces between them.
    keys: &'static str,
    description: &'static str,
) -> impl IntoView {
    let keys = keys
        .split(' ')
        .map(|key| view! { <kbd class="wf-kbd">{key}</kbd> " " })
        .collect_view();
    view! {
        <div class="wf-keys__line">
            <dt>{keys}</dt>
            <dd>{description}</dd>
        </div>
    }
}
