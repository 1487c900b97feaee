//! A menu that saves a run as files: its events, its timeline, its graph, its result, and code that starts it again.

mod file;
mod job;

use crate::icon::Icon;
use crate::menu::{Menu, MenuItem};
use crate::theme::mount_style;
use crate::watched::run_or_watch;
use job::Snapshot;
use leptos::prelude::*;
use leptos::task::spawn_local;
pub use workflow_inspector::save::RunStart;
use workflow_ui_core::{UseWorkflowHandlerReturn, UseWorkflowReturn, use_workflow};

const STYLE: &str = include_str!("save.css");

const EVENTS_NDJSON: &str = "events-ndjson";
const EVENTS_CSV: &str = "events-csv";
const TIMELINE_TRACE: &str = "timeline-trace";
const GRAPH_SVG: &str = "graph-svg";
const GRAPH_PNG: &str = "graph-png";
const GRAPH_MERMAID: &str = "graph-mermaid";
const GRAPH_HTML: &str = "graph-html";
const PATH_SVG: &str = "path-svg";
const PATH_PNG: &str = "path-png";
const PATH_MERMAID: &str = "path-mermaid";
const PATH_HTML: &str = "path-html";
const RESULT_JSON: &str = "result-json";
const CODE_CURL: &str = "code-curl";
const CODE_PYTHON: &str = "code-python";
const CODE_RUST: &str = "code-rust";

/// Key, label and group of each entry.
const ITEMS: [(&str, &str, &str); 15] = [
    (EVENTS_NDJSON, "Events as NDJSON", "Events"),
    (EVENTS_CSV, "Events as CSV", "Events"),
    (TIMELINE_TRACE, "Timeline as a trace (JSON)", "Events"),
    (RESULT_JSON, "Result as JSON", "Events"),
    (GRAPH_SVG, "Graph as SVG", "Graph"),
    (GRAPH_PNG, "Graph as PNG", "Graph"),
    (GRAPH_MERMAID, "Graph as Mermaid", "Graph"),
    (GRAPH_HTML, "Graph as HTML", "Graph"),
    (PATH_SVG, "Taken path as SVG", "Taken path"),
    (PATH_PNG, "Taken path as PNG", "Taken path"),
    (PATH_MERMAID, "Taken path as Mermaid", "Taken path"),
    (PATH_HTML, "Taken path as HTML", "Taken path"),
    (CODE_CURL, "Start with curl", "Code"),
    (CODE_PYTHON, "Start with Python", "Code"),
    (CODE_RUST, "Start with Rust", "Code"),
];

/// What the menu saves.
#[derive(Clone, Copy)]
struct Source {
    run: UseWorkflowHandlerReturn,
    workflow: UseWorkflowReturn,
    start: Option<Signal<RunStart>>,
}

impl Source {
    /// Whether there is something to save under a key. Tracked.
    fn has(self, key: &str) -> bool {
        match key {
            RESULT_JSON => self.run.result.with(Option::is_some),
            EVENTS_NDJSON | EVENTS_CSV | TIMELINE_TRACE => {
                self.run.events.with(|events| events.count_all() > 0)
            }
            CODE_CURL | CODE_PYTHON | CODE_RUST => self.run.handler.with(Option::is_some),
            _ => self
                .workflow
                .graph
                .with(|graph| graph.as_ref().is_some_and(|graph| !graph.nodes.is_empty())),
        }
    }
}

/// A button `Save` with a menu of files: events as NDJSON and CSV, the timeline as a trace for [Perfetto](https://ui.perfetto.dev), the
/// graph and the path that the run has taken as SVG, PNG, Mermaid and HTML, the result as JSON, and code that starts the run again.
///
/// The browser saves each file where it saves downloads. Nothing is sent anywhere, and no file holds a token.
///
/// ```no_run
/// use leptos::prelude::*;
/// use workflow_ui_components::SaveMenu;
///
/// #[component]
/// fn Files(id: Signal<Option<String>>) -> impl IntoView {
///     view! { <SaveMenu handler_id=id /> }
/// }
/// ```
#[component]
pub fn SaveMenu(
    /// The run. Defaults to the one of `handler_id`.
    #[prop(optional)]
    run: Option<UseWorkflowHandlerReturn>,
    /// The handler whose run is watched without `run`.
    #[prop(optional, into)]
    handler_id: Signal<Option<String>>,
    /// How the run was started, as far as it is known. Defaults to none: the menu then has no entries for code.
    #[prop(optional, into)]
    start: Option<Signal<RunStart>>,
) -> impl IntoView {
    mount_style(STYLE);
    let run = run_or_watch(run, handler_id);
    // The workflow is described only to those who open the menu.
    let was_open = RwSignal::new(false);
    let name = Memo::new(move |_| {
        let name = |run: &workflow_protocol::HandlerState| run.handler.workflow_name.clone();
        was_open
            .get()
            .then(|| run.handler.with(|run| run.as_deref().map(name)))?
    });
    let source = Source {
        run,
        workflow: use_workflow(name),
        start,
    };
    let saved = RwSignal::new(String::new());
    let error = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        run.handler_id.track();
        error.set(None);
    });
    let save = move |key| {
        let snapshot = Snapshot::new(source);
        error.set(None);
        saved.set(String::from("Saving…"));
        spawn_local(async move {
            let (words, problem) = match snapshot.save(key).await {
                Ok(saved) => (format!("Saved {}", saved.name), saved.incomplete()),
                Err(error) => (String::new(), Some(error)),
            };
            saved.try_set(words);
            error.try_set(problem);
        });
    };
    let is_offered = |key: &str| start.is_some() || !key.starts_with("code-");
    let items = ITEMS.into_iter().filter(|(key, ..)| is_offered(key));
    let items: Vec<_> = items
        .map(|(key, label, group)| MenuItem { key, label, group })
        .collect();
    view! {
        <Menu
            label="Save"
            icon=Icon::Save
            items
            enabled=move |key| source.has(key)
            on_open=move |()| was_open.set(true)
            on_choose=save
        />
        <span class="wf-sr" role="status" data-part="saved" part="saved" translate="no">
            {saved}
        </span>
        <Show when=move || error.with(Option::is_some)>
            <p class="wf-error wf-save__error" role="alert" translate="no">
                {error}
            </p>
        </Show>
    }
}
