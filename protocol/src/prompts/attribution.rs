//! Which prompt was answered by what a step consumed.
//!
//! Nothing on the wire links an answer to its question. A prompt is closed only on evidence that nothing else explains: a prompt too
//! many can be answered in vain, a prompt too few blocks the run.
//!
//! Each answer that the server accepted has one visible effect: a step consumes it, or an `UnhandledEvent` follows. Effects come in the
//! order in which the answers arrived. An effect that no known answer explains came from somebody else. It closes prompts only when
//! there are as many such effects as prompts that they can be about.

use std::collections::{BTreeSet, HashMap};

use super::Prompts;
use super::operations;
use super::types::{Closing, Invocation};
use crate::claim::CLAIM_MS;
use crate::{Claim, ClaimState, SentState, Time};

/// How many effects are kept that may have to be attributed to another answer.
const MAX_DOUBTS: usize = 64;

/// For this long after the server's reply an unhandled event may be about an answer that was attributed to another effect.
const DOUBT_MS: u64 = 120_000;

/// How many unhandled events are kept for answers that become known later.
const MAX_STRAY: usize = 64;

/// An answer that somebody in this browser profile gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AnswerId {
    /// Ours, by its id in the log of sent events.
    Own(u64),
    /// Another tab's answer to this prompt, known by its claim.
    Claimed(u64),
}

/// What is known of an answer.
#[derive(Debug)]
struct Answer {
    /// Unknown for the answers of other tabs.
    class: Option<String>,
    after: Option<u64>,
    prompt: Option<u64>,
    at: Time,
    replied: Option<Time>,
}

impl Answer {
    fn can_cause(&self, class: Option<&str>, sequence: u64) -> bool {
        let is_class = match (self.class.as_deref(), class) {
            (Some(ours), Some(class)) => ours == class,
            _ => true,
        };
        is_class && self.after.is_none_or(|after| after < sequence)
    }

    /// Whether this answer may have arrived after the one that was sent at `at`.
    fn overlaps(&self, at: Time) -> bool {
        at <= self.replied.unwrap_or(self.at.plus(CLAIM_MS))
    }
}

/// An attribution that may be wrong.
#[derive(Debug)]
struct Doubt {
    answer: AnswerId,
    prompt: u64,
    sequence: u64,
    /// The effect was assumed, since another invocation of the step explains it too.
    assumed: bool,
}

/// Prompts that one kind of evidence closes: those that one kind of invocation waits with, or all whose step has returned.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Prompts that may be unanswered, also those that are shown as closed since an effect was attributed to their answer.
    waiting: BTreeSet<u64>,
    /// Answers that the server accepted and whose effect was not seen yet, in the order of sending.
    accepted: BTreeSet<(Time, AnswerId)>,
    /// Effects that are about one of the waiting prompts each, in order.
    effects: Vec<u64>,
    /// Those of the effects that no known answer explains.
    unexplained: Vec<u64>,
    /// How many prompts are waiting that were asked before the last effect.
    exposed: usize,
    doubts: Vec<Doubt>,
    /// An answer of this class was unhandled since the last effect without explanation.
    had_unhandled: bool,
}

impl Pool {
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn has_accepted(&self) -> bool {
        !self.accepted.is_empty()
    }

    fn is_exposed(&self, sequence: u64) -> bool {
        self.effects.last().is_some_and(|last| sequence < *last)
    }

    pub(super) fn insert(&mut self, sequence: u64) {
        if self.waiting.insert(sequence) && self.is_exposed(sequence) {
            self.exposed += 1;
        }
    }

    fn remove(&mut self, sequence: u64) {
        if self.waiting.remove(&sequence) && self.is_exposed(sequence) {
            self.exposed -= 1;
        }
    }

    fn put_effect(&mut self, sequence: u64) {
        put(&mut self.effects, sequence);
        self.exposed = match self.effects.last() {
            // The last event of all is later than all prompts.
            Some(last) if self.waiting.last().is_none_or(|newest| newest < last) => self.waiting.len(),
            Some(last) => {
                let count = self.waiting.range(..*last).count();
                operations::add(count);
                count
            }
            None => 0,
        };
    }

    /// The first unexplained effect that an answer explains which was sent after `after`.
    fn take_unexplained(&mut self, after: Option<u64>) -> Option<u64> {
        let at = after.map_or(0, |after| {
            self.unexplained.partition_point(|sequence| *sequence <= after)
        });
        if at >= self.unexplained.len() {
            return None;
        }
        operations::add(self.unexplained.len() - at);
        Some(self.unexplained.remove(at))
    }

    /// Takes the prompts out that effects are about for certain, as there are as many. Gives them with the effects that no known answer
    /// explains.
    fn take_certain(&mut self) -> Option<(Vec<u64>, Vec<u64>)> {
        let last = self.effects.last().copied()?;
        if self.exposed > self.effects.len() {
            return None;
        }
        self.effects.clear();
        self.exposed = 0;
        let later = self.waiting.split_off(&last);
        let answered = std::mem::replace(&mut self.waiting, later);
        self.doubts.retain(|doubt| !answered.contains(&doubt.prompt));
        operations::add(answered.len());
        let unexplained = std::mem::take(&mut self.unexplained);
        Some((answered.into_iter().collect(), unexplained))
    }

    fn doubt(&mut self, doubt: Doubt) {
        if self.doubts.len() >= MAX_DOUBTS {
            self.doubts.remove(0);
        }
        self.doubts.push(doubt);
    }
}

/// The pool of prompts by what waits for their answers: none for those whose step has returned.
pub(super) type Pools = HashMap<Option<Invocation>, Pool>;

/// Puts a sequence into an ordered list.
fn put(list: &mut Vec<u64>, sequence: u64) {
    let at = list.partition_point(|known| *known <= sequence);
    operations::add(list.len() - at + 1);
    list.insert(at, sequence);
}

impl Prompts {
    fn answer(&self, id: AnswerId) -> Option<Answer> {
        match id {
            AnswerId::Own(id) => {
                let event = self.sent.get(id)?;
                Some(Answer {
                    class: Some(event.class.clone()),
                    after: event.after,
                    prompt: event.prompt,
                    at: event.at,
                    replied: event.replied,
                })
            }
            AnswerId::Claimed(sequence) => {
                let claim = self.list.get(self.place(sequence)?)?.claim?;
                Some(Answer {
                    class: None,
                    after: claim.after,
                    prompt: Some(sequence),
                    at: claim.at,
                    replied: None,
                })
            }
        }
    }

    /// The pool of a prompt; that of returned questions for an event that answers none.
    fn pool_key(&self, prompt: Option<u64>) -> Option<Option<Invocation>> {
        let Some(sequence) = prompt else {
            return Some(None);
        };
        let prompt = self.list.get(self.place(sequence)?)?;
        Some(prompt.waiting().cloned())
    }

    /// The server accepted this answer, as has just become known. Its effect may have been seen before. Returns whether a prompt changed.
    pub(super) fn accepted(&mut self, id: AnswerId) -> bool {
        let Some(answer) = self.answer(id) else {
            return false;
        };
        // Its question was not read yet: see `asked`.
        let Some(key) = self.pool_key(answer.prompt) else {
            return false;
        };
        let waits = answer
            .prompt
            .and_then(|prompt| self.place(prompt))
            .and_then(|at| self.list.get(at))
            .is_none_or(|prompt| prompt.closed.is_none());
        if !waits {
            return false;
        }
        // It stays: each answer that was on its way then may be the one.
        let stray = self
            .stray
            .iter()
            .find(|(class, sequence)| answer.can_cause(Some(class), *sequence));
        if let Some(sequence) = stray.map(|(_, sequence)| *sequence) {
            return self.mark_unhandled(id, sequence);
        }
        // Only a step that takes this class says something about an event that answers no prompt.
        let explained = if answer.prompt.is_some() {
            self.pools
                .get_mut(&key)
                .and_then(|pool| pool.take_unexplained(answer.after))
        } else {
            None
        };
        if let Some(sequence) = explained {
            return self.explain(&key, id, sequence, false) | self.close_certain(&key);
        }
        self.pools
            .entry(key)
            .or_default()
            .accepted
            .insert((answer.at, id));
        false
    }

    /// A step consumed an answer to a prompt of this pool; `class` is the answer's class, if the event shows it. Returns whether a prompt
    /// changed.
    pub(super) fn consumed(&mut self, key: &Option<Invocation>, class: Option<&str>, sequence: u64) -> bool {
        let accepted = self.first_accepted(key, class, sequence);
        let Some(pool) = self.pools.get_mut(key) else {
            return false;
        };
        pool.put_effect(sequence);
        let mut changed = false;
        if let Some(id) = accepted {
            changed = self.explain(key, id, sequence, false);
        } else if let Some(doubt) = pool.doubts.iter_mut().find(|doubt| doubt.assumed) {
            doubt.assumed = false;
            doubt.sequence = sequence;
        } else {
            put(&mut pool.unexplained, sequence);
            changed = self.reconsider(key);
        }
        changed | self.close_certain(key)
    }

    /// A step of this pool began, and a new invocation explains it as well as an answer. Returns whether a prompt changed.
    pub(super) fn maybe_consumed(&mut self, key: &Option<Invocation>, sequence: u64) -> bool {
        let Some(id) = self.first_accepted(key, None, sequence) else {
            return false;
        };
        self.explain(key, id, sequence, true)
    }

    fn first_accepted(
        &self,
        key: &Option<Invocation>,
        class: Option<&str>,
        sequence: u64,
    ) -> Option<AnswerId> {
        let accepted = self.pools.get(key)?.accepted.iter();
        accepted.map(|(_, id)| *id).find(|id| {
            operations::add(1);
            self.answer(*id)
                .is_some_and(|answer| answer.can_cause(class, sequence))
        })
    }

    /// Whether an accepted answer explains that a step began with this class.
    pub(super) fn is_awaited(&self, class: &str, sequence: u64) -> bool {
        self.first_accepted(&None, Some(class), sequence).is_some()
    }

    /// This answer is what the effect came from, as far as can be known. Returns whether a prompt changed.
    fn explain(&mut self, key: &Option<Invocation>, id: AnswerId, sequence: u64, assumed: bool) -> bool {
        let Some(answer) = self.answer(id) else {
            return false;
        };
        if let AnswerId::Own(own) = id {
            self.sent.mark(own, SentState::Taken);
        }
        let Some(pool) = self.pools.get_mut(key) else {
            return false;
        };
        pool.accepted.remove(&(answer.at, id));
        let Some(prompt) = answer.prompt else {
            return false;
        };
        pool.doubt(Doubt {
            answer: id,
            prompt,
            sequence,
            assumed,
        });
        if let Some(at) = self.place(prompt) {
            // It stays in the pool: other effects may be about it.
            if let Some(prompt) = self.list.get_mut(at) {
                prompt.closed = Some(Closing::Answered(sequence));
            }
            self.update(at);
        }
        true
    }

    /// Closes the prompts that effects are about for certain. Returns whether one was open.
    fn close_certain(&mut self, key: &Option<Invocation>) -> bool {
        let Some((answered, unexplained)) = self.pools.get_mut(key).and_then(Pool::take_certain) else {
            return false;
        };
        let mut effects = unexplained.into_iter();
        let mut changed = false;
        for prompt in answered {
            let at = self.place(prompt);
            let is_open = |at: &usize| self.list.get(*at).is_some_and(|prompt| prompt.closed.is_none());
            let Some(at) = at.filter(is_open) else { continue };
            let effect = effects.next().unwrap_or_default();
            self.sent.taken_for(prompt, effect);
            self.close(at, Closing::Answered(effect));
            changed = true;
        }
        changed
    }

    /// No step took an event of this class. Returns whether a prompt or a sent event changed.
    ///
    /// The event does not say which answer it is about. Answers that were on their way at the same time arrive in any order: each of them
    /// that it may be about can be given again, so that none hides its prompt.
    pub(super) fn unhandled(&mut self, class: &str, sequence: u64, seen: Option<Time>) -> bool {
        for pool in self.pools.values_mut() {
            pool.had_unhandled = true;
        }
        let candidates = self.unhandled_candidates(class, sequence);
        let sending: Vec<(Time, AnswerId)> = self
            .sent
            .unsettled()
            .filter(|event| event.state == SentState::Sending && event.class == class)
            .map(|event| (event.at, AnswerId::Own(event.id)))
            .collect();
        let mut about: Vec<AnswerId> = Vec::new();
        if let Some((at, first)) = candidates.first().copied() {
            let answer = self.answer(first);
            about.push(first);
            about.extend(candidates.iter().skip(1).filter_map(|(other, id)| {
                let overlaps = answer.as_ref().is_some_and(|answer| answer.overlaps(*other));
                (overlaps && *other >= at).then_some(*id)
            }));
        }
        let mut changed = false;
        let rivals: Vec<AnswerId> = about
            .iter()
            .copied()
            .chain(sending.iter().map(|(_, id)| *id))
            .collect();
        changed |= self.revoke(class, sequence, seen, &rivals);
        for id in &about {
            changed |= self.mark_unhandled(*id, sequence);
        }
        if !sending.is_empty() || (about.is_empty() && !changed) {
            // Its answer may become known to be accepted.
            if self.stray.len() >= MAX_STRAY {
                self.stray.remove(0);
            }
            self.stray.push((class.to_owned(), sequence));
        }
        changed
    }

    /// The answers without a known effect that an unhandled event may be about, in the order of sending: those that the server accepted,
    /// else the only one whose reply was lost.
    fn unhandled_candidates(&self, class: &str, sequence: u64) -> Vec<(Time, AnswerId)> {
        let mut candidates: Vec<(Time, AnswerId)> = Vec::new();
        for pool in self.pools.values() {
            candidates.extend(pool.accepted.iter().filter(|(_, id)| {
                operations::add(1);
                self.answer(*id)
                    .is_some_and(|answer| answer.can_cause(Some(class), sequence))
            }));
        }
        candidates.sort_unstable();
        if candidates.is_empty() {
            let mut lost = self.sent.unsettled().filter(|event| {
                event.state == SentState::Unknown && event.class == class && event.is_before(sequence)
            });
            if let (Some(only), None) = (lost.next(), lost.next()) {
                candidates.push((only.at, AnswerId::Own(only.id)));
            }
        }
        candidates
    }

    /// Opens prompts again whose answer was attributed to an effect that had another explanation: those whose effect was only
    /// assumed, and those that were on their way together with a rival, or all if there is no rival. Returns whether there were any.
    fn revoke(&mut self, class: &str, sequence: u64, seen: Option<Time>, rivals: &[AnswerId]) -> bool {
        let rivals: Vec<Answer> = rivals.iter().filter_map(|id| self.answer(*id)).collect();
        let may_be_about = |doubt: &Doubt| {
            let Some(answer) = self.answer(doubt.answer) else {
                return false;
            };
            let in_time = match (seen, answer.replied) {
                (Some(seen), Some(replied)) => seen <= replied.plus(DOUBT_MS),
                _ => true,
            };
            let has_rival = rivals.is_empty()
                || doubt.assumed
                || rivals
                    .iter()
                    .any(|rival| answer.overlaps(rival.at) && rival.overlaps(answer.at));
            answer.can_cause(Some(class), sequence) && in_time && has_rival
        };
        let mut revoked = Vec::new();
        for (key, pool) in &self.pools {
            let places = pool.doubts.iter().enumerate();
            let places = places.filter(|(_, doubt)| may_be_about(doubt)).map(|(at, _)| at);
            revoked.extend(places.map(|at| (key.clone(), at)));
        }
        // From the last place on, so that the others stay where they are.
        for (key, at) in revoked.iter().rev() {
            self.reopen(key, *at, sequence);
        }
        !revoked.is_empty()
    }

    /// Another tab says that no step took its answer, to which this one had attributed an effect. Returns whether the prompt is open again.
    pub(super) fn reopen_claimed(&mut self, at: usize, claim: Claim) -> bool {
        let Some(prompt) = self.list.get(at) else {
            return false;
        };
        let known = prompt.claim.is_some_and(|known| known.is_same(&claim));
        if !known || claim.state != ClaimState::Unhandled {
            return false;
        }
        let (sequence, key) = (prompt.sequence, prompt.waiting().cloned());
        let doubts = self.pools.get(&key).map(|pool| &pool.doubts);
        let doubt = doubts.and_then(|doubts| doubts.iter().position(|doubt| doubt.prompt == sequence));
        let Some(doubt) = doubt else { return false };
        self.reopen(&key, doubt, claim.after.unwrap_or_default());
        true
    }

    fn reopen(&mut self, key: &Option<Invocation>, at: usize, sequence: u64) {
        let Some(pool) = self.pools.get_mut(key) else {
            return;
        };
        let doubt = pool.doubts.remove(at);
        if !doubt.assumed {
            put(&mut pool.unexplained, doubt.sequence);
        }
        if let Some(prompt) = self.place(doubt.prompt).and_then(|at| self.list.get_mut(at)) {
            prompt.closed = None;
        }
        self.mark_unhandled(doubt.answer, sequence);
    }

    /// An effect that no answer of ours explains, though one of ours was called unhandled: another one may have been.
    fn reconsider(&mut self, key: &Option<Invocation>) -> bool {
        let Some(pool) = self.pools.get_mut(key) else {
            return false;
        };
        if !std::mem::take(&mut pool.had_unhandled) {
            return false;
        }
        let changed = !pool.doubts.is_empty();
        for at in (0..pool.doubts.len()).rev() {
            let after = self
                .pools
                .get(key)
                .and_then(|pool| pool.doubts.get(at))
                .map_or(0, |doubt| doubt.sequence);
            self.reopen(key, at, after);
        }
        changed
    }

    /// This answer was taken by no step: its prompt can be answered again, in any tab.
    fn mark_unhandled(&mut self, id: AnswerId, sequence: u64) -> bool {
        let Some(answer) = self.answer(id) else {
            return false;
        };
        if let Some(key) = self.pool_key(answer.prompt)
            && let Some(pool) = self.pools.get_mut(&key)
        {
            pool.accepted.remove(&(answer.at, id));
        }
        let nonce = match id {
            AnswerId::Own(own) => self.sent.mark(own, SentState::Unhandled),
            AnswerId::Claimed(_) => None,
        };
        let Some(at) = answer.prompt.and_then(|prompt| self.place(prompt)) else {
            return true;
        };
        if let Some(prompt) = self.list.get_mut(at)
            && let Some(claim) = prompt.claim
            && (nonce == Some(claim.nonce) || matches!(id, AnswerId::Claimed(_)))
        {
            prompt.claim = Some(Claim {
                state: ClaimState::Unhandled,
                after: Some(sequence),
                ..claim
            });
            // Another tab publishes the state of its own answer: it may have answered again since.
            if nonce.is_some() {
                self.outbox.push_back((prompt.sequence, prompt.claim));
            }
        }
        self.update(at);
        true
    }

    /// A prompt is no longer open.
    pub(super) fn close(&mut self, at: usize, why: Closing) {
        let Some(prompt) = self.list.get_mut(at) else {
            return;
        };
        prompt.closed = Some(why);
        let (sequence, claim) = (prompt.sequence, prompt.claim);
        let key = prompt.waiting().cloned();
        if let Some(pool) = self.pools.get_mut(&key) {
            pool.remove(sequence);
            if let Some(claim) = claim {
                pool.accepted.remove(&(claim.at, AnswerId::Claimed(sequence)));
            }
            for event in self.sent.answers_to(sequence) {
                pool.accepted.remove(&(event.at, AnswerId::Own(event.id)));
            }
        }
        self.update(at);
        self.close_certain(&key);
    }

    /// The prompts' claims or answers changed: an answer that was accepted may be so no longer.
    pub(super) fn forget_accepted(&mut self, at: usize) {
        let Some(prompt) = self.list.get(at) else { return };
        let (sequence, claim) = (prompt.sequence, prompt.claim);
        let key = prompt.waiting().cloned();
        if let (Some(claim), Some(pool)) = (claim, self.pools.get_mut(&key)) {
            pool.accepted.remove(&(claim.at, AnswerId::Claimed(sequence)));
        }
    }
}
