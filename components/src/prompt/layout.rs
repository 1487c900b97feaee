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
    /// Whether more cards have to be added in a second step.
    pub(super) is_partial: bool,
}

impl Layout {
    /// Divides the open prompts of a run. `before` is the layout so far.
    pub(super) fn of(prompts: &RunPrompts, pinned: &[PromptKey], before: Option<&Self>) -> Self {
        let of_run = |keys: &[PromptKey]| -> Vec<u64> {
            let keys = keys.iter().filter(|key| prompts.find(key).is_some());
            keys.map(|key| key.sequence).collect()
        };
        let before = before.map_or_else(Vec::new, |before| of_run(&before.cards));
        let (cards, rows, is_partial) = divide(&prompts.open(), &of_run(pinned), &before);
        Self {
            cards: cards
                .into_iter()
                .filter_map(|sequence| prompts.key(sequence))
                .collect(),
            rows,
            is_partial,
        }
    }
}

/// Cards are the first ten that can be answered, the last ten that were answered and are not closed yet, and those that are pinned.
fn divide(open: &[(u64, PromptState)], pinned: &[u64], before: &[u64]) -> (Vec<u64>, Vec<u64>, bool) {
    let next = open.iter().filter(|(_, state)| state.can_respond());
    let answered = open.iter().rev().filter(|(_, state)| !state.can_respond());
    let mut cards: Vec<u64> = next
        .take(CARDS)
        .chain(answered.take(CARDS))
        .map(|(sequence, _)| *sequence)
        .collect();
    let is_open = |sequence: &u64| {
        open.binary_search_by_key(sequence, |(sequence, _)| *sequence)
            .is_ok()
    };
    cards.extend(pinned.iter().filter(|sequence| is_open(sequence)));
    cards.sort_unstable();
    cards.dedup();
    let is_card = |sequence: &u64| cards.binary_search(sequence).is_ok();
    let rows = open.iter().map(|(sequence, _)| *sequence);
    let rows = rows.filter(|sequence| !is_card(sequence)).collect();
    let kept: Vec<u64> = before.iter().copied().filter(is_card).collect();
    // `<For>` moves some of the remaining rows in the document when it removes and adds rows at once, and a field that is moved loses
    // the focus.
    if !kept.is_empty() && kept.len() < before.len() && kept.len() < cards.len() {
        return (kept, rows, true);
    }
    (cards, rows, false)
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
        let (cards, rows, _) = divide(&open(0..5000), &[], &[]);
        assert_eq!(cards, (0..10).collect::<Vec<_>>());
        assert_eq!(rows, (10..5000).collect::<Vec<_>>());
        let (cards, rows, _) = divide(&open(3..6), &[], &[]);
        assert_eq!((cards, rows.len()), (vec![3, 4, 5], 0), "a few need no list");
    }

    #[test]
    fn a_pinned_prompt_is_a_card_while_it_is_open() {
        let (cards, rows, _) = divide(&open(0..100), &[50, 200], &[]);
        assert_eq!(cards.last(), Some(&50));
        assert_eq!(cards.len() + rows.len(), 100, "each prompt is there once");
    }

    #[test]
    fn answered_prompts_do_not_take_the_place_of_those_that_wait() {
        let mut prompts = open(0..100);
        for (_, state) in prompts.iter_mut().take(30) {
            *state = PromptState::Sent;
        }
        let (cards, ..) = divide(&prompts, &[], &[]);
        assert_eq!(
            cards,
            (20..40).collect::<Vec<_>>(),
            "the last answered and the next"
        );
    }

    // Symptom: a field lost the focus when somebody else answered another prompt. Cause: a row that is removed and one that is added at
    // once move the rows between them.
    #[test]
    fn cards_are_removed_before_others_are_added() {
        let before: Vec<u64> = (0..10).collect();
        let (cards, _, is_partial) = divide(&open(1..20), &[], &before);
        assert!(is_partial);
        assert_eq!(cards, (1..10).collect::<Vec<_>>());
        let (cards, _, is_partial) = divide(&open(1..20), &[], &cards);
        assert!(!is_partial);
        assert_eq!(cards, (1..11).collect::<Vec<_>>());
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
