//! What every test stands on.

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::{Effect, Get, GetUntracked as _, Owner};
use workflow_ui_core::protocol::{Handler, Method, Prompt};
use workflow_ui_core::{
    Reply, ScriptedClock, ScriptedTransport, UseWorkflowHandlerReturn, WorkflowClient, live_tasks,
    provide_workflow_client,
};

/// A server script, a clock, a client of both, and an owner for hooks.
pub(crate) struct Kit {
    pub(crate) server: ScriptedTransport,
    pub(crate) clock: ScriptedClock,
    pub(crate) client: WorkflowClient,
    pub(crate) owner: Owner,
}

impl Kit {
    pub(crate) fn new() -> Self {
        let server = ScriptedTransport::new();
        let clock = ScriptedClock::starting_at(1_000_000);
        let client = WorkflowClient::builder("")
            .transport(server.clone())
            .clock(clock.clone())
            .build();
        let owner = Owner::new();
        owner.with(|| provide_workflow_client(client.clone()));
        Self {
            server,
            clock,
            client,
            owner,
        }
    }

    /// Calls a hook under the test's owner.
    pub(crate) fn hook<T>(&self, hook: impl FnOnce() -> T) -> T {
        self.owner.with(hook)
    }

    /// Calls a hook under an owner of its own, which stands for a component.
    pub(crate) fn component<T>(&self, hook: impl FnOnce() -> T) -> (T, Owner) {
        let owner = self.owner.with(Owner::new);
        let value = owner.with(hook);
        (value, owner)
    }

    /// Lets everything happen that can, until the next frame has updated the signals.
    pub(crate) async fn frame(&self) {
        self.clock.next_frame().await;
    }

    /// Counts how often a signal notified.
    pub(crate) fn count_updates<T: 'static>(
        &self,
        signal: impl Get<Value = T> + Send + Sync + 'static,
    ) -> Rc<Cell<usize>> {
        let count = Rc::new(Cell::new(0));
        let counter = count.clone();
        self.owner.with(|| {
            Effect::new(move |_| {
                signal.get();
                counter.set(counter.get() + 1);
            });
        });
        count
    }

    /// A workflow whose prompts are answered by `Answer`.
    pub(crate) fn describe_workflow(&self, name: &str) {
        self.server
            .get(
                &format!("/workflows/{name}/schema"),
                Reply::json(
                    200,
                    r#"{"start":{"title":"GreetStart","type":"object","properties":{}},"stop":{"title":"StopEvent","type":"object"}}"#,
                ),
            )
            .get(
                &format!("/workflows/{name}/events"),
                Reply::json(200, r#"{"events":[{"title":"Answer","type":"object"},{"title":"Ask","type":"object"}]}"#),
            )
            .get(
                &format!("/workflows/{name}/representation"),
                Reply::json(
                    200,
                    r#"{"graph":{"name":"greet","description":null,"edges":[],"nodes":[
                        {"id":"Ask","label":"Ask","node_type":"event","event_type":"Ask","event_types":["Ask","InputRequiredEvent"]},
                        {"id":"Answer","label":"Answer","node_type":"event","event_type":"Answer","event_types":["Answer","HumanResponseEvent"]}]}}"#,
                ),
            );
    }

    /// A handler that the server knows from now on.
    pub(crate) fn know(&self, id: &str, run: &str, status: &str) {
        self.know_as(id, &handler(id, run, status), status);
    }

    /// A handler whose description is `body`.
    pub(crate) fn know_as(&self, id: &str, body: &str, status: &str) {
        let code = match status {
            "running" => 202,
            "completed" => 200,
            _ => 500,
        };
        self.server
            .get(&format!("/handlers/{id}"), Reply::json(code, body));
    }

    /// How many streams were ever opened for a handler.
    pub(crate) fn opened(&self, id: &str) -> usize {
        self.server.count(Method::Get, &format!("/events/{id}"))
    }

    /// The end of a test: everything that hooks started must be gone with their owner.
    pub(crate) async fn finish(self) {
        let server = self.server.clone();
        self.finish_with(&server).await;
    }

    /// The same for a test with another server.
    pub(crate) async fn finish_with(self, server: &ScriptedTransport) {
        self.owner.cleanup();
        self.clock.settle().await;
        assert_eq!(server.open_streams(), 0, "a stream outlives the hooks");
        assert_eq!(
            server.in_flight(),
            0,
            "a request outlives the hooks: {:?}",
            server.log()
        );
        assert_eq!(self.clock.pending(), 0, "a timer or a frame outlives the hooks");
        assert_eq!(self.clock.listeners(), 0, "a listener outlives the hooks");
        assert_eq!(live_tasks(), 0, "a task outlives the hooks");
    }
}

/// Runs a test on one thread, with an executor for effects and a deadline for what hangs.
pub(crate) fn test<F: Future<Output = ()>>(body: impl FnOnce(Kit) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        // Only the first test of the process initialises it.
        let _ = any_spawner::Executor::init_tokio();
        let deadline = tokio::time::timeout(Duration::from_secs(60), body(Kit::new()));
        deadline.await.expect("the test hangs");
    });
}

/// Why the run failed or cannot be read, in the server's words.
pub(crate) fn words(run: &UseWorkflowHandlerReturn) -> Option<String> {
    run.error.get_untracked().map(|error| error.detail())
}

/// The run's first prompt.
pub(crate) fn first(run: &UseWorkflowHandlerReturn) -> Prompt {
    run.prompts.get_untracked().remove(0)
}

/// A handler as the server describes it.
pub(crate) fn handler(id: &str, run: &str, status: &str) -> String {
    let error = match status {
        "failed" => r#""kaput: disk full""#,
        _ => "null",
    };
    let result = match status {
        "completed" => {
            r#"{"value":{"result":{"greeting":"Hello"}},"qualified_name":"workflows.events.StopEvent","type":"StopEvent","types":null}"#
        }
        _ => "null",
    };
    let ended = if status == "running" {
        "null"
    } else {
        r#""2026-11-20T11:28:12.000000+00:00""#
    };
    let updated = if status == "running" { "10" } else { "12" };
    format!(
        r#"{{"handler_id":"{id}","workflow_name":"greet","run_id":"{run}","error":{error},"result":{result},"result_unreadable":false,"status":"{status}","started_at":"2026-11-20T11:28:10.000000+00:00","updated_at":"2026-11-20T11:28:{updated}.000000+00:00","completed_at":{ended}}}"#
    )
}

/// The same as a value.
pub(crate) fn handler_value(id: &str, run: &str, status: &str) -> Handler {
    Handler::parse(&handler(id, run, status)).expect("a handler")
}

/// A list of handlers as the server answers it.
pub(crate) fn list(handlers: &[String]) -> Reply {
    Reply::json(200, format!(r#"{{"handlers":[{}]}}"#, handlers.join(",")))
}

/// A public event's envelope.
pub(crate) fn progress(n: u64) -> String {
    format!(r#"{{"value":{{"n":{n}}},"qualified_name":"app.Progress","type":"Progress","types":[]}}"#)
}

/// An internal event's envelope.
pub(crate) fn step(name: &str, state: &str, input: &str) -> String {
    format!(
        r#"{{"value":{{"name":"{name}","step_state":"{state}","worker_id":"0","input_event_name":"{input}","output_event_name":null}},"qualified_name":"workflows.events.StepStateChanged","type":"StepStateChanged","types":["InternalDispatchEvent"]}}"#
    )
}

pub(crate) const ASK: &str = r#"{"value":{"prompt":"Pick one"},"qualified_name":"app.Ask","type":"Ask","types":["InputRequiredEvent"]}"#;
pub(crate) const STOP: &str = r#"{"value":{"result":{"greeting":"Hello"}},"qualified_name":"workflows.events.StopEvent","type":"StopEvent","types":null}"#;
pub(crate) const FAILED: &str = r#"{"value":{"step_name":"bad","exception":{"exception_type":"builtins.ValueError","exception_message":"kaput: disk full"},"attempts":1,"elapsed_seconds":0.1},"qualified_name":"workflows.events.WorkflowFailedEvent","type":"WorkflowFailedEvent","types":["StopEvent"]}"#;
pub(crate) const TIMED_OUT: &str = r#"{"value":{"timeout":0.6,"active_steps":["a"]},"qualified_name":"workflows.events.WorkflowTimedOutEvent","type":"WorkflowTimedOutEvent","types":["StopEvent"]}"#;
pub(crate) const CANCELLED: &str = r#"{"value":{},"qualified_name":"workflows.events.WorkflowCancelledEvent","type":"WorkflowCancelledEvent","types":["StopEvent"]}"#;
