//! Stored texts, and claims to prompts that all tabs of a browser profile share.

use std::any::Any;
use std::rc::Rc;

use futures::future::LocalBoxFuture;
use workflow_protocol::{Claim, Time};

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod lock;
#[cfg(any(test, feature = "test-util"))]
mod scripted;

#[cfg(target_arch = "wasm32")]
pub use browser::BrowserStorage;
#[cfg(any(test, feature = "test-util"))]
pub use scripted::ScriptedStorage;

/// Which of a browser's two stores is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StorageArea {
    /// `sessionStorage`: of one tab, survives a reload and ends with the tab.
    Session,
    /// `localStorage`: shared by all tabs of the origin, stays until it is cleared.
    Local,
}

/// Called with the key of a claim that another tab changed.
pub type StorageListener = Rc<dyn Fn(&str)>;

/// Protects a claim from other tabs while it lives.
pub type ClaimGuard = Box<dyn Any>;

/// Where small texts are stored beyond the page, by key. The only access of these crates to a browser's storage.
///
/// Storage may be denied, full or cleared at any time, so no operation panics or gives an error: what cannot be read or written is
/// `None`. A stored text may come from another version of the page or from anybody else; readers ignore what they can't parse.
///
/// `BrowserStorage` is the page's own; `ScriptedStorage` (feature `test-util`) is a browser profile in a test.
pub trait Storage: 'static {
    /// The text under a key.
    fn get(&self, area: StorageArea, key: &str) -> Option<String>;

    /// Stores a text, or removes the key if there is none. `None`: it was not stored, and what was there before may remain.
    fn set(&self, area: StorageArea, key: &str, text: Option<&str>) -> Option<()>;

    /// All keys that begin with `prefix`, in no particular order.
    fn keys(&self, area: StorageArea, prefix: &str) -> Vec<String>;

    /// Replaces the claim at `key` in [`StorageArea::Local`], unless another claim than `before` is stored there by now. Of several
    /// tabs that try at the same time one succeeds; the others get the stored claim. Hold the guard until the answer is settled.
    fn claim(
        &self,
        key: &str,
        before: Option<Claim>,
        claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>>;

    /// Calls `listener` when another tab changes a claim, until the guard is dropped.
    fn listen(&self, listener: StorageListener) -> Option<Box<dyn Any>>;
}

/// The page's own storage; outside a browser one that stores nothing.
#[must_use]
pub fn page_storage() -> Rc<dyn Storage> {
    #[cfg(target_arch = "wasm32")]
    return Rc::new(BrowserStorage::new());
    #[cfg(not(target_arch = "wasm32"))]
    return Rc::new(NoStorage);
}

/// The storage of native programs: nothing is stored.
#[cfg(not(target_arch = "wasm32"))]
struct NoStorage;

#[cfg(not(target_arch = "wasm32"))]
impl Storage for NoStorage {
    fn get(&self, _area: StorageArea, _key: &str) -> Option<String> {
        None
    }

    fn set(&self, _area: StorageArea, _key: &str, _text: Option<&str>) -> Option<()> {
        None
    }

    fn keys(&self, _area: StorageArea, _prefix: &str) -> Vec<String> {
        Vec::new()
    }

    fn claim(
        &self,
        _key: &str,
        _before: Option<Claim>,
        _claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>> {
        Box::pin(std::future::ready(Ok(Box::new(()) as ClaimGuard)))
    }

    fn listen(&self, _listener: StorageListener) -> Option<Box<dyn Any>> {
        None
    }
}

/// Every key of a claim begins with this.
const CLAIMS: &str = "workflow-claim ";
/// The age in milliseconds at which a claim is removed: a week.
const OLDEST_CLAIM_MS: u64 = 7 * 24 * 60 * 60 * 1000;
/// How many claims stay when a client is made, the newest. Each is about a hundred bytes.
const MAX_CLAIMS: usize = 500;

/// The claim that is stored under a key.
pub(crate) fn read_claim(storage: &dyn Storage, key: &str) -> Option<Claim> {
    Claim::parse(&storage.get(StorageArea::Local, key)?)
}

/// Stores a claim, or removes it.
pub(crate) fn write_claim(storage: &dyn Storage, key: &str, claim: Option<&Claim>) {
    let text = claim.map(ToString::to_string);
    // A claim that cannot be stored is known to this page alone.
    let _ = storage.set(StorageArea::Local, key, text.as_deref());
}

/// Removes claims that are older than a week or can't be read, and the oldest ones beyond the 500 newest. A claim of tomorrow, by a page
/// whose clock was ahead, is as old as one of yesterday.
pub(crate) fn remove_old_claims(storage: &dyn Storage, now: Time) {
    let mut claims: Vec<(u64, String)> = storage
        .keys(StorageArea::Local, CLAIMS)
        .into_iter()
        .map(|key| {
            let age = read_claim(storage, &key).map_or(u64::MAX, |claim| now.0.abs_diff(claim.at.0));
            (age, key)
        })
        .collect();
    claims.sort_unstable();
    for (rank, (age, key)) in claims.iter().enumerate() {
        if *age > OLDEST_CLAIM_MS || rank >= MAX_CLAIMS {
            write_claim(storage, key, None);
        }
    }
}

/// The key of the claim to a prompt.
pub(crate) fn claim_key(server: &str, run_id: &str, prompt: u64) -> String {
    format!("{CLAIMS}{server} {run_id} {prompt}")
}

/// The run and the prompt of such a key.
pub(crate) fn parse_claim_key<'a>(server: &str, key: &'a str) -> Option<(&'a str, u64)> {
    let rest = key
        .strip_prefix(CLAIMS)?
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
    use workflow_protocol::{Claim, ClaimState, Time};

    use super::{
        CLAIMS, MAX_CLAIMS, OLDEST_CLAIM_MS, ScriptedStorage, Storage as _, StorageArea, claim_key,
        parse_claim_key, read_claim, remove_old_claims, write_claim,
    };

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

    #[test]
    fn old_unreadable_and_surplus_claims_are_removed() {
        let storage = ScriptedStorage::new();
        let now = Time(10 * OLDEST_CLAIM_MS);
        let write = |prompt: u64, at: u64| {
            let claim = Claim {
                state: ClaimState::Sent,
                at: Time(at),
                nonce: 1,
                after: None,
            };
            let key = claim_key("http://a", "r", prompt);
            write_claim(&storage, &key, Some(&claim));
            key
        };
        let old = write(0, now.0 - OLDEST_CLAIM_MS - 1);
        let future = write(9_998, now.0 + OLDEST_CLAIM_MS + 1);
        let newest: Vec<String> = (1..=MAX_CLAIMS as u64)
            .map(|age| write(age, now.0 - age))
            .collect();
        let surplus = write(9_999, now.0 - OLDEST_CLAIM_MS);
        let odd = [CLAIMS, "odd"].concat();
        for key in [odd.as_str(), "something else"] {
            assert!(storage.set(StorageArea::Local, key, Some("what?")).is_some());
        }
        remove_old_claims(&storage, now);
        for key in &newest {
            assert!(read_claim(&storage, key).is_some(), "{key}");
        }
        for key in [&old, &future, &surplus, &odd] {
            assert_eq!(storage.get(StorageArea::Local, key), None, "{key}");
        }
        assert!(storage.get(StorageArea::Local, "something else").is_some());
    }
}
