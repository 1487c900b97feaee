//! What a replay shows: the events it moves over, and the fold of the run's steps.

use super::state::{Moves, Replay};
use crate::timeline::StepFold;
use leptos::prelude::*;
use std::rc::Rc;
use workflow_inspector::replay::{Moment, next_step, open_prompts, previous_step};
use workflow_inspector::steps::Steps;
use workflow_inspector::text::count;
use workflow_protocol::{Prompt, RunStatus};
use workflow_ui_core::{Events, UseWorkflowHandlerReturn};

/// Steps at work that are named.
const NAMED: usize = 3;

/// A replay of one run.
#[derive(Clone, Copy)]
pub(crate) struct ReplayView {
    pub(crate) run: UseWorkflowHandlerReturn,
    pub(crate) replay: Replay,
    /// All events, internal ones included.
    pub(super) events: Memo<Events>,
    /// What held then; none without a replay.
    pub(super) then: Memo<Option<Then>>,
    fold: StoredValue<Rc<StepFold>, LocalStorage>,
}

/// What held at the moment that is shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Then {
    pub(super) status: RunStatus,
    /// Whether the event that ended the run had come.
    pub(super) has_ended: bool,
    /// Turns that had begun, and turns of the run.
    turns: (usize, usize),
    /// The steps at work, each with its number of workers.
    at_work: Vec<(String, u32)>,
}

impl ReplayView {
    /// `fold` must be followed while the replay is open.
    pub(crate) fn new(run: UseWorkflowHandlerReturn, replay: Replay, fold: &Rc<StepFold>) -> Self {
        let version = fold.version;
        on_cleanup(move || replay.hide());
        let fold = StoredValue::new_local(Rc::clone(fold));
        let then = Memo::new(move |_| {
            version.track();
            let last = run.status.get();
            fold.with_value(|fold| fold.moment(|steps, moment| Then::of(steps, moment, last)))
        });
        let view = Self {
            run,
            replay,
            events: Memo::new(move |_| run.events.get().with_internal(true)),
            then,
            fold,
        };
        replay.show(Moves {
            step: Callback::new(move |forward| view.step(forward)),
            open: Callback::new(move |()| view.open()),
        });
        view
    }

    /// Shows the run as it was after the event of a row.
    pub(super) fn go(self, row: usize) {
        let sequence = self
            .events
            .with_untracked(|events| events.with(row, |event| event.sequence));
        if let Some(sequence) = sequence {
            self.replay.at.set(Some(sequence));
        }
    }

    /// Opens at the newest event.
    pub(super) fn open(self) {
        if let Some(last) = self.events.with_untracked(Events::len).checked_sub(1) {
            self.go(last);
        }
    }

    /// The row of the last event that counts, as far as it was received.
    pub(super) fn row(self) -> Option<usize> {
        let at = self.replay.at.get()?;
        self.events.with(|events| row_of(events, at))
    }

    pub(super) fn row_untracked(self) -> Option<usize> {
        untrack(|| self.row())
    }

    /// Moves to the step boundary before or after; to the first or the last event where there is none.
    pub(super) fn step(self, forward: bool) {
        let Some(at) = self.replay.at.get_untracked() else {
            return self.open();
        };
        self.replay.playing.set(false);
        // Where the steps are is not known yet.
        if self.fold.try_with_value(|fold| fold.is_complete()) != Some(true) {
            return;
        }
        let found = self.fold.try_with_value(|fold| {
            let steps = fold.steps.borrow();
            // A frame without an id of its own has a number that says nothing about order.
            let at = self
                .events
                .with_untracked(|events| numbered(events, at))
                .unwrap_or(at);
            if forward {
                next_step(&steps, at)
            } else {
                previous_step(&steps, at)
            }
        });
        let last = self.events.with_untracked(Events::len).saturating_sub(1);
        match found.flatten() {
            Some(sequence) => self.replay.at.set(Some(sequence)),
            None => self.go(if forward { last } else { 0 }),
        }
    }

    /// Whether the end of the run is still to come in the replay.
    pub(crate) fn is_before_end(self) -> Memo<bool> {
        Memo::new(move |_| {
            let Some(row) = self.row() else {
                return self.replay.at.with(Option::is_some);
            };
            let is_last = || row + 1 >= self.events.with(Events::len);
            let has_ended = self
                .then
                .with(|then| then.as_ref().is_some_and(|then| then.has_ended));
            !(has_ended || self.run.status.get().is_terminal() && is_last())
        })
    }

    /// The prompts that were open.
    pub(super) fn prompts(self) -> Vec<Prompt> {
        let Some(at) = self.replay.at.get() else {
            return Vec::new();
        };
        let has_ended = self
            .then
            .with(|then| then.as_ref().is_some_and(|then| then.has_ended));
        self.run
            .prompts
            .with(|prompts| open_prompts(prompts, at, has_ended).cloned().collect())
    }
}

impl Then {
    fn of(steps: &Steps, moment: &Moment, last: RunStatus) -> Self {
        let activity = moment.activity(steps);
        let at_work = (0..).zip(activity.at_work).filter(|(_, workers)| *workers > 0);
        Self {
            status: moment.status(steps, last),
            has_ended: moment.has_ended(steps),
            turns: (moment.begun(), steps.spans().len()),
            at_work: at_work
                .map(|(step, workers)| (steps.name(step).to_owned(), workers))
                .collect(),
        }
    }

    /// What happened at this moment: `running work ×3, gather · 12 of 40 turns`.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (nth, (name, workers)) in self.at_work.iter().take(NAMED).enumerate() {
            text.push_str(if nth == 0 { "running " } else { ", " });
            text.push_str(name);
            if *workers > 1 {
                text.push_str(" ×");
                text.push_str(&workers.to_string());
            }
        }
        if let Some(more) = self.at_work.len().checked_sub(NAMED).filter(|more| *more > 0) {
            text.push_str(&format!(" and {more} more"));
        }
        if !text.is_empty() {
            text.push_str(" · ");
        }
        let (begun, all) = self.turns;
        text.push_str(&format!("{} of {} turns", count(begun as u64), count(all as u64)));
        text
    }
}

/// The sequence up to which steps are shown. A frame without an id of its own has a number that says nothing about order: the last event
/// before it counts.
pub(crate) fn fold_until(run: UseWorkflowHandlerReturn, replay: Replay) -> Signal<Option<u64>> {
    let until = Memo::new(move |_| {
        let at = replay.at.get()?;
        let found = run
            .events
            .with(|events| numbered(&events.clone().with_internal(true), at));
        Some(found.unwrap_or(at))
    });
    until.into()
}

/// The row of the event of a sequence, or of the last one before it.
fn row_of(events: &Events, at: u64) -> Option<usize> {
    let from = events.row_from(at);
    let is_there = events.with(from, |event| event.sequence) == Some(at);
    if is_there { Some(from) } else { from.checked_sub(1) }
}

/// The sequence of the last event with an id of its own, up to and including this one.
fn numbered(events: &Events, at: u64) -> Option<u64> {
    let mut row = row_of(events, at)?;
    loop {
        let (sequence, is_numbered) = events.with(row, |event| (event.sequence, event.numbered))?;
        if is_numbered {
            return Some(sequence);
        }
        row = row.checked_sub(1)?;
    }
}
