//! The address bar and the history, as a signal.

use crate::url_state::UrlState;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

/// Marks a history entry that was added by opening an event, so that closing the event goes back instead of adding another.
const EVENT_ENTRY: &str = "workflow-debugger:event";

/// What is open, and the operations that change it. A context of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Navigation {
    state: RwSignal<UrlState>,
    /// The state after the history step that closes an event.
    after_back: StoredValue<Option<UrlState>>,
}

impl Navigation {
    /// Reads the address, and follows Back and Forward until the current owner is cleaned up.
    pub(crate) fn new() -> Self {
        let navigation = Self {
            state: RwSignal::new(read_address()),
            after_back: StoredValue::new(None),
        };
        let listener = window_event_listener(ev::popstate, move |_| {
            navigation.state.set(read_address());
            if let Some(wanted) = navigation.after_back.try_update_value(Option::take).flatten() {
                navigation.replace(|state| *state = wanted);
            }
        });
        on_cleanup(move || listener.remove());
        navigation
    }

    /// A part of what is open. It notifies only when that part changes.
    pub(crate) fn part<T: PartialEq + Send + Sync + 'static>(self, pick: fn(&UrlState) -> T) -> Signal<T> {
        Memo::new(move |_| self.state.with(pick)).into()
    }

    /// What is open, untracked.
    pub(crate) fn now(self) -> UrlState {
        self.state.get_untracked()
    }

    /// Changes what is open, with a history entry.
    pub(crate) fn push(self, change: impl FnOnce(&mut UrlState)) {
        self.go(change, |query, history| {
            history.push_state_with_url(&JsValue::NULL, "", Some(query))
        });
    }

    /// Changes what is open without a history entry.
    pub(crate) fn replace(self, change: impl FnOnce(&mut UrlState)) {
        self.go(change, |query, history| {
            let mark = history.state().unwrap_or(JsValue::NULL);
            history.replace_state_with_url(&mark, "", Some(query))
        });
    }

    /// Opens an event: with a history entry for the first one, without for the others.
    pub(crate) fn open_event(self, sequence: u64) {
        if self.now().event.is_some() {
            return self.replace(|state| state.event = Some(sequence));
        }
        let mark = JsValue::from_str(EVENT_ENTRY);
        self.go(
            |state| state.event = Some(sequence),
            |query, history| history.push_state_with_url(&mark, "", Some(query)),
        );
    }

    /// Closes the open event, by going back if opening it was the last step.
    pub(crate) fn close_event(self) {
        let history = window().history().ok();
        let ours = history
            .as_ref()
            .and_then(|history| history.state().ok())
            .and_then(|state| state.as_string());
        match history {
            Some(history) if ours.as_deref() == Some(EVENT_ENTRY) => {
                // The previous entry does not have later changes.
                let mut closing = self.now();
                closing.event = None;
                self.after_back.set_value(Some(closing));
                // Fails only in a document that is being unloaded.
                let _ = history.back();
            }
            _ => self.replace(|state| state.event = None),
        }
    }

    /// The whole address of what is open.
    pub(crate) fn link(self) -> String {
        let location = window().location();
        let mut link = location.origin().unwrap_or_default();
        link.push_str(&location.pathname().unwrap_or_default());
        link.push_str(&self.now().to_query());
        link
    }

    fn go(
        self,
        change: impl FnOnce(&mut UrlState),
        write: impl FnOnce(&str, &web_sys::History) -> Result<(), JsValue>,
    ) {
        let before = self.now();
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return;
        }
        let mut query = after.to_query();
        if query.is_empty() {
            // An empty address would keep the current query.
            query = window().location().pathname().unwrap_or_default();
        }
        // Browsers limit the rate of changes. The state changes anyway.
        if let Ok(history) = window().history() {
            let _ = write(&query, &history);
        }
        self.state.set(after);
    }
}

fn read_address() -> UrlState {
    UrlState::parse(&window().location().search().unwrap_or_default())
}
