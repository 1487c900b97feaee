//! The stream of a watched run: in a stream slot, or through another tab.

use std::rc::{Rc, Weak};
use std::task::Poll;

use futures::future::poll_fn;
use workflow_protocol::{FailureKind, Handler, RunMachine, StreamEnd, Time, endpoint};

#[cfg(feature = "shared-tabs")]
use super::reading::read_body;
use super::reading::read_stream;
use super::{Run, RunCall};
use crate::store::sockets::{Seat, Turn};
use crate::task::spawn;

impl Run {
    pub(super) fn want_seat(&self) {
        let Some(store) = self.store().filter(|_| !self.stopped.get()) else {
            return;
        };
        if self.seat.borrow().is_none() {
            let me = self.me.clone();
            let seat = store.sockets().seat(move |turn| {
                let Some(run) = me.upgrade() else { return };
                match turn {
                    Turn::Granted => run.open_stream(),
                    Turn::Revoked => run.input(RunCall::Yield),
                }
            });
            *self.seat.borrow_mut() = seat.map(Rc::new);
        }
        if let Some(seat) = self.seat() {
            seat.want(self.is_peek());
        }
    }

    /// Whether all that want the events only want a brief look.
    pub(super) fn is_peek(&self) -> bool {
        self.streamers.get() == self.lookers.get()
    }

    /// Somebody wants for good what was looked at until now.
    pub(in crate::store) fn stay(&self) {
        #[cfg(feature = "shared-tabs")]
        if self
            .store()
            .and_then(|store| store.sharing())
            .is_some_and(|sharing| !sharing.leads())
        {
            // The leading tab must know.
            self.input(RunCall::Yield);
            return;
        }
        if let Some(seat) = self.seat() {
            seat.want(false);
        }
    }

    /// A handle of its own: others may be served, and call us, while it is used.
    fn seat(&self) -> Option<Rc<Seat>> {
        self.seat.borrow().clone()
    }

    /// Gives the place back if no stream is wanted any longer.
    pub(super) fn settle_seat(&self) {
        if self.stream.borrow().as_ref().is_none_or(|stream| stream.shared) {
            // Not dropped while it is borrowed: others may be served at once.
            let seat = self.seat.take();
            drop(seat);
        }
        if let Some(store) = self.store() {
            store.report_pressure();
        }
    }

    /// The one place where streams are opened.
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

    /// Has the stream come through another tab, if one leads. Returns whether it does, or may.
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

    /// No other tab streams for us.
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
        // Ends with us.
        drop(task);
        self.want_seat();
    }

    /// Opens the stream again, if it came through another tab (`shared`) or if it did not.
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
            self.settle_seat();
        }
        if matches!(&end, StreamEnd::Failed(failure) if matches!(failure.kind, FailureKind::Network | FailureKind::Timeout))
        {
            self.http.note_unanswered();
        }
        self.input(RunCall::StreamEnded { epoch, end });
    }

    /// Whether a stream is wanted and has no place.
    pub(in crate::store) fn is_waiting(&self) -> bool {
        self.stream
            .borrow()
            .as_ref()
            .is_some_and(|stream| stream.task.is_none())
    }

    pub(super) fn progress(&self, now: Time) {
        self.progress_at.set(now);
        if let Some(seat) = self.seat() {
            seat.progress();
        }
    }

    /// The list, or somebody's request, tells of the handler.
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
                && let Some(seat) = self.seat()
            {
                seat.moved();
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

    /// Waits until the machine takes bytes.
    pub(in crate::store) async fn until_ready(me: &Weak<Self>) {
        poll_fn(|cx| {
            let Some(run) = me.upgrade() else {
                return Poll::Ready(());
            };
            if run.read(RunMachine::is_holding) == Some(false) {
                return Poll::Ready(());
            }
            *run.held.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
