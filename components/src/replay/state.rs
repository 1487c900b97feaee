//! Which moment of a run is shown.

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
    /// What moves the replay; none while no view of a run is mounted.
    moves: StoredValue<Option<Moves>>,
    /// Whether the bar takes the focus when it appears.
    pub(super) takes_focus: StoredValue<bool>,
}

/// How a mounted view moves the replay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moves {
    /// To the next event, or to the one before.
    pub(super) step: Callback<bool>,
    /// To the newest event.
    pub(super) open: Callback<()>,
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
            moves: StoredValue::new(None),
            takes_focus: StoredValue::new(false),
        }
    }

    /// Moves to the next event that moved a step or asked a person, or to the one before. A replay that is not open opens at the newest
    /// event.
    pub fn step(self, forward: bool) {
        if let Some(moves) = self.moves.try_get_value().flatten() {
            moves.step.try_run(forward);
        }
    }

    /// Opens at the newest event, or goes back to the run as it is now.
    pub fn toggle(self) {
        match self.moves.try_get_value().flatten() {
            Some(moves) if self.at.get_untracked().is_none() => {
                self.takes_focus.set_value(true);
                moves.open.try_run(());
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

    pub(super) fn show(self, moves: Moves) {
        self.moves.set_value(Some(moves));
    }

    pub(super) fn hide(self) {
        self.moves.try_set_value(None);
    }
}
