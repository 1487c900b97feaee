//! Events sent to the run: answers and others, from this tab, other tabs and earlier page loads.

use super::{RunCommand, RunInput, RunMachine};
use crate::{Changes, RawJson, SentEvent, SentState, Time, event_body};

impl RunMachine {
    /// Handles the inputs about sent events.
    pub(super) fn take_answer(&mut self, now: Time, input: RunInput<'_>, changes: &mut Changes) {
        match input {
            RunInput::ResponseClasses(classes) => {
                changes.prompts |= self.prompts.set_response_classes(classes)
            }
            RunInput::Respond { prompt, class, value } => {
                let body = event_body(&class, &value, None);
                let event = self.sending(now, class, value, None, Some(prompt));
                let nonce = self.rng.next_u64();
                if let Some((ticket, before, claim)) = self.prompts.respond(prompt, event, nonce) {
                    self.commands.push(RunCommand::Answer {
                        ticket,
                        body,
                        prompt,
                        before,
                        claim,
                    });
                    changes.prompts = true;
                }
            }
            RunInput::Sending {
                ticket,
                class,
                value,
                step,
            } => {
                let event = self.sending(now, class, value, step, None);
                self.prompts.send(ticket, event);
                changes.sent = true;
            }
            RunInput::AnswerDenied { ticket, claim } => changes.prompts |= self.prompts.denied(ticket, claim),
            RunInput::Claimed { prompt, claim } => changes.prompts |= self.prompts.claimed(prompt, claim),
            RunInput::SentBefore(text) => {
                self.sent_before = crate::sent::parse(&text, now);
                self.rebase_sent(now);
                self.remember_sent();
                changes.prompts = true;
            }
            RunInput::ServerClock(clock) => {
                self.server_clock = clock;
                let changed = self.rebase_sent(now);
                changes.prompts |= changed;
                changes.sent |= changed;
            }
            RunInput::SendSettled { ticket, result } => {
                // A refusal may mean that the run ended or is gone (409, 404): read the handler.
                let refused = result.is_err();
                let last = self.log.last_sequence();
                changes.prompts |= self.prompts.settled(ticket, now, last, result);
                changes.sent = true;
                if refused {
                    self.take(now, RunInput::Refresh, changes);
                }
            }
            // Of a request or a stream that is no longer expected.
            _ => {}
        }
    }

    fn sending(
        &self,
        at: Time,
        class: String,
        value: RawJson,
        step: Option<String>,
        prompt: Option<u64>,
    ) -> SentEvent {
        SentEvent {
            run_id: self.run_id.clone().unwrap_or_default(),
            class,
            value,
            step,
            at,
            after: self.log.last_sequence(),
            prompt,
            state: SentState::Sending,
            error: None,
            stalled: false,
            nonce: 0,
            replied: None,
            server_at: None,
            id: 0,
        }
    }

    /// Converts the times of an earlier page load to this page's clock, if both are known.
    fn rebase_sent(&mut self, now: Time) -> bool {
        let clock = &self.server_clock;
        let before = self.sent_before.iter_mut();
        let changed = before.fold(false, |any, event| any | event.rebase(clock, now));
        self.prompts.rebase(clock, now) | changed
    }

    /// Passes earlier sent events to the followed run.
    pub(super) fn remember_sent(&mut self) {
        let (ours, others) = std::mem::take(&mut self.sent_before)
            .into_iter()
            .partition(|event| Some(&event.run_id) == self.run_id.as_ref());
        self.sent_before = others;
        self.prompts.restore(ours);
    }
}
