//! The question that a hook asks, and what its signals show of the answer.

use std::cell::Cell;
use std::rc::Rc;

use send_wrapper::SendWrapper;
use workflow_protocol::RunStatus;

use crate::cloud::client::AgentDataClient;
use crate::cloud::context::use_agent_data_client;
use crate::cloud::error::AgentDataError;
use crate::cloud::question::Question;
use crate::cloud::store::Watched;
use crate::cloud::wire::{Answer, Ask};
use crate::reactive::*;
use crate::task::{Task, spawn};

/// How often hooks ask again by default, in milliseconds.
const EVERY_MS: u64 = 30_000;
/// The shortest interval, in milliseconds.
const LEAST_EVERY_MS: u64 = 1_000;

/// Settings of the hooks that read Agent Data.
#[derive(Clone, Debug)]
pub struct UseAgentDataOptions {
    /// The client, with the collection to ask. Defaults to the one in context.
    pub client: Option<AgentDataClient>,
    /// How often the hook asks again while the page is visible, in milliseconds, at least 1 000: the service has no notifications. `None`:
    /// only after writes and when the page is shown again. Defaults to 30 000.
    pub every_ms: Option<u64>,
    /// The status of a run that writes records, from [`use_workflow_handler`](crate::use_workflow_handler): the hook asks again when the
    /// run ends. Defaults to none.
    pub after_run: Option<Signal<RunStatus>>,
}

impl Default for UseAgentDataOptions {
    fn default() -> Self {
        Self {
            client: None,
            every_ms: Some(EVERY_MS),
            after_run: None,
        }
    }
}

/// Asks the hook's question again.
#[derive(Clone, Copy, Debug)]
pub struct RefreshAgentData(AskedMemo);

impl RefreshAgentData {
    /// Asks again. What is shown stays until the answer is here.
    pub fn call(&self) {
        if let Some(Some(asked)) = self.0.try_get_untracked() {
            asked.question().ask_again();
        }
    }
}

/// What a hook asks at the moment; none without a client, and while there is nothing to ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking {
    asked: AskedMemo,
    no_client: bool,
}

type AskedMemo = Memo<Option<Asked>>;

/// A hook's part in a question, so that it fits into a memo.
#[derive(Clone)]
pub(super) struct Asked(SendWrapper<Rc<Part>>);

struct Part {
    watched: Watched,
    /// No other question of this page's hooks has the same number.
    number: usize,
    _polling: Option<Task>,
}

impl std::fmt::Debug for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Asked").field(&self.question().ask).finish()
    }
}

impl PartialEq for Asked {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Asked {
    fn question(&self) -> &Rc<Question> {
        &self.0.watched
    }

    /// Tells the questions of a hook apart.
    pub(super) fn number(&self) -> usize {
        self.0.number
    }
}

/// Asks what the function gives, as long as the owner lives.
#[track_caller]
pub(super) fn asking(
    options: UseAgentDataOptions,
    ask: impl Fn() -> Option<Ask> + Send + Sync + 'static,
) -> Asking {
    let UseAgentDataOptions {
        client,
        every_ms,
        after_run,
    } = options;
    let client = client.or_else(use_agent_data_client);
    let no_client = client.is_none();
    // A memo, not an effect: a signal of this hook that is read after the request changed returns the new data at once.
    let asked: AskedMemo = Memo::new(move |before: Option<&Option<Asked>>| {
        let client = client.as_ref()?;
        let ask = ask()?;
        match before {
            Some(Some(before)) if before.question().ask == ask => Some(before.clone()),
            _ => Some(untrack(|| {
                let watched = client.store().watch(client.scope(), ask);
                let polling = every_ms.map(|ms| poll(client, &watched, ms.max(LEAST_EVERY_MS)));
                Asked(SendWrapper::new(Rc::new(Part {
                    watched,
                    number: next_number(),
                    _polling: polling,
                })))
            })),
        }
    });
    // And an effect, so that the hook also changes if its signals are not read.
    Effect::new(move || asked.with(|_| ()));
    if let Some(status) = after_run {
        Effect::new(move |before: Option<bool>| {
            let ended = status.try_get().is_some_and(RunStatus::is_terminal);
            if ended && before == Some(false) {
                RefreshAgentData(asked).call();
            }
            ended
        });
    }
    Asking { asked, no_client }
}

fn next_number() -> usize {
    thread_local! {
        static NEXT: Cell<usize> = const { Cell::new(1) };
    }
    let number = NEXT.get();
    NEXT.set(number.wrapping_add(1));
    number
}

/// Fetches again when the last fetch is this long ago, by any hook. Not while the page is hidden.
fn poll(client: &AgentDataClient, watched: &Watched, every: u64) -> Task {
    let (question, store) = (Rc::downgrade(watched), Rc::clone(client.store()));
    spawn(async move {
        let clock = &store.wire.http.clock;
        loop {
            let Some(age) = question.upgrade().map(|question| question.age()) else {
                return;
            };
            clock.sleep(every.saturating_sub(age).max(1)).await;
            let Some(question) = question.upgrade() else {
                return;
            };
            if !clock.presence().visible {
                // It is asked at once when it is shown again.
                drop(question);
                clock.sleep(every).await;
            } else if question.age() >= every {
                if question.is_asking() {
                    drop(question);
                    clock.sleep(LEAST_EVERY_MS).await;
                } else {
                    question.ask_again();
                }
            }
        }
    })
}

impl Asking {
    pub(super) const fn refresh(self) -> RefreshAgentData {
        RefreshAgentData(self.asked)
    }

    /// The question that is asked now.
    pub(super) fn get(self) -> Option<Asked> {
        self.asked.try_get().flatten()
    }

    /// The same without a subscription.
    pub(super) fn get_untracked(self) -> Option<Asked> {
        self.asked.try_get_untracked().flatten()
    }

    #[track_caller]
    pub(super) fn loading(self) -> Signal<bool> {
        Signal::derive(move || self.get().is_some_and(|asked| asked.question().loading.get()))
    }

    #[track_caller]
    pub(super) fn error(self) -> Signal<Option<AgentDataError>> {
        Signal::derive(move || match self.get() {
            Some(asked) => asked.question().error.get(),
            None => self.no_client.then_some(AgentDataError::NoClient),
        })
    }
}

impl Asked {
    /// Reads the newest answer, if there is one.
    pub(super) fn with_answer<R>(&self, read: impl FnOnce(&Answer) -> R) -> Option<R> {
        self.question()
            .shown
            .with(|answer| answer.is_there.then(|| read(answer)))
    }

    /// Whether an answer is awaited.
    pub(super) fn is_asking(&self) -> bool {
        self.question().is_asking()
    }

    /// Wants this many rows.
    pub(super) fn want(&self, rows: usize) {
        self.question().want(rows);
    }
}
