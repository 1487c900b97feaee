//! The demo workflows: the same, step by step, as those in `reference/demos.py` on the real server.

mod approvals;
mod extraction;
mod failing;
mod greeting;
mod interview;
mod r#loop;
mod odd_events;
mod progress;
mod rich_form;
mod work;

use crate::agent_data::AgentDataStore;
use crate::engine::{Class, Step, Workflow};

/// All demos, in the order in which they are listed.
#[must_use]
pub fn all() -> Vec<Workflow> {
    vec![
        greeting::greeting(),
        progress::progress(),
        interview::interview(),
        approvals::approvals(),
        work::fan_out(),
        r#loop::walk(),
        failing::failing(),
        failing::timeout(),
        failing::endless(),
        rich_form::rich_form(),
        progress::tokens(),
        odd_events::odd_events(),
    ]
}

/// All demos, and `extraction` if there is a store that it can write to.
#[must_use]
pub fn with_store(store: Option<&AgentDataStore>) -> Vec<Workflow> {
    let mut demos = all();
    demos.extend(store.cloned().map(extraction::extraction));
    demos
}

/// A workflow with what the real server says about it.
fn workflow(
    name: &'static str,
    recorded: &str,
    start: &'static Class,
    classes: &[&'static Class],
    steps: Vec<Step>,
) -> Workflow {
    // The recordings are part of the program; a test reads all of them.
    Workflow::new(name, recorded, start, classes, steps)
}

#[cfg(test)]
mod tests {
    use workflow_protocol::{NodeKind, schema_title};

    use super::*;

    /// The real server's recordings and the classes of the Rust demos are written apart; this finds where
    /// they differ.
    #[test]
    fn every_recorded_class_is_known() {
        for demo in with_store(Some(&AgentDataStore::in_memory())) {
            let schemas = demo.events.events.iter();
            let titles: Vec<String> = schemas.filter_map(schema_title).collect();
            assert!(!titles.is_empty(), "{} has events", demo.name);
            let known: Vec<&str> = demo
                .registry
                .classes
                .iter()
                .map(|class| class.name.as_str())
                .collect();
            assert_eq!(known, titles, "classes of {}", demo.name);
            assert!(
                demo.class(demo.start.name).is_some(),
                "{} can be started",
                demo.name
            );
            let title = schema_title(&demo.schema.start);
            assert_eq!(
                title.as_deref(),
                Some(demo.start.name),
                "start event of {}",
                demo.name
            );
        }
    }

    #[test]
    fn every_recorded_step_is_there() {
        for demo in with_store(Some(&AgentDataStore::in_memory())) {
            let nodes = demo.representation.graph.nodes.iter();
            let steps = nodes.filter(|node| node.kind == NodeKind::Step);
            let mut recorded: Vec<&str> = steps.map(|node| node.id.as_str()).collect();
            let mut steps: Vec<&str> = demo.steps.iter().map(|step| step.name).collect();
            recorded.sort_unstable();
            steps.sort_unstable();
            assert_eq!(steps, recorded, "steps of {}", demo.name);
        }
    }
}
