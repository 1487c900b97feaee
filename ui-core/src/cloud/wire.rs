//! The requests of Agent Data over the request layer of this crate, and their answers.

use std::rc::Rc;
use std::sync::Arc;

use futures::future::LocalBoxFuture;
use serde::Serialize;
use workflow_cloud::{
    AgentData, AggregateRequest, CreateRequest, DEFAULT_PAGE_SIZE, DeleteRequest, DeletedCount, Filter,
    Group, GroupPage, MAX_PAGE_SIZE, SearchPage, SearchRequest, UpdateRequest, endpoint,
};
use workflow_protocol::{DecodeError, Method, RawJson, Request, Rng, Time};

use super::error::{AgentDataError, UnknownCreate};
use crate::Error;
use crate::api::transport::HttpResponse;
use crate::api::{Http, to_json};

/// A record whose data stay as the service wrote them, to the digit.
pub(super) type Record = AgentData<RawJson>;

/// How often a request that only reads is sent.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt, in milliseconds; doubled for the third. Up to a half is added by chance.
const PAUSE_MS: u64 = 500;
/// The longest pause that a service may ask for, in milliseconds. What asks for more fails at once.
const LONGEST_PAUSE_MS: u64 = 60_000;

/// Whose records: a deployment's collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) deployment: Arc<str>,
    pub(super) collection: Arc<str>,
}

/// A question that hooks ask.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ask {
    /// The record with this id.
    Item(String),
    /// Records, a page or more.
    Search(Box<SearchRequest>),
    /// Groups, all of them.
    Groups(Box<AggregateRequest>),
}

/// What the service answered, of any question.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// Whether there was an answer yet.
    pub(super) is_there: bool,
    pub(super) rows: Vec<Arc<Record>>,
    pub(super) groups: Vec<Arc<Group>>,
    pub(super) total: Option<u64>,
    /// Asks for what follows.
    pub(super) next: Option<String>,
    /// The page size of the chain of pages that `next` belongs to.
    pub(super) size: Option<u32>,
}

/// Records that were not replaced are the same ones: see [`Answer::reuse`].
impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        let same_rows = self.rows.len() == other.rows.len()
            && self
                .rows
                .iter()
                .zip(&other.rows)
                .all(|(one, two)| Arc::ptr_eq(one, two));
        same_rows
            && self.is_there == other.is_there
            && self.total == other.total
            && self.next == other.next
            && self.groups == other.groups
    }
}

impl Answer {
    /// Adds the page that follows. A record that moved from one page to the next while they were read is there once.
    pub(super) fn append(&mut self, page: Self) {
        for row in page.rows {
            if !self.rows.iter().any(|known| known.id == row.id) {
                self.rows.push(row);
            }
        }
        self.groups.extend(page.groups);
        self.total = page.total.or(self.total);
        // A service that gives the same token again would be asked for ever.
        self.next = page.next.filter(|next| self.next.as_ref() != Some(next));
    }

    /// Keeps the unchanged records of the previous response, so that they are not rendered again.
    pub(super) fn reuse(&mut self, before: &Self) {
        for (at, row) in self.rows.iter_mut().enumerate() {
            let same_place = before.rows.get(at).filter(|known| known.id == row.id);
            let known = same_place.or_else(|| before.rows.iter().find(|known| known.id == row.id));
            if let Some(known) = known.filter(|known| ***known == **row) {
                *row = known.clone();
            }
        }
    }
}

/// One Agent Data service, as requests.
pub(super) struct Wire {
    pub(super) http: Http,
    /// The project that `http` names in every request.
    pub(super) project: Option<String>,
}

impl Wire {
    pub(super) fn now(&self) -> Time {
        self.http.clock.now()
    }

    // Reads

    /// Asks a question; of a search, the page that follows `before`.
    pub(super) async fn ask(
        self: &Rc<Self>,
        scope: &Scope,
        ask: &Ask,
        before: &Answer,
    ) -> Result<Answer, AgentDataError> {
        match ask {
            Ask::Item(id) => Ok(Answer {
                rows: self.get(id).await?.into_iter().collect(),
                ..Answer::default()
            }),
            Ask::Search(request) => {
                let mut request = SearchRequest::clone(request);
                request.page_size = before.size.or(request.page_size);
                request.page_token.clone_from(&before.next);
                let page = self.search(scope, request).await?;
                let records = page.items.into_iter().filter_map(Result::ok);
                Ok(Answer {
                    rows: records.map(Arc::new).collect(),
                    next: page.next_page_token,
                    total: page.total_size,
                    ..Answer::default()
                })
            }
            Ask::Groups(request) => {
                let mut request = AggregateRequest::clone(request);
                request.page_token.clone_from(&before.next);
                let page = self.aggregate(scope, request).await?;
                Ok(Answer {
                    groups: page.items.into_iter().map(Arc::new).collect(),
                    next: page.next_page_token,
                    ..Answer::default()
                })
            }
        }
    }

    /// None on 404.
    pub(super) async fn get(self: &Rc<Self>, id: &str) -> Result<Option<Arc<Record>>, AgentDataError> {
        let request = Request {
            method: Method::Get,
            path: endpoint::item(id),
            body: None,
        };
        match self.read(request).await {
            Ok(text) => record(&text).map(Some),
            Err(AgentDataError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A filter that matches nothing asks nothing.
    pub(super) async fn search(
        self: &Rc<Self>,
        scope: &Scope,
        mut request: SearchRequest,
    ) -> Result<SearchPage<RawJson>, AgentDataError> {
        checked(&request.filter)?;
        if request.filter.matches_nothing() {
            return Ok(SearchPage {
                items: Vec::new(),
                next_page_token: None,
                total_size: request.include_total.then_some(0),
            });
        }
        name(scope, &mut request.deployment_name, &mut request.collection);
        let text = self.read(post(endpoint::SEARCH, &request)?).await?;
        Ok(SearchPage::parse(&text)?)
    }

    pub(super) async fn aggregate(
        self: &Rc<Self>,
        scope: &Scope,
        request: AggregateRequest,
    ) -> Result<GroupPage, AgentDataError> {
        match self.aggregate_text(scope, request).await? {
            Some(text) => Ok(GroupPage::parse(&text)?),
            None => Ok(GroupPage {
                items: Vec::new(),
                next_page_token: None,
                total_size: None,
            }),
        }
    }

    /// None: the filter matches nothing, so nothing was asked.
    pub(super) async fn aggregate_text(
        self: &Rc<Self>,
        scope: &Scope,
        mut request: AggregateRequest,
    ) -> Result<Option<String>, AgentDataError> {
        checked(&request.filter)?;
        if request.filter.matches_nothing() {
            return Ok(None);
        }
        name(scope, &mut request.deployment_name, &mut request.collection);
        self.read(post(endpoint::AGGREGATE, &request)?).await.map(Some)
    }

    /// Sends a request that only reads, again after a pause where that can help.
    fn read(self: &Rc<Self>, request: Request) -> LocalBoxFuture<'static, Result<String, AgentDataError>> {
        let me = self.clone();
        Box::pin(async move {
            let mut rng = Rng::new(me.http.clock.seed());
            let mut attempt = 1;
            loop {
                let error = match me.send(request.clone()).await {
                    Err(error) if error.is_transient() && attempt < ATTEMPTS => error,
                    result => return result,
                };
                let by_chance = rng.next_u64() % (PAUSE_MS / 2);
                let pause = error
                    .retry_after()
                    .unwrap_or((PAUSE_MS << (attempt - 1)) + by_chance);
                if pause > LONGEST_PAUSE_MS {
                    return Err(error);
                }
                me.http.clock.sleep(pause).await;
                attempt += 1;
            }
        })
    }

    // Writes: each is sent once

    /// Without an answer it is [`AgentDataError::Unknown`].
    pub(super) async fn create(&self, scope: &Scope, data: RawJson) -> Result<Arc<Record>, AgentDataError> {
        let body = CreateRequest {
            deployment_name: scope.deployment.to_string(),
            collection: scope.collection.to_string(),
            data: data.clone(),
        };
        let request = post(endpoint::AGENT_DATA, &body)?;
        let sent_at = self.http.state.clock().server_time(self.now());
        let result = match self.send(request).await {
            Ok(text) => record(&text),
            Err(error) => Err(error),
        };
        result.map_err(|cause| {
            if cause.is_unsettled() {
                AgentDataError::Unknown(Box::new(UnknownCreate { cause, data, sent_at }))
            } else {
                cause
            }
        })
    }

    pub(super) async fn update(&self, id: &str, data: &RawJson) -> Result<Arc<Record>, AgentDataError> {
        let request = Request {
            method: Method::Put,
            path: endpoint::item(id),
            body: Some(json("record", &UpdateRequest { data })?),
        };
        record(&self.send(request).await?)
    }

    pub(super) async fn delete(&self, id: &str) -> Result<(), AgentDataError> {
        let request = Request {
            method: Method::Delete,
            path: endpoint::item(id),
            body: None,
        };
        // Services answer `{}`, `{"message": …}` or nothing.
        self.send(request).await.map(drop)
    }

    /// Without a filter all records of the collection.
    pub(super) async fn delete_where(
        &self,
        scope: &Scope,
        filter: Option<&Filter>,
    ) -> Result<u64, AgentDataError> {
        let filter = filter.cloned();
        if let Some(filter) = &filter {
            checked(filter)?;
            if filter.is_empty() {
                return Err(AgentDataError::EmptyFilter);
            }
            if filter.matches_nothing() {
                return Ok(0);
            }
        }
        let body = DeleteRequest {
            deployment_name: scope.deployment.to_string(),
            collection: scope.collection.to_string(),
            filter: filter.unwrap_or_default(),
        };
        let text = self.send(post(endpoint::DELETE, &body)?).await?;
        let answer: DeletedCount = RawJson::parse(&text)?.decode()?;
        Ok(answer.deleted_count)
    }

    /// The body of a successful answer.
    async fn send(&self, request: Request) -> Result<String, AgentDataError> {
        let response: HttpResponse = self
            .http
            .call(request, Some(self.http.timeout))
            .await
            .map_err(Error::from)?;
        if (200..300).contains(&response.status) {
            Ok(response.body)
        } else {
            Err(AgentDataError::of_answer(&response))
        }
    }
}

/// The page size with which this many rows are read in as few requests as the service allows, but no smaller pages than asked for.
pub(super) fn page_size(asked: Option<u32>, wanted: usize) -> Option<u32> {
    let least = asked.unwrap_or(DEFAULT_PAGE_SIZE);
    let wanted = u32::try_from(wanted).unwrap_or(MAX_PAGE_SIZE).min(MAX_PAGE_SIZE);
    (wanted > least).then_some(wanted)
}

/// Requests that name no deployment or collection are about the client's.
fn name(scope: &Scope, deployment: &mut String, collection: &mut String) {
    for (name, own) in [(deployment, &scope.deployment), (collection, &scope.collection)] {
        if name.is_empty() {
            own.as_ref().clone_into(name);
        }
    }
}

/// A filter that contradicts itself is not sent.
fn checked(filter: &Filter) -> Result<(), AgentDataError> {
    filter.check().map_err(|error| AgentDataError::Invalid {
        detail: error.to_string(),
        fields: Vec::new(),
    })
}

fn record(text: &str) -> Result<Arc<Record>, AgentDataError> {
    match Record::parse(text)? {
        Ok(record) => Ok(Arc::new(record)),
        // Raw data always decodes.
        Err(error) => Err(DecodeError {
            what: "record",
            message: error.message,
            body: String::new(),
        }
        .into()),
    }
}

fn post(path: &str, body: &impl Serialize) -> Result<Request, AgentDataError> {
    Ok(Request {
        method: Method::Post,
        path: path.to_owned(),
        body: Some(json("request", body)?),
    })
}

/// JSON text of what is to be sent.
fn json(what: &'static str, value: &impl Serialize) -> Result<String, AgentDataError> {
    let json = to_json(what, value).map_err(AgentDataError::from)?;
    Ok(json.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::page_size;

    #[test]
    fn many_rows_are_read_in_large_pages() {
        assert_eq!(page_size(Some(20), 0), None);
        assert_eq!(page_size(Some(20), 20), None);
        assert_eq!(page_size(Some(20), 60), Some(60));
        assert_eq!(page_size(None, 5_000), Some(1_000));
        assert_eq!(page_size(Some(1_000), 5_000), None);
    }
}
