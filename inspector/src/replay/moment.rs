//! The state after an event.

use crate::steps::{Activity, Flow, NONE, Outcome, Span, Steps};
use workflow_protocol::RunStatus;

/// The state after some of the marks of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// How many marks have passed, and how many spans started and ended at them.
    passed: usize,
    begun: usize,
    ended: usize,
    /// How often each flow of the run has occurred.
    taken: Vec<u32>,
    given: Vec<u32>,
    asked: Vec<u32>,
    /// The open spans, in the order of their start.
    open: Vec<u32>,
}

impl Moment {
    /// How many marks have passed.
    pub fn passed(&self) -> usize {
        self.passed
    }

    /// How many spans have started.
    pub fn begun(&self) -> usize {
        self.begun
    }

    /// The open spans, in the order of their start: running steps, and open prompts.
    pub fn open(&self) -> &[u32] {
        &self.open
    }

    /// Applies the next mark. Does nothing after the last one.
    pub fn forward(&mut self, steps: &Steps) {
        if self.passed >= steps.marks().len() {
            return;
        }
        let mark = self.passed as u32;
        while let Some((_, span)) = steps.ends().get(self.ended).filter(|end| end.0 == mark) {
            let output = steps.counted(*span).output;
            count(&mut self.given, output, 1);
            if let Ok(at) = self.open.binary_search(span) {
                self.open.remove(at);
            }
            self.ended += 1;
        }
        while steps
            .spans()
            .get(self.begun)
            .is_some_and(|span| span.from == mark)
        {
            let span = self.begun as u32;
            let counted = steps.counted(span);
            count(self.inputs(counted.asked), counted.input, 1);
            self.open.push(span);
            self.begun += 1;
        }
        self.passed += 1;
    }

    /// Reverts the last mark. Does nothing before the first one.
    pub fn back(&mut self, steps: &Steps) {
        let Some(before) = self.passed.checked_sub(1) else {
            return;
        };
        let mark = before as u32;
        while let Some(begun) = self.begun.checked_sub(1)
            && steps.spans().get(begun).is_some_and(|span| span.from == mark)
        {
            let counted = steps.counted(begun as u32);
            count(self.inputs(counted.asked), counted.input, -1);
            self.open.pop();
            self.begun = begun;
        }
        while let Some(ended) = self.ended.checked_sub(1)
            && let Some((_, span)) = steps.ends().get(ended).filter(|end| end.0 == mark)
        {
            let output = steps.counted(*span).output;
            count(&mut self.given, output, -1);
            if let Err(at) = self.open.binary_search(span) {
                self.open.insert(at, *span);
            }
            self.ended = ended;
        }
        self.passed = before;
    }

    fn inputs(&mut self, asked: bool) -> &mut Vec<u32> {
        if asked { &mut self.asked } else { &mut self.taken }
    }

    /// The inputs and outputs of steps so far, and the running steps.
    pub fn activity(&self, steps: &Steps) -> Activity {
        let mut activity = Activity {
            taken: flows(steps.taken(), &self.taken),
            given: flows(steps.given(), &self.given),
            asked: flows(steps.asked(), &self.asked),
            at_work: Vec::new(),
        };
        for span in &self.open {
            if let Some(lane) = steps.span(*span).and_then(|span| steps.lane(span.lane)) {
                activity.count_worker(lane.step);
            }
        }
        activity
    }

    /// The outcome of a span so far; [`Outcome::Running`] or [`Outcome::Waiting`] for an open one, `None` for one that has not started.
    pub fn outcome(&self, steps: &Steps, span: u32) -> Option<Outcome> {
        let Span { to, outcome, .. } = steps.span(span).filter(|_| (span as usize) < self.begun)?;
        if (to as usize) < self.passed {
            Some(outcome)
        } else if steps.counted(span).asked {
            Some(Outcome::Waiting)
        } else {
            Some(Outcome::Running)
        }
    }

    /// Whether the event that ends the run has passed.
    pub fn has_ended(&self, steps: &Steps) -> bool {
        steps.end() != NONE && (steps.end() as usize) < self.passed
    }

    /// The status of the run at this moment; `last` is the current status: a later end is not shown.
    pub fn status(&self, steps: &Steps, last: RunStatus) -> RunStatus {
        if self.has_ended(steps) {
            return last;
        }
        let is_question = |span: &u32| steps.counted(*span).asked;
        match (self.passed, self.open.first()) {
            (0, _) => RunStatus::Starting,
            (_, Some(_)) if self.open.iter().all(is_question) => RunStatus::Waiting,
            _ => RunStatus::Running,
        }
    }
}

/// Increments or decrements; uncounted positions are ignored.
fn count(counts: &mut Vec<u32>, place: u32, by: i32) {
    if place == NONE {
        return;
    }
    let at = place as usize;
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    if let Some(count) = counts.get_mut(at) {
        *count = count.saturating_add_signed(by);
    }
    // Flows are in the order of their first occurrence, so those that have not occurred are at the end.
    if counts.last() == Some(&0) {
        counts.pop();
    }
}

/// The flows with the counts of a moment.
fn flows(all: &[Flow], counts: &[u32]) -> Vec<Flow> {
    let counted = all.iter().zip(counts);
    counted
        .map(|(flow, count)| Flow {
            count: *count,
            ..*flow
        })
        .collect()
}
