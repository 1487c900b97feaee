//! Payloads that the log has evicted, fetched again while their event is shown.

use futures::future::abortable;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use std::time::Duration;
use workflow_ui_core::{EventPayload, Events};

/// How long an event is shown before its payload is requested: walking over events with a held key requests none.
const REST: Duration = Duration::from_millis(150);

/// A payload, or the error; no error if the payload no longer exists.
pub(super) type Refetched = Result<Arc<str>, Option<String>>;

/// Fetches the payload of the wanted event whenever that changes and whenever `retry` is set. None while it is loading.
pub(super) fn use_refetched(
    wanted: impl Fn() -> Option<(Events, u64)> + 'static,
    retry: RwSignal<()>,
) -> RwSignal<Option<Refetched>> {
    let refetched = RwSignal::new(None);
    Effect::new(move |_| {
        retry.track();
        if refetched.with_untracked(Option::is_some) {
            refetched.set(None);
        }
        let Some((events, sequence)) = wanted() else {
            return;
        };
        // Internal events have no row among the public ones.
        let events = events.with_internal(true);
        let row = events.row_of(sequence).unwrap_or(usize::MAX);
        let (payload, abort) = abortable(events.payload(row));
        let fetch = move || {
            spawn_local(async move {
                let Ok(payload) = payload.await else { return };
                refetched.try_set(Some(match payload {
                    Ok(EventPayload::Here(text)) => Ok(text.into()),
                    Ok(EventPayload::TooLarge { .. } | EventPayload::NoLongerThere) => Err(None),
                    Err(error) => Err(Some(error.to_string())),
                }));
            });
        };
        let timer = set_timeout_with_handle(fetch, REST).ok();
        on_cleanup(move || {
            abort.abort();
            if let Some(timer) = timer {
                timer.clear();
            }
        });
    });
    refetched
}
