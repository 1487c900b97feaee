//! The texts that the JSON views take.

use leptos::prelude::*;
use std::sync::Arc;
use workflow_protocol::RawJson;

/// A JSON text as a property: a `RawJson`, `String`, `&str` or `Arc<str>`, or a signal or memo of one of these.
///
/// For a closure write `Signal::derive(move || …)`. A `RawJson` and an `Arc<str>` are shared, however long they are; the others are
/// copied once for each change.
#[derive(Clone, Copy, Debug)]
pub struct JsonSource(Signal<Arc<str>>);

impl JsonSource {
    pub(super) const fn text(self) -> Signal<Arc<str>> {
        self.0
    }
}

impl From<Arc<str>> for JsonSource {
    fn from(text: Arc<str>) -> Self {
        Self(Signal::stored(text))
    }
}

impl From<&str> for JsonSource {
    fn from(text: &str) -> Self {
        Arc::<str>::from(text).into()
    }
}

impl From<String> for JsonSource {
    fn from(text: String) -> Self {
        Arc::<str>::from(text).into()
    }
}

impl From<RawJson> for JsonSource {
    fn from(json: RawJson) -> Self {
        Arc::<str>::from(json).into()
    }
}

macro_rules! from_reactive {
    ($($signal:ident),*) => {$(
        impl<T> From<$signal<T>> for JsonSource
        where
            T: Into<Arc<str>> + Clone + Send + Sync + 'static,
        {
            fn from(text: $signal<T>) -> Self {
                Self(Signal::derive(move || text.get().into()))
            }
        }
    )*};
}

from_reactive!(Signal, Memo, RwSignal, ReadSignal);
