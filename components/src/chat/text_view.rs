//! A text that grows, written piece by piece.
//!
//! The text is split into blocks, so that a piece at the end lays out its block and not the whole; of a very long text only the newest
//! blocks are in the page, until somebody asks for all of it.

use crate::dom::document;
use crate::ui::{El, button, div};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::{Element, HtmlElement, Text};

/// Bytes after which a block ends with its line, and after which it ends in any case.
const BLOCK: usize = 2000;
const LONG_BLOCK: usize = 8000;

/// Blocks that are in the page at the same time.
const BLOCKS: usize = 32;

/// What is written of a text.
pub(super) struct TextView {
    node: HtmlElement,
    /// Bytes of the text that are written, and how often it was replaced.
    written: Cell<usize>,
    rewritten: Cell<u32>,
    blocks: RefCell<Vec<(Element, Text)>>,
    /// Bytes in the last block; none when the next piece begins another one.
    filled: Cell<Option<usize>>,
    /// Whether the whole text is shown, however long it is.
    whole: Rc<Cell<bool>>,
    /// The button that asks for it, at the beginning, while something is left out.
    more: El,
}

impl TextView {
    /// A view that writes into an empty element. `again` writes the text once more when the person asks for all of it.
    pub(super) fn new(node: HtmlElement, again: impl Fn() + 'static) -> Self {
        let whole = Rc::new(Cell::new(false));
        let asked = Rc::clone(&whole);
        let more = button("wf-link wf-chat__whole")
            .text("Show the whole message")
            .on("click", move |_| {
                asked.set(true);
                again();
            });
        more.node().set_hidden(true);
        let _ = node.append_child(more.node());
        Self {
            node,
            written: Cell::new(0),
            rewritten: Cell::new(0),
            blocks: RefCell::default(),
            filled: Cell::new(None),
            whole,
            more,
        }
    }

    /// Shows the text as it is now.
    pub(super) fn show(&self, text: &str, rewritten: u32) {
        let unfold = self.whole.get() && !self.more.node().hidden();
        if unfold || self.rewritten.replace(rewritten) != rewritten {
            for (block, _) in self.blocks.borrow_mut().drain(..) {
                block.remove();
            }
            self.more.node().set_hidden(true);
            self.written.set(0);
            self.filled.set(None);
        }
        let Some(mut rest) = text.get(self.written.get()..) else {
            return;
        };
        self.written.set(text.len());
        while !rest.is_empty() {
            rest = self.write(rest);
        }
    }

    /// Writes into the last block as much as it takes, and gives the rest.
    fn write<'a>(&self, text: &'a str) -> &'a str {
        let mut blocks = self.blocks.borrow_mut();
        let filled = self.filled.get().unwrap_or_else(|| {
            let block = div("wf-chat__block");
            let words = document().create_text_node("");
            let _ = block.node().append_child(&words);
            let _ = self.node.append_child(block.node());
            blocks.push((block.node().clone().into(), words));
            if !self.whole.get() && blocks.len() > BLOCKS {
                blocks.remove(0).0.remove();
                self.more.node().set_hidden(false);
            }
            0
        });
        let (piece, rest) = text
            .split_at_checked(block_end(text, filled))
            .unwrap_or((text, ""));
        let at_line = ends_block(piece, filled);
        let shown = piece.strip_suffix('\n').filter(|_| at_line);
        if let Some((_, words)) = blocks.last() {
            // A text node takes any text.
            let _ = words.append_data(shown.unwrap_or(piece));
        }
        let goes_on = rest.is_empty() && !at_line;
        self.filled.set(goes_on.then_some(filled + piece.len()));
        rest
    }
}

/// Whether a block ends with this piece: it is long enough, and so is its line.
fn ends_block(piece: &str, filled: usize) -> bool {
    piece.ends_with('\n') && filled + piece.len() >= BLOCK
}

/// Up to where a block that holds `filled` bytes takes a text: to the end of the line with which it is long enough, or to a space
/// when there is no such line.
fn block_end(text: &str, filled: usize) -> usize {
    let enough = BLOCK.saturating_sub(filled);
    let from = floor(text, enough.saturating_sub(1));
    let line = text.get(from..).and_then(|rest| rest.find('\n'));
    let end = line.map_or(text.len(), |at| from + at + 1);
    let most = LONG_BLOCK.saturating_sub(filled);
    if end <= most {
        return end;
    }
    let most = floor(text, most.max(4));
    let head = text.get(..most).unwrap_or(text);
    head.rfind(' ').map_or(most, |at| at + 1)
}

/// The last boundary of characters at or before a place.
fn floor(text: &str, mut at: usize) -> usize {
    if at >= text.len() {
        return text.len();
    }
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_with_the_line_that_makes_it_long_enough() {
        let line = [&"x".repeat(1500), "\n"].concat();
        let text = line.repeat(3);
        assert_eq!(block_end(&text, 0), 3002, "the second line");
        assert_eq!(block_end(&text, 1999), 1501, "almost full: the next line's end");
        assert!(
            ends_block(&text[..3002], 0) && !ends_block(&line, 0),
            "long enough or not"
        );
    }

    #[test]
    fn a_text_without_lines_is_cut_at_a_space() {
        let text = "word ".repeat(4000);
        assert_eq!(block_end(&text, 0), LONG_BLOCK, "a space ends there");
        assert_eq!(block_end(&text, LONG_BLOCK - 3), 4, "no space: what still fits");
        assert_eq!(block_end("short", 0), 5, "all of it");
        let wide = "é".repeat(LONG_BLOCK);
        assert!(
            wide.is_char_boundary(block_end(&wide, 1)),
            "never inside of a character"
        );
    }
}
