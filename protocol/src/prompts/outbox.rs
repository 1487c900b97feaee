//! The outbox: answers of this tab and of other tabs, and the messages between tabs about them.

use super::Prompts;
use super::types::{AnswerId, Prompt};
use crate::claim::CLAIM_MS;
use crate::operations;
use crate::{Claim, ClaimState, Failure, SentEvent, SentState, ServerClock, Time};

impl Prompts {
    /// What we sent to this run before the page was loaded.
    pub(crate) fn restore(&mut self, events: Vec<SentEvent>) {
        let accepted = self.sent.restore(events);
        for at in 0..self.list.len() {
            self.update(at);
        }
        for id in accepted {
            self.accepted(AnswerId::Own(id));
        }
    }

    /// The server's clock is known: what an earlier page sent gets the times of this page's clock. Returns whether a prompt changed.
    pub(crate) fn rebase(&mut self, clock: &ServerClock, now: Time) -> bool {
        if !self.sent.rebase(clock, now) {
            return false;
        }
        // Pools order the answers by their times.
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

    /// What we sent to this run, oldest first.
    pub(crate) fn sent(&self) -> &[SentEvent] {
        self.sent.all()
    }

    /// Begins to answer. Returns the ticket under which the request is settled and the claim that it needs, or none if the prompt
    /// takes no answer now: that is what makes a double click send once.
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
        // We may be behind with the run's events, and what they say of an earlier answer is not about this one.
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

    /// Begins to send an event that answers no prompt.
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
        // The run's own events may have shown its effect before the server's answer to the request arrived.
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

    /// Nothing was sent: another tab was first.
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

    /// What the tabs of this browser profile say of a prompt. Returns whether it changed.
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
        // A message of ours that comes back late says nothing new, nor does one from before the run showed that no step took the answer.
        let late = |known: Claim| {
            claim.is_some_and(|claim| {
                claim.is_same(&known)
                    && (claim.state == ClaimState::Sending || known.state == ClaimState::Unhandled)
            })
        };
        // Nor does one of an answer that was taken by no step, once another answer was begun.
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
            // By the clock of the page that wrote it, which may be ahead of ours.
            let expiry = claim.at.min(self.now).plus(CLAIM_MS);
            self.expiring.insert(prompt.sequence, (claim.nonce, expiry));
        }
    }

    /// The next message for other tabs: what to store as a prompt's claim.
    pub(crate) fn poll_outbox(&mut self) -> Option<(u64, Option<Claim>)> {
        self.outbox.pop_front()
    }

    /// The next open prompt of which is not known yet what other tabs say.
    pub(crate) fn poll_unlooked(&mut self) -> Option<u64> {
        while let Some(sequence) = self.unlooked.pop() {
            let prompt = self.place(sequence).and_then(|at| self.list.get(at));
            if prompt.is_some_and(|prompt| prompt.closed.is_none()) {
                return Some(sequence);
            }
        }
        None
    }

    /// The run's events can be seen from now on.
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
            // The tab that was sending is gone, or would have said more. Ours is settled by its own request.
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

/// The claim of another tab that says to be sending an answer to this prompt. The tab counts as gone when that takes too long.
fn expiring(prompt: &Prompt) -> Option<Claim> {
    let claim = prompt.claim.filter(|claim| claim.state == ClaimState::Sending)?;
    let ours = prompt
        .sent
        .as_ref()
        .is_some_and(|sent| prompt.is_ours(sent) && sent.state == SentState::Sending);
    (!ours).then_some(claim)
}
