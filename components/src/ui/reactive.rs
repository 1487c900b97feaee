//! Effects and memos whose code exists once, however many of them a page has.

use leptos::prelude::{Effect, Memo, RenderEffect, StoredValue};
use std::any::Any;

/// Keeps a value until the current owner is cleaned up.
pub(crate) fn keep(value: impl Any) {
    let value: Box<dyn Any> = Box::new(value);
    let _ = StoredValue::new_local(value);
}

/// Runs now, and again whenever what it read has changed, until the current owner is cleaned up. What it builds belongs to the
/// run: it is cleaned up before the next one.
pub(super) fn now(mut f: Box<dyn FnMut()>) {
    keep(RenderEffect::new(move |_: Option<()>| f()));
}

/// Runs after the view was built, and again whenever what it read has changed, until the current owner is cleaned up.
pub fn effect(f: impl FnMut() + 'static) {
    fn start(mut f: Box<dyn FnMut()>) {
        Effect::new(move |_: Option<()>| f());
    }
    start(Box::new(f));
}

/// A value that is computed from signals, and tells those who read it only when it is another one than before.
pub fn memo<T: PartialEq + Send + Sync + 'static>(f: impl Fn() -> T + Send + Sync + 'static) -> Memo<T> {
    let f: Box<dyn Fn(Option<&T>) -> T + Send + Sync> = Box::new(move |_| f());
    Memo::new(f)
}
