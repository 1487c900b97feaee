//! `sessionStorage` and `localStorage`.

use std::any::Any;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast as _;
use web_sys::StorageEvent;
use workflow_protocol::Claim;

use super::lock::{Lock, VISIBLE_MS, window};
use super::{ClaimGuard, SHARED, Storage, StorageArea, StorageListener, read_claim, write_claim};

/// How often a lock that another tab holds is requested again while nothing is claimed.
const RETRIES: u32 = 3;

/// The storage of the page's browser profile and tab.
///
/// Claims are in `localStorage` and have no content: a state, a time and a number. What was sent is in `sessionStorage`, which no
/// other tab reads and which ends with the tab.
///
/// In secure contexts (`https:`, and this machine) a Web Lock decides between tabs that answer at the same moment. Elsewhere browsers
/// offer no lock: the claim is written, and read again after a moment. Where storage is denied nothing is stored.
///
/// # Drop behaviour
/// Guards release their lock and remove their listener. The browser releases the lock of a tab that is closed or killed.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrowserStorage;

impl BrowserStorage {
    /// The page's own.
    pub const fn new() -> Self {
        Self
    }
}

impl Storage for BrowserStorage {
    fn get(&self, area: StorageArea, key: &str) -> Option<String> {
        open(area)?.get_item(key).ok().flatten()
    }

    fn set(&self, area: StorageArea, key: &str, text: Option<&str>) -> Option<()> {
        let storage = open(area)?;
        match text {
            Some(text) => storage.set_item(key, text),
            None => storage.remove_item(key),
        }
        .ok()
    }

    fn keys(&self, area: StorageArea, prefix: &str) -> Vec<String> {
        let Some(storage) = open(area) else {
            return Vec::new();
        };
        (0..storage.length().unwrap_or(0))
            .filter_map(|at| storage.key(at).ok().flatten())
            .filter(|key| key.starts_with(prefix))
            .collect()
    }

    fn claim(
        &self,
        key: &str,
        before: Option<Claim>,
        claim: Claim,
    ) -> LocalBoxFuture<'static, Result<ClaimGuard, Option<Claim>>> {
        let (me, key) = (*self, key.to_owned());
        async move {
            let mut retries = RETRIES;
            let lock = loop {
                let lock = Lock::request(&key).await;
                let stored = read_claim(&me, &key);
                if !Claim::may_replace(stored.as_ref(), before.as_ref()) {
                    if let Some(Some(lock)) = lock {
                        lock.release_now();
                    }
                    return Err(stored);
                }
                match lock {
                    // Another tab holds it and nothing is claimed: it is about to claim, or has just removed its claim.
                    Some(None) if retries == 0 => return Err(stored),
                    Some(None) => {
                        retries -= 1;
                        TimeoutFuture::new(VISIBLE_MS).await;
                    }
                    Some(Some(lock)) => break Some(lock),
                    None => break None,
                }
            };
            write_claim(&me, &key, Some(&claim));
            if let Some(lock) = lock {
                return Ok(Box::new(lock) as ClaimGuard);
            }
            TimeoutFuture::new(VISIBLE_MS).await;
            // Without storage there is nothing to compare, and only this tab to answer.
            match read_claim(&me, &key) {
                Some(stored) if stored != claim => Err(Some(stored)),
                _ => Ok(Box::new(()) as ClaimGuard),
            }
        }
        .boxed_local()
    }

    fn listen(&self, listener: StorageListener) -> Option<Box<dyn Any>> {
        let listening = EventListener::new(&window()?.into(), "storage", move |event| {
            let key = event
                .dyn_ref::<StorageEvent>()
                .and_then(StorageEvent::key)
                .filter(|key| key.starts_with(SHARED));
            if let Some(key) = key {
                listener(&key);
            }
        });
        Some(Box::new(listening))
    }
}

/// None where the browser denies it.
fn open(area: StorageArea) -> Option<web_sys::Storage> {
    let window = window()?;
    match area {
        StorageArea::Session => window.session_storage(),
        StorageArea::Local => window.local_storage(),
    }
    .ok()
    .flatten()
}
