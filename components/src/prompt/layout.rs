//! Which open prompts are cards, and which are rows of the list below the cards.

use super::run_prompts::{PromptKey, RunPrompts};
use workflow_protocol::PromptState;

/// Number of prompts that can be answered, and of answered ones, that are cards without being pinned.
const CARDS: usize = 10;

/// Number of prompts that stay cards because the user typed into them or chose them.
const PINNED: usize = 20;

/// The open prompts of a run, divided into cards and rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    /// The prompts with a form, oldest first.
    pub(super) cards: Vec<PromptKey>,
    /// The sequences of all others, oldest first.
    pub(super) rows: Vec<u64>,
}

impl Layout {
    /// Divides the open prompts of a run.
    pub(super) fn of(prompts: &RunPrompts, pinned: &[PromptKey]) -> Self {
        let pinned = pinned.iter().filter(|key| prompts.find(key).is_some());
        let pinned: Vec<u64> = pinned.map(|key| key.sequence).collect();
        let (cards, rows) = divide(&prompts.open(), &pinned);
        Self {
            cards: cards
                .into_iter()
                .filter_map(|sequence| prompts.key(sequence))
                .collect(),
            rows,
        }
    }
}

/// Cards are the first ten that can be answered, the last ten that were answered and are not closed yet, and those that are pinned.
fn divide(open: &[(u64, PromptState)], pinned: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let next = open.iter().filter(|(_, state)| state.can_respond());
    let answered = open.iter().rev().filter(|(_, state)| !state.can_respond());
    let mut cards: Vec<u64> = next
        .take(CARDS)
        .chain(answered.take(CARDS))
        .map(|(sequence, _)| *sequence)
        .collect();
    let position = |sequence: &u64| open.binary_search_by_key(sequence, |(sequence, _)| *sequence);
    cards.extend(pinned.iter().filter(|sequence| position(sequence).is_ok()));
    cards.sort_unstable();
    cards.dedup();
    let rows = open.iter().map(|(sequence, _)| *sequence);
    let rows = rows.filter(|sequence| cards.binary_search(sequence).is_err());
    let rows = rows.collect();
    (cards, rows)
}

/// Pins a prompt, as the most recent one.
pub(super) fn pin(pinned: &mut Vec<PromptKey>, key: PromptKey) {
    pinned.retain(|known| *known != key);
    pinned.push(key);
    if pinned.len() > PINNED {
        pinned.remove(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(sequences: std::ops::Range<u64>) -> Vec<(u64, PromptState)> {
        sequences.map(|sequence| (sequence, PromptState::Open)).collect()
    }

    #[test]
    fn the_first_prompts_are_cards_and_the_others_rows() {
        let (cards, rows) = divide(&open(0..5000), &[]);
        assert_eq!(cards, (0..10).collect::<Vec<_>>());
        assert_eq!(rows, (10..5000).collect::<Vec<_>>());
        let (cards, rows) = divide(&open(3..6), &[]);
        assert_eq!((cards, rows.len()), (vec![3, 4, 5], 0), "a few need no list");
    }

    #[test]
    fn a_pinned_prompt_is_a_card_while_it_is_open() {
        let (cards, rows) = divide(&open(0..100), &[50, 200]);
        assert_eq!(cards.last(), Some(&50));
        assert_eq!(cards.len() + rows.len(), 100, "each prompt is there once");
    }

    #[test]
    fn answered_prompts_do_not_take_the_place_of_those_that_wait() {
        let mut prompts = open(0..100);
        for (_, state) in prompts.iter_mut().take(30) {
            *state = PromptState::Sent;
        }
        let (cards, _) = divide(&prompts, &[]);
        assert_eq!(
            cards,
            (20..40).collect::<Vec<_>>(),
            "the last answered and the next"
        );
    }

    #[test]
    fn the_oldest_pin_is_dropped() {
        let key = |sequence| PromptKey {
            handler_id: "h1".into(),
            run_id: "r1".into(),
            sequence,
        };
        let mut pinned = Vec::new();
        for sequence in 0..=PINNED as u64 {
            pin(&mut pinned, key(sequence));
            pin(&mut pinned, key(1));
        }
        assert_eq!(pinned.len(), PINNED);
        assert_eq!(pinned.last(), Some(&key(1)));
        assert!(!pinned.contains(&key(0)));
    }
}
