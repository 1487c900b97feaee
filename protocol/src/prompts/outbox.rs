//! The outbox: answers of this tab and of other tabs, and the messages between tabs about them.

use super::Prompts;
use super::types::{AnswerId, Prompt};
use crate::claim::CLAIM_MS;
use crate::operations;
use crate::{Claim, ClaimState, Failure, SentEvent, SentState, ServerClock, Time};

impl Prompts {
    /// The events that were sent to this run before the page was loaded.
    pub(crate) fn restore(&mut self, events: Vec<SentEvent>) {
        let accepted = self.sent.restore(events);
        for at in 0..self.list.len() {
            self.update(at);
        }
        for id in accepted {
            self.accepted(AnswerId::Own(id));
        }
    }

    /// The server's clock is known: converts the times of an earlier page load. Returns whether a prompt changed.
    pub(crate) fn rebase(&mut self, clock: &ServerClock, now: Time) -> bool {
        if !self.sent.rebase(clock, now) {
            return false;
        }
        // Pools order the answers by time.
        for pool in self.pools.values_mut() {
            let accepted = std::mem::take(&mut pool.accepted).into_iter();
            pool.accepted = accepted
                .map(|(at, id)| match id {
                    AnswerId::Own(own) => (self.sent.get(own).map_or(at, |event| event.at), id),
                    AnswerId::Claimed(_) => (at, id),
                })
                .collect();
        }
        for at in 0..self.list.len() {
            self.update(at);
        }
        true
    }

    /// The events that were sent to this run, oldest first.
    pub(crate) fn sent(&self) -> &[SentEvent] {
        self.sent.all()
    }

    /// Starts an answer. Returns the ticket of the request and the required claim, or `None` if the prompt accepts no answer now, so that a
    /// double click sends once.
    pub(crate) fn respond(
        &mut self,
        sequence: u64,
        event: SentEvent,
        nonce: u64,
    ) -> Option<(u64, Option<Claim>, Claim)> {
        let at = self.place(sequence)?;
        self.forget_accepted(at);
        let prompt = self
            .list
            .get_mut(at)
            .filter(|prompt| prompt.state.can_respond())?;
        let mut event = SentEvent { nonce, ..event };
        // Unread events about an earlier answer are not about this one.
        event.after = event.after.max(prompt.claim.and_then(|before| before.after));
        let claim = Claim {
            state: ClaimState::Sending,
            at: event.at,
            nonce,
            after: event.after,
        };
        let before = prompt.claim.replace(claim);
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        self.sent.begin(ticket, event);
        self.update(at);
        self.track_claim(at);
        Some((ticket, before, claim))
    }

    /// Starts sending an event that answers no prompt.
    pub(crate) fn send(&mut self, ticket: u64, event: SentEvent) {
        self.sent.begin(ticket, event);
    }

    /// The request of `ticket` ended. Returns whether a prompt changed.
    pub(crate) fn settled(
        &mut self,
        ticket: u64,
        now: Time,
        last: Option<u64>,
        result: Result<(), Failure>,
    ) -> bool {
        let lost = result.as_ref().err().map(Failure::is_unsettled);
        let Some(event) = self.sent.settled(ticket, now, last, result) else {
            return false;
        };
        let (id, prompt, state, nonce) = (event.id, event.prompt, event.state, event.nonce);
        let at = prompt.and_then(|sequence| self.place(sequence));
        // The run's events may have shown its effect before the response arrived.
        if let Some(prompt) = at.and_then(|at| self.list.get_mut(at))
            && state != SentState::Unhandled
            && let Some(claim) = prompt.claim.filter(|claim| claim.nonce == nonce)
        {
            let state = match lost {
                None => Some(ClaimState::Sent),
                Some(true) => Some(ClaimState::Unknown),
                Some(false) => None,
            };
            prompt.claim = state.map(|state| Claim { state, ..claim });
            self.outbox.push_back((prompt.sequence, prompt.claim));
        }
        if let Some(at) = at {
            self.update(at);
            self.track_claim(at);
        }
        let mut changed = at.is_some();
        if state == SentState::Sent {
            changed |= self.accepted(AnswerId::Own(id));
        }
        changed
    }

    /// Nothing was sent, because another tab was first.
    pub(crate) fn denied(&mut self, ticket: u64, claim: Option<Claim>) -> bool {
        let Some(sequence) = self.sent.withdraw(ticket).and_then(|event| event.prompt) else {
            return false;
        };
        if let Some(at) = self.place(sequence) {
            if let Some(prompt) = self.list.get_mut(at) {
                prompt.claim = claim;
            }
            self.claim_changed(at);
        }
        true
    }

    /// The claim of a prompt, from any tab of this browser profile. Returns whether the prompt changed.
    pub(crate) fn claimed(&mut self, sequence: u64, claim: Option<Claim>) -> bool {
        let Some(at) = self.place(sequence) else {
            match claim {
                Some(claim) => self.early_claims.insert(sequence, claim),
                None => self.early_claims.swap_remove(&sequence),
            };
            return false;
        };
        if let Some(claim) = claim
            && self.reopen_claimed(at, claim)
        {
            return true;
        }
        // Ignore our own late messages, and those from before the run reported the answer as unhandled.
        let late = |known: Claim| {
            claim.is_some_and(|claim| {
                claim.is_same(&known)
                    && (claim.state == ClaimState::Sending || known.state == ClaimState::Unhandled)
            })
        };
        // Ignore an unhandled answer after another answer was started.
        let is_over = |prompt: &Prompt| {
            let is_other = |claim: &Claim| prompt.claim.is_some_and(|known| !known.is_same(claim));
            claim.is_some_and(|claim| is_other(&claim) && prompt.is_unhandled(&self.sent, &claim))
        };
        let is_news = self.list.get(at).is_some_and(|prompt| {
            prompt.closed.is_none()
                && prompt.claim != claim
                && !prompt.claim.is_some_and(late)
                && !is_over(prompt)
        });
        if !is_news {
            return false;
        }
        self.forget_accepted(at);
        if let Some(prompt) = self.list.get_mut(at) {
            prompt.claim = claim;
        }
        self.claim_changed(at);
        true
    }

    fn claim_changed(&mut self, at: usize) {
        self.update(at);
        self.track_claim(at);
        if self.is_claimed_by_others(at)
            && let Some(sequence) = self.list.get(at).map(|prompt| prompt.sequence)
        {
            self.accepted(AnswerId::Claimed(sequence));
        }
    }

    /// Whether the server accepted the answer of another tab.
    pub(super) fn is_claimed_by_others(&self, at: usize) -> bool {
        self.list.get(at).is_some_and(|prompt| {
            let accepted = prompt.claim.filter(|claim| claim.state == ClaimState::Sent);
            accepted.is_some_and(|claim| !self.sent.has_nonce(prompt.sequence, claim.nonce))
        })
    }

    /// Keeps the prompts whose claim expires.
    pub(super) fn track_claim(&mut self, at: usize) {
        let Some(prompt) = self.list.get(at) else { return };
        let Some(claim) = expiring(prompt) else {
            self.expiring.remove(&prompt.sequence);
            return;
        };
        let known = self.expiring.get(&prompt.sequence);
        if known.is_none_or(|(nonce, _)| *nonce != claim.nonce) {
            // The claim's time is of the page that wrote it, whose clock may be ahead.
            let expiry = claim.at.min(self.now).plus(CLAIM_MS);
            self.expiring.insert(prompt.sequence, (claim.nonce, expiry));
        }
    }

    /// The next message for other tabs: the claim to store for a prompt.
    pub(crate) fn poll_outbox(&mut self) -> Option<(u64, Option<Claim>)> {
        self.outbox.pop_front()
    }

    /// The next open prompt whose claims were not looked up yet.
    pub(crate) fn poll_unlooked(&mut self) -> Option<u64> {
        while let Some(sequence) = self.unlooked.pop() {
            let prompt = self.place(sequence).and_then(|at| self.list.get(at));
            if prompt.is_some_and(|prompt| prompt.closed.is_none()) {
                return Some(sequence);
            }
        }
        None
    }

    /// The run's events are visible from now on.
    pub(crate) fn watch(&mut self, now: Time, last: Option<u64>) {
        self.sent.watch(now, last);
    }

    fn expiries(&self) -> impl Iterator<Item = (usize, Time)> {
        self.expiring.iter().filter_map(|(sequence, (_, expiry))| {
            operations::add(1);
            let at = self.place(*sequence)?;
            let prompt = self.list.get(at).filter(|prompt| prompt.closed.is_none())?;
            expiring(prompt).map(|_| (at, *expiry))
        })
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        let claims = self.expiries().map(|(_, time)| time);
        claims.chain(self.sent.deadline()).min()
    }

    /// Returns whether a prompt changed.
    pub(crate) fn tick(&mut self, now: Time, live: bool) -> bool {
        let mut changed = self.sent.tick(now, live);
        if changed && let Some(at) = self.sent.all().last().and_then(|event| self.place(event.prompt?)) {
            self.update(at);
        }
        let expired: Vec<usize> = self
            .expiries()
            .filter(|(_, time)| *time <= now)
            .map(|(at, _)| at)
            .collect();
        for at in expired {
            // The sending tab is closed, or would have updated its claim. Our own request settles itself.
            if let Some(prompt) = self.list.get_mut(at) {
                prompt.claim = prompt.claim.map(|claim| Claim {
                    state: ClaimState::Unknown,
                    ..claim
                });
            }
            self.claim_changed(at);
            changed = true;
        }
        changed
    }
}

/// Another tab's claim of an answer that it is sending. The tab counts as closed if that takes too long.
fn expiring(prompt: &Prompt) -> Option<Claim> {
    let claim = prompt.claim.filter(|claim| claim.state == ClaimState::Sending)?;
    let ours = prompt
        .sent
        .as_ref()
        .is_some_and(|sent| prompt.is_ours(sent) && sent.state == SentState::Sending);
    (!ours).then_some(claim)
}
