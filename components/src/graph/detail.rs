//! What is known of one node: its documentation, its schema, its source, and its events in the run.

use super::list::{between, times};
use super::{Shown, kind_word};
use crate::icon::{Icon, icon};
use crate::json_view::json_tree;
use crate::ui::{Call, El, button, div, el, memo, span};
use std::rc::Rc;
use std::sync::Arc;
use workflow_inspector::graph::caption;
use workflow_protocol::{NodeKind, class_name};

/// The newest turns that are offered.
const NEWEST: usize = 8;

pub(super) fn detail(
    shown: &Rc<Shown>,
    at: u32,
    on_select: Call<u64>,
    on_filter: Call<String>,
) -> Option<El> {
    let view = shown.view.borrow();
    let node = view.node(at)?;
    let traffic = shown.traffic.borrow();
    let of = |counts: &[u32]| counts.get(at as usize).copied().unwrap_or(0);
    let name = match node.kind {
        NodeKind::Step => Some(node.id.clone()),
        _ => node.event_class().map(|class| class_name(class).to_owned()),
    };
    let chosen = shown.chosen;
    let head = div("wf-graph__head")
        .child(span("wf-muted").text(kind_word(&node.kind)))
        .child(el("h3").class("wf-h wf-mono").text(caption(node)))
        .child(span("wf-muted wf-num").text(times(&node.kind, of(&traffic.nodes), of(&traffic.at_work))))
        .child(span("wf-grow"))
        .child(
            button("wf-button wf-button--plain wf-button--icon")
                .attr("aria-label", "Close node")
                .child(icon(Icon::Cross))
                .on("click", move |_| chosen.set(None)),
        );
    let line =
        |words: String| (!words.is_empty()).then(|| el("p").class("wf-note wf-graph__line").text(words));
    let source = match (&node.source_file, &node.config_file) {
        (Some(file), _) => {
            let mut words = ["Source: ", file].concat();
            if let Some(line) = node.source_line {
                words.push(':');
                words.push_str(&line.to_string());
            }
            words
        }
        (None, Some(file)) => [
            "Read from ",
            file,
            " ",
            node.path_selector.as_deref().unwrap_or_default(),
        ]
        .concat(),
        (None, None) => String::new(),
    };
    let made = match (&node.type_name, &node.getter_name) {
        (Some(kind), Some(getter)) => [kind, ", made by ", getter].concat(),
        (Some(kind), None) => kind.clone(),
        _ => String::new(),
    };
    // The library's own classes carry pages of documentation for developers.
    let documented = matches!(
        node.kind,
        NodeKind::Step | NodeKind::Resource | NodeKind::ResourceConfig
    );
    let words = node
        .description
        .clone()
        .filter(|_| documented)
        .unwrap_or_default();
    let mut turns = div("wf-graph__turns");
    if let Some(name) = &name {
        let steps = shown.fold.steps.borrow();
        let number = steps.find(name);
        let mut found = 0;
        for span in steps.spans().iter().rev() {
            let step = steps.lane(span.lane).map(|lane| lane.step);
            if number.is_some() && found < NEWEST && (step == number || Some(span.input) == number) {
                found += 1;
                let sequence = steps.sequence(span);
                turns = turns.child(
                    button("wf-button wf-button--plain wf-mono")
                        .attr("title", span.outcome.words())
                        .text(["#", &sequence.to_string()].concat())
                        .on("click", move |_| on_select.run(sequence)),
                );
            }
        }
        let wanted = name.clone();
        turns = turns.child(
            button("wf-link")
                .text("Its events")
                .on("click", move |_| on_filter.run(wanted.clone())),
        );
    }
    let schema = node.event_schema.as_ref().or(node.config_schema.as_ref());
    let schema = schema.filter(|schema| schema.as_str().len() > 2).map(|schema| {
        let text: Arc<str> = Arc::from(schema.as_str());
        div("wf-graph__schema").child(json_tree("Schema", memo(move || Arc::clone(&text))))
    });
    Some(
        el("section")
            .class("wf-graph__detail")
            .attr("data-part", "node")
            .attr("role", "region")
            .attr("aria-label", "Node")
            .attr("data-node", node.id.as_str())
            .child(head)
            .child(line(between(&view, at)))
            .child(line(made))
            .child(line(source))
            .child(line(words))
            .child(turns)
            .child(schema),
    )
}
