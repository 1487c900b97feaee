//! Code that starts a run again. It never contains a token: the commands read it from the environment.

use workflow_protocol::{RawJson, endpoint, start_body};

/// The start of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunStart {
    /// The absolute base URL of the server.
    pub base: String,
    /// The workflow's name.
    pub workflow: String,
    /// The class of the start event, if it is known.
    pub class: Option<String>,
    /// The fields of the start event. `None` if they are not known, because the server does not store them.
    pub input: Option<RawJson>,
}

/// Code that starts a run and follows it, in three languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunCode {
    /// A script for the shell, with curl.
    pub curl: String,
    /// A program with Python's `llama-agents-client`.
    pub python: String,
    /// A Leptos component with this project's hooks.
    pub rust: String,
}

/// The note in the code if the start event is not known.
const UNKNOWN: &str = "The server doesn't keep what a run was started with: fill in the fields.";

impl RunCode {
    /// The code for a start.
    pub fn new(start: &RunStart) -> Self {
        let unknown = RawJson::empty_object();
        let input = start.input.as_ref().unwrap_or(&unknown);
        Self {
            curl: curl(start, input),
            python: python(start, input),
            rust: rust(start, input),
        }
    }
}

fn note(start: &RunStart, comment: &str) -> String {
    match start.input {
        Some(_) => String::new(),
        None => format!("{comment} {UNKNOWN}\n"),
    }
}

fn curl(start: &RunStart, input: &RawJson) -> String {
    let body = start_body(start.class.as_deref(), input, None);
    let path = endpoint::run_nowait(&start.workflow, String::new()).path;
    // The shell inserts the handler's id.
    let stream = endpoint::stream("HANDLER", -1, false).path;
    let (before, after) = stream.split_once("HANDLER").unwrap_or((&stream, ""));
    format!(
        "#!/bin/sh\n\
         # Starts a run and follows its events.\n\
         # A server that requires sign-in: put the token into the variable WORKFLOW_TOKEN.\n\
         set -eu\n\
         api={}\n\
         if [ -n \"${{WORKFLOW_TOKEN:-}}\" ]; then set -- -H \"Authorization: Bearer $WORKFLOW_TOKEN\"; fi\n\
         {}\
         started=$(curl -fsS \"$@\" -H 'Content-Type: application/json' --data-binary {} \"$api\"{})\n\
         handler=$(printf '%s' \"$started\" | sed -n 's/.*\"handler_id\": *\"\\([^\"]*\\)\".*/\\1/p')\n\
         curl -fsSN \"$@\" \"$api\"{}\"$handler\"{}\n",
        shell(&start.base),
        note(start, "#"),
        shell(&body),
        shell(&path),
        shell(before),
        shell(after),
    )
}

/// Inside single quotes a shell interprets nothing but the quote itself.
fn shell(text: &str) -> String {
    ["'", &text.replace('\'', "'\\''"), "'"].concat()
}

fn python(start: &RunStart, input: &RawJson) -> String {
    // As the client sends it: with its class, a field called `value` is not parsed as an envelope.
    let event = match &start.class {
        Some(class) => format!(
            "{{\"type\": {}, \"value\": json.loads({})}}",
            python_text(class),
            python_text(input.as_str())
        ),
        None => format!("json.loads({})", python_text(input.as_str())),
    };
    format!(
        "import asyncio\n\
         import json\n\
         import os\n\
         \n\
         import httpx\n\
         from llama_agents.client import WorkflowClient\n\
         \n\
         SERVER = {}\n\
         WORKFLOW = {}\n\
         {}\
         START_EVENT = {event}\n\
         # A server that requires sign-in: put the token into the variable WORKFLOW_TOKEN.\n\
         TOKEN = os.environ.get(\"WORKFLOW_TOKEN\")\n\
         \n\
         \n\
         async def main() -> None:\n    \
             headers = {{\"Authorization\": f\"Bearer {{TOKEN}}\"}} if TOKEN else {{}}\n    \
             async with httpx.AsyncClient(base_url=SERVER, headers=headers, timeout=None) as http:\n        \
                 client = WorkflowClient(httpx_client=http)\n        \
                 started = await client.run_workflow_nowait(WORKFLOW, start_event=START_EVENT)\n        \
                 async for event in client.get_workflow_events(started.handler_id):\n            \
                     print(event.type, event.value)\n        \
                 ended = await client.get_handler(started.handler_id)\n        \
                 print(ended.status, ended.result)\n\
         \n\
         \n\
         asyncio.run(main())\n",
        python_text(&start.base),
        python_text(&start.workflow),
        note(start, "#"),
    )
}

/// A JSON string with escapes for non-ASCII characters is also a Python string.
fn python_text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c if u32::from(c) <= 0xffff => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

fn rust(start: &RunStart, input: &RawJson) -> String {
    format!(
        "use leptos::prelude::*;\n\
         use leptos::task::spawn_local;\n\
         use workflow_ui_core::protocol::RawJson;\n\
         use workflow_ui_core::{{\n    \
             RunWorkflowOptions, WorkflowClient, provide_workflow_client, use_workflow_handler, use_workflow_run,\n\
         }};\n\
         \n\
         /// The server. One that requires sign-in takes a token: `WorkflowClient::builder(SERVER)` has the ways to set it.\n\
         const SERVER: &str = {};\n\
         const WORKFLOW: &str = {};\n\
         {}\
         const START_EVENT: &str = {};\n\
         const CLASS: Option<&str> = {};\n\
         \n\
         /// Starts the workflow and shows what becomes of the run.\n\
         #[component]\n\
         fn StartedRun() -> impl IntoView {{\n    \
             provide_workflow_client(WorkflowClient::new(SERVER));\n    \
             let started = RwSignal::new(None::<String>);\n    \
             let start = use_workflow_run();\n    \
             let run = use_workflow_handler(started, true);\n    \
             let on_click = move |_| {{\n        \
                 let Ok(event) = RawJson::parse(START_EVENT) else {{ return }};\n        \
                 let options = RunWorkflowOptions {{ class: CLASS.map(str::to_owned), ..Default::default() }};\n        \
                 let starting = start.run_workflow.call_with(WORKFLOW, event, options);\n        \
                 spawn_local(async move {{\n            \
                     if let Ok(handler) = starting.await {{\n                \
                         started.try_set(Some(handler.handler_id));\n            \
                     }}\n        \
                 }});\n    \
             }};\n    \
             view! {{\n        \
                 <button on:click=on_click>\"Run\"</button>\n        \
                 <p>{{move || start.error.get().map(|error| error.to_string())}}</p>\n        \
                 <p>{{move || run.status.get().as_str()}}</p>\n        \
                 <p>{{move || run.result.with(|result| result.as_ref().map(|result| result.shown().as_str().to_owned()))}}</p>\n    \
             }}\n\
         }}\n",
        rust_text(&start.base),
        rust_text(&start.workflow),
        note(start, "//"),
        rust_text(input.as_str()),
        match &start.class {
            Some(class) => format!("Some({})", rust_text(class)),
            None => String::from("None"),
        },
    )
}

/// A Rust string. Its debug form escapes invisible characters.
fn rust_text(text: &str) -> String {
    format!("{text:?}")
}
