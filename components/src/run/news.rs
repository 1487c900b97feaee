//! What has to be said about our view of a run: it is gone, the connection is lost, events are missing.

use crate::dom::{set_interval_while_visible, this_moment};
use crate::icon::{Icon, IconView};
use leptos::prelude::*;
use std::time::Duration;
use workflow_inspector::text;
use workflow_protocol::{Connection, Failure, RunStatus, StopCheck, Time};
use workflow_ui_core::UseWorkflowHandlerReturn;

/// How often a countdown is written.
const TICK: Duration = Duration::from_millis(500);

const GONE: &str = "The server no longer knows this run: it was deleted, or the server was restarted. What was received of it stays here.";
const CHECKING: &str = "The stream ended with a stop event that no step of this run returned. It may be a nested workflow's, passed on: the server is asked for more events. ";
const GIVEN_UP: &str = "No step of this run returned its last stop event, and nothing came after it for ten minutes. The run is shown as completed; while it is open, the server is asked once a minute.";
const BUFFERED: &str = "The stream is open, and nothing of it arrives although the run has events. A proxy between this page and the server probably buffers or compresses it. ";
const SILENT: &str = "Nothing has arrived on the stream for longer than the server's heartbeat allows. ";
const STALLED: &str =
    "The server is asked for the run every 3 s; its events come late, at the latest when it ends. ";

/// The most important message about a run.
#[derive(Clone, Debug, PartialEq)]
enum News {
    Gone,
    /// The stop event may be a nested workflow's.
    Checking {
        check: StopCheck,
        next: Option<Attempt>,
    },
    /// The stream brings nothing although it should.
    Stalled {
        buffered: bool,
    },
    Retrying {
        cause: Failure,
        next: Attempt,
    },
    Error(String),
    /// Events that the server skipped.
    Missing(u64),
    /// Events whose payloads are no longer in memory.
    Evicted(u64),
}

/// The next attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Attempt {
    at: Time,
    number: u32,
}

impl News {
    fn of(run: UseWorkflowHandlerReturn) -> Option<Self> {
        let status = run.status.get();
        if status == RunStatus::Gone {
            return Some(Self::Gone);
        }
        let connection = run.connection.get();
        if let Some(stop) = run.suspected_stop.get() {
            let next = match connection {
                Connection::Retrying { at, attempt, .. } => Some(Attempt {
                    at,
                    number: attempt + 1,
                }),
                _ => None,
            };
            return Some(Self::Checking {
                check: stop.check,
                next,
            });
        }
        match connection {
            Connection::Stalled { buffered, .. } => return Some(Self::Stalled { buffered }),
            Connection::Retrying { at, cause, attempt } => {
                let next = Attempt {
                    at,
                    number: attempt + 1,
                };
                return Some(Self::Retrying { cause, next });
            }
            _ => {}
        }
        // `RunFailure` says why a run failed.
        if !matches!(status, RunStatus::Failed | RunStatus::TimedOut)
            && let Some(error) = run.error.get()
        {
            return Some(Self::Error(error.detail()));
        }
        run.events
            .with(|events| match (events.missing(), events.evicted()) {
                (0, 0) => None,
                (0, evicted) => Some(Self::Evicted(evicted as u64)),
                (missing, _) => Some(Self::Missing(missing)),
            })
    }

    fn into_view(self, run: UseWorkflowHandlerReturn) -> AnyView {
        match self {
            Self::Gone => band("gone", Icon::Ghost, GONE),
            Self::Checking { check, next } => {
                let text = match check {
                    StopCheck::Checking => CHECKING,
                    StopCheck::GivenUp => GIVEN_UP,
                };
                let next = next.map(|next| view! { <TryAgain run next /> });
                band("checking", Icon::Again, (text, next))
            }
            Self::Stalled { buffered } => {
                let text = if buffered { BUFFERED } else { SILENT };
                band("stalled", Icon::Again, (text, STALLED, view! { <TryNow run /> }))
            }
            Self::Retrying { cause, next } => {
                let text = format!("Connection lost ({}). The run goes on without us. ", cause.detail);
                band("retry", Icon::Again, (text, view! { <TryAgain run next /> }))
            }
            Self::Error(error) => band(
                "error",
                Icon::Cross,
                view! { <span class="wf-error">{error}</span> },
            ),
            Self::Missing(count) => {
                let count = text::count(count);
                let text = format!("{count} events were skipped by the server: they never came.");
                band("missing", Icon::Ghost, text)
            }
            Self::Evicted(count) => {
                let count = text::count(count);
                let text = format!("The payloads of the {count} oldest events are no longer held here.");
                band("evicted", Icon::Ghost, text)
            }
        }
    }
}

/// What has to be said about our view of a run, if anything.
#[component]
pub(crate) fn RunNews(run: UseWorkflowHandlerReturn) -> impl IntoView {
    let news = Memo::new(move |_| News::of(run));
    move || news.get().map(|news| news.into_view(run))
}

fn band(tone: &'static str, icon: Icon, content: impl IntoView) -> AnyView {
    view! {
        <div class="wf-run__news" data-tone=tone role="status">
            <IconView icon />
            " "
            {content.into_any()}
        </div>
    }
    .into_any()
}

/// The countdown to the next attempt, and a button that does not wait for it.
#[component]
fn TryAgain(run: UseWorkflowHandlerReturn, next: Attempt) -> impl IntoView {
    let now = RwSignal::new(this_moment());
    set_interval_while_visible(move || now.set(this_moment()), TICK);
    let text = move || match next.at.since(now.get()).div_ceil(1000) {
        0 => String::from("Trying again now."),
        seconds => format!("Attempt {} in {seconds} s.", next.number),
    };
    view! {
        // The count is for the eyes: the band was announced when it came.
        <span class="wf-num" aria-hidden="true" translate="no">
            {text}
        </span>
        " "
        <TryNow run />
    }
}

#[component]
fn TryNow(run: UseWorkflowHandlerReturn) -> impl IntoView {
    view! {
        <button type="button" class="wf-link" on:click=move |_| run.refresh.call()>
            "Try now"
        </button>
    }
}
