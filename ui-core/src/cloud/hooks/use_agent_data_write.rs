//! Writing records.

use std::marker::PhantomData;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use workflow_cloud::{AgentData, Filter};
use workflow_protocol::RawJson;

use super::asking::UseAgentDataOptions;
use crate::cloud::client::{AgentDataClient, decoded, raw};
use crate::cloud::context::use_agent_data_client;
use crate::cloud::error::AgentDataError;
use crate::cloud::wire::Record;
use crate::hooks::Counted;
use crate::reactive::*;
use crate::task::spawn_detached;

/// What [`use_agent_data_write`] gives. Destructure it with `..`; more fields may come.
#[derive(Debug)]
pub struct UseAgentDataWriteReturn<T: 'static> {
    /// Creates a record.
    pub create: CreateAgentData<T>,
    /// Replaces a record's data.
    pub update: UpdateAgentData<T>,
    /// Deletes records.
    pub delete: DeleteAgentData,
    /// Whether a write of this hook is under way.
    pub is_writing: Signal<bool>,
    /// Why the newest write of this hook failed; cleared by the next one.
    pub error: Signal<Option<AgentDataError>>,
}

impl<T> Clone for UseAgentDataWriteReturn<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UseAgentDataWriteReturn<T> {}

/// Writes records of the collection in context.
///
/// An update or a delete is shown by all hooks of the client at once, and taken back if the service refuses it; `error` then says why.
/// A create is shown when the service has answered: only then has the record an id. Every write refreshes what it touches, in this
/// tab and in the others.
///
/// # Example
/// ```no_run
/// use leptos::prelude::*;
/// use serde_json::{Value, json};
/// use workflow_ui_core::{UseAgentDataWriteReturn, use_agent_data_write};
///
/// #[component]
/// fn Rename(id: String) -> impl IntoView {
///     let UseAgentDataWriteReturn { update, is_writing, error, .. } = use_agent_data_write::<Value>();
///     let rename = move |_| update.dispatch(id.clone(), &json!({ "name": "Grace" }));
///     view! {
///         <button on:click=rename disabled=is_writing>"Rename"</button>
///         <p role="alert">{move || error.get().map(|error| error.to_string())}</p>
///     }
/// }
/// ```
///
/// # Lifecycle
/// Dispatched writes are carried out also when the hook's owner is gone. A write that is awaited is given up when its future is dropped;
/// the service may have carried it out all the same, so what it touches is read again.
///
/// # Errors
/// As those of [`AgentDataClient`]; [`AgentDataError::NoClient`] outside a provider.
#[track_caller]
pub fn use_agent_data_write<T>() -> UseAgentDataWriteReturn<T> {
    use_agent_data_write_with_options(UseAgentDataOptions::default())
}

/// [`use_agent_data_write`] with settings. Only the client counts.
#[track_caller]
pub fn use_agent_data_write_with_options<T>(options: UseAgentDataOptions) -> UseAgentDataWriteReturn<T> {
    let client = options.client.or_else(use_agent_data_client);
    let pending = ArcRwSignal::new(0_usize);
    let error = ArcRwSignal::new(None);
    let writing = pending.clone();
    let writer = StoredValue::new(Writer {
        client,
        pending,
        error: error.clone(),
    });
    UseAgentDataWriteReturn {
        create: CreateAgentData(writer, PhantomData),
        update: UpdateAgentData(writer, PhantomData),
        delete: DeleteAgentData(writer),
        is_writing: Signal::derive(move || writing.with(|pending| *pending > 0)),
        error: error.into(),
    }
}

#[derive(Clone, Debug)]
struct Writer {
    client: Option<AgentDataClient>,
    pending: ArcRwSignal<usize>,
    error: ArcRwSignal<Option<AgentDataError>>,
}

/// Carries out one write and shows how it ended.
fn write<R: 'static>(
    writer: StoredValue<Writer>,
    act: impl FnOnce(AgentDataClient) -> LocalBoxFuture<'static, Result<R, AgentDataError>> + 'static,
) -> LocalBoxFuture<'static, Result<R, AgentDataError>> {
    let writer = writer.try_with_value(Writer::clone);
    // From now on, and not from when the future is first asked: a second click must see it.
    let counted = writer.as_ref().map(|writer| Counted::new(writer.pending.clone()));
    async move {
        // The hook was cleaned up, and so was its caller.
        let Some(writer) = writer else {
            return Err(AgentDataError::NoClient);
        };
        writer.error.set(None);
        let result = match writer.client {
            Some(client) => act(client).await,
            None => Err(AgentDataError::NoClient),
        };
        if let Err(error) = &result {
            writer.error.set(Some(error.clone()));
        }
        drop(counted);
        result
    }
    .boxed_local()
}

fn dispatched<R: 'static>(write: LocalBoxFuture<'static, Result<R, AgentDataError>>) {
    spawn_detached(async move {
        // The error signal has it.
        let _ = write.await;
    });
}

/// Creates records, for one hook.
#[derive(Debug)]
pub struct CreateAgentData<T = Value>(StoredValue<Writer>, PhantomData<fn() -> T>);

impl<T> Clone for CreateAgentData<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for CreateAgentData<T> {}

impl<T: Serialize + DeserializeOwned + 'static> CreateAgentData<T> {
    /// Creates a record when the future is awaited.
    ///
    /// # Errors
    /// As [`AgentDataClient::create`].
    pub fn call(&self, data: &T) -> LocalBoxFuture<'static, Result<AgentData<T>, AgentDataError>> {
        let created = create(self.0, raw(data));
        async move { decoded(created.await?) }.boxed_local()
    }

    /// Creates a record at once and leaves the outcome to the hook's signals.
    pub fn dispatch(&self, data: &T) {
        dispatched(create(self.0, raw(data)));
    }
}

fn create(
    writer: StoredValue<Writer>,
    data: Result<RawJson, AgentDataError>,
) -> LocalBoxFuture<'static, Result<Arc<Record>, AgentDataError>> {
    write(writer, |client| {
        async move { client.store().create(client.scope(), data?).await }.boxed_local()
    })
}

/// Replaces the data of records, for one hook.
#[derive(Debug)]
pub struct UpdateAgentData<T = Value>(StoredValue<Writer>, PhantomData<fn() -> T>);

impl<T> Clone for UpdateAgentData<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for UpdateAgentData<T> {}

impl<T: Serialize + DeserializeOwned + 'static> UpdateAgentData<T> {
    /// Replaces a record's data as a whole when the future is awaited.
    ///
    /// # Errors
    /// As [`AgentDataClient::update`].
    pub fn call(
        &self,
        id: impl Into<String>,
        data: &T,
    ) -> LocalBoxFuture<'static, Result<AgentData<T>, AgentDataError>> {
        let updated = update(self.0, id.into(), raw(data));
        async move { decoded(updated.await?) }.boxed_local()
    }

    /// Replaces a record's data at once and leaves the outcome to the hook's signals.
    pub fn dispatch(&self, id: impl Into<String>, data: &T) {
        dispatched(update(self.0, id.into(), raw(data)));
    }
}

fn update(
    writer: StoredValue<Writer>,
    id: String,
    data: Result<RawJson, AgentDataError>,
) -> LocalBoxFuture<'static, Result<Arc<Record>, AgentDataError>> {
    write(writer, move |client| {
        async move { client.store().update(client.scope(), &id, data?, true).await }.boxed_local()
    })
}

/// Deletes records, for one hook.
#[derive(Clone, Copy, Debug)]
pub struct DeleteAgentData(StoredValue<Writer>);

impl DeleteAgentData {
    /// Deletes a record when the future is awaited.
    ///
    /// # Errors
    /// As [`AgentDataClient::delete`].
    pub fn call(&self, id: impl Into<String>) -> LocalBoxFuture<'static, Result<(), AgentDataError>> {
        let id = id.into();
        write(self.0, move |client| {
            async move { client.store().delete(client.scope(), &id, true).await }.boxed_local()
        })
    }

    /// Deletes a record at once and leaves the outcome to the hook's signals.
    pub fn dispatch(&self, id: impl Into<String>) {
        dispatched(self.call(id));
    }

    /// Deletes all records that fit the filter, when the future is awaited, and says how many there were.
    ///
    /// # Errors
    /// As [`AgentDataClient::delete_where`].
    pub fn call_where(&self, filter: Filter) -> LocalBoxFuture<'static, Result<u64, AgentDataError>> {
        write(self.0, move |client| {
            async move { client.delete_where(&filter).await }.boxed_local()
        })
    }
}
