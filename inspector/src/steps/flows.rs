//! How often events were inputs and outputs of steps.

use super::{MOST, NONE};
use std::collections::HashMap;

/// How often an event of a class was an input or an output of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The step's name.
    pub step: u32,
    /// The class's name.
    pub class: u32,
    /// How often.
    pub count: u32,
}

/// The inputs and outputs of a run's steps up to a moment, and the running steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// The inputs of steps, in the order of their first occurrence.
    pub taken: Vec<Flow>,
    /// The outputs of steps.
    pub given: Vec<Flow>,
    /// The prompts, which belong to no step.
    pub asked: Vec<Flow>,
    /// The number of running workers, by the number of their step's name. Steps beyond its end are not running.
    pub at_work: Vec<u32>,
}

impl Activity {
    /// One more worker of a step is running. Does nothing for prompts, which have no step.
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

    /// How many workers of a step are running.
    pub fn workers(&self, step: u32) -> u32 {
        self.at_work.get(step as usize).copied().unwrap_or(0)
    }
}

/// Where a span is counted: indexes in lists of flows, [`NONE`] if it is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// In the inputs of steps, or in the prompts.
    pub(crate) input: u32,
    /// In the outputs of steps.
    pub(crate) output: u32,
    /// Whether the span is a prompt.
    pub(crate) asked: bool,
    /// The failed attempt that this one retries.
    pub(super) retry_of: u32,
    /// The total number of attempts; 0 if unknown.
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

/// Flows in the order of their first occurrence, each once.
#[derive(Debug, Default)]
pub(super) struct Flows {
    list: Vec<Flow>,
    places: HashMap<(u32, u32), usize>,
}

impl Flows {
    /// Counts an event, and returns the index of its flow; [`NONE`] if there are too many flows.
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
