//! Requests of the older API, relative to the server's base address. For the current API see [`endpoint`](crate::endpoint).

use serde::Serialize;

use super::{LegacyEvent, LegacyTask, NewLegacyTask};
use crate::Request;
use crate::endpoint::{encoded, get, post};

fn write(body: &impl Serialize) -> Option<String> {
    // Strings can always be serialised.
    Some(serde_json::to_string(body).unwrap_or_default())
}

/// llama-deploy 0.9.2 as a whole; the base address is its root. The current app server has none of these; use
/// [`health`](crate::endpoint::health).
pub mod apiserver {
    use super::{Request, encoded, get};

    /// Whether the server is up, and the names of its deployments. It has no `/health`.
    pub fn status() -> Request {
        get("/status/".to_owned())
    }

    /// The deployments.
    pub fn deployments() -> Request {
        get("/deployments/".to_owned())
    }

    /// All tasks of a deployment.
    pub fn tasks(deployment: &str) -> Request {
        get(format!("/deployments/{}/tasks", encoded(deployment)))
    }

    /// All sessions of a deployment.
    pub fn sessions(deployment: &str) -> Request {
        get(format!("/deployments/{}/sessions", encoded(deployment)))
    }
}

/// One deployment of llama-deploy 0.9.2 or of the current app server; the base address ends with `/deployments/{name}`.
pub mod deployment {
    use super::{LegacyEvent, LegacyTask, NewLegacyTask, Request, Serialize, encoded, get, post, write};

    #[derive(Serialize)]
    struct Body<'a> {
        input: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        service_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        session_id: Option<&'a str>,
    }

    fn start(path: &str, task: &NewLegacyTask) -> Request {
        // The servers read the query; the body's field is ignored.
        let path = match &task.session_id {
            Some(session) => format!("{path}?session_id={}", encoded(session)),
            None => path.to_owned(),
        };
        post(
            path,
            write(&Body {
                input: task.input_text(),
                service_id: task.service.as_deref(),
                session_id: task.session_id.as_deref(),
            }),
        )
    }

    fn of_task(task: &LegacyTask, what: &str) -> String {
        format!(
            "/tasks/{}/{what}?session_id={}",
            encoded(&task.task_id),
            encoded(task.session_id.as_deref().unwrap_or_default())
        )
    }

    /// Runs a task and responds with its bare result when it has ended. A failed task gives 500 without a reason.
    pub fn run(task: &NewLegacyTask) -> Request {
        start("/tasks/run", task)
    }

    /// Starts a task and responds at once.
    pub fn create(task: &NewLegacyTask) -> Request {
        start("/tasks/create", task)
    }

    /// The task's events as NDJSON, with their classes. Each event goes to one reader only.
    pub fn events(task: &LegacyTask) -> Request {
        get(of_task(task, "events") + "&raw_event=true")
    }

    /// Sends an event to a task. The response repeats it and does not show whether a step accepted it.
    pub fn send_event(task: &LegacyTask, event: &LegacyEvent) -> Request {
        #[derive(Serialize)]
        struct Event<'a> {
            service_id: &'a str,
            event_obj_str: String,
        }
        let body = Event {
            service_id: task.service_id.as_deref().unwrap_or_default(),
            event_obj_str: event.serialised(),
        };
        post(of_task(task, "events"), write(&body))
    }

    /// Waits for the task's end and responds with its result; 500 without a reason if it failed, or if its result is not text.
    pub fn result(task: &LegacyTask) -> Request {
        get(of_task(task, "results"))
    }

    /// All tasks; on the current app server those that have not ended.
    pub fn tasks() -> Request {
        get("/tasks".to_owned())
    }

    /// All sessions.
    pub fn sessions() -> Request {
        get("/sessions".to_owned())
    }

    /// Creates a session. 400 on the current app server unless one of its workflows is called `default`.
    pub fn create_session() -> Request {
        post("/sessions/create".to_owned(), None)
    }

    /// Deletes a session; 500 without a reason if there is none of that id.
    pub fn delete_session(id: &str) -> Request {
        post(format!("/sessions/delete?session_id={}", encoded(id)), None)
    }
}

/// The control plane of llama-deploy 0.2.2. It sends no CORS headers unless configured to, so pages need a proxy.
pub mod control_plane {
    use super::{LegacyTask, NewLegacyTask, Request, Serialize, encoded, get, post, write};

    fn of_task(task: &LegacyTask, what: &str) -> String {
        format!(
            "/sessions/{}/tasks/{}/{what}",
            encoded(task.session_id.as_deref().unwrap_or_default()),
            encoded(&task.task_id)
        )
    }

    /// Where its message queue is. No other server has this path.
    pub fn queue_config() -> Request {
        get("/queue_config".to_owned())
    }

    /// The services by name.
    pub fn services() -> Request {
        get("/services".to_owned())
    }

    /// All sessions by id, with the events and results of their tasks: this can be large.
    pub fn sessions() -> Request {
        get("/sessions".to_owned())
    }

    /// Creates a session; the response is its id.
    pub fn create_session() -> Request {
        post("/sessions/create".to_owned(), None)
    }

    /// Deletes a session. A missing one is not an error.
    pub fn delete_session(id: &str) -> Request {
        post(format!("/sessions/{}/delete", encoded(id)), None)
    }

    /// Starts a task in a session; the response is the task's id, even if there is no such service.
    pub fn create(session: &str, task: &NewLegacyTask) -> Request {
        #[derive(Serialize)]
        struct Body<'a> {
            input: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            agent_id: Option<&'a str>,
            session_id: &'a str,
        }
        let body = Body {
            input: task.input_text(),
            agent_id: task.service.as_deref(),
            session_id: session,
        };
        post(format!("/sessions/{}/tasks", encoded(session)), write(&body))
    }

    /// The tasks of a session.
    pub fn tasks(session: &str) -> Request {
        get(format!("/sessions/{}/tasks", encoded(session)))
    }

    /// The latest task of a session.
    pub fn current_task(session: &str) -> Request {
        get(format!("/sessions/{}/current_task", encoded(session)))
    }

    /// The task's result; `null` until it has ended, and for unknown tasks.
    pub fn result(task: &LegacyTask) -> Request {
        get(of_task(task, "result"))
    }

    /// The task's events as NDJSON, from the first one for every reader; 404 until there is one.
    pub fn events(task: &LegacyTask) -> Request {
        get(of_task(task, "result_stream"))
    }
}
