//! Which event of a run is selected.

use leptos::prelude::*;
use workflow_ui_core::Events;

/// The sequence of the selected event, and what opens one: the page's own if `selected` is given, or else the event opened last. Another
/// run starts without a selected event.
pub(crate) fn selected_or_opened(
    selected: Option<Signal<Option<u64>>>,
    on_select: Option<Callback<u64>>,
    events: Signal<Events>,
) -> (Signal<Option<u64>>, Callback<u64>) {
    let opened = RwSignal::new(None);
    if selected.is_none() {
        Effect::new(move |before: Option<Events>| {
            let now = events.get();
            if before.is_some_and(|before| !before.same_run(&now)) {
                opened.set(None);
            }
            now
        });
    }
    let open = Callback::new(move |sequence| {
        opened.set(Some(sequence));
        if let Some(on_select) = on_select {
            on_select.run(sequence);
        }
    });
    (selected.unwrap_or_else(|| opened.into()), open)
}
