use super::strings::pointer_key;
use super::tree::{Fold, JsonKind, JsonTree, NONE};
use super::{push_pointer, unquote};
use std::ops::Range;

/// The label of a row's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKey<'a> {
    /// Nothing: the outermost value.
    Root,
    /// An object's key as in the text, with quotes and escapes; [`unquote`] decodes it.
    Name(&'a str),
    /// An array's index.
    Index(u32),
}

/// One visible row of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonRow<'a> {
    /// The node, for [`JsonTree::set_folded`], [`JsonTree::path`] and as a stable key of the rendered row.
    pub node: u32,
    /// 0 for the root.
    pub depth: u32,
    /// Its key or index.
    pub key: JsonKey<'a>,
    /// Its kind.
    pub kind: JsonKind,
    /// The whole value as in the text; it may be megabytes, so show a [`preview`](super::preview) of it.
    pub text: &'a str,
    /// Children of a container.
    pub children: u32,
    /// Folded, so without rows for its children. Never set without children.
    pub folded: bool,
}

impl JsonTree {
    /// The number of visible rows, so far.
    pub fn row_count(&self) -> usize {
        let hidden = self
            .folds
            .last()
            .map_or(0, |fold| fold.before + self.hidden_by(*fold));
        self.nodes.len() - hidden as usize
    }

    /// One visible row, from 0. Takes time logarithmic in the number of folds and linear in the depth of the row.
    pub fn row(&self, row: usize) -> Option<JsonRow<'_>> {
        let node = self.node_at_row(row)?;
        Some(self.row_of(node, self.depth(node)))
    }

    /// The visible rows of a window; fewer at the end of the tree.
    pub fn rows(&self, range: Range<usize>) -> Vec<JsonRow<'_>> {
        let mut rows: Vec<JsonRow<'_>> = Vec::new();
        for index in range {
            let Some(node) = self.node_at_row(index) else {
                break;
            };
            let depth = match rows.last() {
                Some(above) => self.depth_after(above.node, above.depth, node),
                None => self.depth(node),
            };
            rows.push(self.row_of(node, depth));
        }
        rows
    }

    /// The node that a visible row shows.
    pub fn node_at_row(&self, row: usize) -> Option<u32> {
        let row = u32::try_from(row).ok()?;
        let after = self.folds.partition_point(|fold| fold.node - fold.before < row);
        let hidden = match after.checked_sub(1).and_then(|last| self.folds.get(last)) {
            Some(fold) => fold.before + self.hidden_by(*fold),
            None => 0,
        };
        let node = row.checked_add(hidden)?;
        ((node as usize) < self.nodes.len()).then_some(node)
    }

    /// The visible row of a node; `None` if a folded parent hides it.
    pub fn row_of_node(&self, node: u32) -> Option<usize> {
        if node as usize >= self.nodes.len() {
            return None;
        }
        let after = self.folds.partition_point(|fold| fold.node < node);
        match after.checked_sub(1).and_then(|last| self.folds.get(last)) {
            Some(fold) if node - fold.node <= self.hidden_by(*fold) => None,
            Some(fold) => Some((node - fold.before - self.hidden_by(*fold)) as usize),
            None => Some(node as usize),
        }
    }

    /// The node's path as a JSON pointer, `/a/0`; empty for the root.
    pub fn path(&self, node: u32) -> String {
        let mut up = Vec::new();
        let mut at = node;
        while let Some(parent) = self.parent(at) {
            up.push(at);
            at = parent;
        }
        let mut path = String::new();
        for node in up.into_iter().rev() {
            path.push('/');
            match self.key(node) {
                JsonKey::Root => {}
                JsonKey::Name(raw) => push_pointer(&mut path, &unquote(raw)),
                JsonKey::Index(index) => path.push_str(&index.to_string()),
            }
        }
        path
    }

    /// The node at a JSON pointer (`/a/0`, or empty for the root), if it was read.
    pub fn find(&self, pointer: &str) -> Option<u32> {
        let mut node = 0;
        if self.nodes.is_empty() {
            return None;
        }
        for segment in pointer.split('/').skip(1) {
            let key = pointer_key(segment);
            node = match self.kind(node) {
                JsonKind::Array => {
                    let index: usize = key.parse().ok()?;
                    self.children(node).nth(index)?
                }
                _ => self.get(node, &key)?,
            };
        }
        Some(node)
    }

    /// Folds or unfolds a container. Unfolding restores the folds inside it. Takes time linear in the number of shown rows and of folded
    /// containers.
    pub fn set_folded(&mut self, node: u32, folded: bool) {
        if !matches!(self.kind(node), JsonKind::Object | JsonKind::Array) || !self.mark_folded(node, folded) {
            return;
        }
        let at = self.folds.partition_point(|fold| fold.node < node);
        if at
            .checked_sub(1)
            .and_then(|last| self.folds.get(last))
            .is_some_and(|fold| node < self.end(fold.node))
        {
            return;
        }
        let end = self.end(node);
        let inside = self
            .folds
            .iter()
            .skip(at)
            .take_while(|fold| fold.node < end)
            .count();
        let mut new = Vec::new();
        if folded {
            new.push(Fold { node, before: 0 });
        } else {
            let mut next = node + 1;
            while next < end && (next as usize) < self.nodes.len() {
                if self.is_folded(next) {
                    new.push(Fold {
                        node: next,
                        before: 0,
                    });
                    next = self.end(next);
                } else {
                    next += 1;
                }
            }
        }
        self.folds.splice(at..at + inside, new);
        self.recount(at);
    }

    /// Folds every container at `depth` and deeper and unfolds the others; `u32::MAX` unfolds all. Takes time linear in the number of
    /// nodes.
    pub fn fold_from(&mut self, depth: u32) {
        self.folds.clear();
        let (mut above, mut at, mut hidden_to) = (0, 0, 0);
        for node in 0..self.nodes.len() as u32 {
            at = if node == 0 {
                0
            } else {
                self.depth_after(above, at, node)
            };
            above = node;
            if !matches!(self.kind(node), JsonKind::Object | JsonKind::Array) {
                continue;
            }
            self.mark_folded(node, at >= depth);
            if at >= depth && node >= hidden_to {
                self.folds.push(Fold { node, before: 0 });
                hidden_to = self.end(node);
            }
        }
        self.recount(0);
    }

    /// Unfolds all parents of the node and returns its row.
    pub fn reveal(&mut self, node: u32) -> Option<usize> {
        let mut at = node;
        while let Some(parent) = self.parent(at) {
            self.set_folded(parent, false);
            at = parent;
        }
        self.row_of_node(node)
    }

    fn recount(&mut self, from: usize) {
        let mut before = match from.checked_sub(1).and_then(|last| self.folds.get(last)) {
            Some(fold) => fold.before + self.hidden_by(*fold),
            None => 0,
        };
        for index in from..self.folds.len() {
            let Some(fold) = self.folds.get_mut(index) else {
                return;
            };
            fold.before = before;
            let fold = *fold;
            before += self.hidden_by(fold);
        }
    }

    fn hidden_by(&self, fold: Fold) -> u32 {
        self.size(fold.node).saturating_sub(1)
    }

    fn end(&self, node: u32) -> u32 {
        // An open container ends at the end of the text.
        match self.nodes.get(node as usize) {
            Some(found) if found.skip == 0 => NONE,
            _ => node + self.size(node),
        }
    }

    pub(super) fn key(&self, node: u32) -> JsonKey<'_> {
        match self.parent(node) {
            None => JsonKey::Root,
            Some(parent) if self.kind(parent) == JsonKind::Object => JsonKey::Name(self.raw_key(node)),
            Some(_) => JsonKey::Index(self.nodes.get(node as usize).map_or(0, |node| node.key)),
        }
    }

    /// The depth of a node; 0 for the root.
    pub fn depth(&self, node: u32) -> u32 {
        let (mut depth, mut at) = (0, node);
        while let Some(parent) = self.parent(at) {
            depth += 1;
            at = parent;
        }
        depth
    }

    /// The depth of `node`, which follows `above`: cheaper than climbing to the root for every row.
    pub(super) fn depth_after(&self, above: u32, depth: u32, node: u32) -> u32 {
        let parent = self.parent(node);
        let (mut at, mut depth) = (Some(above), depth);
        loop {
            if at == parent {
                return depth + 1;
            }
            match at {
                Some(node) if self.parent(node) == parent => return depth,
                Some(node) => at = self.parent(node),
                None => return self.depth(node),
            }
            depth = depth.saturating_sub(1);
        }
    }

    fn row_of(&self, node: u32, depth: u32) -> JsonRow<'_> {
        let children = self.child_count(node);
        JsonRow {
            node,
            depth,
            key: self.key(node),
            kind: self.kind(node),
            text: self.value(node),
            children,
            folded: children != 0 && self.is_folded(node),
        }
    }
}
