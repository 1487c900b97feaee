//! The memory limit for the events and results of all runs together.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

const MEGABYTE: usize = 1024 * 1024;

/// The store is full, and no ended run is left to remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// The limit in bytes.
    pub limit: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "The demo workflows' store is full: it holds {} MB of events and results. Cancel running workflows to make room",
            self.limit.div_ceil(MEGABYTE)
        )
    }
}

impl std::error::Error for Full {}

/// Frees memory: a store that removes its oldest ended run.
pub(crate) trait MakeRoom: fmt::Debug + Send + Sync {
    /// Returns whether a run was removed.
    fn forget_oldest(&self) -> bool;
}

/// The memory used by a store. Dropping a [`Charge`] releases its bytes.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    used: AtomicUsize,
    store: OnceLock<Weak<dyn MakeRoom>>,
}

impl Budget {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
            store: OnceLock::new(),
        }
    }

    /// Sets the store whose ended runs are removed when memory is full.
    pub(crate) fn serve(&self, store: Weak<dyn MakeRoom>) {
        // A budget belongs to one store for its whole life.
        let _ = self.store.set(store);
    }

    /// Whether that many bytes fit.
    pub(crate) fn charge(self: &Arc<Self>, bytes: usize) -> Result<Charge, Full> {
        let charge = Charge {
            budget: Arc::clone(self),
            bytes: AtomicUsize::new(0),
        };
        charge.grow(bytes).map(|()| charge)
    }

    fn add(&self, bytes: usize) -> bool {
        let added = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                used.checked_add(bytes).filter(|used| *used <= self.limit)
            });
        added.is_ok()
    }

    /// Adds bytes, and removes the oldest ended runs until they fit.
    fn take(&self, bytes: usize) -> Result<(), Full> {
        let full = Full { limit: self.limit };
        if bytes > self.limit {
            return Err(full);
        }
        while !self.add(bytes) {
            let store = self.store.get().and_then(Weak::upgrade);
            if !store.is_some_and(|store| store.forget_oldest()) {
                return Err(full);
            }
        }
        Ok(())
    }
}

/// The memory used by one run.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: Arc<Budget>,
    bytes: AtomicUsize,
}

impl Charge {
    /// A charge on a budget without a limit.
    pub(crate) fn unlimited() -> Self {
        Self {
            budget: Arc::new(Budget::new(usize::MAX)),
            bytes: AtomicUsize::new(0),
        }
    }

    /// Reserves more bytes. Must not be called with the store's lock held.
    pub(crate) fn grow(&self, bytes: usize) -> Result<(), Full> {
        self.budget.take(bytes)?;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Adds bytes that are already in memory.
    pub(crate) fn count(&self, bytes: usize) {
        self.budget.used.fetch_add(bytes, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn full(&self) -> Full {
        Full {
            limit: self.budget.limit,
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget
            .used
            .fetch_sub(*self.bytes.get_mut(), Ordering::Relaxed);
    }
}
