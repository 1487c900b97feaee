//! What tabs of an origin have in common: channels and locks.

use std::any::Any;
use std::rc::Rc;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(any(test, feature = "test-util"))]
mod scripted;

#[cfg(target_arch = "wasm32")]
pub use browser::BrowserTabs;
#[cfg(any(test, feature = "test-util"))]
pub use scripted::ScriptedTabs;

/// Called with each message of a channel.
pub type ChannelListener = Rc<dyn Fn(&[u8])>;

/// Channels and locks that one tab shares with the other tabs of its origin.
///
/// `BrowserTabs` is what a page uses; `ScriptedTabs` (feature `test-util`) is a browser in a test.
pub trait TabLink: 'static {
    /// Calls `listener` with what others post to the channel, until the guard is dropped.
    fn listen(&self, channel: &str, listener: ChannelListener) -> Option<Box<dyn Any>>;

    /// Posts to everybody else who listens to the channel. What one tab posts arrives in order.
    fn post(&self, channel: &str, message: &[u8]);

    /// Nothing will be posted to this channel any longer.
    fn forget(&self, channel: &str);

    /// Calls `held` once the lock is ours, which is when no tab that asked before is left. Dropping the guard gives it
    /// back, or asks no longer. The browser gives it back for a tab that is closed or killed.
    fn lock(&self, name: &str, held: Box<dyn FnOnce()>) -> Option<Box<dyn Any>>;
}

/// A name for a server and whoever asks it, from which neither can be read.
pub(crate) fn key_of(base: &str, credentials: &str, identity: &str) -> String {
    // FNV-1a, from two beginnings.
    let hash = |basis: u64| {
        [base, "\0", credentials, "\0", identity]
            .iter()
            .flat_map(|part| part.bytes())
            .fold(basis, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            })
    };
    let (first, second) = (hash(0xcbf2_9ce4_8422_2325), hash(0x6c62_272e_07bb_0142));
    ["workflow-", &first.to_string(), "-", &second.to_string()].concat()
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn keys_differ_with_everything_that_matters_and_tell_nothing() {
        let key = key_of("http://a/deployments/app", "Include", "Bearer secret");
        assert_eq!(
            key,
            key_of("http://a/deployments/app", "Include", "Bearer secret")
        );
        for other in [
            key_of("http://a/deployments/app2", "Include", "Bearer secret"),
            key_of("http://a/deployments/app", "Omit", "Bearer secret"),
            key_of("http://a/deployments/app", "Include", "Bearer secre"),
            key_of("http://a/deployments/app", "IncludeBearer", " secret"),
        ] {
            assert_ne!(key, other);
        }
        assert!(!key.contains("secret") && !key.contains("app"), "{key}");
    }
}
