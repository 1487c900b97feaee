//! How often events went in and out of steps.

use super::{MOST, NONE};
use std::collections::HashMap;

/// How often an event of a class went into a step, or came out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The step's name.
    pub step: u32,
    /// The class's name.
    pub class: u32,
    /// How often.
    pub count: u32,
}

/// What the steps of a run took and returned until a moment, and who is at work then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// What steps took, in the order in which it first occurred.
    pub taken: Vec<Flow>,
    /// What steps returned.
    pub given: Vec<Flow>,
    /// What was asked, of nobody's step.
    pub asked: Vec<Flow>,
    /// How many workers are at work, by the number of their step's name. Steps beyond its end are at rest.
    pub at_work: Vec<u32>,
}

impl Activity {
    /// One more worker of a step is at work. Does nothing for questions, which have no step.
    pub(crate) fn count_worker(&mut self, step: u32) {
        if step == NONE {
            return;
        }
        let at = step as usize;
        if self.at_work.len() <= at {
            self.at_work.resize(at + 1, 0);
        }
        if let Some(count) = self.at_work.get_mut(at) {
            *count += 1;
        }
    }

    /// How many workers of a step are at work.
    pub fn workers(&self, step: u32) -> u32 {
        self.at_work.get(step as usize).copied().unwrap_or(0)
    }
}

/// Where a span is counted: places in lists of flows, [`NONE`] where it is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// In the flows that steps took, or in those that were asked.
    pub(crate) input: u32,
    /// In the flows that steps returned.
    pub(crate) output: u32,
    /// Whether the span is a question.
    pub(crate) asked: bool,
    /// The failed attempt that this one tries again.
    pub(super) retry_of: u32,
    /// How many attempts there were in all; 0 as long as nobody said so.
    pub(super) attempts: u32,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            input: NONE,
            output: NONE,
            asked: false,
            retry_of: NONE,
            attempts: 0,
        }
    }
}

/// Flows in the order in which they first occurred, each once.
#[derive(Debug, Default)]
pub(super) struct Flows {
    list: Vec<Flow>,
    places: HashMap<(u32, u32), usize>,
}

impl Flows {
    /// Counts an event, and returns the place of its flow; [`NONE`] for one that is not counted, since there are too many.
    pub(super) fn add(&mut self, step: u32, class: u32) -> u32 {
        if let Some(place) = self.places.get(&(step, class)).copied() {
            if let Some(flow) = self.list.get_mut(place) {
                flow.count += 1;
            }
            return place as u32;
        }
        let place = self.list.len();
        if place >= MOST {
            return NONE;
        }
        self.places.insert((step, class), place);
        self.list.push(Flow {
            step,
            class,
            count: 1,
        });
        place as u32
    }

    pub(super) fn list(&self) -> &[Flow] {
        &self.list
    }
}
