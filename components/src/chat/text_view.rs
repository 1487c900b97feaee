//! The text of a message, which may grow piece by piece.
//!
//! The text is split into blocks, so that a piece at the end changes its block and not the whole. Of a very long text only the newest
//! blocks are in the document, until the user asks for all of it.

use super::talk::Talk;
use crate::dom::scrolls;
use leptos::{html, prelude::*};
use workflow_inspector::chat::Message;

/// Bytes after which a block ends with its line, and after which it ends in any case.
const BLOCK: usize = 2000;
const LONG_BLOCK: usize = 8000;

/// Blocks that are in the document at the same time.
const BLOCKS: usize = 32;

#[component]
pub(super) fn MessageText(
    talk: Talk,
    /// The message.
    id: u64,
    /// Set to whether more pieces may come.
    is_growing: RwSignal<bool>,
    /// Whether the height of the text is limited.
    is_bounded: bool,
) -> impl IntoView {
    let text = NodeRef::<html::Div>::new();
    if is_bounded {
        text.on_load(|text| scrolls(&text));
    }
    let blocks = Blocks {
        list: RwSignal::new(Vec::new()),
        is_cut: RwSignal::new(false),
        is_whole: RwSignal::new(false),
    };
    Effect::new(move |before: Option<Written>| {
        let mut written = before.unwrap_or_default();
        let is_whole = blocks.is_whole.get();
        let can_change = talk.read(id, |message| {
            written.update(message, blocks, is_whole);
            if is_growing.get_untracked() != message.growing {
                is_growing.set(message.growing);
            }
            message.growing || message.answers.is_some()
        });
        // A message that is complete need not be read with every piece of another.
        if can_change == Some(true) {
            talk.said.track();
        }
        written
    });
    view! {
        <div class="wf-chat__text" node_ref=text>
            <button
                type="button"
                class="wf-link wf-chat__whole"
                hidden=move || !blocks.is_cut.get()
                on:click=move |_| blocks.is_whole.set(true)
            >
                "Show the whole message"
            </button>
            <For each=move || blocks.list.get() key=|block| block.number let:block>
                <div class="wf-chat__block">{block.text}</div>
            </For>
        </div>
    }
}

#[derive(Clone)]
struct Block {
    number: usize,
    // An arena signal would end with the run of the effect that makes it.
    text: ArcRwSignal<String>,
}

#[derive(Clone, Copy)]
struct Blocks {
    list: RwSignal<Vec<Block>>,
    /// Whether the first blocks are left out.
    is_cut: RwSignal<bool>,
    /// Whether all blocks are shown, however many.
    is_whole: RwSignal<bool>,
}

/// How much of a message is in its blocks.
#[derive(Default)]
struct Written {
    bytes: usize,
    /// How often the message was replaced.
    rewritten: u32,
    /// Bytes in the last block; none if the next piece begins another one.
    filled: Option<usize>,
    /// Number of blocks so far.
    blocks: usize,
}

impl Written {
    fn update(&mut self, message: &Message, blocks: Blocks, is_whole: bool) {
        let unfolds = is_whole && blocks.is_cut.get_untracked();
        if unfolds || self.rewritten != message.rewritten {
            *self = Self {
                rewritten: message.rewritten,
                blocks: self.blocks,
                ..Self::default()
            };
            blocks.list.set(Vec::new());
            blocks.is_cut.set(false);
        }
        let Some(mut rest) = message.text.get(self.bytes..) else {
            return;
        };
        self.bytes = message.text.len();
        while !rest.is_empty() {
            rest = self.write(rest, blocks, is_whole);
        }
    }

    /// Writes as much into the last block as it takes, and returns the rest.
    fn write<'a>(&mut self, text: &'a str, blocks: Blocks, is_whole: bool) -> &'a str {
        let filled = self.filled.unwrap_or_else(|| {
            let block = Block {
                number: self.blocks,
                text: ArcRwSignal::new(String::new()),
            };
            self.blocks += 1;
            blocks.list.update(|list| {
                list.push(block);
                if !is_whole && list.len() > BLOCKS {
                    list.remove(0);
                    blocks.is_cut.set(true);
                }
            });
            0
        });
        let (piece, rest) = text
            .split_at_checked(block_end(text, filled))
            .unwrap_or((text, ""));
        let at_line = ends_block(piece, filled);
        let shown = piece.strip_suffix('\n').filter(|_| at_line).unwrap_or(piece);
        blocks.list.with_untracked(|list| {
            if let Some(last) = list.last() {
                last.text.update(|text| text.push_str(shown));
            }
        });
        let continues = rest.is_empty() && !at_line;
        self.filled = continues.then_some(filled + piece.len());
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
