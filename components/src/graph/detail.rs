//! What is known of one node: its documentation, its schema, its source, and its events in the run.

use super::list::{between, times};
use super::{Shown, kind_word};
use crate::icon::{Icon, IconView};
use crate::json_view::JsonTreeView;
use leptos::prelude::*;
use std::sync::Arc;
use workflow_inspector::graph::{GraphView, caption};
use workflow_protocol::{GraphNode, NodeKind, class_name};
use workflow_ui_core::use_workflows;

/// The newest turns that are offered.
const NEWEST: usize = 8;

/// What the detail of a node shows.
pub(super) struct NodeInfo {
    id: String,
    kind: String,
    caption: String,
    lines: Vec<String>,
    /// The name of its step or event class.
    name: Option<String>,
    /// Sequence and outcome of the newest turns.
    turns: Vec<(u64, &'static str)>,
    schema: Option<Arc<str>>,
    /// What the server may call the workflow of the node.
    workflow: Vec<String>,
}

impl NodeInfo {
    pub(super) fn of(shown: &Shown, id: &str) -> Option<Self> {
        let view = shown.view.borrow();
        let at = view.number(id)?;
        let node = view.node(at)?;
        let name = match node.kind {
            NodeKind::Step => Some(node.id.clone()),
            _ => node.event_class().map(|class| class_name(class).to_owned()),
        };
        let name = name.filter(|_| !shown.is_child.get());
        // The library's own classes carry pages of documentation for developers.
        let is_documented = matches!(
            node.kind,
            NodeKind::Step | NodeKind::Resource | NodeKind::ResourceConfig
        );
        let description = node.description.clone().filter(|_| is_documented);
        let lines = [Some(between(&view, at)), made_by(node), source(node), description];
        let schema = node.event_schema.as_ref().or(node.config_schema.as_ref());
        Some(Self {
            id: node.id.clone(),
            kind: kind_word(&node.kind).to_owned(),
            caption: caption(node),
            lines: lines
                .into_iter()
                .flatten()
                .filter(|line| !line.is_empty())
                .collect(),
            turns: name
                .as_deref()
                .map(|name| newest_turns(shown, name))
                .unwrap_or_default(),
            name,
            schema: schema
                .map(|schema| schema.as_str())
                .filter(|schema| schema.len() > 2)
                .map(Arc::from),
            workflow: child_names(node),
        })
    }
}

/// What changes while a node is shown, as the run goes on or is replayed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct NodeNow {
    times: String,
    /// What a collecting step has taken.
    collects: Option<String>,
}

impl NodeNow {
    pub(super) fn of(shown: &Shown, id: &str) -> Option<Self> {
        let view = shown.view.borrow();
        let traffic = shown.traffic.borrow();
        let at = view.number(id)?;
        let of = |counts: &[u32]| counts.get(at as usize).copied().unwrap_or(0);
        Some(Self {
            times: times(
                shown,
                &view.node(at)?.kind,
                of(&traffic.nodes),
                of(&traffic.at_work),
            ),
            collects: collects(shown, &view, at),
        })
    }
}

/// The possible name of a node's workflow on the server; `None` for other nodes.
fn child_names(node: &GraphNode) -> Vec<String> {
    match &node.kind {
        NodeKind::Other(kind) if matches!(kind.as_str(), "child_connector" | "workflow_agent") => {
            let names = [node.event_type.as_ref(), Some(&node.id), Some(&node.label)];
            names.into_iter().flatten().cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// Which inputs a collecting step has taken, and which it has not.
fn collects(shown: &Shown, view: &GraphView, node: u32) -> Option<String> {
    let steps = shown.fold.steps.borrow();
    let passed = shown.fold.moment(|_, moment| moment.passed());
    let found = view.collecting(node, &steps, passed.unwrap_or(usize::MAX));
    let found = found.filter(|_| !shown.is_child.get())?;
    let mut words = String::from("Taken without an output so far: ");
    for (nth, (class, times)) in found.came.iter().enumerate() {
        let comma = if nth == 0 { "" } else { ", " };
        words.push_str(&format!("{comma}{class} ×{times}"));
    }
    if !found.missing.is_empty() {
        words.push_str(&format!(". Not yet taken: {}", found.missing.join(", ")));
    }
    words.push_str(". Derived from the graph and the events of the step.");
    Some(words)
}

/// The type of a resource, and the function that makes it.
fn made_by(node: &GraphNode) -> Option<String> {
    let kind = node.type_name.clone()?;
    Some(match &node.getter_name {
        Some(getter) => format!("{kind}, made by {getter}"),
        None => kind,
    })
}

/// The file in which a node is defined.
fn source(node: &GraphNode) -> Option<String> {
    let Some(file) = &node.source_file else {
        let path = node.path_selector.as_deref().unwrap_or_default();
        return node
            .config_file
            .as_ref()
            .map(|file| format!("Read from {file} {path}"));
    };
    Some(match node.source_line {
        Some(line) => format!("Source: {file}:{line}"),
        None => format!("Source: {file}"),
    })
}

fn newest_turns(shown: &Shown, name: &str) -> Vec<(u64, &'static str)> {
    let steps = shown.fold.steps.borrow();
    let Some(number) = steps.find(name) else {
        return Vec::new();
    };
    let spans = steps.spans().iter().rev().filter(|span| {
        let step = steps.lane(span.lane).map(|lane| lane.step);
        step == Some(number) || span.input == number
    });
    spans
        .take(NEWEST)
        .map(|span| (steps.sequence(span), span.outcome.words()))
        .collect()
}

/// The detail of one node. Its newest turns are those of when it was selected.
#[component]
pub(super) fn NodeDetail(
    info: NodeInfo,
    now: Memo<NodeNow>,
    #[prop(into)] on_close: Callback<()>,
    /// Called with the sequence of the event that began a turn.
    on_select: Callback<u64>,
    /// Called with a text that the node's events contain.
    on_filter: Callback<String>,
    /// Called with the name of a child workflow whose graph is asked for.
    #[prop(into)]
    on_child: Callback<String>,
) -> impl IntoView {
    let lines = info.lines.into_iter().map(|line| {
        view! { <p class="wf-note wf-graph__line">{line}</p> }
    });
    let turns = info.turns.into_iter().map(|(sequence, outcome)| {
        view! {
            <button
                type="button"
                class="wf-button wf-button--plain wf-mono"
                title=outcome
                on:click=move |_| on_select.run(sequence)
            >
                {format!("#{sequence}")}
            </button>
        }
    });
    let events_link = info.name.map(|name| {
        view! {
            <button type="button" class="wf-link" on:click=move |_| on_filter.run(name.clone())>
                "Its events"
            </button>
        }
    });
    let child = (!info.workflow.is_empty()).then(|| view! { <ChildLink names=info.workflow on_child /> });
    let schema = info.schema.map(|schema| {
        view! {
            <div class="wf-graph__schema">
                <JsonTreeView label="Schema" text=Signal::stored(schema) />
            </div>
        }
    });
    view! {
        <section
            class="wf-graph__detail"
            data-part="node"
            part="node"
            role="region"
            aria-label="Node"
            data-node=info.id
        >
            <div class="wf-graph__head">
                <span class="wf-muted">{info.kind}</span>
                <h3 class="wf-h wf-mono" translate="no">
                    {info.caption}
                </h3>
                <span class="wf-muted wf-num" translate="no">
                    {move || now.with(|now| now.times.clone())}
                </span>
                <span class="wf-grow"></span>
                <button
                    type="button"
                    class="wf-button wf-button--plain wf-button--icon"
                    aria-label="Close node"
                    on:click=move |_| on_close.run(())
                >
                    <IconView icon=Icon::Cross />
                </button>
            </div>
            {lines.collect_view()}
            <p class="wf-note wf-graph__line" translate="no">
                {move || now.with(|now| now.collects.clone())}
            </p>
            <div class="wf-graph__turns">{turns.collect_view()} {events_link} {child}</div>
            {schema}
        </section>
    }
}

/// Opens the graph of a child workflow, if the server has a workflow of that name.
#[component]
fn ChildLink(names: Vec<String>, on_child: Callback<String>) -> impl IntoView {
    let listed = use_workflows().names;
    let found =
        Memo::new(move |_| listed.with(|listed| names.iter().find(|name| listed.contains(*name)).cloned()));
    move || {
        found.get().map(|name| {
            view! {
                <button
                    type="button"
                    class="wf-link"
                    data-part="child-graph"
                    part="child-graph"
                    on:click=move |_| on_child.run(name.clone())
                >
                    "Open its graph"
                </button>
            }
        })
    }
}
