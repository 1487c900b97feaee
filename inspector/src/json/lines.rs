use super::tree::{CHECKPOINT, JsonKind, JsonTree};
use std::ops::Range;

/// How many steps of indentation are written at most.
const DEEPEST: u32 = 40;

/// One line of the pretty text: `indent` steps, then `key: ` if there is one, then `text`, then a comma if `comma`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonLine<'a> {
    /// The node that starts or ends here.
    pub node: u32,
    /// Steps of indentation.
    pub indent: u32,
    /// The key with its quotes; none in arrays, at the root and on closing lines.
    pub key: Option<&'a str>,
    /// The kind of the node.
    pub kind: JsonKind,
    /// A number, string, literal or bracket, as received.
    pub text: &'a str,
    /// A comma follows.
    pub comma: bool,
}

impl JsonLine<'_> {
    /// Appends the line as text, two spaces a step, without a line end. Indentation is limited to 40 steps, because the blanks of deep
    /// nesting could exceed the memory.
    pub fn push_to(&self, out: &mut String) {
        for _ in 0..self.indent.min(DEEPEST) {
            out.push_str("  ");
        }
        if let Some(key) = self.key {
            out.push_str(key);
            out.push_str(": ");
        }
        out.push_str(self.text);
        if self.comma {
            out.push(',');
        }
    }
}

impl JsonTree {
    /// The number of pretty lines so far. Does not depend on folding.
    pub fn line_count(&self) -> usize {
        self.lines as usize
    }

    /// The pretty lines of a window; fewer at the end of the text.
    pub fn lines(&self, range: Range<usize>) -> Vec<JsonLine<'_>> {
        let mut lines = Vec::new();
        let Some((mut node, mut line)) = self.checkpoint(range.start) else {
            return lines;
        };
        let mut depth = self.depth(node);
        while line < range.end && (node as usize) < self.nodes.len() {
            if line >= range.start {
                lines.push(self.opening(node, depth));
            }
            line += 1;
            if self.child_count(node) != 0 {
                node += 1;
                depth += 1;
                continue;
            }
            for parent in self.closed_behind(node) {
                depth -= 1;
                if (range.start..range.end).contains(&line) {
                    lines.push(self.closing(parent, depth));
                }
                line += 1;
            }
            node += self.size(node);
        }
        lines
    }

    /// The first line of a node; the last line for a missing node.
    pub fn line_of(&self, node: u32) -> usize {
        let node = node.min((self.nodes.len() as u32).saturating_sub(1));
        let block = node as usize / CHECKPOINT;
        let mut line = self.checkpoints.get(block).map_or(0, |line| *line as usize);
        for at in (block * CHECKPOINT) as u32..node {
            line += 1;
            if self.child_count(at) == 0 {
                line += self.closed_behind(at).count();
            }
        }
        line
    }

    /// The containers that end after a node without children, innermost first.
    fn closed_behind(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let next = node + self.size(node);
        let mut last = node;
        std::iter::from_fn(move || {
            let parent = self.parent(last)?;
            let found = self.nodes.get(parent as usize)?;
            last = parent;
            (found.skip != 0 && parent + found.skip == next).then_some(parent)
        })
    }

    /// The last stored node at or before a line, and its line.
    fn checkpoint(&self, line: usize) -> Option<(u32, usize)> {
        let after = self.checkpoints.partition_point(|start| *start as usize <= line);
        let index = after.checked_sub(1)?;
        Some((
            (index * CHECKPOINT) as u32,
            *self.checkpoints.get(index)? as usize,
        ))
    }

    fn opening(&self, node: u32, depth: u32) -> JsonLine<'_> {
        let empty = self.child_count(node) == 0;
        let kind = self.kind(node);
        let text = match kind {
            JsonKind::Object if empty => "{}",
            JsonKind::Object => "{",
            JsonKind::Array if empty => "[]",
            JsonKind::Array => "[",
            _ => self.value(node),
        };
        let key = Some(self.raw_key(node)).filter(|key| !key.is_empty());
        JsonLine {
            node,
            indent: depth,
            key,
            kind,
            text,
            comma: empty_or_scalar(text) && self.has_next(node),
        }
    }

    fn closing(&self, node: u32, depth: u32) -> JsonLine<'_> {
        let kind = self.kind(node);
        let text = if kind == JsonKind::Object { "}" } else { "]" };
        JsonLine {
            node,
            indent: depth,
            key: None,
            kind,
            text,
            comma: self.has_next(node),
        }
    }

    fn has_next(&self, node: u32) -> bool {
        let Some(parent) = self.parent(node) else {
            return false;
        };
        node + self.size(node) < parent + self.size(parent)
    }
}

fn empty_or_scalar(text: &str) -> bool {
    !matches!(text, "{" | "[")
}
