//! Effects, values and memos whose code exists once, however many of them a page has.
//!
//! [`Live`] and [`Call`] hold `Any`, and what is typed is a thin shell around them.

use crate::reactive::{
    Callable, Callback, Effect, Get, GetUntracked, GetValue, LocalStorage, RenderEffect, RwSignal, Set,
    Signal, StoredValue, With, WithUntracked,
};
use leptos::prelude::Memo;
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

/// What a value must be.
pub trait Held: Default + Send + Sync + 'static {}

impl<T: Default + Send + Sync + 'static> Held for T {}

/// A `Signal` that reads as empty after its owner is cleaned up.
pub struct Live<T: Send + Sync + 'static>(Signal<T>);

impl<T: Send + Sync + 'static> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Live<T> {}

impl<T: Send + Sync + 'static> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

impl<T: Held> From<Signal<T>> for Live<T> {
    fn from(signal: Signal<T>) -> Self {
        Self(signal)
    }
}

impl<T: Clone + Held> From<RwSignal<T>> for Live<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self(signal.into())
    }
}

impl<T: Clone + Held> From<Memo<T>> for Live<T> {
    fn from(signal: Memo<T>) -> Self {
        Self(signal.into())
    }
}

impl<T: Clone + Held> From<Live<T>> for Signal<T> {
    fn from(live: Live<T>) -> Self {
        live.0
    }
}

impl<T: Clone + Held> Live<T> {
    /// A memo.
    pub fn new(f: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self
    where
        T: PartialEq,
    {
        Self(Memo::new(f).into())
    }

    /// A memo whose values are compared by `same`.
    pub fn with_compare(
        f: impl Fn(Option<&T>) -> T + Send + Sync + 'static,
        same: fn(&T, &T) -> bool,
    ) -> Self {
        Self(
            Memo::new_owning(move |before: Option<T>| {
                let value = f(before.as_ref());
                let changed = before.is_none_or(|before| !same(&before, &value));
                (value, changed)
            })
            .into(),
        )
    }

    /// See `Signal::with`.
    pub fn with<R>(self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.0.try_get().unwrap_or_default())
    }

    /// See `Signal::with_untracked`.
    pub fn peek_with<R>(self, f: impl FnOnce(&T) -> R) -> R {
        f(&self.0.try_get_untracked().unwrap_or_default())
    }

    /// See `Signal::get`.
    #[must_use]
    pub fn get(self) -> T {
        self.0.try_get().unwrap_or_default()
    }

    /// See `Signal::get_untracked`.
    #[must_use]
    pub fn peek(self) -> T {
        self.0.try_get_untracked().unwrap_or_default()
    }
}

/// Keeps a value until the current owner is cleaned up.
pub(crate) fn keep(value: impl Any) {
    let value: Box<dyn Any> = Box::new(value);
    let _ = StoredValue::new_local(value);
}

/// Something to do, again and again. A trait of our own: the vtable of a boxed closure holds, and the page carries, two more ways to
/// call it that nobody uses.
pub(super) trait Job {
    fn run(&mut self);
}

impl<F: FnMut()> Job for F {
    fn run(&mut self) {
        self();
    }
}

/// Runs now, and again whenever what it read has changed, until the current owner is cleaned up. What it builds belongs to the
/// run: it is cleaned up before the next one.
pub fn now(f: impl FnMut() + 'static) {
    boxed(Box::new(f));
}

#[inline(never)]
pub(super) fn boxed(mut job: Box<dyn Job>) {
    keep(RenderEffect::new(move |_: Option<()>| job.run()));
}

/// Runs after the view was built, and again whenever what it read has changed, until the current owner is cleaned up.
pub fn effect(f: impl FnMut() + 'static) {
    #[inline(never)]
    fn start(mut job: Box<dyn Job>) {
        Effect::new(move |_: Option<()>| job.run());
    }
    start(Box::new(f));
}

/// A signal that can be read and set: an `RwSignal` that reads as empty after its owner is cleaned up.
pub struct Var<T>(RwSignal<T>);

impl<T> Clone for Var<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Var<T> {}

impl<T> fmt::Debug for Var<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Var")
    }
}

impl<T> From<RwSignal<T>> for Var<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self(signal)
    }
}

impl<T> std::ops::Deref for Var<T> {
    type Target = RwSignal<T>;

    fn deref(&self) -> &RwSignal<T> {
        &self.0
    }
}

impl<T: Clone + Held> Var<T> {
    /// A new one.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(RwSignal::new(value))
    }

    /// The value. Who reads it inside an effect or a memo is run again when it changes.
    #[must_use]
    pub fn get(self) -> T {
        self.0.try_get().unwrap_or_default()
    }

    /// The value, without following it.
    #[must_use]
    pub fn peek(self) -> T {
        self.0.try_get_untracked().unwrap_or_default()
    }

    /// Looks at the value without copying it. The closure must not set it. What is found is empty once the owner was cleaned up.
    pub fn with<R: Default>(self, look: impl FnOnce(&T) -> R) -> R {
        self.0.try_with(look).unwrap_or_default()
    }

    /// Looks at the value without copying or following it. The closure must not set it.
    pub fn peek_with<R: Default>(self, look: impl FnOnce(&T) -> R) -> R {
        self.0.try_with_untracked(look).unwrap_or_default()
    }

    /// Sets the value. Does nothing once the owner was cleaned up.
    pub fn set(self, value: T) {
        self.0.try_set(value);
    }

    /// Changes the value.
    pub fn change(self, change: impl FnOnce(&mut T)) {
        let mut value = self.peek();
        change(&mut value);
        self.set(value);
    }

    /// Follows the value without looking at it.
    pub fn track(self) {
        self.0.try_with(|_| ());
    }
}

/// Something to be done with a value: what components call when a person does something. `Copy`, like the graph's own `Callback`,
/// and without its demands on what it holds.
pub struct Call<A, R = ()>(StoredValue<Rc<dyn Any>, LocalStorage>, PhantomData<fn(A) -> R>);

impl<A, R> Clone for Call<A, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, R> Copy for Call<A, R> {}

impl<A, R> fmt::Debug for Call<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}

/// A call's closure.
struct Todo<A, R>(Box<dyn Fn(A) -> R>);

#[inline(never)]
fn stored(todo: Rc<dyn Any>) -> StoredValue<Rc<dyn Any>, LocalStorage> {
    StoredValue::new_local(todo)
}

#[inline(never)]
fn looked_up(todo: StoredValue<Rc<dyn Any>, LocalStorage>) -> Option<Rc<dyn Any>> {
    todo.try_get_value()
}

impl<A: 'static, R: 'static> Call<A, R> {
    /// A call that runs the closure, for as long as the current owner lives.
    pub fn new(f: impl Fn(A) -> R + 'static) -> Self {
        Self(stored(Rc::new(Todo(Box::new(f)))), PhantomData)
    }

    /// Runs it; nothing happens once the owner was cleaned up.
    #[inline(never)]
    pub fn run(self, value: A) -> R
    where
        R: Default,
    {
        let todo = looked_up(self.0);
        let todo = todo.as_deref().and_then(|todo| todo.downcast_ref::<Todo<A, R>>());
        todo.map(|todo| (todo.0)(value)).unwrap_or_default()
    }
}

impl<A: 'static, R: 'static> From<Callback<A, R>> for Call<A, R> {
    fn from(callback: Callback<A, R>) -> Self {
        Self::new(move |value| callback.run(value))
    }
}

/// A value that is computed from others.
pub fn memo<T: Held + Clone + PartialEq>(f: impl Fn() -> T + Send + Sync + 'static) -> Live<T> {
    memo_with(move |_| f())
}

/// A value that is computed from others and from what it was before.
pub fn memo_with<T: Held + Clone + PartialEq>(
    f: impl Fn(Option<&T>) -> T + Send + Sync + 'static,
) -> Live<T> {
    Live::new(f)
}
