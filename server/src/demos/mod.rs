//! The demo workflows: the same, step by step, as those in `reference/demos.py` on the real server.

mod greeting;
mod interview;
mod r#loop;
mod odd_events;
mod progress;
mod rich_form;
mod trouble;
mod work;

use crate::engine::{Class, Step, Workflow};
use crate::python::{Json, parse};

/// All demos, in the order in which they are listed.
#[must_use]
pub fn all() -> Vec<Workflow> {
    vec![
        greeting::greeting(),
        progress::progress(),
        interview::interview(),
        work::fan_out(),
        r#loop::walk(),
        trouble::failing(),
        trouble::timeout(),
        trouble::endless(),
        rich_form::rich_form(),
        progress::tokens(),
        odd_events::odd_events(),
    ]
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
    let recorded = parse(recorded).unwrap_or(Json::Null);
    Workflow::new(name, &recorded, start, classes, steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The real server's recordings and the classes of the Rust demos are written apart; this finds where
    /// they differ.
    #[test]
    fn every_recorded_class_is_known() {
        for demo in all() {
            let recorded = parse(&demo.events).expect("recorded events are JSON");
            let titles: Vec<&str> = recorded
                .get("events")
                .map(Json::as_list)
                .unwrap_or_default()
                .iter()
                .filter_map(|schema| schema.get("title")?.as_str())
                .collect();
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
            let schema = parse(&demo.schema).expect("recorded schema is JSON");
            let title = schema
                .get("start")
                .and_then(|start| start.get("title"))
                .and_then(Json::as_str);
            assert_eq!(title, Some(demo.start.name), "start event of {}", demo.name);
        }
    }

    #[test]
    fn every_recorded_step_is_there() {
        for demo in all() {
            let recorded = parse(&demo.representation).expect("recorded graph is JSON");
            let nodes = recorded
                .get("graph")
                .and_then(|graph| graph.get("nodes"))
                .map(Json::as_list)
                .unwrap_or_default();
            let mut recorded: Vec<&str> = nodes
                .iter()
                .filter(|node| node.get("node_type").and_then(Json::as_str) == Some("step"))
                .filter_map(|node| node.get("id")?.as_str())
                .collect();
            let mut steps: Vec<&str> = demo.steps.iter().map(|step| step.name).collect();
            recorded.sort_unstable();
            steps.sort_unstable();
            assert_eq!(steps, recorded, "steps of {}", demo.name);
        }
    }
}
