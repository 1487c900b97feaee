//! The stream of a watched run: in a stream slot, or through another tab.

use std::rc::{Rc, Weak};
use std::task::Poll;

use futures::future::poll_fn;
use workflow_protocol::{FailureKind, Handler, RunMachine, StreamEnd, Time, endpoint};

#[cfg(feature = "shared-tabs")]
use super::reading::read_body;
use super::reading::read_stream;
use super::{Run, RunCall};
use crate::store::stream_slots::{StreamSlot, Turn};
use crate::task::spawn;

impl Run {
    pub(super) fn request_slot(&self) {
        let Some(store) = self.store().filter(|_| !self.stopped.get()) else {
            return;
        };
        if self.slot.borrow().is_none() {
            let me = self.me.clone();
            let slot = store.slots().slot(move |turn| {
                let Some(run) = me.upgrade() else { return };
                match turn {
                    Turn::Granted => run.open_stream(),
                    Turn::Revoked => run.input(RunCall::Yield),
                }
            });
            *self.slot.borrow_mut() = slot.map(Rc::new);
        }
        if let Some(slot) = self.slot() {
            slot.want(self.is_peek());
        }
    }

    /// Whether all streamers only poll.
    pub(super) fn is_peek(&self) -> bool {
        self.streamers.get() == self.pollers.get()
    }

    /// A polled run got a permanent streamer.
    pub(in crate::store) fn promote(&self) {
        #[cfg(feature = "shared-tabs")]
        if self
            .store()
            .and_then(|store| store.sharing())
            .is_some_and(|sharing| !sharing.leads())
        {
            // The leading tab must know: reopen the stream through it.
            self.input(RunCall::Yield);
            return;
        }
        if let Some(slot) = self.slot() {
            slot.want(false);
        }
    }

    /// An owned handle, because using it may call back into this run.
    fn slot(&self) -> Option<Rc<StreamSlot>> {
        self.slot.borrow().clone()
    }

    /// Releases the slot if no stream is wanted any longer.
    pub(super) fn release_unused_slot(&self) {
        if self.stream.borrow().as_ref().is_none_or(|stream| stream.shared) {
            // Dropped outside the borrow: it may grant slots to others, which call back.
            let slot = self.slot.take();
            drop(slot);
        }
        if let Some(store) = self.store() {
            store.report_pressure();
        }
    }

    /// The only place that opens streams.
    fn open_stream(&self) {
        {
            let mut stream = self.stream.borrow_mut();
            let Some(stream) = stream.as_mut().filter(|stream| stream.task.is_none()) else {
                return;
            };
            let (me, http, epoch) = (self.me.clone(), self.http.clone(), stream.epoch);
            let request = endpoint::stream(&self.id, stream.after, true);
            stream.task = Some(spawn(async move {
                let end = read_stream(&http, &me, epoch, request).await;
                if let (Some(run), Some(end)) = (me.upgrade(), end) {
                    run.stream_ended(epoch, end);
                }
            }));
        }
        if let Some(store) = self.store() {
            store.report_pressure();
        }
    }

    /// Opens the stream through another tab if one leads. Returns whether it comes, or may come, that way.
    #[cfg(feature = "shared-tabs")]
    pub(super) fn share(&self, epoch: u32, after: i64) -> bool {
        let sharing = self.store().and_then(|store| store.sharing());
        let Some(sharing) = sharing.filter(|sharing| !sharing.leads()) else {
            return false;
        };
        let Some(Some(run_id)) = self.read(|machine| machine.run_id().map(str::to_owned)) else {
            return false;
        };
        let (me, http) = (self.me.clone(), self.http.clone());
        let stream = sharing.open(&self.id, run_id, after, self.is_peek());
        let task = spawn(async move {
            let end = match stream.opened().await {
                Ok(true) => read_body(&http, &me, epoch, stream).await,
                Ok(false) => {
                    if let Some(run) = me.upgrade() {
                        run.stream_directly(epoch);
                    }
                    None
                }
                Err(end) => Some(end),
            };
            if let (Some(run), Some(end)) = (me.upgrade(), end) {
                run.stream_ended(epoch, end);
            }
        });
        if let Some(stream) = self.stream.borrow_mut().as_mut() {
            stream.task = Some(task);
            stream.shared = true;
        }
        true
    }

    #[cfg(not(feature = "shared-tabs"))]
    #[allow(clippy::unused_self)]
    pub(super) const fn share(&self, _epoch: u32, _after: i64) -> bool {
        false
    }

    /// No other tab provides the stream.
    #[cfg(feature = "shared-tabs")]
    fn stream_directly(&self, epoch: u32) {
        let task = {
            let mut stream = self.stream.borrow_mut();
            let Some(stream) = stream.as_mut().filter(|stream| stream.epoch == epoch) else {
                return;
            };
            stream.shared = false;
            stream.task.take()
        };
        // This code runs in the task, which ends at its next await.
        drop(task);
        self.request_slot();
    }

    /// Reopens the stream if it comes through another tab (`shared`), or if it does not.
    #[cfg(feature = "shared-tabs")]
    pub(in crate::store) fn reopen(&self, shared: bool) {
        let is_such = |stream: &super::OpenStream| stream.shared == shared;
        if self.stream.borrow().as_ref().is_some_and(is_such) {
            self.input(RunCall::Yield);
        }
    }

    fn stream_ended(&self, epoch: u32, end: StreamEnd) {
        if self.is_streaming(epoch) {
            self.stream.take();
            self.release_unused_slot();
        }
        if matches!(&end, StreamEnd::Failed(failure) if matches!(failure.kind, FailureKind::Network | FailureKind::Timeout))
        {
            self.http.note_unanswered();
        }
        self.input(RunCall::StreamEnded { epoch, end });
    }

    /// Whether a stream is wanted and has no slot.
    pub(in crate::store) fn is_waiting(&self) -> bool {
        self.stream
            .borrow()
            .as_ref()
            .is_some_and(|stream| stream.task.is_none())
    }

    pub(super) fn progress(&self, now: Time) {
        self.progress_at.set(now);
        if let Some(slot) = self.slot() {
            slot.progress();
        }
    }

    /// The list or a request delivered the handler.
    pub(in crate::store) fn described(&self, handler: &Handler) {
        if self.is_waiting() {
            let news = self.read(|machine| {
                machine.handler().is_some_and(|known| {
                    (&known.updated_at, &known.status, &known.run_id)
                        != (&handler.updated_at, &handler.status, &handler.run_id)
                        && !handler.is_older_than(known)
                })
            });
            if news == Some(true)
                && let Some(slot) = self.slot()
            {
                slot.moved();
            }
        }
        self.input(RunCall::HandlerSeen(handler.clone()));
    }

    /// Whether the stream of this epoch is still wanted.
    pub(in crate::store) fn is_streaming(&self, epoch: u32) -> bool {
        self.stream
            .borrow()
            .as_ref()
            .is_some_and(|stream| stream.epoch == epoch)
    }

    /// Waits until the machine accepts data.
    pub(in crate::store) async fn until_ready(me: &Weak<Self>) {
        poll_fn(|cx| {
            let Some(run) = me.upgrade() else {
                return Poll::Ready(());
            };
            if run.read(RunMachine::is_buffering) == Some(false) {
                return Poll::Ready(());
            }
            *run.paused_reader.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
