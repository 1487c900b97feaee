//! The run that a hook watches, and the hook's signals.

use std::rc::Rc;

use send_wrapper::SendWrapper;

use crate::reactive::*;
use crate::store::{LogMark, RunView, Watch};
use crate::{Error, WorkflowClient};

pub(super) type WatchMemo = Memo<Option<WatchRef>>;

/// Watches the handler in the signal as long as the owner lives.
#[track_caller]
pub(super) fn watch_handler(
    client: Option<WorkflowClient>,
    handler_id: Signal<Option<String>>,
    auto_stream: bool,
) -> WatchMemo {
    // A memo, not an effect: after the id changed, signals of this hook show the new run at once.
    let watch: WatchMemo = Memo::new(move |before: Option<&Option<WatchRef>>| {
        let client = client.as_ref()?;
        let id = handler_id.try_get().flatten().filter(|id| !id.is_empty())?;
        match before {
            Some(Some(before)) if before.run().id() == id => Some(before.clone()),
            _ => Some(untrack(|| {
                WatchRef(SendWrapper::new(Rc::new(client.store().watch(&id, auto_stream))))
            })),
        }
    });
    // And an effect, so that the hook also moves when nobody reads it.
    Effect::new(move || watch.with(|_| ()));
    watch
}

/// A hook's guard, so that it fits into a memo.
#[derive(Clone, Debug)]
pub(super) struct WatchRef(SendWrapper<Rc<Watch>>);

impl PartialEq for WatchRef {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for WatchRef {
    type Target = Watch;

    fn deref(&self) -> &Watch {
        &self.0
    }
}

/// The events that a hook has hidden, and the log that they belong to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cleared {
    run: usize,
    mark: LogMark,
}

impl Cleared {
    pub(super) fn of(watch: &WatchRef, mark: LogMark) -> Self {
        Self {
            run: Rc::as_ptr(watch.run()).addr(),
            mark,
        }
    }

    /// The number of rows to leave out; 0 for a log that was not cleared.
    pub(super) fn rows_of(self, watch: &WatchRef, mark: LogMark) -> (usize, usize) {
        let same = self.run == Rc::as_ptr(watch.run()).addr() && self.mark.generation == mark.generation;
        if same {
            (self.mark.len, self.mark.public)
        } else {
            (0, 0)
        }
    }
}

/// Why the watched run failed or cannot be read.
#[track_caller]
pub(super) fn error_of(watch: WatchMemo, no_client: bool) -> Signal<Option<Error>> {
    Signal::derive(move || match watch.get() {
        Some(watch) => watch.run().view.error.get(),
        None => no_client.then_some(Error::NoClient),
    })
}

/// A signal of the watched run; the default of its type without a run.
#[track_caller]
pub(super) fn field<T>(watch: WatchMemo, pick: fn(&RunView) -> &ArcRwSignal<T>) -> Signal<T>
where
    T: Clone + Default + Send + Sync + 'static,
{
    Signal::derive(move || {
        watch
            .get()
            .map_or_else(T::default, |watch| pick(&watch.run().view).get())
    })
}
