//! Runs watched by the hooks, and the comparison of their logs with the server's.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use reactive_graph::effect::Effect;
use reactive_graph::owner::Owner;
use reactive_graph::traits::{Get as _, GetUntracked as _};
use serde_json::Value;
use workflow_protocol::{RetryPolicy, RunStatus};
use workflow_tests::{Api, until};
use workflow_ui_core::{
    UseWorkflowHandlerOptions, UseWorkflowHandlerReturn, WorkflowClient, use_workflow_handler_with_options,
};

use crate::native::{Network, RealClock};

/// A client with its own four stream slots, and shorter retry delays than a page.
pub(crate) fn client(origin: &str, number: usize) -> WorkflowClient {
    WorkflowClient::builder(origin)
        .transport(Network::new(1 + number))
        .clock(RealClock::new(number as u64))
        .retry(RetryPolicy {
            base: 30,
            cap: 500,
            ..RetryPolicy::default()
        })
        .build()
}

/// A watched run. Dropping it stops watching.
pub(crate) struct Watched {
    pub(crate) id: String,
    workflow: String,
    hook: UseWorkflowHandlerReturn,
    owner: Owner,
    notifications: Rc<Cell<u64>>,
    /// The first invalid value of a signal.
    wrong: Rc<RefCell<Option<String>>>,
}

impl Watched {
    pub(crate) fn new(client: &WorkflowClient, id: &str, workflow: &str) -> Self {
        let owner = Owner::new();
        let (notifications, wrong) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(None)));
        let options = UseWorkflowHandlerOptions {
            include_internal: true,
            client: Some(client.clone()),
        };
        let hook = owner.with(|| use_workflow_handler_with_options(id.to_owned(), true, options));
        let (count, complaint) = (Rc::clone(&notifications), Rc::clone(&wrong));
        owner.with(|| {
            Effect::new(move |before: Option<usize>| {
                let events = hook.events.get();
                count.set(count.get() + 1);
                let before = before.unwrap_or_default();
                if events.len() < before {
                    let words = format!("{} events after {before}", events.len());
                    complaint.borrow_mut().get_or_insert(words);
                }
                if hook.status.get() == RunStatus::Gone {
                    complaint.borrow_mut().get_or_insert_with(|| "gone".to_owned());
                }
                events.len()
            });
        });
        Self {
            id: id.to_owned(),
            workflow: workflow.to_owned(),
            hook,
            owner,
            notifications,
            wrong,
        }
    }

    fn is_done(&self) -> bool {
        self.hook.status.get_untracked().is_terminal()
            && self.hook.connection.get_untracked().as_str() == "closed"
    }

    pub(crate) fn len(&self) -> usize {
        self.hook.events.get_untracked().len()
    }

    pub(crate) fn connection(&self) -> &'static str {
        self.hook.connection.get_untracked().as_str()
    }

    /// Its state, as text.
    pub(crate) fn state(&self) -> String {
        format!(
            "{} ({}) {} {:?} {} events, {:?}",
            self.id,
            self.workflow,
            self.hook.status.get_untracked().as_str(),
            self.hook.connection.get_untracked(),
            self.len(),
            self.hook.wire.get_untracked(),
        )
    }

    /// All differences from the server's own log.
    pub(crate) async fn differences(&self, api: &Api) -> Vec<String> {
        let server = if self.is_done() {
            api.events(&self.id, true).await
        } else {
            api.events_so_far(&self.id, true).await
        };
        let events = self.hook.events.get_untracked();
        let ours = events.range(0..events.len());
        let mut differences = vec![];
        let sequences: Vec<u64> = server.iter().map(|event| event.sequence).collect();
        let seen: Vec<u64> = ours.iter().map(|row| row.sequence).collect();
        if sequences != seen {
            let at = sequences
                .iter()
                .zip(&seen)
                .take_while(|(its, ours)| its == ours)
                .count();
            differences.push(format!(
                "{} events here, {} on the server; from place {at}: {:?} here, {:?} there",
                seen.len(),
                sequences.len(),
                seen.iter().skip(at).take(8).collect::<Vec<_>>(),
                sequences.iter().skip(at).take(8).collect::<Vec<_>>(),
            ));
        }
        for (row, event) in ours.iter().zip(&server) {
            let same = match (&row.value, &event.envelope) {
                // A frame that is not JSON has an error instead of a payload.
                (None, Value::String(_)) => row.error.is_some(),
                (Some(value), _) => value.to_value() == *event.value() && row.class.name == event.class(),
                (None, _) => false,
            };
            if !same {
                differences.push(format!("{row:?} is not {event:?}"));
                break;
            }
        }
        if events.missing() > 0 {
            differences.push(format!("{} events are called missing", events.missing()));
        }
        if self.notifications.get() == 0 {
            differences.push("no signal ever changed".to_owned());
        }
        differences.extend(self.wrong.borrow().clone());
        for difference in &mut differences {
            *difference = format!("{} ({}): {difference}", self.id, self.workflow);
        }
        differences
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}

/// Waits until every run has ended and nothing is being read.
pub(crate) async fn until_done(runs: &[Watched], limit: Duration) {
    until("every run to be read to its end", limit, async || {
        let open: Vec<String> = runs
            .iter()
            .filter(|run| !run.is_done())
            .map(Watched::state)
            .collect();
        if open.is_empty() {
            Ok(())
        } else {
            Err(format!("{} are not:\n{}", open.len(), open.join("\n")))
        }
    })
    .await;
}

/// The same, if the server may lose a run when it restarts. Returns those runs as text: for `rest` their log has not grown, and the
/// server's own has the same length. Such a run was seen once in two restarts of llama-agents-server 0.8.0, live and with heartbeats only.
/// The cause was not found, so it is reported.
pub(crate) async fn until_done_or_left(
    runs: &[Watched],
    api: &Api,
    limit: Duration,
    rest: Duration,
) -> Vec<String> {
    let mut grown: Vec<(usize, Instant)> = runs.iter().map(|run| (run.len(), Instant::now())).collect();
    until(
        "every run to be read to its end or left by the server",
        limit,
        async || {
            let mut left = vec![];
            for (run, (len, since)) in runs.iter().zip(&mut grown) {
                if run.is_done() {
                    continue;
                }
                if run.len() != *len {
                    (*len, *since) = (run.len(), Instant::now());
                }
                if since.elapsed() < rest || api.events_so_far(&run.id, true).await.len() != *len {
                    return Err(run.state());
                }
                left.push(run.state());
            }
            Ok(left)
        },
    )
    .await
}

/// Fails with everything that is lost, duplicated, out of order or changed.
pub(crate) async fn assert_same(runs: &[Watched], api: &Api, words: &str) -> usize {
    let mut differences = vec![];
    let mut events = 0;
    for run in runs {
        events += run.len();
        differences.extend(run.differences(api).await);
    }
    assert!(
        differences.is_empty(),
        "{words}\nwhat was read is not what the server has:\n{}",
        differences.join("\n")
    );
    events
}
