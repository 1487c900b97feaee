//! Writing one file, in slices between which the browser can respond.

use super::file::{TextFile, download, pause, png};
use super::{
    CODE_CURL, CODE_PYTHON, CODE_RUST, EVENTS_CSV, EVENTS_NDJSON, GRAPH_HTML, GRAPH_MERMAID, GRAPH_PNG,
    GRAPH_SVG, PATH_HTML, PATH_MERMAID, PATH_PNG, PATH_SVG, RESULT_JSON, Source, TIMELINE_TRACE,
};
use crate::dom::now;
use crate::work::SLICE;
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::Blob;
use workflow_inspector::graph::GraphView;
use workflow_inspector::json::Progress;
use workflow_inspector::save::{
    CsvFields, Fact, Picture, RunCode, RunStart, TraceInfo, csv_header, csv_row, event_line, file_name,
    graph_html, mermaid, svg, svg_size, trace_json,
};
use workflow_inspector::steps::Steps;
use workflow_inspector::text::count;
use workflow_protocol::{EventRef, Graph, response_classes, schema_title};
use workflow_ui_core::Events;

/// How many events, nodes and edges are read between two checks of the time.
const CHUNK: usize = 200;

const NO_PICTURE: &str = "The browser can't draw this picture as PNG. Save it as SVG.";
const NOT_SAVED: &str = "The browser doesn't save files here.";
const OTHER_RUN: &str =
    "The handler was continued with another run while its events were being saved. Save them again.";

/// A file that was saved.
pub(super) struct Saved {
    pub(super) name: String,
    /// Events whose payloads are missing in it.
    missing: usize,
}

impl Saved {
    /// What is missing in it, in words.
    pub(super) fn incomplete(&self) -> Option<String> {
        let missing = count(self.missing as u64);
        let words = "payloads are no longer held here and are missing in the file.";
        (self.missing > 0).then(|| format!("{}: {missing} {words}", self.name))
    }
}

/// What is saved, as it was when the entry was chosen: signals may be gone when a slice is written.
pub(super) struct Snapshot {
    events: Events,
    graph: Option<Arc<Graph>>,
    answers: Vec<String>,
    info: TraceInfo,
    times: [String; 2],
    result: Option<String>,
    start: Option<RunStart>,
}

impl Snapshot {
    pub(super) fn new(source: Source) -> Self {
        let Source { run, workflow, start } = source;
        let graph = workflow.graph.get_untracked();
        let schemas = workflow.event_schemas.get_untracked();
        let schemas = schemas.as_ref().map(|schemas| schemas.as_slice());
        let handler = run.handler.get_untracked();
        let handler = handler.as_ref().map(|state| &state.handler);
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        Self {
            events: run.events.get_untracked().with_internal(true),
            answers: response_classes(graph.as_deref(), schemas.unwrap_or_default()),
            graph,
            info: TraceInfo {
                workflow: text(handler.map(|handler| &handler.workflow_name)),
                handler_id: run.handler_id.get_untracked().unwrap_or_default(),
                run_id: run.run_id.get_untracked().unwrap_or_default(),
                status: run.status.get_untracked().as_str().to_owned(),
            },
            times: [
                text(handler.map(|handler| &handler.started_at)),
                text(handler.and_then(|handler| handler.completed_at.as_ref())),
            ],
            result: run
                .result
                .with_untracked(|result| result.as_ref().map(|result| result.shown().as_str().to_owned())),
            start: start.map(|start| RunStart {
                class: workflow
                    .schema
                    .with_untracked(|schema| schema.as_ref().and_then(|schema| schema_title(&schema.start))),
                ..start.get_untracked()
            }),
        }
    }

    /// Writes the file of an entry and lets the browser save it.
    pub(super) async fn save(&self, key: &str) -> Result<Saved, String> {
        let mut missing = 0;
        let (what, extension, blob) = match key {
            EVENTS_NDJSON => ("events", "ndjson", self.lines(&mut missing).await?),
            EVENTS_CSV => ("events", "csv", self.csv(&mut missing).await?),
            TIMELINE_TRACE => {
                let steps = self.steps().await?;
                missing = steps.unread();
                (
                    "trace",
                    "json",
                    text_file(&trace_json(&steps, &self.info), "application/json"),
                )
            }
            RESULT_JSON => {
                let result = self.result.as_deref().unwrap_or("null");
                (
                    "result",
                    "json",
                    text_file(&[result, "\n"].concat(), "application/json"),
                )
            }
            CODE_CURL => ("start", "sh", text_file(&self.code().curl, "text/x-shellscript")),
            CODE_PYTHON => ("start", "py", text_file(&self.code().python, "text/x-python")),
            CODE_RUST => ("start", "rs", text_file(&self.code().rust, "text/rust")),
            _ => self.graph(key).await?,
        };
        let info = &self.info;
        let name = file_name(&[&info.workflow, &info.handler_id, what], extension);
        match blob {
            Some(blob) if download(&name, &blob) => Ok(Saved { name, missing }),
            _ => Err(NOT_SAVED.to_owned()),
        }
    }

    /// Reads all events in order.
    async fn scan(&self, read: &mut dyn FnMut(&EventRef<'_>)) -> Result<(), String> {
        let (mut at, mut seen) = (0, 0);
        while at < self.events.len() {
            let until = now() + SLICE;
            while at < self.events.len() && now() < until {
                let end = self.events.len().min(at + CHUNK);
                self.events.for_each(at..end, |_, event| {
                    seen += 1;
                    read(&event);
                });
                at = end;
            }
            pause().await;
        }
        if seen == self.events.len() {
            Ok(())
        } else {
            Err(OTHER_RUN.to_owned())
        }
    }

    async fn lines(&self, missing: &mut usize) -> Result<Option<Blob>, String> {
        let mut file = TextFile::default();
        self.scan(&mut |event| {
            *missing += usize::from(event.value.is_none());
            file.push(&event_line(event));
        })
        .await?;
        Ok(file.finish("application/x-ndjson"))
    }

    async fn csv(&self, missing: &mut usize) -> Result<Option<Blob>, String> {
        let mut fields = CsvFields::default();
        self.scan(&mut |event| fields.push(event)).await?;
        let mut file = TextFile::default();
        file.push(&csv_header(&fields));
        self.scan(&mut |event| {
            *missing += usize::from(event.value.is_none());
            file.push(&csv_row(&fields, event));
        })
        .await?;
        Ok(file.finish("text/csv;charset=utf-8"))
    }

    async fn steps(&self) -> Result<Steps, String> {
        let mut steps = Steps::new(self.answers.clone());
        self.scan(&mut |event| steps.push(event)).await?;
        Ok(steps)
    }

    async fn graph(&self, key: &str) -> Result<(&'static str, &'static str, Option<Blob>), String> {
        let steps = self.steps().await?;
        let mut view = GraphView::begin(self.graph.clone().unwrap_or_default());
        in_slices(&mut || view.step(CHUNK)).await;
        let is_path = key.starts_with("path-");
        let mut picture = if is_path {
            Picture::taken(&view, &steps)
        } else {
            Picture::declared(view, &steps)
        };
        let what = if is_path { "path" } else { "graph" };
        if matches!(key, GRAPH_MERMAID | PATH_MERMAID) {
            return Ok((what, "mmd", text_file(&mermaid(&picture), "text/vnd.mermaid")));
        }
        in_slices(&mut || picture.step()).await;
        let title = format!(
            "{} of {}",
            if is_path { "Path" } else { "Graph" },
            self.info.workflow
        );
        let (extension, blob) = match key {
            GRAPH_SVG | PATH_SVG => ("svg", text_file(&svg(&picture, &title), "image/svg+xml")),
            GRAPH_PNG | PATH_PNG => {
                let blob = png(&svg(&picture, &title), svg_size(&picture)).await;
                ("png", Some(blob.ok_or(NO_PICTURE)?))
            }
            GRAPH_HTML | PATH_HTML => (
                "html",
                text_file(&graph_html(&picture, &title, &self.facts()), "text/html"),
            ),
            _ => return Err(NOT_SAVED.to_owned()),
        };
        Ok((what, extension, blob))
    }

    fn code(&self) -> RunCode {
        self.start.as_ref().map(RunCode::new).unwrap_or_default()
    }

    /// What an HTML file says of the run.
    fn facts(&self) -> Vec<Fact> {
        let [started, ended] = self.times.clone();
        let TraceInfo {
            workflow,
            handler_id,
            run_id,
            status,
        } = self.info.clone();
        vec![
            ("Workflow", workflow),
            ("Handler", handler_id),
            ("Run", run_id),
            ("Status", status),
            ("Started", started),
            ("Ended", ended),
        ]
    }
}

fn text_file(text: &str, media: &str) -> Option<Blob> {
    let mut file = TextFile::default();
    file.push(text);
    file.finish(media)
}

/// Does work a little at a time until it is done.
async fn in_slices(step: &mut dyn FnMut() -> Progress) {
    loop {
        let until = now() + SLICE;
        while now() < until {
            if step() == Progress::Done {
                return;
            }
        }
        pause().await;
    }
}
