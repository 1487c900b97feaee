//! Keys that work anywhere on the page, and the sheet that lists them.

use crate::preferences::Preferences;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use workflow_ui_components::dialog::Dialog;
use workflow_ui_components::is_typing;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Sheet,
    Start,
    Runs,
    Events,
    Filter,
    Prompt,
    Internal,
    Theme,
    Tab(usize),
    Close,
}

/// The keys: what is pressed, what it is for, what it asks.
const KEYS: [(&str, &str, Wish); 11] = [
    ("?", "This sheet", Wish::Sheet),
    ("n", "Start a run", Wish::Start),
    ("r", "Go to the runs", Wish::Runs),
    ("e", "Go to the events", Wish::Events),
    ("/", "Filter the events", Wish::Filter),
    ("p", "Answer the open prompt", Wish::Prompt),
    ("i", "Show or hide internal events", Wish::Internal),
    ("1", "Events", Wish::Tab(0)),
    ("2", "Result", Wish::Tab(1)),
    ("t", "Switch the theme", Wish::Theme),
    ("Escape", "Close the event", Wish::Close),
];

/// Keys that the lists know by themselves.
const LIST_KEYS: [(&str, &str); 6] = [
    ("↑ ↓", "One row up or down"),
    ("PgUp PgDn", "A page up or down"),
    ("Home End", "First or last row"),
    ("Enter", "Open the row; send a form"),
    ("Ctrl Enter", "Send from a field of several lines"),
    ("← →", "Fold and unfold JSON"),
];

/// Listens on the whole page until the owner is cleaned up.
pub(crate) fn listen(preferences: RwSignal<Preferences>, on_wish: impl Fn(Wish) + 'static) {
    let listener = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() || is_typing(&event) {
            return;
        }
        let dialog = document().query_selector("dialog[open], :popover-open").ok().flatten();
        if dialog.is_some() {
            return;
        }
        let key = event.key();
        let Some((key, _, wish)) = KEYS.iter().find(|(name, _, _)| *name == key) else { return };
        // Keys of one letter can be turned off, for those who speak to their computer.
        if key.len() == 1 && *key != "?" && !preferences.get_untracked().keys {
            return;
        }
        if *wish != Wish::Close {
            event.prevent_default();
        }
        on_wish(*wish);
    });
    on_cleanup(move || listener.remove());
}

/// The sheet of shortcuts.
#[component]
pub(crate) fn Sheet(open: RwSignal<bool>, preferences: RwSignal<Preferences>) -> impl IntoView {
    let on = move || preferences.with(|preferences| preferences.keys);
    let toggle = move |_| preferences.update(|preferences| preferences.keys = !preferences.keys);
    let line = |key: &str, words: &'static str| {
        let keys = key.split(' ').map(|key| view! { <kbd class="wf-kbd">{key.to_owned()}</kbd> " " }.into_any()).collect_view();
        view! { <div class="wf-keys__line"><dt>{keys}</dt><dd>{words}</dd></div> }.into_any()
    };
    view! {
        <Dialog open=open title="Keyboard shortcuts">
            <h3 class="wf-h">"Anywhere"</h3>
            <dl class="wf-keys">{KEYS.map(|(key, words, _)| line(key, words)).collect_view()}</dl>
            <h3 class="wf-h">"In lists and forms"</h3>
            <dl class="wf-keys">{LIST_KEYS.map(|(key, words)| line(key, words)).collect_view()}</dl>
            <button type="button" class="wf-switch" role="switch" aria-checked=move || on().to_string() on:click=toggle>
                <span class="wf-switch__track"></span>
                "Single-key shortcuts"
            </button>
        </Dialog>
    }
    .into_any()
}
