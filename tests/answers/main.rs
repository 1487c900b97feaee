//! Two tabs of one browser answer the real server's prompts concurrently, over a network that loses replies. No answer may be sent twice,
//! and no prompt may stay open.
//!
//! The hooks run natively, over a real network and with a real clock. The shared browser profile is simulated. 200 runs with two prompts
//! each.

#![allow(clippy::expect_used, clippy::panic, reason = "tests report by failing")]

#[path = "../cuts/native.rs"]
mod native;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, join_all};
use reactive_graph::owner::Owner;
use reactive_graph::traits::GetUntracked as _;
use serde_json::{Value, json};
use workflow_protocol::{Failure, Method, PromptState, RunStatus};
use workflow_tests::{Api, Backend, Server, ServerOptions, until};
use workflow_ui_core::{
    HttpRequest, HttpResponse, HttpStream, ScriptedStorage, Transport, UseWorkflowHandlerOptions,
    UseWorkflowHandlerReturn, WorkflowClient, use_workflow_handler_with_options,
};

use native::{Network, RealClock};

const RUNS: usize = 200;
/// Concurrent runs.
const BATCH: usize = 10;

/// What the network does to the next answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Fine,
    /// The server receives it, and its reply is lost.
    ReplyLost,
    /// The server does not receive it.
    Lost,
}

/// A network that both tabs of a browser use.
#[derive(Clone)]
struct Lossy {
    network: Rc<Network>,
    fates: Rc<RefCell<Vec<Fate>>>,
    arrived: Rc<Cell<usize>>,
}

impl Transport for Lossy {
    fn send(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpResponse, Failure>> {
        let answer = request.method == Method::Post;
        let fate = answer
            .then(|| self.fates.borrow_mut().pop())
            .flatten()
            .unwrap_or(Fate::Fine);
        if fate == Fate::Lost {
            return futures::future::ready(Err(Failure::network("lost on its way"))).boxed_local();
        }
        let (sent, arrived) = (self.network.send(request), self.arrived.clone());
        async move {
            let reply = sent.await;
            if answer && reply.is_ok() {
                arrived.set(arrived.get() + 1);
            }
            match fate {
                Fate::Fine => reply,
                _ => Err(Failure::network("the reply was lost")),
            }
        }
        .boxed_local()
    }

    fn open(&self, request: HttpRequest) -> LocalBoxFuture<'static, Result<HttpStream, Failure>> {
        self.network.open(request)
    }
}

struct Tab {
    hook: UseWorkflowHandlerReturn,
    owner: Owner,
}

impl Tab {
    fn open(origin: &str, lossy: &Lossy, keep: ScriptedStorage, number: u64, id: &str) -> Self {
        let client = WorkflowClient::builder(origin)
            .transport(lossy.clone())
            .clock(RealClock::new(number))
            .storage(keep)
            .build();
        let owner = Owner::new();
        let options = UseWorkflowHandlerOptions {
            client: Some(client),
            ..UseWorkflowHandlerOptions::default()
        };
        let hook = owner.with(|| use_workflow_handler_with_options(id.to_owned(), true, options));
        Self { hook, owner }
    }

    fn prompts(&self) -> Vec<(u64, PromptState)> {
        let prompts = self.hook.prompts.get_untracked();
        prompts
            .iter()
            .map(|prompt| (prompt.sequence, prompt.state))
            .collect()
    }

    /// The run's prompt with index `which`, if it is in one of these states.
    fn shows(&self, which: usize, states: &[PromptState]) -> Option<u64> {
        let (sequence, state) = *self.prompts().get(which)?;
        states.contains(&state).then_some(sequence)
    }

    fn answer(&self, sequence: u64, which: usize, by: &str) {
        let prompts = self.hook.prompts.get_untracked();
        let prompt = prompts.iter().find(|prompt| prompt.sequence == sequence);
        let prompt = prompt.expect("the prompt");
        let sent = if which == 0 {
            self.hook
                .respond
                .call(prompt, "HumanResponseEvent", json!({ "response": by }))
        } else {
            self.hook
                .respond
                .call(prompt, "Answer", json!({ "choice": "tea" }))
        };
        sent.expect("JSON");
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        self.owner.cleanup();
    }
}

/// One run, from start to end. Returns how many answers were lost.
async fn interview(server: &Server, api: &Api, number: usize) -> usize {
    let id = api.start("interview", json!({})).await;
    let profile = ScriptedStorage::new();
    let lossy = Lossy {
        network: Rc::new(Network::new(1_000 + number)),
        fates: Rc::default(),
        arrived: Rc::default(),
    };
    let origin = format!("http://{}", server.workflows_address());
    let tabs: Vec<Tab> = [profile.clone(), profile.another_tab()]
        .into_iter()
        .enumerate()
        .map(|(tab, keep)| Tab::open(&origin, &lossy, keep, (number * 2 + tab) as u64, &id))
        .collect();
    let limit = Duration::from_secs(60);
    let mut lost = 0;
    for which in 0..2 {
        let seen = |states: &'static [PromptState]| {
            let tabs = &tabs;
            move || async move {
                let shown: Vec<_> = tabs.iter().filter_map(|tab| tab.shows(which, states)).collect();
                if shown.len() == tabs.len() {
                    Ok(shown[0])
                } else {
                    Err(format!(
                        "{id}: {:?}",
                        tabs.iter().map(Tab::prompts).collect::<Vec<_>>(),
                        id = "prompts"
                    ))
                }
            }
        };
        let prompt = until("both tabs to show the prompt", limit, seen(&[PromptState::Open])).await;
        let fate = [
            Fate::Fine,
            Fate::ReplyLost,
            Fate::Fine,
            Fate::Lost,
            Fate::ReplyLost,
        ][(number + which) % 5];
        lossy.fates.borrow_mut().push(fate);
        // Both tabs click twice.
        for _ in 0..2 {
            tabs[number % 2].answer(prompt, which, "one");
            tabs[1 - number % 2].answer(prompt, which, "other");
        }
        if fate == Fate::Lost {
            lost += 1;
            until(
                "both tabs to say that nothing is known",
                limit,
                seen(&[PromptState::Unknown]),
            )
            .await;
            assert_eq!(lossy.arrived.get(), which, "nothing is sent again by itself");
            // A person has checked it and decides.
            tabs[0].answer(prompt, which, "again");
        }
        until(
            "the prompt to be closed in both tabs",
            limit,
            seen(&[PromptState::Closed]),
        )
        .await;
    }
    until("both tabs to see the end", limit, async || {
        let done = tabs
            .iter()
            .all(|tab| tab.hook.status.get_untracked() == RunStatus::Completed);
        if done {
            Ok(())
        } else {
            Err("not completed".to_owned())
        }
    })
    .await;
    assert_eq!(lossy.arrived.get(), 2, "{id}: one answer for each prompt");
    let events = api.events(&id, true).await;
    let unhandled: Vec<&Value> = events
        .iter()
        .filter(|event| event.class() == "UnhandledEvent")
        .map(|event| event.value())
        .collect();
    assert!(unhandled.is_empty(), "{id}: an answer too many: {unhandled:?}");
    for tab in &tabs {
        let open: Vec<_> = tab
            .prompts()
            .into_iter()
            .filter(|(_, state)| *state != PromptState::Closed)
            .collect();
        assert!(open.is_empty(), "{id}: ghosts: {open:?}");
    }
    lost
}

#[test]
fn two_tabs_over_a_bad_network_answer_every_prompt_once() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let done = local.block_on(&runtime, async {
        // Only the first test of a process initialises it.
        let _ = any_spawner::Executor::init_tokio();
        tokio::time::timeout(Duration::from_secs(400), async {
            let server = Server::start(Backend::Python, ServerOptions::default());
            let api = server.api();
            let mut lost = 0;
            for batch in 0..RUNS / BATCH {
                let runs = (0..BATCH).map(|at| interview(&server, &api, batch * BATCH + at));
                lost += join_all(runs).await.iter().sum::<usize>();
            }
            println!(
                "{RUNS} runs, {} prompts, {lost} answers lost on their way",
                RUNS * 2
            );
            assert!(
                lost > 0,
                "nothing was lost: the network is too good to say anything"
            );
        })
        .await
    });
    assert!(done.is_ok(), "the test took too long");
}
