//! Leptos hooks for [LlamaIndex workflow](https://developers.llamaindex.ai/python/llamaagents/workflows/) servers:
//! start runs, watch their events, answer their prompts, list them.
//!
//! A workflow server runs Python workflows and tells of them over HTTP. This crate turns that into signals. Nothing
//! is lost and nothing is doubled when a connection breaks; a failed run is failed, not completed; what the server
//! said reaches the screen.
//!
//! - [`WorkflowClient`] is a server: every request, typed, also usable without hooks. [`provide_workflow_client`] hands it to a
//!   part of the page.
//! - Hooks return structs of signals and `Copy` handles, to be destructured with `..`.
//! - [`Events`] reads a run's events where they are; they are never copied into a signal.
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
//! | `@llamaindex/ui` | here | what is truer |
//! | --- | --- | --- |
//! | `<ApiProvider clients>` | [`provide_workflow_client`] | several servers on one page never mix |
//! | `useWorkflowRun` | [`use_workflow_run`] | the server's words in `error`; parallel starts are counted; handlers can be continued |
//! | `runWorkflow(name, input)` | [`RunWorkflow::call`] | fields called `value` arrive |
//! | `isCreating` | [`is_creating`](UseWorkflowRunReturn::is_creating) | |
//! | `useWorkflowHandler(id, autoStream, { includeInternal })` | [`use_workflow_handler`], [`use_workflow_handler_with_options`] | unknown ids are asked for; finished runs replay their history; failed, timed out and cancelled are not "complete" |
//! | `handler`, `events` | [`handler`](UseWorkflowHandlerReturn::handler), [`events`](UseWorkflowHandlerReturn::events) | no event is lost before the connection or doubled after it |
//! | `isStreaming`, `stopStreaming()` | [`is_streaming`](UseWorkflowHandlerReturn::is_streaming), [`stop_streaming`](UseWorkflowHandlerReturn::stop_streaming) | a signal; stops this hook only |
//! | `clearEvents()` | [`clear_events`](UseWorkflowHandlerReturn::clear_events) | clears this hook's view, not everybody's events |
//! | `sendEvent(event)` | [`send_event`](UseWorkflowHandlerReturn::send_event), [`respond`](UseWorkflowHandlerReturn::respond) | refusals are errors; a prompt is answered once |
//! | – | [`cancel`](UseWorkflowHandlerReturn::cancel), [`refresh`](UseWorkflowHandlerReturn::refresh), [`status`](UseWorkflowHandlerReturn::status), [`connection`](UseWorkflowHandlerReturn::connection), [`prompts`](UseWorkflowHandlerReturn::prompts), [`result`](UseWorkflowHandlerReturn::result) | |
//! | `useWorkflowHandlerList(name)` | [`use_workflow_handler_list`] | kept fresh, every status, only the named workflow's runs, failures shown |
//! | `clearCompleted()` | [`clear_completed`](UseWorkflowHandlerListReturn::clear_completed) | |
//! | `useWorkflows`, `useWorkflow` | [`use_workflows`], [`use_workflow`] | |
//! | `useHandler(id)`, `subscribeToEvents` | [`use_workflow_handler`], [`use_workflow_events`] | every event from the first one on; typed events are decoded once, and what is no such value is told |
//! | `useHandlers({ query })` | [`use_workflow_handler_list_with_options`] | followed to their end, also when they leave the filter |
//! | `runToCompletion(input)` | [`use_run_to_completion`] | survives broken connections; a failed run is an end with the server's words |
//! | own wrappers that look for a running handler | [`use_or_start_run`] | |
//! | own tables of waiting runs | [`use_pending_inputs`] | all watched runs, or all that run; each prompt answered once |
//! | `createAgentDataConfig({ windowUrl, env })` | [`Place`], [`deployment`] | the page counts before the build |
//!
//! # Watching
//! All hooks of one client that watch the same handler share one stream, which carries the server's internal events
//! too. The last one's drop closes it; the run itself goes on. Signals change at most once per animation frame, and
//! once a second while the page is hidden.
//!
//! At most four streams per origin are open, whatever number of runs and clients: HTTP/1.1 gives a browser six
//! connections, and an answer to a prompt must never wait behind a stream. With more runs than that, streams take turns
//! and go on where they were, so nothing is lost. A run without a place is served when the list, which is then asked in the
//! background, says that it idles or ended: its prompt is typically seen within 4 s, and after at most
//! `6 s + ⌈n / 4⌉ × 10 s` with `n` watched runs; one that has a prompt open while its other steps are busy after at most
//! `30 s + ⌈n / 4⌉ × 10 s`. (See [`StreamsMachine`](protocol::StreamsMachine).)
//!
//! # Prompts
//! Within one browser profile a prompt is answered once: over double clicks, components, tabs, reloads and lost replies. What became
//! of an answer is the prompt's state; what was sent is kept by us, since the server echoes nothing. See the guides
//! `docs/client.md`, `docs/prompts.md`, `docs/resuming.md`, `docs/events.md` and `docs/testing.md`.
//!
//! # Features
//! | feature | what it adds |
//! | --- | --- |
//! | `event-source` | `EventSourceTransport`, for places where only the browser's `EventSource` gets through; no headers, no reasons of failures |
//! | `control-plane` | `ControlPlaneClient`: the deployments of a project, how they stand, releases and logs |
//! | `legacy` | `LegacyClient`, `use_legacy_task`: tasks and sessions of the older deployments API, see `docs/legacy.md` |
//! | `shared-tabs` | `WorkflowClientBuilder::shared_tabs`: one stream per run for all tabs of an origin; the tab that leads streams for all |
//! | `test-util` | `ScriptedTransport`, `Recording`, `ScriptedClock`, `ScriptedStorage`, `ScriptedTabs`: tests of apps without a browser |
//!
//! What is not switched on is not in the binary.
//!
//! # Where it runs
//! In a browser (`wasm32-unknown-unknown`), in components or under any [`Owner`](reactive_graph::owner::Owner). Native
//! builds compile, and with the feature `test-util` run the hooks over a scripted transport and a clock that the test
//! turns.

/// The guides, so that their code is compiled.
#[cfg(doctest)]
mod guides {
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

// The floors, from the ground up; nothing imports from a floor above, and no two siblings import each other:
// address, error, reactive, task, clock, storage, tabs < api < store < events < client < control_plane, deployment, hooks, legacy
mod address;
mod api;
mod client;
mod clock;
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
/// The wire types and statuses that appear in signals.
pub use workflow_protocol as protocol;
