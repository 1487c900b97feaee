//! The seven routes of the API, and their bodies.

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use url::form_urlencoded;
use workflow_cloud::query::{Cursor, Question};
use workflow_cloud::{DeletedCount, Group, endpoint};

use super::ask::{self, Refused};
use super::faults::{self, Queue};
use super::store::{AgentDataStore, DEFAULT_PROJECT, Record, StoreError};
use crate::body::{self, Bodies};
use crate::reply::{self, detail};

/// The largest body.
const LIMIT: usize = 8 * 1024 * 1024;

/// What the handlers of requests share.
#[derive(Debug, Clone)]
struct Api {
    store: AgentDataStore,
    bodies: Bodies,
}

/// The routes; with `with_faults` also `POST /_faults`.
pub(crate) fn routes(store: AgentDataStore, with_faults: bool) -> Router {
    let api = Api {
        store,
        bodies: Bodies::default(),
    };
    let item = format!("{}/{{id}}", endpoint::AGENT_DATA);
    let routes = Router::new()
        .route(endpoint::AGENT_DATA, post(create))
        .route(&item, get(read).put(update).delete(delete).post(act))
        .method_not_allowed_fallback(not_allowed)
        .with_state(api);
    if !with_faults {
        return routes;
    }
    let queue = Queue::default();
    routes
        .layer(from_fn_with_state(queue.clone(), faults::apply))
        .route("/_faults", post(faults::ask).with_state(queue))
}

/// The projects that a request names: by the parameter, which counts more, and by the header. The first one is the request's project.
struct Projects(Vec<String>);

impl<S: Send + Sync> FromRequestParts<S> for Projects {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let query = parts.uri.query().unwrap_or_default();
        let parameter = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == endpoint::PROJECT_PARAMETER)
            .map(|(_, value)| value.into_owned());
        let header = parts.headers.get(endpoint::PROJECT_HEADER);
        let header = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
        for (part, field, project) in [
            ("query", endpoint::PROJECT_PARAMETER, &parameter),
            ("header", endpoint::PROJECT_HEADER, &header),
        ] {
            ask::check_length(part, field, project.as_deref().unwrap_or_default())?;
        }
        let named = [parameter, header].into_iter().flatten();
        let mut projects: Vec<String> = named.filter(|project| !project.is_empty()).collect();
        if projects.is_empty() {
            projects.push(DEFAULT_PROJECT.to_owned());
        }
        Ok(Self(projects))
    }
}

impl Projects {
    fn first(mut self) -> String {
        self.0.swap_remove(0)
    }
}

/// The identifier in the path. What is no text names no record.
struct Id(String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| Failed::NotFound)
    }
}

/// Why a request has no result.
enum Failed {
    Refused(Refused),
    Store(StoreError),
    NotFound,
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refused) => refused.into_response(),
            Self::NotFound => detail(404, "Agent data not found"),
            Self::Store(error @ StoreError::Full(_)) => detail(507, error.to_string()),
            Self::Store(error) => detail(500, error.to_string()),
        }
    }
}

impl Api {
    /// Runs what may block on a thread for that, and answers with its result.
    async fn answer<T: Serialize>(
        self,
        work: impl FnOnce(AgentDataStore) -> Result<T, Failed> + Send + 'static,
    ) -> Response {
        let work = tokio::task::spawn_blocking(move || match work(self.store) {
            Ok(answer) => reply::json(200, &answer),
            Err(failed) => failed.into_response(),
        });
        work.await
            .unwrap_or_else(|error| detail(500, format!("Internal server error: {error}")))
    }

    /// The same with the request's body.
    async fn answer_body<T: Serialize>(
        self,
        headers: &HeaderMap,
        body: Body,
        work: impl FnOnce(AgentDataStore, &[u8]) -> Result<T, Failed> + Send + 'static,
    ) -> Response {
        match self.bodies.read(headers, body, LIMIT).await {
            Ok(body) => self.answer(move |store| work(store, &body.bytes)).await,
            Err(unread) => body::unread(unread, LIMIT, "the store"),
        }
    }
}

async fn create(State(api): State<Api>, projects: Projects, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let project = projects.first();
    api.answer_body(&parts.headers, body, |store, body| {
        let (scope, data) = ask::create(body, project)?;
        Ok(store.create(&scope, data)?)
    })
    .await
}

async fn read(State(api): State<Api>, Id(id): Id, projects: Projects) -> Response {
    let project = projects.first();
    api.answer(move |store| store.get(&id, &[project])?.ok_or(Failed::NotFound))
        .await
}

async fn update(State(api): State<Api>, Id(id): Id, projects: Projects, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // Also a record of the header's project: `@llamaindex/llama-cloud` was recorded with a parameter that names another.
    api.answer_body(&parts.headers, body, move |store, body| {
        let data = ask::update(body)?;
        store.update(&id, &projects.0, data)?.ok_or(Failed::NotFound)
    })
    .await
}

async fn delete(State(api): State<Api>, Id(id): Id, projects: Projects) -> Response {
    let project = projects.first();
    api.answer(move |store| {
        if store.delete(&id, &[project])? {
            Ok(json!({ "message": "deleted" }))
        } else {
            Err(Failed::NotFound)
        }
    })
    .await
}

/// The three routes with a colon: `/:search`, `/:aggregate` and `/:delete`. axum takes a segment with a colon for a mistake.
async fn act(State(api): State<Api>, Id(action): Id, projects: Projects, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let project = projects.first();
    match action.as_str() {
        ":search" => search(api, project, &parts.headers, body).await,
        ":aggregate" => aggregate(api, project, &parts.headers, body).await,
        ":delete" => delete_where(api, project, &parts.headers, body).await,
        _ => not_allowed().await,
    }
}

async fn not_allowed() -> Response {
    detail(405, "Method Not Allowed")
}

#[derive(Serialize)]
struct Page<T> {
    items: Vec<T>,
    next_page_token: Option<String>,
    total_size: Option<u64>,
}

impl<T> Page<T> {
    fn new(items: Vec<T>, last: Option<Vec<u8>>, total_size: Option<u64>, question: Question) -> Self {
        Self {
            items,
            next_page_token: last.map(|key| Cursor { key }.token(question)),
            total_size,
        }
    }
}

async fn search(api: Api, project: String, headers: &HeaderMap, body: Body) -> Response {
    api.answer_body(headers, body, |store, body| {
        let (search, question) = ask::search(body, project)?;
        let found = store.search(&search)?;
        Ok(Page::<Record>::new(
            found.records,
            found.last,
            found.total,
            question,
        ))
    })
    .await
}

async fn aggregate(api: Api, project: String, headers: &HeaderMap, body: Body) -> Response {
    api.answer_body(headers, body, |store, body| {
        let (aggregate, question) = ask::aggregate(body, project)?;
        let found = store.aggregate(&aggregate)?;
        Ok(Page::<Group<Box<RawValue>>>::new(
            found.groups,
            found.last,
            None,
            question,
        ))
    })
    .await
}

async fn delete_where(api: Api, project: String, headers: &HeaderMap, body: Body) -> Response {
    api.answer_body(headers, body, |store, body| {
        let (scope, matcher) = ask::delete(body, project)?;
        let deleted_count = store.delete_where(&scope, &matcher)?;
        Ok(DeletedCount { deleted_count })
    })
    .await
}
