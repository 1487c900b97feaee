//! What outlives a page: who answered which prompt, for all tabs of a browser profile, and what this tab has sent.

use std::any::Any;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use workflow_protocol::Claim;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(any(test, feature = "test-util"))]
mod scripted;

#[cfg(target_arch = "wasm32")]
pub use browser::BrowserKeep;
#[cfg(any(test, feature = "test-util"))]
pub use scripted::ScriptedKeep;

/// Called with the key of what another tab changed.
pub type KeepListener = Rc<dyn Fn(&str)>;

/// Keeps a tab's claim from others as long as it lives.
pub type ClaimGuard = Box<dyn Any>;

/// Where small texts are kept beyond the page, by key.
///
/// `BrowserKeep` is what a page uses; `ScriptedKeep` (feature `test-util`) is a browser profile in a test.
pub trait Keep: 'static {
    /// A text of this tab, which survives a reload and ends with the tab.
    fn of_tab(&self, key: &str) -> Option<String>;

    /// Keeps a text of this tab, or removes it. What does not fit is not kept.
    fn keep_in_tab(&self, key: &str, text: Option<&str>);

    /// A text that all tabs share.
    fn shared(&self, key: &str) -> Option<String>;

    /// Keeps a text for all tabs, or removes it.
    fn share(&self, key: &str, text: Option<&str>);

    /// Replaces the claim at `key`, unless something else than `before` is claimed there by now. Of several tabs that try
    /// at the same time one succeeds, and the others are told what is claimed. The guard is held as long as the answer is on its
    /// way.
    fn claim(
        &self,
        key: &str,
        before: Option<Claim>,
        claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>>;

    /// Calls `listener` with what other tabs change, until the guard is dropped.
    fn listen(&self, listener: KeepListener) -> Option<Box<dyn Any>>;
}

/// All keys of shared texts begin so.
#[cfg(target_arch = "wasm32")]
const SHARED: &str = "workflow-claim ";
/// Claims that are older are removed, in milliseconds: nobody looks at their runs any more.
#[cfg(target_arch = "wasm32")]
const OLD: u64 = 7 * 24 * 60 * 60 * 1000;
/// How many claims stay when a page is loaded, the newest. Each is about a hundred bytes.
#[cfg(target_arch = "wasm32")]
const MOST: usize = 500;

/// The key of the claim to a prompt.
pub(crate) fn claim_key(server: &str, run_id: &str, prompt: u64) -> String {
    format!("workflow-claim {server} {run_id} {prompt}")
}

/// The run and the prompt of such a key.
pub(crate) fn parse_claim_key<'a>(server: &str, key: &'a str) -> Option<(&'a str, u64)> {
    let rest = key
        .strip_prefix("workflow-claim ")?
        .strip_prefix(server)?
        .strip_prefix(' ')?;
    let (run_id, prompt) = rest.rsplit_once(' ')?;
    Some((run_id, prompt.parse().ok()?))
}

/// The key of what this tab sent to a handler.
pub(crate) fn sent_key(server: &str, handler_id: &str) -> String {
    format!("workflow-sent {server} {handler_id}")
}

#[cfg(test)]
mod tests {
    use super::{claim_key, parse_claim_key};

    #[test]
    fn keys_of_claims_name_server_run_and_prompt() {
        let key = claim_key("http://a/x", "r 1", 7);
        assert_eq!(parse_claim_key("http://a/x", &key), Some(("r 1", 7)));
        for (server, key) in [
            ("http://a/", key.as_str()),
            ("http://a/x", "workflow-claim http://a/x r"),
            ("http://a/x", "something else"),
            ("http://a/x", "workflow-sent http://a/x r 1"),
        ] {
            assert_eq!(parse_claim_key(server, key), None, "{key} of {server}");
        }
    }
}
