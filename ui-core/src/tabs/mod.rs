//! Channels and locks that the tabs of an origin share.

use std::any::Any;
use std::rc::Rc;

use futures::future::LocalBoxFuture;

#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
mod naming;
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
/// A page uses `BrowserTabs`; tests use `ScriptedTabs` (feature `test-util`).
pub trait TabLink: 'static {
    /// Calls `listener` with each message that other tabs post to the channel, until the guard is dropped.
    fn listen(&self, channel: &str, listener: ChannelListener) -> Option<Box<dyn Any>>;

    /// Posts a message to all other listeners of the channel. Messages of one tab arrive in order.
    fn post(&self, channel: &str, message: &[u8]);

    /// Closes the channel for posting.
    fn forget(&self, channel: &str);

    /// Calls `held` when this tab gets the lock, after all tabs that asked before. Dropping the guard releases the lock or withdraws the
    /// request. The browser releases the lock of a tab that is closed or killed.
    ///
    /// If the browser forbids locks, this returns `None` or calls `refused`, and no tab ever gets the lock.
    fn lock(&self, name: &str, held: Box<dyn FnOnce()>, refused: Box<dyn FnOnce()>) -> Option<Box<dyn Any>>;

    /// A name that all tabs of this origin derive from the same text. The text cannot be guessed from the name, because the derivation is
    /// slow and differs between origins and browser profiles. `None` if there is no such name; this tab then shares nothing.
    fn name(&self, about: &str) -> LocalBoxFuture<'static, Option<String>>;
}

/// With which tabs a client shares its streams.
pub(crate) struct SharedTabs {
    pub(crate) link: Rc<dyn TabLink>,
    /// The server, the credentials and the user: the same for all tabs that share.
    pub(crate) about: String,
    /// Whether `about` contains a secret.
    pub(crate) is_secret: bool,
}

/// A name for a text that is no secret: a server and no user.
pub(crate) fn public_name(about: &str) -> String {
    // FNV-1a, from two beginnings.
    let hash = |basis: u64| {
        about.bytes().fold(basis, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    let (first, second) = (hash(0xcbf2_9ce4_8422_2325), hash(0x6c62_272e_07bb_0142));
    ["workflow-", &first.to_string(), "-", &second.to_string()].concat()
}

#[cfg(test)]
mod tests {
    use super::public_name;

    #[test]
    fn names_differ_with_everything_that_matters() {
        let name = public_name("http://a/deployments/app\0Include\0");
        assert_eq!(name, public_name("http://a/deployments/app\0Include\0"));
        assert_ne!(name, public_name("http://a/deployments/app2\0Include\0"));
        assert_ne!(name, public_name("http://a/deployments/app\0Omit\0"));
        assert!(!name.contains("app"), "{name}");
    }
}
