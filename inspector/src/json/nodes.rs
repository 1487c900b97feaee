//! Nodes: their kind and position in the text.

use super::tree::{FOLDED, JsonKind, JsonTree, NONE, Node};

impl JsonTree {
    /// What the node is; `Null` for a node that isn't there.
    pub fn kind(&self, node: u32) -> JsonKind {
        let first = self
            .nodes
            .get(node as usize)
            .and_then(|found| self.text.as_bytes().get(found.start as usize));
        first.map_or(JsonKind::Null, |first| JsonKind::of(*first))
    }

    /// The node's value as it stands in the text; of a container that is still being read, what is read of it. Empty for
    /// a node that isn't there.
    pub fn value(&self, node: u32) -> &str {
        let Some(node) = self.nodes.get(node as usize) else {
            return "";
        };
        let end = if node.end == 0 {
            self.position()
        } else {
            node.end as usize
        };
        self.text.get(node.start as usize..end).unwrap_or_default()
    }

    /// The node that a byte of the text belongs to: in whose key or value it stands, or behind which. None before the first.
    pub fn node_at(&self, offset: usize) -> Option<u32> {
        // Nodes are in the order of the text. A partition over their numbers, since a node's key needs its parent.
        let (mut low, mut high) = (0, self.nodes.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.starts(middle).0 <= offset {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.checked_sub(1)
    }

    /// Where a node's key and its value begin; the same without a key.
    pub(super) fn starts(&self, node: u32) -> (usize, usize) {
        let Some(found) = self.nodes.get(node as usize) else {
            return (usize::MAX, usize::MAX);
        };
        let value = found.start as usize;
        if found.parent != NONE && self.kind(found.parent) == JsonKind::Object {
            (found.key as usize, value)
        } else {
            (value, value)
        }
    }

    /// Children of a container, so far.
    pub fn child_count(&self, node: u32) -> u32 {
        self.nodes
            .get(node as usize)
            .map_or(0, |node| node.children & !FOLDED)
    }

    /// The children of a container, in the order of the text.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let end = node.saturating_add(self.size(node));
        let mut next = node.saturating_add(1);
        std::iter::from_fn(move || {
            let child = next;
            next = next.saturating_add(self.size(child).max(1));
            (child < end).then_some(child)
        })
    }

    /// The value of a key of an object; of the last one when the key is there twice, as Python reads it.
    pub fn get(&self, object: u32, key: &str) -> Option<u32> {
        if self.kind(object) != JsonKind::Object {
            return None;
        }
        let mut found = None;
        for child in self.children(object) {
            let raw = self.raw_key(child);
            if super::unquote(raw) == key {
                found = Some(child);
            }
        }
        found
    }

    /// The container a node stands in; none for the root.
    pub fn parent(&self, node: u32) -> Option<u32> {
        self.nodes
            .get(node as usize)
            .map(|node| node.parent)
            .filter(|parent| *parent != NONE)
    }

    /// Whether the node is folded; also when another folded one hides it.
    pub fn is_folded(&self, node: u32) -> bool {
        self.nodes
            .get(node as usize)
            .is_some_and(|node| node.children & FOLDED != 0)
    }

    /// Nodes of the subtree, so far, the node itself included; 0 for a node that isn't there.
    pub(super) fn size(&self, node: u32) -> u32 {
        match self.nodes.get(node as usize) {
            None => 0,
            Some(Node { skip: 0, .. }) => self.nodes.len() as u32 - node,
            Some(found) => found.skip,
        }
    }

    pub(super) fn mark_folded(&mut self, node: u32, folded: bool) -> bool {
        let Some(found) = self.nodes.get_mut(node as usize) else {
            return false;
        };
        let before = found.children & FOLDED != 0;
        found.children = (found.children & !FOLDED) | if folded { FOLDED } else { 0 };
        before != folded
    }

    /// The key with its quotes, as it stands in the text; empty in arrays and for the root.
    pub(crate) fn raw_key(&self, node: u32) -> &str {
        let Some(found) = self.nodes.get(node as usize) else {
            return "";
        };
        if found.parent == NONE || self.kind(found.parent) != JsonKind::Object {
            return "";
        }
        // Between the key and its value stand a colon and white space only.
        let before = self
            .text
            .get(found.key as usize..found.start as usize)
            .unwrap_or_default();
        before
            .trim_ascii_end()
            .strip_suffix(':')
            .unwrap_or_default()
            .trim_ascii_end()
    }
}
