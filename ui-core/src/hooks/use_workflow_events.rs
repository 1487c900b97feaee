//! `use_workflow_events`: the events of one class, decoded.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::reactive::*;
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;
use workflow_protocol::{EventRef, Time, class_name, decode_fields};

use super::watching::{error_of, watch_handler};
use crate::{Error, Events, WorkflowClient, use_workflow_client};

/// Settings of [`use_workflow_events_with_options`].
#[derive(Clone, Debug, Default)]
pub struct UseWorkflowEventsOptions {
    /// Excludes events of derived classes. Defaults to `false`.
    pub exact: bool,
    /// The client to use. Defaults to the one in context.
    pub client: Option<WorkflowClient>,
}

/// The return value of [`use_workflow_events`]. Destructure it with `..`, because fields may be added.
pub struct UseWorkflowEventsReturn<T: Send + Sync + 'static> {
    /// The events of the class so far.
    pub events: Signal<TypedEvents<T>>,
    /// The newest of these events.
    pub latest: Signal<Option<Arc<TypedEvent<T>>>>,
    /// The events of the class that could not be decoded as `T`, oldest first.
    pub errors: Signal<Vec<TypedEventError>>,
    /// Why the run failed or cannot be read, as in [`use_workflow_handler`](crate::use_workflow_handler).
    pub error: Signal<Option<Error>>,
}

impl<T: Send + Sync + 'static> Clone for UseWorkflowEventsReturn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for UseWorkflowEventsReturn<T> {}

impl<T: Send + Sync + 'static> fmt::Debug for UseWorkflowEventsReturn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseWorkflowEventsReturn").finish_non_exhaustive()
    }
}

/// Follows the events of one class of a run, decoded as `T`.
///
/// `class` is the short name (`ProgressEvent`) or the qualified one. Events of derived classes are included. Fields that the class does
/// not declare are nested under `_data` on the wire; they are decoded like the others.
///
/// Each event is decoded once, when it arrives, for any number of readers. An event that is not a `T` goes to `errors`.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_core::{UseWorkflowEventsReturn, use_workflow_events};
///
/// #[derive(serde::Deserialize)]
/// struct Progress {
///     done: u32,
///     of: u32,
/// }
///
/// #[component]
/// fn Bar(id: Signal<String>) -> impl IntoView {
///     let UseWorkflowEventsReturn { latest, errors, .. } = use_workflow_events::<Progress>(id, "ProgressEvent");
///     view! {
///         <progress
///             value=move || latest.get().map_or(0, |event| event.value.done)
///             max=move || latest.get().map_or(1, |event| event.value.of)
///         />
///         <p>{move || errors.with(|errors| errors.first().map(ToString::to_string))}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// As [`use_workflow_handler`](crate::use_workflow_handler): all hooks that watch the same handler share the stream, an empty id is the
/// same as `None`, and the hook moves when the id changes. When the handler is continued with another run, the events start again.
/// Decoded events are freed with the owner.
///
/// # Errors
/// `error` is why there are no events, such as an unknown handler or a missing client. `errors` has each event that could not be decoded,
/// with its sequence, the decoder's message and the beginning of its payload.
#[track_caller]
pub fn use_workflow_events<T>(
    handler_id: impl Into<Signal<Option<String>>>,
    class: &str,
) -> UseWorkflowEventsReturn<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    use_workflow_events_with_options(handler_id, class, UseWorkflowEventsOptions::default())
}

/// [`use_workflow_events`] with settings.
#[track_caller]
pub fn use_workflow_events_with_options<T>(
    handler_id: impl Into<Signal<Option<String>>>,
    class: &str,
    options: UseWorkflowEventsOptions,
) -> UseWorkflowEventsReturn<T>
where
    T: DeserializeOwned + Send + Sync + 'static,
{
    let UseWorkflowEventsOptions { exact, client } = options;
    let client = client.or_else(use_workflow_client);
    let no_client = client.is_none();
    let watch = watch_handler(client, handler_id.into(), true);
    // All events, internal ones included.
    let source = Signal::derive(move || match watch.get() {
        Some(watch) => Events::new(watch.run().clone(), watch.run().view.log.get(), (0, 0), true),
        None => Events::default(),
    });
    let class: Arc<str> = class_name(class).into();
    // What is decoded already is continued as long as the run is the same.
    let events = Memo::new(move |before: Option<&TypedEvents<T>>| {
        source.with(|events| {
            let log = match before {
                Some(before) if before.source.same_run(events) => before.log.clone(),
                _ => SendWrapper::new(Rc::default()),
            };
            let read = |event: &EventRef<'_>| {
                let text = event
                    .value
                    .ok_or_else(|| "its payload was evicted before it was read".to_owned())?;
                decode_fields(text).map_err(|error| error.message)
            };
            log.borrow_mut().take(events, &class, exact, &read);
            let (len, failed) = {
                let log = log.borrow();
                (log.decoded.len(), log.errors.len())
            };
            TypedEvents {
                source: events.clone(),
                log,
                len,
                failed,
            }
        })
    });
    UseWorkflowEventsReturn {
        events: events.into(),
        latest: Signal::derive(move || events.with(TypedEvents::last)),
        errors: Signal::derive(move || events.with(TypedEvents::errors)),
        error: error_of(watch, no_client),
    }
}

/// The decoded events of one class: a snapshot at the last change of the signal.
///
/// Cloning is cheap, and reading does not copy. It implements `IntoIterator`, so it works as `<For each=move || events.get()>`. Two values
/// are equal if they contain the same events.
pub struct TypedEvents<T: Send + Sync + 'static> {
    source: Events,
    log: SendWrapper<Rc<RefCell<Decoded<T>>>>,
    len: usize,
    failed: usize,
}

/// The events decoded so far.
struct Decoded<T> {
    /// The number of log rows that were read.
    read: usize,
    decoded: Vec<Arc<TypedEvent<T>>>,
    errors: Vec<TypedEventError>,
}

impl<T> Default for Decoded<T> {
    fn default() -> Self {
        Self {
            read: 0,
            decoded: Vec::new(),
            errors: Vec::new(),
        }
    }
}

impl<T> Decoded<T> {
    fn take(
        &mut self,
        events: &Events,
        class: &str,
        exact: bool,
        read: &dyn Fn(&EventRef<'_>) -> Result<T, String>,
    ) {
        let rows = self.read..events.len();
        self.read = rows.end.max(self.read);
        each_of_class(events, rows, class, exact, &mut |event| match read(event) {
            Ok(value) => self.decoded.push(Arc::new(TypedEvent {
                sequence: event.sequence,
                class: event.class.name.clone(),
                seen: event.seen,
                value,
            })),
            Err(message) => self.errors.push(TypedEventError::new(event, message)),
        });
    }
}

/// Not generic over the type, so that it is compiled once.
fn each_of_class(
    events: &Events,
    rows: Range<usize>,
    class: &str,
    exact: bool,
    take: &mut dyn FnMut(&EventRef<'_>),
) {
    events.for_each(rows, |_, event| {
        if event.class.name == class || (!exact && event.class.is(class)) {
            take(&event);
        }
    });
}

impl<T: Send + Sync + 'static> TypedEvents<T> {
    /// The number of decoded events.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no events.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The event at an index, counted from 0 in the order of the run.
    pub fn get(&self, index: usize) -> Option<Arc<TypedEvent<T>>> {
        if index >= self.len {
            return None;
        }
        self.log.borrow().decoded.get(index).cloned()
    }

    /// The newest event.
    pub fn last(&self) -> Option<Arc<TypedEvent<T>>> {
        self.get(self.len.checked_sub(1)?)
    }

    /// Whether both snapshots come from the same hook and the same run. If so, a computation over one can continue with the other. They do
    /// not if the handler id changed or the handler was continued.
    pub fn same_run(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.log, &other.log)
    }

    /// The events of a range of indices, as far as they exist. To continue after earlier events, start at the length seen before, if that
    /// snapshot was of the [`same_run`](Self::same_run).
    pub fn range(&self, range: Range<usize>) -> Vec<Arc<TypedEvent<T>>> {
        let end = range.end.min(self.len);
        let log = self.log.borrow();
        log.decoded
            .get(range.start.min(end)..end)
            .unwrap_or_default()
            .to_vec()
    }

    /// All events in order.
    pub fn to_vec(&self) -> Vec<Arc<TypedEvent<T>>> {
        self.range(0..self.len)
    }

    /// The events of the class that could not be decoded as `T`, oldest first.
    pub fn errors(&self) -> Vec<TypedEventError> {
        let log = self.log.borrow();
        log.errors.get(..self.failed).unwrap_or_default().to_vec()
    }
}

impl<T: Send + Sync + 'static> IntoIterator for TypedEvents<T> {
    type Item = Arc<TypedEvent<T>>;
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.to_vec().into_iter()
    }
}

impl<T: Send + Sync + 'static> IntoIterator for &TypedEvents<T> {
    type Item = Arc<TypedEvent<T>>;
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.to_vec().into_iter()
    }
}

impl<T: Send + Sync + 'static> Clone for TypedEvents<T> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            log: self.log.clone(),
            len: self.len,
            failed: self.failed,
        }
    }
}

impl<T: Send + Sync + 'static> Default for TypedEvents<T> {
    fn default() -> Self {
        Self {
            source: Events::default(),
            log: SendWrapper::new(Rc::default()),
            len: 0,
            failed: 0,
        }
    }
}

impl<T: Send + Sync + 'static> PartialEq for TypedEvents<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.log, &other.log) && self.len == other.len && self.failed == other.failed
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for TypedEvents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedEvents")
            .field("len", &self.len)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

/// One decoded event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedEvent<T> {
    /// Its sequence in the run.
    pub sequence: u64,
    /// Its class: the requested class, or one derived from it.
    pub class: String,
    /// When this page first saw it. `None` if it is older than the connection.
    pub seen: Option<Time>,
    /// Its fields.
    pub value: T,
}

/// An event of the class that could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {sequence} ({class}) could not be read: {message}")]
pub struct TypedEventError {
    /// Its sequence in the run.
    pub sequence: u64,
    /// Its class.
    pub class: String,
    /// The decoder's message.
    pub message: String,
    /// The beginning of the payload, at most 400 characters. Empty if the payload was evicted.
    pub body: String,
}

impl TypedEventError {
    fn new(event: &EventRef<'_>, message: String) -> Self {
        Self {
            sequence: event.sequence,
            class: event.class.name.clone(),
            message,
            body: event.value.unwrap_or_default().chars().take(400).collect(),
        }
    }
}
