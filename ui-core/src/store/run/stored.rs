//! Stored data of a run: claims of prompts, and sent events.

use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use workflow_protocol::Claim;

use super::{Run, RunCall};
use crate::storage::{ClaimGuard, Storage, StorageArea, claim_key, read_claim, sent_key};

impl Run {
    /// Where claims of a prompt are stored. `None`: nothing is stored.
    pub(super) fn claim_key(&self, prompt: u64) -> Option<(Rc<dyn Storage>, String)> {
        let storage = self.http.storage.clone()?;
        let key = self.read(|machine| {
            let run_id = machine.run_id()?;
            Some(claim_key(&self.http.storage_name(), run_id, prompt))
        });
        Some((storage, key.flatten()?))
    }

    pub(super) fn claim(
        &self,
        prompt: u64,
        before: Option<Claim>,
        claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>> {
        match self.claim_key(prompt) {
            Some((storage, key)) => storage.claim(&key, before, claim),
            None => futures::future::ready(Ok(Box::new(()) as ClaimGuard)).boxed_local(),
        }
    }

    /// Reads the claims of all tabs of this browser profile for a prompt.
    pub(in crate::store) fn look_up_claim(&self, prompt: u64) {
        let Some((storage, key)) = self.claim_key(prompt) else {
            return;
        };
        let claim = read_claim(&*storage, &key);
        // The machine must also learn that a known claim was removed.
        let known = self.read(|machine| {
            let prompts = machine.prompts();
            prompts
                .binary_search_by_key(&prompt, |known| known.sequence)
                .is_ok()
        });
        if claim.is_some() || known == Some(true) {
            self.input(RunCall::Claimed { prompt, claim });
        }
    }

    /// Reads what an earlier page load sent to the handler.
    pub(in crate::store) fn find_sent(&self) {
        let Some(storage) = &self.http.storage else { return };
        if let Some(text) = storage.get(StorageArea::Session, &self.sent_key()) {
            self.stored.borrow_mut().clone_from(&text);
            self.input(RunCall::SentBefore(text));
        }
    }

    pub(super) fn store_sent(&self, text: String) {
        let changed = *self.stored.borrow() != text;
        if let Some(storage) = self.http.storage.as_ref().filter(|_| changed) {
            let sent = Some(text.as_str()).filter(|text| !text.is_empty());
            // If storage is full, the data lives as long as the page.
            let _ = storage.set(StorageArea::Session, &self.sent_key(), sent);
            self.stored.replace(text);
        }
    }

    fn sent_key(&self) -> String {
        sent_key(&self.http.storage_name(), &self.id)
    }
}
