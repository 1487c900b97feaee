//! Leptos hooks for [LlamaIndex workflow](https://developers.llamaindex.ai/python/llamaagents/workflows/) servers:
//! start runs, follow their events, answer their prompts, list them.
//!
//! A workflow server runs Python workflows and reports their progress over HTTP. This crate turns its answers and streams into
//! signals. Reconnects neither lose nor repeat events, a failed run is reported as failed, and errors carry the server's own text.
//!
//! - [`WorkflowClient`] represents a server. It has a typed method for each request and works without hooks.
//!   [`provide_workflow_client`] puts it into context.
//! - Hooks return structs of signals and `Copy` actions. Destructure what you need with `..`.
//! - [`Events`] gives access to the events of a run without copying them into a signal.
//!
//! # Example
//! ```no_run
//! use leptos::prelude::*;
//! use workflow_ui_core::{
//!     UseWorkflowHandlerReturn, UseWorkflowRunReturn, WorkflowClient, provide_workflow_client, use_workflow_handler,
//!     use_workflow_run,
//! };
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     provide_workflow_client(WorkflowClient::new("/deployments/app"));
//!     let id = RwSignal::new(None::<String>);
//!     let UseWorkflowRunReturn { run_workflow, is_creating, error, .. } = use_workflow_run();
//!     let UseWorkflowHandlerReturn { status, events, result, .. } = use_workflow_handler(id, true);
//!     let start = move |_| leptos::task::spawn_local(async move {
//!         if let Ok(handler) = run_workflow.call("greet", serde_json::json!({ "name": "Ada" })).await {
//!             id.set(Some(handler.handler_id));
//!         }
//!     });
//!     view! {
//!         <button on:click=start disabled=is_creating>"Greet"</button>
//!         <p>{move || error.get().map(|error| error.to_string())}</p>
//!         <p>{move || status.get().as_str()} ", " {move || events.get().len()} " events"</p>
//!         <pre>{move || result.get().map(|stop| stop.shown().as_str().to_owned())}</pre>
//!     }
//! }
//! ```
//!
//! # Coming from React
//! | `@llamaindex/ui` | here | differences |
//! | --- | --- | --- |
//! | `<ApiProvider clients>` | [`provide_workflow_client`] | several servers can be used on one page |
//! | `useWorkflowRun` | [`use_workflow_run`] | `error` has the server's text; parallel starts are counted; handlers can be continued |
//! | `runWorkflow(name, input)` | [`RunWorkflow::call`] | a field named `value` is sent correctly |
//! | `isCreating` | [`is_creating`](UseWorkflowRunReturn::is_creating) | |
//! | `useWorkflowHandler(id, autoStream, { includeInternal })` | [`use_workflow_handler`], [`use_workflow_handler_with_options`] | unknown ids are fetched; finished runs replay their history; failed, timed out and cancelled are not "complete" |
//! | `handler`, `events` | [`handler`](UseWorkflowHandlerReturn::handler), [`events`](UseWorkflowHandlerReturn::events) | no event is lost before the connection or repeated after it |
//! | `isStreaming`, `stopStreaming()` | [`is_streaming`](UseWorkflowHandlerReturn::is_streaming), [`stop_streaming`](UseWorkflowHandlerReturn::stop_streaming) | a signal; stops this hook only |
//! | `clearEvents()` | [`clear_events`](UseWorkflowHandlerReturn::clear_events) | clears this hook's view only |
//! | `sendEvent(event)` | [`send_event`](UseWorkflowHandlerReturn::send_event), [`respond`](UseWorkflowHandlerReturn::respond) | refusals are errors; a prompt is answered once |
//! | – | [`cancel`](UseWorkflowHandlerReturn::cancel), [`refresh`](UseWorkflowHandlerReturn::refresh), [`status`](UseWorkflowHandlerReturn::status), [`connection`](UseWorkflowHandlerReturn::connection), [`prompts`](UseWorkflowHandlerReturn::prompts), [`result`](UseWorkflowHandlerReturn::result) | |
//! | `useWorkflowHandlerList(name)` | [`use_workflow_handler_list`] | kept up to date; every status; only runs of the named workflow; errors are reported |
//! | `clearCompleted()` | [`clear_completed`](UseWorkflowHandlerListReturn::clear_completed) | |
//! | `useWorkflows`, `useWorkflow` | [`use_workflows`], [`use_workflow`] | |
//! | `useHandler(id)`, `subscribeToEvents` | [`use_workflow_handler`], [`use_workflow_events`] | all events from the first one on; typed events are decoded once, and decoding errors are reported |
//! | `useHandlers({ query })` | [`use_workflow_handler_list_with_options`] | runs are followed to their end, also when they leave the filter |
//! | `runToCompletion(input)` | [`use_run_to_completion`] | survives broken connections; a failed run is an outcome with the server's text |
//! | your own search for a running handler | [`use_or_start_run`] | |
//! | your own list of waiting runs | [`use_pending_inputs`] | all watched or all running runs; each prompt is answered once |
//! | `createAgentDataConfig({ windowUrl, env })` | [`Place`], [`deployment`] | the page's address has priority over build-time values |
//!
//! # Streams
//! All hooks of one client that watch the same handler share one stream. It also carries the server's internal events. The stream
//! closes when the last hook is dropped; the run continues. Signals change at most once per animation frame, and once a second while
//! the page is hidden.
//!
//! At most four streams per origin are open, for any number of runs and clients. HTTP/1.1 gives a browser six connections, and an
//! answer to a prompt must never wait behind a stream. With more than four runs, streams take turns and continue where they were, so
//! nothing is lost. A run without a stream gets one when the list, which is polled in the background, reports that it is idle or has
//! ended. With `n` watched runs its prompt typically appears within 4 s, and at most after `6 s + ⌈n / 4⌉ × 10 s`; if other steps of
//! the run are busy, at most after `30 s + ⌈n / 4⌉ × 10 s`. (See [`StreamsMachine`](protocol::StreamsMachine).)
//!
//! # Prompts
//! Within one browser profile a prompt is answered once, despite double clicks, several components and tabs, reloads, and lost
//! replies. The state of the prompt shows what became of an answer. The client remembers what it sent, because the server does not
//! return it.
//!
//! # Guides
//! `docs/hooks.md`, `docs/client.md`, `docs/events.md`, `docs/prompts.md`, `docs/resuming.md` and `docs/testing.md`.
//!
//! # Features
//! | feature | what it adds |
//! | --- | --- |
//! | `cloud` | Agent Data, the record store of LlamaCloud: `AgentDataClient` and the hooks `use_agent_data_…` |
//! | `control-plane` | `ControlPlaneClient`: the deployments of a project with status, releases and logs |
//! | `event-source` | `EventSourceTransport`, for networks where only the browser's `EventSource` works; no headers, and failures without a cause |
//! | `legacy` | `LegacyClient`, `use_legacy_task`: tasks and sessions of the older deployments API; see `docs/legacy.md` |
//! | `shared-tabs` | `WorkflowClientBuilder::shared_tabs`: all tabs of an origin share one stream per run; one tab leads and streams for the others |
//! | `test-util` | `ScriptedTransport`, `Recording`, `ScriptedClock`, `ScriptedStorage`, `ScriptedTabs`: test apps without a browser |
//!
//! Features that are off are not in the binary.
//!
//! # Targets
//! In a browser (`wasm32-unknown-unknown`), hooks work in components and under any [`Owner`](reactive_graph::owner::Owner). Native
//! builds compile; with `test-util` they run the hooks over a scripted transport and a virtual clock.

/// The guides. Their code is compiled as doctests.
#[cfg(doctest)]
mod guides {
    #[cfg(feature = "cloud")]
    #[doc = include_str!("../../docs/agent-data-client.md")]
    mod agent_data_client {}
    #[doc = include_str!("../../docs/base-paths.md")]
    mod base_paths {}
    #[doc = include_str!("../../docs/client.md")]
    mod client {}
    #[doc = include_str!("../../docs/events.md")]
    mod events {}
    #[doc = include_str!("../../docs/hooks.md")]
    mod hooks {}
    #[cfg(feature = "legacy")]
    #[doc = include_str!("../../docs/legacy.md")]
    mod legacy {}
    #[doc = include_str!("../../docs/prompts.md")]
    mod prompts {}
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/resuming.md")]
    mod resuming {}
    #[doc = include_str!("../../docs/testing.md")]
    mod testing {}
}

// The layers, lowest first. No module imports from a higher layer, and no two siblings import each other:
// address, error, reactive, task, clock, storage, tabs < api < store < events < client < control_plane, deployment, hooks, legacy < cloud
mod address;
mod api;
mod client;
mod clock;
#[cfg(feature = "cloud")]
mod cloud;
#[cfg(feature = "control-plane")]
mod control_plane;
mod deployment;
mod error;
mod events;
mod hooks;
#[cfg(feature = "legacy")]
mod legacy;
mod reactive;
mod storage;
mod store;
#[cfg(feature = "shared-tabs")]
mod tabs;
mod task;
mod view;

pub use address::{AddressError, ServerAddress};
#[cfg(all(target_arch = "wasm32", feature = "event-source"))]
pub use api::transport::EventSourceTransport;
#[cfg(target_arch = "wasm32")]
pub use api::transport::FetchTransport;
pub use api::transport::{
    Credentials, HttpMeta, HttpRequest, HttpResponse, HttpStream, Transport, read_answer,
};
#[cfg(any(test, feature = "test-util"))]
pub use api::transport::{Recording, Reply, ScriptedStream, ScriptedTransport};
pub use api::{CancelOutcome, RunEnd, SendEvent, SignIn, SlowRequest, StartRequest};
pub use client::{
    EventStream, StreamedEvent, WorkflowClient, WorkflowClientBuilder, provide_workflow_client,
    use_workflow_client,
};
#[cfg(target_arch = "wasm32")]
pub use clock::BrowserClock;
#[cfg(any(test, feature = "test-util"))]
pub use clock::ScriptedClock;
pub use clock::{Clock, Presence, PresenceListener};
#[cfg(feature = "cloud")]
pub use cloud::*;
#[cfg(feature = "control-plane")]
pub use control_plane::{ControlPlaneClient, DeploymentLog};
pub use deployment::{Deployment, Place, deployment};
pub use error::Error;
pub use events::{EventRow, Events};
pub use hooks::*;
#[cfg(feature = "legacy")]
pub use legacy::*;
#[cfg(target_arch = "wasm32")]
pub use storage::BrowserStorage;
#[cfg(any(test, feature = "test-util"))]
pub use storage::ScriptedStorage;
pub use storage::{ClaimGuard, Storage, StorageArea, StorageListener, page_storage};
pub use store::{EventPayload, ListFreshness};
#[cfg(all(target_arch = "wasm32", feature = "shared-tabs"))]
pub use tabs::BrowserTabs;
#[cfg(all(any(test, feature = "test-util"), feature = "shared-tabs"))]
pub use tabs::ScriptedTabs;
#[cfg(feature = "shared-tabs")]
pub use tabs::{ChannelListener, TabLink};
#[cfg(any(test, feature = "test-util"))]
pub use task::live_tasks;
/// The types, filters and orders of Agent Data.
#[cfg(feature = "cloud")]
pub use workflow_cloud as agent_data;
/// The wire types and statuses that appear in signals.
pub use workflow_protocol as protocol;
