//! The name by which tabs share streams, derived from a possibly secret identity.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, Window};

use super::TabLink;
use crate::storage::{BrowserStorage, Storage as _, StorageArea};

/// Rounds of PBKDF2 with SHA-256: about a tenth of a second. Other numbers are other names: change the key of the salt with it.
const ITERATIONS: u32 = 400_000;
/// The salt of this origin in this browser profile.
const SALT: &str = "workflow-tabs.salt.1";
/// How long another tab may take to see what this one wrote, in milliseconds.
const SEEN_MS: u32 = 150;
/// Bytes of a salt and of a name.
const LENGTH: usize = 16;

/// Runs in the background: the browser derives keys on other threads.
pub(super) async fn derive(tabs: impl TabLink, about: String) -> Option<String> {
    let window = js_sys::global().dyn_into::<Window>().ok()?;
    let crypto = window.crypto().ok()?;
    let salt = salt(&tabs, &crypto).await?;
    let bits = derive_bits(&crypto, &about, &salt).await.ok()?;
    Some(["workflow-", &to_hex(&bits)].concat())
}

async fn derive_bits(crypto: &Crypto, about: &str, salt: &str) -> Result<Vec<u8>, JsValue> {
    let subtle = crypto.subtle();
    let bytes = Uint8Array::from(about.as_bytes());
    let usages = Array::of1(&"deriveBits".into());
    let key = subtle.import_key_with_str("raw", &bytes, "PBKDF2", false, &usages)?;
    let key: CryptoKey = JsFuture::from(key).await?.dyn_into()?;
    let how = Object::new();
    for (name, value) in [
        ("name", JsValue::from("PBKDF2")),
        ("hash", JsValue::from("SHA-256")),
        ("salt", Uint8Array::from(salt.as_bytes()).into()),
        ("iterations", JsValue::from(ITERATIONS)),
    ] {
        Reflect::set(&how, &name.into(), &value)?;
    }
    let bits = subtle.derive_bits_with_object(&how, &key, 8 * LENGTH as u32)?;
    let bits = JsFuture::from(bits).await?;
    Ok(Uint8Array::new(&bits).to_vec())
}

/// The salt, made by the first tab that needs one. None where nothing can be stored.
async fn salt(tabs: &impl TabLink, crypto: &Crypto) -> Option<String> {
    let storage = BrowserStorage::new();
    if let Some(salt) = stored(storage) {
        return Some(salt);
    }
    let (sender, held) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let forbidden = sender.clone();
    let _lock = tabs.lock(
        SALT,
        Box::new(move || {
            // Nobody waits any longer if the client is gone.
            let _ = sender.take().map(|sender| sender.send(()));
        }),
        Box::new(move || drop(forbidden.take())),
    )?;
    held.await.ok()?;
    if let Some(salt) = stored(storage) {
        return Some(salt);
    }
    let mut bytes = [0; LENGTH];
    crypto.get_random_values_with_u8_array(&mut bytes).ok()?;
    storage.set(StorageArea::Local, SALT, Some(&to_hex(&bytes)))?;
    // The lock is given back when the other tabs can see it.
    TimeoutFuture::new(SEEN_MS).await;
    stored(storage)
}

fn stored(storage: BrowserStorage) -> Option<String> {
    let salt = storage.get(StorageArea::Local, SALT)?;
    let is_salt = salt.len() == 2 * LENGTH && salt.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_salt.then_some(salt)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
