//! Nodes: their kind and position in the text.

use super::tree::{FOLDED, JsonKind, JsonTree, NONE, Node};

impl JsonTree {
    /// The kind of the node; `Null` for a missing node.
    pub fn kind(&self, node: u32) -> JsonKind {
        let first = self
            .nodes
            .get(node as usize)
            .and_then(|found| self.text.as_bytes().get(found.start as usize));
        first.map_or(JsonKind::Null, |first| JsonKind::of(*first))
    }

    /// The node's value as in the text; for a container that is still being read, the part so far. Empty for a missing node.
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

    /// The node at a byte of the text: in its key or value, or before the next one. `None` before the first.
    pub fn node_at(&self, offset: usize) -> Option<u32> {
        // Nodes are in text order. A partition over their numbers, because a node's key needs its parent.
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

    /// The start of a node's key and of its value; equal without a key.
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

    /// The number of children of a container, so far.
    pub fn child_count(&self, node: u32) -> u32 {
        self.nodes
            .get(node as usize)
            .map_or(0, |node| node.children & !FOLDED)
    }

    /// The children of a container, in text order.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let end = node.saturating_add(self.size(node));
        let mut next = node.saturating_add(1);
        std::iter::from_fn(move || {
            let child = next;
            next = next.saturating_add(self.size(child).max(1));
            (child < end).then_some(child)
        })
    }

    /// The value of a key of an object; the last one of duplicate keys, as in Python.
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

    /// The parent of a node; `None` for the root.
    pub fn parent(&self, node: u32) -> Option<u32> {
        self.nodes
            .get(node as usize)
            .map(|node| node.parent)
            .filter(|parent| *parent != NONE)
    }

    /// Whether the node is folded, even if a folded parent hides it.
    pub fn is_folded(&self, node: u32) -> bool {
        self.nodes
            .get(node as usize)
            .is_some_and(|node| node.children & FOLDED != 0)
    }

    /// The size of the subtree so far, including the node itself; 0 for a missing node.
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

    /// The key with its quotes, as in the text; empty in arrays and for the root.
    pub(crate) fn raw_key(&self, node: u32) -> &str {
        let Some(found) = self.nodes.get(node as usize) else {
            return "";
        };
        if found.parent == NONE || self.kind(found.parent) != JsonKind::Object {
            return "";
        }
        // Only a colon and white space are between the key and its value.
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
