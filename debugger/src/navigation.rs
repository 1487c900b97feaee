//! The address bar and the history, as a signal.

use crate::url_state::UrlState;
use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::time::Duration;
use wasm_bindgen::JsValue;

/// How long the state must be stable before [`Navigation::replace_soon`] writes it: browsers limit the rate of changes.
const DELAY: Duration = Duration::from_millis(250);

/// Marks a history entry that was added by opening an event, so that closing the event goes back instead of adding another.
const EVENT_ENTRY: &str = "workflow-debugger:event";

/// What is open, and the operations that change it. A context of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Navigation {
    state: RwSignal<UrlState>,
    /// The timer of a change that the address does not have yet.
    unwritten: StoredValue<Option<TimeoutHandle>>,
    /// Whether the next history step closes an event.
    is_closing_event: StoredValue<bool>,
}

impl Navigation {
    /// Reads the address, and follows Back and Forward until the current owner is cleaned up.
    pub(crate) fn new() -> Self {
        let navigation = Self {
            state: RwSignal::new(read_address()),
            unwritten: StoredValue::new(None),
            is_closing_event: StoredValue::new(false),
        };
        let listener = window_event_listener(ev::popstate, move |_| {
            navigation.cancel_timer();
            if navigation.is_closing_event.get_value() {
                // The entry lacks what changed since the event was opened.
                navigation.is_closing_event.set_value(false);
                replace_entry(&navigation.now());
            } else {
                navigation.state.set(read_address());
            }
        });
        on_cleanup(move || {
            listener.remove();
            navigation.cancel_timer();
        });
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
        self.go(change, |after| push_entry(after, &JsValue::NULL));
    }

    /// Changes what is open without a history entry.
    pub(crate) fn replace(self, change: impl FnOnce(&mut UrlState)) {
        self.go(change, replace_entry);
    }

    /// [`Self::replace`] for values that change many times a second: the address follows after a short delay, or before the next entry.
    pub(crate) fn replace_soon(self, change: impl FnOnce(&mut UrlState)) {
        let Some(after) = self.changed(change) else {
            return;
        };
        self.cancel_timer();
        let timer = set_timeout_with_handle(move || self.write_now(), DELAY).ok();
        self.unwritten.set_value(timer);
        self.state.set(after);
    }

    /// Opens an event: with a history entry for the first one, without for the others.
    pub(crate) fn open_event(self, sequence: u64) {
        if self.now().event.is_some() {
            return self.replace(|state| state.event = Some(sequence));
        }
        let mark = JsValue::from_str(EVENT_ENTRY);
        self.go(
            |state| state.event = Some(sequence),
            |after| push_entry(after, &mark),
        );
    }

    /// Closes the open event, by going back if opening it was the last step.
    pub(crate) fn close_event(self) {
        let Some(after) = self.changed(|state| state.event = None) else {
            return;
        };
        let history = window().history().ok();
        let mark = history.as_ref().and_then(|history| history.state().ok());
        match history {
            Some(history) if mark.and_then(|mark| mark.as_string()).as_deref() == Some(EVENT_ENTRY) => {
                self.is_closing_event.set_value(true);
                // Fails only in a document that is being unloaded.
                let _ = history.back();
                self.state.set(after);
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

    /// The state after a change; `None` if it changes nothing.
    fn changed(self, change: impl FnOnce(&mut UrlState)) -> Option<UrlState> {
        let before = self.now();
        let mut after = before.clone();
        change(&mut after);
        (after != before).then_some(after)
    }

    fn go(self, change: impl FnOnce(&mut UrlState), write: impl FnOnce(&UrlState)) {
        if let Some(after) = self.changed(change) {
            self.write_now();
            write(&after);
            self.state.set(after);
        }
    }

    /// Writes changes that the address does not have yet.
    fn write_now(self) {
        if self.cancel_timer() {
            replace_entry(&self.now());
        }
    }

    /// Returns whether there was a timer.
    fn cancel_timer(self) -> bool {
        let timer = self.unwritten.try_update_value(Option::take).flatten();
        timer.inspect(TimeoutHandle::clear).is_some()
    }
}

fn push_entry(state: &UrlState, mark: &JsValue) {
    // Browsers limit the rate of changes. The state changes anyway.
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(mark, "", Some(&to_address(state)));
    }
}

fn replace_entry(state: &UrlState) {
    if let Ok(history) = window().history() {
        let mark = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&mark, "", Some(&to_address(state)));
    }
}

fn to_address(state: &UrlState) -> String {
    let query = state.to_query();
    if query.is_empty() {
        // An empty address would keep the current query.
        return window().location().pathname().unwrap_or_default();
    }
    query
}

fn read_address() -> UrlState {
    UrlState::parse(&window().location().search().unwrap_or_default())
}
