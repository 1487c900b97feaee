//! Which moment of a run is shown.

use super::view::ReplayView;
use leptos::prelude::*;

/// Which moment of a run its views show. Create one, give it to the views of the run, and keep `at` where you like, for example in the
/// page's address.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::replay::Replay;
/// use workflow_ui_components::run::RunView;
///
/// #[component]
/// fn Run(id: Signal<Option<String>>) -> impl IntoView {
///     let replay = Replay::new();
///     view! {
///         <RunView handler_id=id replay />
///         <p>{move || replay.at.get().map(|at| format!("as it was after event {at}"))}</p>
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Replay {
    /// The sequence of the last event that counts. None: the run is shown as it is now, and there is no replay.
    pub at: RwSignal<Option<u64>>,
    /// Whether the moment moves by itself.
    pub(super) playing: RwSignal<bool>,
    /// What the replay shows; none while no view of a run is mounted.
    view: StoredValue<Option<ReplayView>, LocalStorage>,
    /// Whether the bar takes the focus when it appears.
    pub(super) takes_focus: StoredValue<bool>,
}

impl Default for Replay {
    fn default() -> Self {
        Self::new()
    }
}

impl Replay {
    /// A replay that is not open.
    #[must_use]
    pub fn new() -> Self {
        Self {
            at: RwSignal::new(None),
            playing: RwSignal::new(false),
            view: StoredValue::new_local(None),
            takes_focus: StoredValue::new(false),
        }
    }

    /// Moves to the next event that moved a step or asked a person, or to the one before. A replay that is not open opens at the newest
    /// event.
    pub fn step(self, forward: bool) {
        let view = self.view.try_get_value().flatten();
        if let Some(view) = view {
            view.step(forward);
        }
    }

    /// Opens at the newest event, or goes back to the run as it is now.
    pub fn toggle(self) {
        match self.view.try_get_value().flatten() {
            Some(view) if self.at.get_untracked().is_none() => {
                self.takes_focus.set_value(true);
                view.open();
            }
            _ => self.close(),
        }
    }

    /// Goes back to the run as it is now.
    pub fn close(self) {
        self.playing.set(false);
        self.at.set(None);
    }

    /// Whether a replay is open.
    pub(crate) fn is_open(self) -> Memo<bool> {
        Memo::new(move |_| self.at.with(Option::is_some))
    }

    pub(super) fn show(self, view: ReplayView) {
        self.view.set_value(Some(view));
    }

    pub(super) fn hide(self) {
        self.view.try_set_value(None);
    }
}
