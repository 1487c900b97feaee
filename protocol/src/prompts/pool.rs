//! The prompts that one kind of evidence can belong to.

use std::collections::BTreeSet;

use super::types::{AnswerId, Invocation};
use crate::Time;
use crate::operations;
use indexmap::IndexMap;

/// How many effects are kept that may have to be attributed to another answer.
const MAX_DOUBTS: usize = 64;

/// An attribution that may be wrong.
#[derive(Debug)]
pub(super) struct Attribution {
    pub(super) answer: AnswerId,
    pub(super) prompt: u64,
    pub(super) sequence: u64,
    /// The effect was assumed, because another invocation of the step explains it too.
    pub(super) assumed: bool,
}

/// Prompts that the same evidence closes: those of one kind of waiting invocation, or all whose step has returned.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Prompts that may be unanswered, including those shown as closed because an effect was attributed to their answer.
    pub(super) waiting: BTreeSet<u64>,
    /// Accepted answers whose effect was not seen yet, in the order of sending.
    pub(super) accepted: BTreeSet<(Time, AnswerId)>,
    /// Effects that each are about one of the waiting prompts, in order.
    pub(super) effects: Vec<u64>,
    /// Those of the effects that no known answer explains.
    pub(super) unexplained: Vec<u64>,
    /// How many waiting prompts precede the latest effect.
    pub(super) exposed: usize,
    pub(super) attributions: Vec<Attribution>,
    /// Starts of the step that no known answer explained. A new invocation explains them, and so does an answer whose response came later.
    pub(super) ambiguous: Vec<u64>,
    /// An answer of this class was unhandled since the latest unexplained effect.
    pub(super) had_unhandled: bool,
}

impl Pool {
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn has_accepted(&self) -> bool {
        !self.accepted.is_empty()
    }

    pub(super) fn is_exposed(&self, sequence: u64) -> bool {
        self.effects.last().is_some_and(|last| sequence < *last)
    }

    pub(super) fn insert(&mut self, sequence: u64) {
        if self.waiting.insert(sequence) && self.is_exposed(sequence) {
            self.exposed += 1;
        }
    }

    pub(super) fn remove(&mut self, sequence: u64) {
        if self.waiting.remove(&sequence) && self.is_exposed(sequence) {
            self.exposed -= 1;
        }
    }

    pub(super) fn put_effect(&mut self, sequence: u64) {
        put(&mut self.effects, sequence);
        self.exposed = match self.effects.last() {
            // The last event of all is later than all prompts.
            Some(last) if self.waiting.last().is_none_or(|newest| newest < last) => self.waiting.len(),
            Some(last) => {
                let count = self.waiting.range(..*last).count();
                operations::add(count);
                count
            }
            None => 0,
        };
    }

    /// The first unexplained effect that an answer sent after `after` explains.
    pub(super) fn take_unexplained(&mut self, after: Option<u64>) -> Option<u64> {
        let at = after.map_or(0, |after| {
            self.unexplained.partition_point(|sequence| *sequence <= after)
        });
        if at >= self.unexplained.len() {
            return None;
        }
        operations::add(self.unexplained.len() - at);
        Some(self.unexplained.remove(at))
    }

    /// Removes the prompts that effects are certainly about, because there are as many. Returns them with the unexplained effects.
    pub(super) fn take_certain(&mut self) -> Option<(Vec<u64>, Vec<u64>)> {
        let last = self.effects.last().copied()?;
        if self.exposed > self.effects.len() {
            return None;
        }
        self.effects.clear();
        self.exposed = 0;
        let later = self.waiting.split_off(&last);
        let answered = std::mem::replace(&mut self.waiting, later);
        self.attributions
            .retain(|attribution| !answered.contains(&attribution.prompt));
        operations::add(answered.len());
        let unexplained = std::mem::take(&mut self.unexplained);
        Some((answered.into_iter().collect(), unexplained))
    }

    /// Stores an unexplained start of the step.
    pub(super) fn ambiguous_start(&mut self, sequence: u64) {
        if self.ambiguous.len() >= MAX_DOUBTS {
            self.ambiguous.remove(0);
        }
        self.ambiguous.push(sequence);
    }

    pub(super) fn attribute_tentatively(&mut self, attribution: Attribution) {
        if self.attributions.len() >= MAX_DOUBTS {
            self.attributions.remove(0);
        }
        self.attributions.push(attribution);
    }
}

/// The pools of prompts by what waits for their answers: `None` for prompts whose step has returned.
pub(super) type Pools = IndexMap<Option<Invocation>, Pool>;

/// Inserts a sequence into an ordered list.
pub(super) fn put(list: &mut Vec<u64>, sequence: u64) {
    let at = list.partition_point(|known| *known <= sequence);
    operations::add(list.len() - at + 1);
    list.insert(at, sequence);
}
