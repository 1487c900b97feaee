//! Agent Data as typed requests. Usable without hooks.

mod builder;

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::{LocalBoxStream, unfold};
use send_wrapper::SendWrapper;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use workflow_cloud::{
    AgentData, AggregateRequest, Filter, GroupPage, Order, SearchPage, SearchRequest, Timestamp, created_at,
};
use workflow_protocol::RawJson;

use super::error::{AgentDataError, UnknownCreate};
use super::store::Store;
use super::wire::{Record, Scope};
use crate::ServerAddress;
use crate::api::to_json;

pub use builder::AgentDataClientBuilder;

/// A record that was created this long before its request, by the service's clock, can still be its record: clocks differ.
const SKEW_MS: u64 = 120_000;

/// A collection of Agent Data, the record store of LlamaCloud. `T` is the type of the records' data: anything that serialises to a JSON
/// object. `serde_json::Value`, the default, is the untyped one, and [`RawJson`] also keeps numbers beyond 64 bits to the digit.
///
/// A clone, another [type](Self::typed) and another [collection](Self::collection) are the same client: hooks of one client share
/// their requests, and every write that is made here refreshes the hooks that it touches, in this tab and in the others.
///
/// ```no_run
/// use serde::{Deserialize, Serialize};
/// use workflow_ui_core::{AgentDataClient, AgentDataError, agent_data_address};
/// use workflow_ui_core::agent_data::{Order, SearchRequest, field};
///
/// #[derive(Serialize, Deserialize)]
/// struct Person { name: String, age: u32 }
///
/// async fn adults() -> Result<(), AgentDataError> {
///     let people: AgentDataClient<Person> = agent_data_address().client().collection("people").typed();
///     let ada = people.create(&Person { name: "Ada".to_owned(), age: 36 }).await?;
///     let page = people
///         .search(&SearchRequest {
///             filter: field("age").gte(18),
///             order_by: Order::by("name"),
///             ..SearchRequest::default()
///         })
///         .await?;
///     for person in page.items.into_iter().flatten() {
///         println!("{} is {}", person.data.name, person.data.age);
///     }
///     people.delete(&ada.id).await
/// }
/// ```
///
/// # Retries
/// What only reads is sent up to three times: after no answer, 429 and 5xx, with the pause that the service asks for. Writes are sent
/// once.
///
/// # Threads
/// As [`WorkflowClient`](crate::WorkflowClient).
pub struct AgentDataClient<T = Value> {
    store: SendWrapper<Rc<Store>>,
    scope: Scope,
    data: PhantomData<fn() -> T>,
}

impl<T> AgentDataClient<T> {
    pub(super) fn of(store: Rc<Store>, scope: Scope) -> Self {
        Self {
            store: SendWrapper::new(store),
            scope,
            data: PhantomData,
        }
    }

    /// The same collection with data of another type.
    #[must_use]
    pub fn typed<U>(&self) -> AgentDataClient<U> {
        AgentDataClient::of(Rc::clone(&self.store), self.scope.clone())
    }

    pub(super) fn into_typed<U>(self) -> AgentDataClient<U> {
        AgentDataClient {
            store: self.store,
            scope: self.scope,
            data: PhantomData,
        }
    }

    /// Another collection of the same deployment.
    #[must_use]
    pub fn collection(&self, name: &str) -> Self {
        let mut scope = self.scope.clone();
        scope.collection = name.into();
        Self::of(Rc::clone(&self.store), scope)
    }

    /// The name of the deployment that the records belong to.
    #[must_use]
    pub fn deployment_name(&self) -> &str {
        &self.scope.deployment
    }

    /// The name of the collection.
    #[must_use]
    pub fn collection_name(&self) -> &str {
        &self.scope.collection
    }

    /// The project that every request names; none if the builder got none.
    #[must_use]
    pub fn project(&self) -> Option<&str> {
        self.store.wire.project.as_deref()
    }

    /// The address of the service.
    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.store.wire.http.server
    }

    pub(super) fn store(&self) -> &Rc<Store> {
        &self.store
    }

    pub(super) const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Deletes a record.
    ///
    /// # Errors
    /// [`AgentDataError::NotFound`] if there is none; every cause of a write.
    pub async fn delete(&self, id: &str) -> Result<(), AgentDataError> {
        self.store.delete(&self.scope, id, false).await
    }

    /// Deletes all records that fit the filter, and says how many there were. A filter that matches nothing asks nothing.
    ///
    /// # Errors
    /// [`AgentDataError::EmptyFilter`] for an empty filter; every cause of a write.
    pub async fn delete_where(&self, filter: &Filter) -> Result<u64, AgentDataError> {
        self.store.delete_where(&self.scope, Some(filter)).await
    }

    /// Deletes all records of the collection, and says how many there were.
    ///
    /// # Errors
    /// Every cause of a write.
    pub async fn delete_all(&self) -> Result<u64, AgentDataError> {
        self.store.delete_where(&self.scope, None).await
    }

    /// How many records fit the filter, by an aggregate without groups, which is exact.
    ///
    /// # Errors
    /// Every cause of a read.
    pub async fn count(&self, filter: &Filter) -> Result<u64, AgentDataError> {
        let request = count_of(filter.clone());
        Ok(self.store.wire.aggregate(&self.scope, request).await?.count())
    }
}

impl AgentDataClient {
    /// A client of the collection `default` of the project's public store at `base_url`, with the visitor's cookie.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self::builder(base_url).build()
    }

    /// A client with settings of its own.
    pub fn builder(base_url: impl Into<String>) -> AgentDataClientBuilder {
        AgentDataClientBuilder::new(base_url.into())
    }
}

impl<T: DeserializeOwned> AgentDataClient<T> {
    /// The record with this id; `None` if there is none.
    ///
    /// # Errors
    /// [`AgentDataError::Row`] if its data are of another shape; every cause of a read.
    pub async fn get(&self, id: &str) -> Result<Option<AgentData<T>>, AgentDataError> {
        self.store.wire.get(id).await?.map(decoded).transpose()
    }

    /// One page of records. Empty names of deployment and collection are this client's. A filter that matches nothing asks nothing.
    ///
    /// # Errors
    /// Every cause of a read. A record of another shape is an error of its own in the page.
    pub async fn search(&self, request: &SearchRequest) -> Result<SearchPage<T>, AgentDataError> {
        let page = self.store.wire.search(&self.scope, request.clone()).await?;
        let items = page.items.into_iter();
        Ok(SearchPage {
            items: items.map(|item| item.and_then(AgentData::decode)).collect(),
            next_page_token: page.next_page_token,
            total_size: page.total_size,
        })
    }

    /// All pages from the first one on, however many there are: each names the next, so this passes the row that `offset` ends at. The
    /// stream ends after an error.
    ///
    /// ```no_run
    /// use futures::StreamExt as _;
    /// use workflow_ui_core::{AgentDataClient, AgentDataError};
    /// use workflow_ui_core::agent_data::SearchRequest;
    ///
    /// async fn names(people: AgentDataClient) -> Result<Vec<String>, AgentDataError> {
    ///     let mut names = Vec::new();
    ///     let mut pages = people.pages(SearchRequest { page_size: Some(1000), ..SearchRequest::default() });
    ///     while let Some(page) = pages.next().await {
    ///         names.extend(page?.items.into_iter().flatten().map(|person| person.data["name"].to_string()));
    ///     }
    ///     Ok(names)
    /// }
    /// ```
    pub fn pages(
        &self,
        request: SearchRequest,
    ) -> LocalBoxStream<'static, Result<SearchPage<T>, AgentDataError>>
    where
        T: 'static,
    {
        let client = self.typed::<T>();
        unfold(Some(request), move |request| {
            let client = client.typed::<T>();
            async move {
                let request = request?;
                let page = client.search(&request).await;
                let next = page.as_ref().ok().and_then(|page| page.next_page_token.clone());
                // A service that gives the same token again would be asked for ever.
                let next = next
                    .filter(|token| request.page_token.as_ref() != Some(token))
                    .map(|token| SearchRequest {
                        page_token: Some(token),
                        ..request
                    });
                Some((page, next))
            }
        })
        .boxed_local()
    }

    /// One page of groups. Empty names of deployment and collection are this client's. `T` is the type of `first_item`.
    ///
    /// # Errors
    /// Every cause of a read.
    pub async fn aggregate(&self, request: &AggregateRequest) -> Result<GroupPage<T>, AgentDataError> {
        match self
            .store
            .wire
            .aggregate_text(&self.scope, request.clone())
            .await?
        {
            Some(text) => Ok(GroupPage::parse(&text)?),
            None => Ok(GroupPage {
                items: Vec::new(),
                next_page_token: None,
                total_size: None,
            }),
        }
    }

    /// The records that a create without an answer may have made: those with exactly its data that are not older than the request. Empty
    /// means that there is none so far; a request that is still on its way may make one yet.
    ///
    /// # Errors
    /// Every cause of a read.
    pub async fn find_again(&self, unknown: &UnknownCreate) -> Result<Vec<AgentData<T>>, AgentDataError>
    where
        T: 'static,
    {
        let since = Timestamp::from_millis(unknown.sent_at.0.saturating_sub(SKEW_MS));
        let request = SearchRequest {
            filter: created_at().gte(since),
            order_by: Order::by_desc("created_at"),
            page_size: Some(100),
            ..SearchRequest::default()
        };
        let wanted = unknown.data.to_value();
        let mut found = Vec::new();
        let mut pages = self.typed::<RawJson>().pages(request);
        while let Some(page) = pages.next().await {
            for record in page?.items.into_iter().flatten() {
                if record.data.to_value() == wanted {
                    found.push(decoded(Arc::new(record))?);
                }
            }
        }
        Ok(found)
    }
}

impl<T: Serialize + DeserializeOwned> AgentDataClient<T> {
    /// Creates a record. The service has no unique keys, so a second call makes a second record.
    ///
    /// # Errors
    /// [`AgentDataError::Unknown`] if there was no answer: the record may have been created or not, and nothing is sent again; ask
    /// with [`find_again`](Self::find_again). Every other cause of a write means that nothing was created.
    pub async fn create(&self, data: &T) -> Result<AgentData<T>, AgentDataError> {
        decoded(self.store.create(&self.scope, raw(data)?).await?)
    }

    /// Replaces a record's data as a whole. The service has no versions: the last writer wins, so read the record again before, and
    /// compare `updated_at`, where others may write too. Writes to one record are sent one after the other.
    ///
    /// # Errors
    /// [`AgentDataError::NotFound`] if there is none; every cause of a write.
    pub async fn update(&self, id: &str, data: &T) -> Result<AgentData<T>, AgentDataError> {
        decoded(self.store.update(&self.scope, id, raw(data)?, false).await?)
    }
}

/// Asks for one group over all records that fit.
pub(super) fn count_of(filter: Filter) -> AggregateRequest {
    AggregateRequest {
        filter,
        count: true,
        ..AggregateRequest::default()
    }
}

/// The JSON of data that are to be written.
pub(super) fn raw(data: &impl Serialize) -> Result<RawJson, AgentDataError> {
    Ok(to_json("data", data)?)
}

/// A record with its data decoded.
pub(super) fn decoded<T: DeserializeOwned>(record: Arc<Record>) -> Result<AgentData<T>, AgentDataError> {
    let record = Arc::unwrap_or_clone(record);
    record
        .decode()
        .map_err(|error| AgentDataError::Row(Box::new(error)))
}

impl<T> Clone for AgentDataClient<T> {
    fn clone(&self) -> Self {
        self.typed()
    }
}

/// Two handles are equal if they are the same client and collection.
impl<T> PartialEq for AgentDataClient<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.store, &other.store) && self.scope == other.scope
    }
}

impl<T> Eq for AgentDataClient<T> {}

impl<T> fmt::Debug for AgentDataClient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentDataClient")
            .field("address", &self.address().base())
            .field("scope", &self.scope)
            .finish()
    }
}
