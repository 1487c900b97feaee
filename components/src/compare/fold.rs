//! Reads two runs in slices, and compares them whenever both are read.

use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use workflow_inspector::compare::{Comparison, Counts, Trail, compare};
use workflow_inspector::steps::Steps;
use workflow_protocol::{Connection, EventRef};
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

/// Milliseconds of work before the browser gets its turn.
const SLICE: f64 = 6.0;
/// How many events are read between two checks of the time.
const CHUNK: usize = 128;
/// The pause between two comparisons of runs that go on, in milliseconds.
const PAUSE: f64 = 500.0;

/// What was read of one run.
#[derive(Default)]
pub(super) struct Side {
    events: Events,
    done: usize,
    pub(super) trail: Trail,
    pub(super) steps: Steps,
}

impl Side {
    /// Continues with the current events, or starts again if they are another run's.
    fn take(&mut self, events: Events) {
        let events = events.with_internal(true);
        if !self.events.same_run(&events) || events.len() < self.done {
            *self = Self {
                steps: Steps::new(Vec::new()),
                ..Self::default()
            };
        }
        self.events = events;
    }

    fn is_read(&self) -> bool {
        self.done >= self.events.len()
    }

    fn read(&mut self, until: f64) {
        let Self {
            events,
            done,
            trail,
            steps,
        } = self;
        while *done < events.len() && crate::dom::now() < until {
            let end = events.len().min(*done + CHUNK);
            events.for_each(*done..end, |_, event| {
                trail.push(&event);
                steps.push(&event);
            });
            *done = end;
        }
    }

    /// The event at a place of the trail.
    pub(super) fn event<R>(&self, place: u32, read: impl FnOnce(EventRef<'_>) -> R) -> Option<R> {
        let item = self.trail.items().get(place as usize)?;
        self.events.by_sequence(item.sequence, read)
    }
}

/// What is said of a comparison as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Summary {
    pub(super) counts: Counts,
    pub(super) first: Option<usize>,
    pub(super) by_step: bool,
    /// Events whose payloads were no longer held.
    pub(super) unread: usize,
}

/// Whether all events of a run were received that there are, as far as is known. Of a run that has ended, or may have, all are waited
/// for: what has not come yet is not missing in it.
fn is_ready(run: UseWorkflowHandlerReturn) -> bool {
    let has_events = run.events.with(|events| events.count_all() > 0);
    // A stop event that may be a nested workflow's ends the stream, but not the run.
    let is_checked = run.suspected_stop.with(Option::is_none);
    let goes_on = is_checked && run.handler.with(Option::is_some) && !run.status.get().is_terminal();
    run.connection.with(|connection| match connection {
        Connection::Idle | Connection::Connecting => false,
        Connection::Live | Connection::Stalled { .. } | Connection::Retrying { .. } => has_events && goes_on,
        Connection::Closed => true,
    })
}

/// Two runs and their comparison.
pub(super) struct Pair {
    pub(super) sides: [RefCell<Side>; 2],
    pub(super) comparison: RefCell<Comparison>,
    /// None until both runs were read for the first time.
    pub(super) summary: RwSignal<Option<Summary>>,
    /// Changes with each comparison.
    pub(super) version: RwSignal<u32>,
    compared_at: Cell<f64>,
    is_scheduled: Cell<bool>,
}

impl Pair {
    /// Follows two runs until the current owner is cleaned up.
    pub(super) fn of_runs(runs: [UseWorkflowHandlerReturn; 2]) -> Rc<Self> {
        let pair = Rc::new(Self {
            sides: [RefCell::default(), RefCell::default()],
            comparison: RefCell::default(),
            summary: RwSignal::new(None),
            version: RwSignal::new(0),
            compared_at: Cell::new(0.0),
            is_scheduled: Cell::new(false),
        });
        let followed = Rc::clone(&pair);
        Effect::new(move |before: Option<[Option<String>; 2]>| {
            let ids = runs.map(|run| run.handler_id.get());
            if before.is_some_and(|before| before != ids) {
                followed.summary.set(None);
            }
            let is_ready = runs.into_iter().all(is_ready);
            for (side, run) in followed.sides.iter().zip(runs) {
                side.borrow_mut().take(run.events.get());
            }
            if is_ready {
                followed.schedule();
            }
            ids
        });
        pair
    }

    fn schedule(self: &Rc<Self>) {
        if self.is_scheduled.replace(true) {
            return;
        }
        let is_read = self.sides.iter().all(|side| side.borrow().is_read());
        let since = crate::dom::now() - self.compared_at.get();
        let pause = if is_read || since > PAUSE {
            0.0
        } else {
            PAUSE - since
        };
        let weak = Rc::downgrade(self);
        set_timeout(
            move || {
                if let Some(this) = weak.upgrade() {
                    this.is_scheduled.set(false);
                    this.go_on();
                }
            },
            Duration::from_secs_f64(pause / 1000.0),
        );
    }

    fn go_on(self: &Rc<Self>) {
        let until = crate::dom::now() + SLICE;
        for side in &self.sides {
            side.borrow_mut().read(until);
        }
        if !self.sides.iter().all(|side| side.borrow().is_read()) {
            self.compared_at.set(0.0);
            return self.schedule();
        }
        let [left, right] = [&self.sides[0], &self.sides[1]].map(|side| side.borrow());
        let found = compare(&left.trail, &right.trail);
        let summary = Summary {
            counts: found.counts,
            first: found.first,
            by_step: found.by_step,
            unread: left.trail.unread() + right.trail.unread(),
        };
        drop((left, right));
        self.comparison.replace(found);
        self.compared_at.set(crate::dom::now());
        self.summary.try_set(Some(summary));
        self.version
            .try_update(|version| *version = version.wrapping_add(1));
    }

    /// The beginning of a payload of each side, for a row.
    pub(super) fn payloads(&self, row: usize, most: u64) -> [Option<String>; 2] {
        let row = self.comparison.borrow().rows.get(row).copied();
        let places = row.map(|row| [row.left, row.right]).unwrap_or_default();
        let mut payloads = [None, None];
        for ((side, place), payload) in self.sides.iter().zip(places).zip(&mut payloads) {
            let text = |event: EventRef<'_>| {
                let value = event
                    .value
                    .filter(|_| event.length <= most && !event.kind.is_internal());
                value.map(str::to_owned)
            };
            *payload = place.and_then(|place| side.borrow().event(place, text)).flatten();
        }
        payloads
    }
}
