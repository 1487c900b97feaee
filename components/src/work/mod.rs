//! Long work that is done in slices: a person sees how far it is, stops it, and lets it go on.

use crate::dom::now;
use crate::theme::mount_style;
use crate::ui::{El, Var, after, button, div, effect, el, span};
use std::cell::Cell;
use std::rc::{Rc, Weak};

const STYLE: &str = include_str!("work.css");

/// Milliseconds of work before the browser gets its turn.
pub(crate) const SLICE: f64 = 8.0;

/// Work that is over sooner, in milliseconds, is not shown.
const SHORT: f64 = 250.0;

/// How far some work is, in percent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Idle,
    Running(u32),
    Stopped(u32),
}

/// Some work: what does it reports how far it is, and asks whether it was stopped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    state: Var<State>,
    /// What is shown of it.
    shown: Var<State>,
    since: Var<f64>,
    /// Counts how often it was let go on.
    resumed: Var<u32>,
}

impl Work {
    pub(crate) fn new() -> Self {
        Self {
            state: Var::new(State::Idle),
            shown: Var::new(State::Idle),
            since: Var::new(0.0),
            resumed: Var::new(0),
        }
    }

    /// So much is done, and there is more.
    pub(crate) fn running(self, percent: u32) {
        if self.state.peek() == State::Idle {
            self.since.set(now());
        }
        self.put(State::Running(percent.min(99)));
    }

    /// Nothing is left to do.
    pub(crate) fn done(self) {
        self.put(State::Idle);
    }

    /// A person stopped it.
    pub(crate) fn is_stopped(self) -> bool {
        matches!(self.state.peek(), State::Stopped(_))
    }

    fn stop(self) {
        if let State::Running(percent) = self.state.peek() {
            self.put(State::Stopped(percent));
        }
    }

    /// Lets it go on, if it was stopped.
    pub(crate) fn resume(self) {
        if let State::Stopped(percent) = self.state.peek() {
            self.put(State::Running(percent));
            self.resumed.set(self.resumed.peek().wrapping_add(1));
        }
    }

    /// Runs whenever it is let go on, for as long as the owner lives.
    pub(crate) fn on_resume(self, mut go_on: impl FnMut() + 'static) {
        let before = Cell::new(self.resumed.peek());
        effect(move || {
            let now = self.resumed.get();
            if before.replace(now) != now {
                go_on();
            }
        });
    }

    fn put(self, state: State) {
        if self.state.peek() != state {
            self.state.set(state);
        }
        let shown = match state {
            State::Running(_) if now() - self.since.peek() < SHORT => State::Idle,
            state => state,
        };
        if self.shown.peek() != shown {
            self.shown.set(shown);
        }
    }
}

/// How far the work is, with a button that stops it or lets it go on. `label` names what is done: "Filtering events".
pub(crate) fn work_bar(work: Work, label: &'static str) -> El {
    mount_style(STYLE);
    let stopped = move || matches!(work.shown.get(), State::Stopped(_));
    let percent = move || match work.shown.get() {
        State::Idle => 0,
        State::Running(percent) | State::Stopped(percent) => percent,
    };
    div("wf-work")
        .attr("data-part", "work")
        .attr("data-state", move || match work.shown.get() {
            State::Idle => "idle",
            State::Running(_) => "running",
            State::Stopped(_) => "stopped",
        })
        .flag("hidden", move || work.shown.get() == State::Idle)
        .child(
            el("progress")
                .attr("max", "100")
                .attr("aria-label", label)
                .attr("value", move || percent().to_string()),
        )
        .child(span("wf-muted").attr("role", "status").text(move || {
            if stopped() {
                ["Stopped at ", &percent().to_string(), " %"].concat()
            } else {
                label.to_owned()
            }
        }))
        .child(
            button("wf-button wf-button--plain")
                .text(move || if stopped() { "Go on" } else { "Stop" })
                .on("click", move |_| {
                    if work.is_stopped() {
                        work.resume();
                    } else {
                        work.stop();
                    }
                }),
        )
}

/// Does work in slices between which the browser gets its turn, until there is none left, it is stopped, or this value is dropped.
#[derive(Debug)]
pub(crate) struct Slices {
    _alive: Rc<Cell<bool>>,
}

impl Slices {
    /// `step` does a little and says whether there is more; `turn` runs after each slice, with the same news.
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
        after(0, move || slice(work, alive, step, turn));
    }
}
