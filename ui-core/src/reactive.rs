//! The reactive graph of Leptos, by itself, and its values and memos compiled once for all types.
//!
//! `leptos::prelude` re-exports these very types, so the hooks fit into any Leptos app; and an app that has views of its own
//! carries nothing else of Leptos.
//!
//! The graph's signals and memos are generic, and each type that one of them holds brings some two kilobytes of code. `Slot`,
//! [`Live`] and [`Reading`] hold `Any`, and what is typed about them is a thin shell.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

pub(crate) use reactive_graph::graph::untrack;
pub(crate) use reactive_graph::owner::{StoredValue, provide_context, use_context};
pub(crate) use reactive_graph::traits::{Get, With, WithValue};
pub(crate) use reactive_graph::wrappers::read::Signal;

pub(crate) use reactive_graph::computed::Memo;
use reactive_graph::effect::Effect;
use reactive_graph::signal::ArcRwSignal;
pub(crate) use reactive_graph::traits::GetUntracked;
use reactive_graph::traits::Set;

/// Runs after what is under way, and again whenever what it read has changed, until the current owner is cleaned up.
pub(crate) fn effect(f: impl FnMut() + 'static) {
    #[inline(never)]
    fn start(mut job: Box<dyn FnMut()>) {
        Effect::new(move |_: Option<()>| job());
    }
    start(Box::new(f));
}

/// What a value must be.
pub(crate) trait Held: Default + Send + Sync + 'static {}

impl<T: Default + Send + Sync + 'static> Held for T {}

/// A value of unknown type.
type Shelf = Arc<dyn Any + Send + Sync>;

/// Looks at what the shelf holds; at what is empty if it holds nothing.
fn look<T: Held, R>(shelf: Option<&Shelf>, look: impl FnOnce(&T) -> R) -> R {
    match shelf.and_then(|shelf| shelf.downcast_ref()) {
        Some(value) => look(value),
        None => look(&T::default()),
    }
}

/// A value that is shared, can be set and tells those who read it, as `ArcRwSignal` does.
pub(crate) struct Slot<T>(ArcRwSignal<Shelf>, PhantomData<fn() -> T>);

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

impl<T: Held> Default for Slot<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

#[inline(never)]
fn slot(value: Shelf) -> ArcRwSignal<Shelf> {
    ArcRwSignal::new(value)
}

#[inline(never)]
fn put(slot: &ArcRwSignal<Shelf>, value: Shelf) {
    slot.set(value);
}

#[inline(never)]
fn read(slot: &ArcRwSignal<Shelf>) -> Option<Shelf> {
    slot.try_get()
}

#[inline(never)]
fn peek(slot: &ArcRwSignal<Shelf>) -> Option<Shelf> {
    slot.try_get_untracked()
}

impl<T: Held> Slot<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(slot(Arc::new(value)), PhantomData)
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        look(read(&self.0).as_ref(), f)
    }

    pub(crate) fn with_untracked<R>(&self, f: impl FnOnce(&T) -> R) -> R {
        look(peek(&self.0).as_ref(), f)
    }

    pub(crate) fn get(&self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    pub(crate) fn get_untracked(&self) -> T
    where
        T: Clone,
    {
        self.with_untracked(T::clone)
    }

    pub(crate) fn track(&self) {
        let _ = read(&self.0);
    }

    pub(crate) fn set(&self, value: T) {
        put(&self.0, Arc::new(value));
    }

    /// Sets only something new, so that nobody is woken for nothing.
    pub(crate) fn change_to(&self, value: T)
    where
        T: PartialEq,
    {
        if self.with_untracked(|known| *known != value) {
            self.set(value);
        }
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut T))
    where
        T: Clone,
    {
        let mut value = self.get_untracked();
        change(&mut value);
        self.set(value);
    }

    pub(crate) fn reading(&self) -> Signal<T>
    where
        T: Clone,
    {
        let slot = self.clone();
        Signal::derive(move || slot.get())
    }
}

/// What a memo of any type holds: the same shelf for as long as what is on it is equal to what would take its place.
#[derive(Clone)]
struct Kept(Shelf);

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

type Compute = Box<dyn Fn(Option<&Shelf>) -> Shelf + Send + Sync>;

#[inline(never)]
fn kept(compute: Compute) -> Memo<Kept> {
    Memo::new(move |before: Option<&Kept>| Kept(compute(before.map(|before| &before.0))))
}

#[inline(never)]
fn read_kept(memo: Memo<Kept>) -> Option<Shelf> {
    memo.try_get().map(|kept| kept.0)
}

#[inline(never)]
fn peek_kept(memo: Memo<Kept>) -> Option<Shelf> {
    memo.try_get_untracked().map(|kept| kept.0)
}

/// A value that follows others, and tells those who read it only when it is another one than before, as `Memo` does; its code exists
/// once for all types.
///
/// `Copy`. Once the owner is cleaned up it reads as what is empty.
pub(crate) struct Live<T>(Memo<Kept>, PhantomData<fn() -> T>);

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Live<T> {}

impl<T> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Live")
    }
}

impl<T: Held> Live<T> {
    /// A value that is computed from others and from what it was before.
    pub(crate) fn new(f: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Self
    where
        T: PartialEq,
    {
        Self::with_compare(f, T::eq)
    }

    /// The same, where `same` says whether two values are equal.
    pub(crate) fn with_compare(
        f: impl Fn(Option<&T>) -> T + Send + Sync + 'static,
        same: fn(&T, &T) -> bool,
    ) -> Self {
        let compute = move |before: Option<&Shelf>| -> Shelf {
            let typed = before.and_then(|before| before.downcast_ref::<T>());
            let value = f(typed);
            match (before, typed) {
                (Some(before), Some(typed)) if same(typed, &value) => before.clone(),
                _ => Arc::new(value),
            }
        };
        Self(kept(Box::new(compute)), PhantomData)
    }

    /// Looks at the value without copying it. Who does so inside an effect or a memo is run again when it changes.
    pub(crate) fn with<R>(self, f: impl FnOnce(&T) -> R) -> R {
        look(read_kept(self.0).as_ref(), f)
    }

    /// Looks at the value without copying or following it.
    pub(crate) fn peek_with<R>(self, f: impl FnOnce(&T) -> R) -> R {
        look(peek_kept(self.0).as_ref(), f)
    }

    /// The value. Who reads it inside an effect or a memo is run again when it changes.
    #[must_use]
    pub(crate) fn get(self) -> T
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// The value, without following it.
    #[must_use]
    pub(crate) fn peek(self) -> T
    where
        T: Clone,
    {
        self.peek_with(T::clone)
    }

    pub(crate) fn reading(self) -> Signal<T>
    where
        T: Clone,
    {
        Signal::derive(move || self.get())
    }
}
