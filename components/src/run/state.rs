//! What a view of a run shows.

use super::EVENTS;
use crate::dom::unique_id;
use crate::replay::Replay;
use crate::tabs::{panel_id, tab_id};
use leptos::prelude::*;

/// What a view of a run shows: given by its properties, or a state of its own.
#[derive(Clone, Copy)]
pub(super) struct ViewState {
    pub(super) tab: Signal<&'static str>,
    pub(super) on_tab: Callback<&'static str>,
    pub(super) internal: RwSignal<bool>,
    pub(super) filter: RwSignal<String>,
    pub(super) selected: Signal<Option<u64>>,
    pub(super) on_select: Callback<u64>,
    pub(super) replay: Replay,
    /// The beginning of the ids of tabs and panels.
    prefix: StoredValue<String>,
}

impl ViewState {
    pub(super) fn new(
        tab: Option<Signal<&'static str>>,
        on_tab: Option<Callback<&'static str>>,
        internal: RwSignal<bool>,
        filter: RwSignal<String>,
        selection: RwSignal<Option<u64>>,
        replay: Replay,
    ) -> Self {
        let own_tab = RwSignal::new(EVENTS);
        Self {
            tab: tab.unwrap_or(own_tab.into()),
            on_tab: Callback::new(move |key| {
                own_tab.set(key);
                if let Some(on_tab) = on_tab {
                    on_tab.run(key);
                }
            }),
            internal,
            filter,
            selected: selection.into(),
            on_select: Callback::new(move |sequence| selection.set(Some(sequence))),
            replay,
            prefix: StoredValue::new(unique_id("run")),
        }
    }

    pub(super) fn prefix(self) -> String {
        self.prefix.get_value()
    }

    pub(super) fn tab_id(self, key: &str) -> String {
        self.prefix.with_value(|prefix| tab_id(prefix, key))
    }

    pub(super) fn panel_id(self, key: &str) -> String {
        self.prefix.with_value(|prefix| panel_id(prefix, key))
    }

    /// Whether a tab is shown.
    pub(super) fn is_shown(self, key: &'static str) -> Memo<bool> {
        Memo::new(move |_| self.tab.get() == key)
    }
}
