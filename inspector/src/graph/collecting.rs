//! Which inputs a collecting step waits for.

use super::GraphView;
use crate::steps::{NONE, Outcome, Steps};
use workflow_protocol::{NodeKind, class_name};

/// The inputs of a step since it last returned an event. Derived: the server reports neither that a step collects nor how many it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collecting {
    /// The classes that it consumed, and how often, in the order of the graph.
    pub came: Vec<(String, u32)>,
    /// The classes that the graph declares and that did not arrive.
    pub missing: Vec<String>,
}

impl GraphView {
    /// The inputs that a step collects, after the first `passed` marks of a run. `None` for a step that returned an event in each
    /// execution, or in its last one.
    pub fn collecting(&self, node: u32, steps: &Steps, passed: usize) -> Option<Collecting> {
        let step = self.node(node).filter(|node| node.kind == NodeKind::Step)?;
        let step = steps.find(&step.id)?;
        let begun = steps
            .spans()
            .partition_point(|span| (span.from as usize) < passed);
        let mut taken: Vec<(u32, u32)> = Vec::new();
        for span in steps.spans().iter().take(begun).rev() {
            if steps.lane(span.lane).is_none_or(|lane| lane.step != step) {
                continue;
            }
            if (span.to as usize) >= passed || span.outcome != Outcome::Returned {
                continue;
            }
            if span.output != NONE {
                break;
            }
            match taken.iter_mut().find(|(class, _)| *class == span.input) {
                Some((_, count)) => *count += 1,
                None => taken.push((span.input, 1)),
            }
        }
        if taken.is_empty() {
            return None;
        }
        let mut collecting = Collecting::default();
        for input in self.neighbours(node, true) {
            let Some(class) = self.node(input).and_then(|input| input.event_class()) else {
                continue;
            };
            let name = class_name(class);
            let count = taken.iter().find(|(class, _)| steps.name(*class) == name);
            match count {
                Some((_, count)) => collecting.came.push((name.to_owned(), *count)),
                None => collecting.missing.push(name.to_owned()),
            }
        }
        Some(collecting)
    }
}
