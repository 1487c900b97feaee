//! Attribution: which prompt was answered by the event that a step consumed.
//!
//! Nothing on the wire links an answer to its prompt. A prompt closes only on evidence without another explanation. If a prompt stays open
//! too long, a person answers in vain; if it closes too early, the run is blocked.
//!
//! Each answer that the server accepted has one visible effect: a step consumes it, or an `UnhandledEvent` follows. Effects come in the
//! order in which the answers arrived. An effect that no known answer explains came from another client. It closes prompts only if there
//! are as many such effects as prompts that they could belong to.

use super::Prompts;
use super::pool::{Attribution, Pool, put};
use super::types::{AnswerId, Closing, Invocation};
use crate::claim::CLAIM_MS;
use crate::operations;
use crate::{Claim, ClaimState, SentState, Time};

/// For this long after the server's response an unhandled event may be about an answer that was attributed to another effect.
const DOUBT_MS: u64 = 120_000;

/// How many unhandled events are kept for answers that become known later.
const MAX_STRAY: usize = 64;

/// The known facts about an answer.
#[derive(Debug)]
struct Answer {
    /// `None` for the answers of other tabs.
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

    /// The pool of a prompt; that of returned prompts for an event that answers none.
    fn pool_key(&self, prompt: Option<u64>) -> Option<Option<Invocation>> {
        let Some(sequence) = prompt else {
            return Some(None);
        };
        let prompt = self.list.get(self.place(sequence)?)?;
        Some(prompt.waiting().cloned())
    }

    /// The server accepted this answer. Its effect may have been seen before. Returns whether a prompt changed.
    pub(super) fn accepted(&mut self, id: AnswerId) -> bool {
        let Some(answer) = self.answer(id) else {
            return false;
        };
        // Its prompt was not read yet: see `asked`.
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
        // It stays: each answer that was pending then may be the cause.
        let stray = self
            .stray
            .iter()
            .find(|(class, sequence)| answer.can_cause(Some(class), *sequence));
        if let Some(sequence) = stray.map(|(_, sequence)| *sequence) {
            return self.mark_unhandled(id, sequence);
        }
        // Only a step that accepts this class is evidence for an event that answers no prompt.
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
        } else if let Some(attribution) = pool
            .attributions
            .iter_mut()
            .find(|attribution| attribution.assumed)
        {
            attribution.assumed = false;
            attribution.sequence = sequence;
        } else {
            put(&mut pool.unexplained, sequence);
            changed = self.reconsider(key);
        }
        changed | self.close_certain(key)
    }

    /// A step of this pool started, which a new invocation explains as well as an answer. Returns whether a prompt changed.
    pub(super) fn maybe_consumed(&mut self, key: &Option<Invocation>, sequence: u64) -> bool {
        if let Some(id) = self.first_accepted(key, None, sequence) {
            return self.explain(key, id, sequence, true);
        }
        if let Some(pool) = self.pools.get_mut(key) {
            pool.ambiguous_start(sequence);
        }
        false
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

    /// Whether an accepted answer explains that a step started with this class.
    pub(super) fn is_awaited(&self, class: &str, sequence: u64) -> bool {
        self.first_accepted(&None, Some(class), sequence).is_some()
    }

    /// Attributes the effect to this answer. Returns whether a prompt changed.
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
        pool.attribute_tentatively(Attribution {
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

    /// Closes the prompts that effects are certainly about. Returns whether one was open.
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

    /// No step accepted an event of this class. Returns whether a prompt or a sent event changed.
    ///
    /// The event does not name the answer. Concurrent answers arrive in any order, so each candidate can be given again; otherwise its
    /// prompt would stay hidden.
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
            let mut may_be_taken = self.may_be_taken(first, sequence);
            for (other, id) in candidates.iter().skip(1) {
                let overlaps = answer.as_ref().is_some_and(|answer| answer.overlaps(*other));
                if may_be_taken || (overlaps && *other >= at) {
                    about.push(*id);
                }
                may_be_taken &= self.may_be_taken(*id, sequence);
            }
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
        // It may be about an answer whose acceptance becomes known later.
        if self.stray.len() >= MAX_STRAY {
            self.stray.remove(0);
        }
        self.stray.push((class.to_owned(), sequence));
        changed
    }

    /// Whether a step may have consumed this answer before the event `until`, by a start that a new invocation explains as well.
    fn may_be_taken(&self, id: AnswerId, until: u64) -> bool {
        let Some(answer) = self.answer(id) else {
            return false;
        };
        let pool = self.pool_key(answer.prompt).and_then(|key| self.pools.get(&key));
        pool.is_some_and(|pool| {
            let mut starts = pool.ambiguous.iter();
            starts.any(|start| *start < until && answer.after.is_none_or(|after| after < *start))
        })
    }

    /// The answers without a known effect that an unhandled event may be about, in the order of sending: those that the server accepted,
    /// else the only one whose response was lost.
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

    /// Reopens prompts whose answer was attributed to an effect that may have another explanation: those whose effect was only assumed, and
    /// those that were concurrent with a rival, or all if there is no rival. A reopened prompt's answer is a rival itself: it may have
    /// caused the effect that was attributed to another. If an effect was only assumed, each later one of its pool may belong to the
    /// previous answer. Returns whether there were any.
    fn revoke(&mut self, class: &str, sequence: u64, seen: Option<Time>, rivals: &[AnswerId]) -> bool {
        let mut rivals: Vec<Answer> = rivals.iter().filter_map(|id| self.answer(*id)).collect();
        let has_rivals = !rivals.is_empty();
        // The suspected attributions that the event may be about, oldest first.
        let mut open: Vec<(Option<Invocation>, usize, Answer, bool)> = Vec::new();
        for (key, pool) in &self.pools {
            for (at, attribution) in pool.attributions.iter().enumerate() {
                let Some(answer) = self.answer(attribution.answer) else {
                    continue;
                };
                let in_time = match (seen, answer.replied) {
                    (Some(seen), Some(replied)) => seen <= replied.plus(DOUBT_MS),
                    _ => true,
                };
                if answer.can_cause(Some(class), sequence) && in_time {
                    open.push((key.clone(), at, answer, attribution.assumed));
                }
            }
        }
        let mut revoked = Vec::new();
        let mut assumptions: Vec<(Option<Invocation>, Time)> = Vec::new();
        loop {
            let is_next = |(key, _, answer, assumed): &(Option<Invocation>, usize, Answer, bool)| {
                let mut overlapping = rivals
                    .iter()
                    .filter(|rival| answer.overlaps(rival.at) && rival.overlaps(answer.at));
                let mut earlier = assumptions
                    .iter()
                    .filter(|(pool, at)| pool == key && *at <= answer.at);
                !has_rivals || *assumed || overlapping.next().is_some() || earlier.next().is_some()
            };
            let Some(next) = open.iter().position(is_next) else {
                break;
            };
            let (key, at, answer, assumed) = open.swap_remove(next);
            if assumed {
                assumptions.push((key.clone(), answer.at));
            }
            rivals.push(answer);
            revoked.push((at, key));
        }
        // From the end, so that earlier indexes stay valid.
        revoked.sort_unstable_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, key) in &revoked {
            self.reopen(key, *at, sequence);
        }
        !revoked.is_empty()
    }

    /// Another tab reports that no step accepted its answer, to which this tab had attributed an effect. Returns whether the prompt is open
    /// again.
    pub(super) fn reopen_claimed(&mut self, at: usize, claim: Claim) -> bool {
        let Some(prompt) = self.list.get(at) else {
            return false;
        };
        let known = prompt.claim.is_some_and(|known| known.is_same(&claim));
        if !known || claim.state != ClaimState::Unhandled {
            return false;
        }
        let (sequence, key) = (prompt.sequence, prompt.waiting().cloned());
        let attributions = self.pools.get(&key).map(|pool| &pool.attributions);
        let attribution = attributions.and_then(|attributions| {
            attributions
                .iter()
                .position(|attribution| attribution.prompt == sequence)
        });
        let Some(attribution) = attribution else {
            return false;
        };
        self.reopen(&key, attribution, claim.after.unwrap_or_default());
        true
    }

    fn reopen(&mut self, key: &Option<Invocation>, at: usize, sequence: u64) {
        let Some(pool) = self.pools.get_mut(key) else {
            return;
        };
        let attribution = pool.attributions.remove(at);
        if !attribution.assumed {
            put(&mut pool.unexplained, attribution.sequence);
        }
        if let Some(prompt) = self
            .place(attribution.prompt)
            .and_then(|at| self.list.get_mut(at))
        {
            prompt.closed = None;
        }
        self.mark_unhandled(attribution.answer, sequence);
    }

    /// An effect that none of our answers explains, although one of them was reported as unhandled: another one may have been meant.
    fn reconsider(&mut self, key: &Option<Invocation>) -> bool {
        let Some(pool) = self.pools.get_mut(key) else {
            return false;
        };
        if !std::mem::take(&mut pool.had_unhandled) {
            return false;
        }
        let changed = !pool.attributions.is_empty();
        for at in (0..pool.attributions.len()).rev() {
            let after = self
                .pools
                .get(key)
                .and_then(|pool| pool.attributions.get(at))
                .map_or(0, |attribution| attribution.sequence);
            self.reopen(key, at, after);
        }
        changed
    }

    /// No step accepted this answer: its prompt can be answered again, in any tab.
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
            if nonce.is_none() && !prompt.unhandled.contains(&claim.nonce) {
                prompt.unhandled.push(claim.nonce);
            }
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

    /// A prompt was closed.
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

    /// The claims or answers of the prompts changed: an accepted answer may no longer count as accepted.
    pub(super) fn forget_accepted(&mut self, at: usize) {
        let Some(prompt) = self.list.get(at) else { return };
        let (sequence, claim) = (prompt.sequence, prompt.claim);
        let key = prompt.waiting().cloned();
        if let (Some(claim), Some(pool)) = (claim, self.pools.get_mut(&key)) {
            pool.accepted.remove(&(claim.at, AnswerId::Claimed(sequence)));
        }
    }
}
