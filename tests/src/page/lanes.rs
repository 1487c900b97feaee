//! The timeline, the graph and the wire.

use serde::Deserialize;
use serde_json::json;

use super::Page;

/// One rendered row of the timeline's list: a step execution, or a prompt that waited.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TurnView {
    /// `data-seq`.
    pub sequence: u64,
    /// `data-step`; empty for a prompt.
    pub step: String,
    /// `data-outcome`.
    pub outcome: String,
    /// Its text.
    pub text: String,
}

/// One rendered row of the graph's list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NodeView {
    /// `data-node`; empty for an undeclared node.
    pub node: String,
    /// `data-kind`.
    pub kind: String,
    /// Its text.
    pub text: String,
}

impl Page<'_> {
    /// The rendered rows, at the current scroll position.
    pub async fn turns(&self) -> Vec<TurnView> {
        let script = "return parts('step-run').filter(shown)
            .sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top)
            .map((it) => ({ sequence: Number(it.dataset.seq), step: it.dataset.step ?? '', outcome: it.dataset.outcome ?? '', text: words(it) }))";
        self.ask(script, json!([])).await
    }

    /// How many rows the timeline counts, and the meaning of its distances: `time`, `order`, `mixed`.
    pub async fn timeline(&self) -> Option<(u64, String)> {
        let script =
            "const it = part('timeline'); return it && [Number(it.dataset.count), it.dataset.scale ?? '']";
        self.ask(script, json!([])).await
    }

    /// The rendered nodes of the graph's list.
    pub async fn nodes(&self) -> Vec<NodeView> {
        let script = "return parts('graph-node').filter(shown).map((it) => ({
            node: it.dataset.node ?? '', kind: it.dataset.kind ?? '', text: words(it) }))";
        self.ask(script, json!([])).await
    }
}
