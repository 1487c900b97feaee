//! Payloads that the log has let go of, fetched again while their event is shown.

use crate::reactive::*;
use crate::ui::{Var, after, effect};
use send_wrapper::SendWrapper;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use workflow_ui_core::{Error, EventPayload, Events};

/// Milliseconds that an event is shown before its payload is asked for: who walks over events with a held key asks for none of them.
const REST: i32 = 150;

/// A payload; or why it can't be had, without words when nobody has it any longer.
pub(super) type Fetched = Result<Arc<str>, Option<String>>;

/// A question that can be dropped while somebody waits for its answer.
type Question = Rc<RefCell<Option<Pin<Box<dyn Future<Output = Result<EventPayload, Error>>>>>>>;

/// Fetches the payload of the event that `wanted` tells, whenever it tells another one and whenever `again` is set. Nothing while it
/// is being read.
pub(super) fn fetched(
    wanted: impl Fn() -> Option<(Events, u64)> + 'static,
    again: Var<()>,
) -> Var<Option<Fetched>> {
    let fetched = Var::new(None);
    effect(move || {
        again.track();
        if fetched.peek_with(Option::is_some) {
            fetched.set(None);
        }
        let Some((events, sequence)) = wanted() else {
            return;
        };
        // Internal events have no row among the public ones.
        let events = events.with_internal(true);
        let row = events.row_of(sequence).unwrap_or(usize::MAX);
        let question: Question = Rc::new(RefCell::new(Some(events.payload(row))));
        let dropped = SendWrapper::new(Rc::clone(&question));
        on_cleanup(move || {
            if let Ok(mut question) = dropped.try_borrow_mut() {
                *question = None;
            }
        });
        after(REST, move || {
            spawn_local(async move {
                if let Some(answer) = answer(&question).await {
                    fetched.set(Some(answer));
                }
            });
        });
    });
    fetched
}

/// The answer; nothing when the question was dropped.
async fn answer(question: &Question) -> Option<Fetched> {
    let answer = poll_fn(|context| match question.borrow_mut().as_mut() {
        Some(question) => question.as_mut().poll(context).map(Some),
        None => Poll::Ready(None),
    });
    Some(match answer.await? {
        Ok(EventPayload::Here(text)) => Ok(text.into()),
        Ok(EventPayload::TooLarge { .. } | EventPayload::NoLongerThere) => Err(None),
        Err(error) => Err(Some(error.to_string())),
    })
}
