//! What outlives the page: claims to prompts, and what was sent.

use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use workflow_protocol::Claim;

use super::{Run, RunCall};
use crate::keep::{ClaimGuard, Keep, claim_key, sent_key};

impl Run {
    /// Where claims to a prompt of the run are kept. None: nothing is kept.
    pub(super) fn claim_key(&self, prompt: u64) -> Option<(Rc<dyn Keep>, String)> {
        let keep = self.http.keep.clone()?;
        let key = self.read(|machine| {
            let run_id = machine.run_id()?;
            Some(claim_key(&self.http.kept_name(), run_id, prompt))
        });
        Some((keep, key.flatten()?))
    }

    pub(super) fn claim(
        &self,
        prompt: u64,
        before: Option<Claim>,
        claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>> {
        match self.claim_key(prompt) {
            Some((keep, key)) => keep.claim(&key, before, claim),
            None => futures::future::ready(Ok(Box::new(()) as ClaimGuard)).boxed_local(),
        }
    }

    /// Looks what the tabs of this browser profile say of a prompt.
    pub(in crate::driver) fn look_up_claim(&self, prompt: u64) {
        let Some((keep, key)) = self.claim_key(prompt) else {
            return;
        };
        let claim = keep.shared(&key).and_then(|text| Claim::parse(&text));
        // Without a word the prompt is what we know of it; with one that was taken back, too.
        let known = self.read(|machine| machine.prompts().iter().any(|known| known.sequence == prompt));
        if claim.is_some() || known == Some(true) {
            self.input(RunCall::Claimed { prompt, claim });
        }
    }

    /// Finds what the page before this one sent to the handler.
    pub(in crate::driver) fn find_sent(&self) {
        let Some(keep) = &self.http.keep else { return };
        if let Some(text) = keep.of_tab(&sent_key(&self.http.kept_name(), &self.id)) {
            self.kept.borrow_mut().clone_from(&text);
            self.input(RunCall::SentBefore(text));
        }
    }

    pub(super) fn keep_sent(&self, text: String) {
        let changed = *self.kept.borrow() != text;
        if let Some(keep) = self.http.keep.as_ref().filter(|_| changed) {
            let kept = Some(text.as_str()).filter(|text| !text.is_empty());
            keep.keep_in_tab(&sent_key(&self.http.kept_name(), &self.id), kept);
            self.kept.replace(text);
        }
    }
}
