//! Long work in slices, with a bar that shows the progress and can stop and continue the work.

use crate::dom::now;
use crate::theme::mount_style;
use leptos::prelude::*;
use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::Duration;

const STYLE: &str = include_str!("work.css");

/// Milliseconds of work before the browser gets its turn.
pub(crate) const SLICE: f64 = 8.0;

/// Work that ends sooner, in milliseconds, is not shown.
const SHORT: f64 = 250.0;

/// How far some work is, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Idle,
    Running(u32),
    Stopped(u32),
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Running(_) => "running",
            Self::Stopped(_) => "stopped",
        }
    }

    const fn percent(self) -> u32 {
        match self {
            Self::Idle => 0,
            Self::Running(percent) | Self::Stopped(percent) => percent,
        }
    }

    const fn is_stopped(self) -> bool {
        matches!(self, Self::Stopped(_))
    }
}

/// The state of some work, shared by the code that does it and the bar that shows it.
///
/// The work may outlive the owner of its signals: then it is neither shown nor stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    state: RwSignal<State>,
    /// What the bar shows: short work stays idle.
    shown: RwSignal<State>,
    started_at: StoredValue<f64>,
    /// Counts the continuations.
    resumed: RwSignal<u32>,
}

impl Work {
    pub(crate) fn new() -> Self {
        Self {
            state: RwSignal::new(State::Idle),
            shown: RwSignal::new(State::Idle),
            started_at: StoredValue::new(0.0),
            resumed: RwSignal::new(0),
        }
    }

    fn state(self) -> State {
        self.state.try_get_untracked().unwrap_or_default()
    }

    /// This much is done, and there is more.
    pub(crate) fn running(self, percent: u32) {
        if self.state() == State::Idle {
            self.started_at.try_set_value(now());
        }
        self.set(State::Running(percent.min(99)));
    }

    /// Nothing is left to do.
    pub(crate) fn done(self) {
        self.set(State::Idle);
    }

    /// Whether the user stopped it.
    pub(crate) fn is_stopped(self) -> bool {
        self.state().is_stopped()
    }

    fn stop(self) {
        if let State::Running(percent) = self.state() {
            self.set(State::Stopped(percent));
        }
    }

    /// Continues it, if it was stopped.
    pub(crate) fn resume(self) {
        if let State::Stopped(percent) = self.state() {
            self.set(State::Running(percent));
            self.resumed
                .try_update(|resumed| *resumed = resumed.wrapping_add(1));
        }
    }

    /// Runs `resume` at each continuation, until the current owner is cleaned up.
    pub(crate) fn on_resume(self, mut resume: impl FnMut() + 'static) {
        Effect::new(move |before: Option<u32>| {
            let count = self.resumed.get();
            if before.is_some_and(|before| before != count) {
                resume();
            }
            count
        });
    }

    fn set(self, state: State) {
        set_if_changed(self.state, state);
        let since = self.started_at.try_get_value().unwrap_or_default();
        set_if_changed(
            self.shown,
            match state {
                State::Running(_) if now() - since < SHORT => State::Idle,
                state => state,
            },
        );
    }
}

fn set_if_changed(signal: RwSignal<State>, state: State) {
    if signal.try_get_untracked() != Some(state) {
        signal.try_set(state);
    }
}

/// How far the work is, with a button that stops or continues it.
#[component]
pub(crate) fn WorkBar(
    work: Work,
    /// What is done: "Filtering events".
    label: &'static str,
) -> impl IntoView {
    mount_style(STYLE);
    let Work { shown, .. } = work;
    let status = move || match shown.get() {
        State::Stopped(percent) => format!("Stopped at {percent} %"),
        _ => label.to_owned(),
    };
    let toggle = move |_| {
        if work.is_stopped() {
            work.resume();
        } else {
            work.stop();
        }
    };
    view! {
        <div
            class="wf-work"
            data-part="work"
            part="work"
            data-state=move || shown.get().as_str()
            hidden=move || shown.get() == State::Idle
        >
            <progress max="100" aria-label=label value=move || shown.get().percent()></progress>
            <span class="wf-muted" role="status" translate="no">
                {status}
            </span>
            <button type="button" class="wf-button wf-button--plain" translate="no" on:click=toggle>
                {move || if shown.get().is_stopped() { "Go on" } else { "Stop" }}
            </button>
        </div>
    }
}

/// Does work in slices between which the browser gets its turn, until none is left, it is stopped, or this value is dropped.
#[derive(Debug)]
pub(crate) struct Slices {
    _alive: Rc<Cell<bool>>,
}

impl Slices {
    /// `step` does a little and returns whether there is more; `turn` runs after each slice, with the same value.
    pub(crate) fn start(
        work: Work,
        step: impl FnMut() -> bool + 'static,
        turn: impl FnMut(bool) + 'static,
    ) -> Self {
        let alive = Rc::new(Cell::new(true));
        slice(work, Rc::downgrade(&alive), Box::new(step), Box::new(turn));
        Self { _alive: alive }
    }
}

fn slice(
    work: Work,
    alive: Weak<Cell<bool>>,
    mut step: Box<dyn FnMut() -> bool>,
    mut turn: Box<dyn FnMut(bool)>,
) {
    if alive.upgrade().is_none() || work.is_stopped() {
        return;
    }
    let until = now() + SLICE;
    let mut more = step();
    while more && now() < until {
        more = step();
    }
    turn(more);
    if more {
        set_timeout(move || slice(work, alive, step, turn), Duration::ZERO);
    }
}
