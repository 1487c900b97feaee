//! Keys that work anywhere on the page, and the sheet that lists them.

use crate::preferences::Preferences;
use crate::url_state::View;
use workflow_ui_components::dialog::dialog;
use workflow_ui_components::document;
use workflow_ui_components::is_typing;
use workflow_ui_components::key_press;
use workflow_ui_components::ui::{Call, El, Var, button, div, el, on_window, span};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Sheet,
    Palette,
    Start,
    Runs,
    Events,
    Filter,
    Prompt,
    Internal,
    Theme,
    Tab(View),
    Close,
}

/// The keys: what is pressed, what it is for, what it asks.
pub(crate) const KEYS: [(&str, &str, Wish); 15] = [
    ("?", "Keyboard shortcuts", Wish::Sheet),
    ("Ctrl K", "Commands", Wish::Palette),
    ("n", "Start a run", Wish::Start),
    ("r", "Go to the runs", Wish::Runs),
    ("e", "Go to the events", Wish::Events),
    ("/", "Filter the events", Wish::Filter),
    ("p", "Answer the open prompt", Wish::Prompt),
    ("i", "Show or hide internal events", Wish::Internal),
    ("1", "Events", Wish::Tab(View::Events)),
    ("2", "Timeline", Wish::Tab(View::Timeline)),
    ("3", "Graph", Wish::Tab(View::Graph)),
    ("4", "Result", Wish::Tab(View::Result)),
    ("5", "Wire", Wish::Tab(View::Wire)),
    ("t", "Switch the theme", Wish::Theme),
    ("Escape", "Close the event", Wish::Close),
];

/// Keys that the lists know by themselves.
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

/// Listens on the whole page until the owner is cleaned up.
pub(crate) fn listen(preferences: Var<Preferences>, on_wish: Call<Wish>) {
    on_window("keydown", move |event| {
        let Some(event) = key_press(&event) else {
            return;
        };
        if event.key().eq_ignore_ascii_case("k") && (event.ctrl_key() || event.meta_key()) {
            // Also from inside a field: no browser edits text with it.
            event.prevent_default();
            // A question that is open is answered first.
            if is_dialog_open() {
                return;
            }
            return on_wish.run(Wish::Palette);
        }
        if event.default_prevented()
            || event.ctrl_key()
            || event.alt_key()
            || event.meta_key()
            || is_typing(event)
        {
            return;
        }
        if is_dialog_open() {
            return;
        }
        let key = event.key();
        let Some((key, _, wish)) = KEYS.iter().find(|(name, _, _)| *name == key) else {
            return;
        };
        // Keys of one letter or sign can be turned off, for those who speak to their computer: the header has buttons.
        if key.len() == 1 && !preferences.peek().keys {
            return;
        }
        if *wish != Wish::Close {
            event.prevent_default();
        }
        on_wish.run(*wish);
    });
}

fn is_dialog_open() -> bool {
    let dialog = document().query_selector("dialog[open], :popover-open");
    dialog.ok().flatten().is_some()
}

/// The sheet of shortcuts.
pub(crate) fn sheet(open: Var<bool>, preferences: Var<Preferences>) -> El {
    dialog(open, "Keyboard shortcuts", move || keys(preferences))
}

fn keys(preferences: Var<Preferences>) -> El {
    let switch = button("wf-switch")
        .attr("role", "switch")
        .attr("aria-checked", move || {
            preferences.with(|preferences| preferences.keys)
        })
        .child(span("wf-switch__track"))
        .text("Single-key shortcuts")
        .on("click", move |_| {
            preferences.change(|preferences| preferences.keys = !preferences.keys)
        });
    let heading = |words: &'static str| el("h3").class("wf-h").text(words);
    let list = || el("dl").class("wf-keys");
    div("wf-part")
        .child(heading("Anywhere"))
        .child(
            list().child(
                KEYS.iter()
                    .map(|(key, words, _)| line(key, words))
                    .collect::<Vec<_>>(),
            ),
        )
        .child(heading("In lists and forms"))
        .child(
            list().child(
                LIST_KEYS
                    .iter()
                    .map(|(key, words)| line(key, words))
                    .collect::<Vec<_>>(),
            ),
        )
        .child(switch)
}

fn line(keys: &'static str, words: &'static str) -> El {
    let mut names = el("dt");
    for key in keys.split(' ') {
        names = names.child(el("kbd").class("wf-kbd").text(key)).text(" ");
    }
    div("wf-keys__line").child(names).child(el("dd").text(words))
}
