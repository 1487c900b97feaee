use workflow_protocol::{
    Failure, Handler, HandlerList, HandlerState, HandlersCommand, HandlersInput, HandlersMachine,
    RetryPolicy, RunStatus, Time,
};

fn handler(id: &str, status: &str, second: u32) -> Handler {
    let text = format!(
        r#"{{"handler_id":"{id}","workflow_name":"w","run_id":"run-{id}","status":"{status}",
            "started_at":"2026-11-20T11:28:{second:02}.000000+00:00"}}"#
    );
    Handler::parse(&text).expect("a handler")
}

struct Desk {
    machine: HandlersMachine,
    now: Time,
}

impl Desk {
    fn new() -> Self {
        let mut desk = Self {
            machine: HandlersMachine::new(RetryPolicy::default(), 7),
            now: Time(1_000_000),
        };
        desk.give(HandlersInput::Watch);
        desk
    }

    fn give(&mut self, input: HandlersInput) -> bool {
        self.machine.handle(self.now, input)
    }

    /// Expects a listing and answers it.
    #[track_caller]
    fn list(&mut self, of_running: bool, handlers: &[Handler]) {
        match self.machine.poll_command() {
            Some(HandlersCommand::List { epoch, running_only }) => {
                assert_eq!(running_only, of_running, "which of the two lists is asked for");
                let result = Ok(HandlerList {
                    handlers: handlers.to_vec(),
                    unreadable: Vec::new(),
                });
                self.give(HandlersInput::Listed { epoch, result });
            }
            other => panic!("expected a listing, got {other:?}"),
        }
    }

    fn wait(&mut self) {
        self.now = self.machine.next_deadline().expect("a deadline");
        self.give(HandlersInput::Tick);
    }

    fn ids(&self) -> Vec<(&str, RunStatus)> {
        self.machine
            .handlers()
            .iter()
            .map(|s| (s.handler.handler_id.as_str(), s.status))
            .collect()
    }
}

#[test]
fn the_whole_list_first_newest_on_top_then_the_running_ones() {
    let mut desk = Desk::new();
    assert!(desk.machine.is_loading());
    desk.list(false, &[handler("a", "completed", 1), handler("b", "running", 2)]);
    assert!(!desk.machine.is_loading());
    assert_eq!(
        desk.ids(),
        [("b", RunStatus::Running), ("a", RunStatus::Completed)]
    );
    desk.wait();
    desk.list(true, &[handler("b", "running", 2), handler("c", "running", 3)]);
    assert_eq!(
        desk.ids()[0],
        ("c", RunStatus::Running),
        "a run that somebody else started"
    );
}

#[test]
fn a_handler_that_leaves_the_running_ones_is_followed_to_its_end() {
    let mut desk = Desk::new();
    desk.list(false, &[handler("a", "running", 1)]);
    desk.wait();
    desk.list(true, &[]);
    let Some(HandlersCommand::ReadHandler { epoch, id }) = desk.machine.poll_command() else {
        panic!("expected the handler to be read by itself");
    };
    desk.give(HandlersInput::HandlerRead {
        epoch,
        id,
        result: Ok(handler("a", "failed", 1)),
    });
    assert_eq!(desk.ids(), [("a", RunStatus::Failed)]);
}

#[test]
fn a_deleted_handler_leaves_the_list() {
    let mut desk = Desk::new();
    desk.list(
        false,
        &[handler("a", "completed", 1), handler("b", "completed", 2)],
    );
    desk.give(HandlersInput::Removed("a".to_owned()));
    assert_eq!(desk.ids(), [("b", RunStatus::Completed)]);
    desk.give(HandlersInput::Refresh);
    desk.list(false, &[]);
    assert_eq!(desk.ids(), []);
}

/// Symptom: a run that was just started vanished from the list for some seconds. Cause: a listing that was asked for before
/// the start, and answered after it, did not name it.
#[test]
fn a_listing_cannot_deny_what_came_after_it_was_asked_for() {
    let mut desk = Desk::new();
    let Some(HandlersCommand::List { epoch, .. }) = desk.machine.poll_command() else {
        panic!("a listing")
    };
    desk.now = desk.now.plus(10);
    desk.give(HandlersInput::HandlerSeen(handler("new", "running", 9)));
    let result = Ok(HandlerList {
        handlers: Vec::new(),
        unreadable: Vec::new(),
    });
    desk.give(HandlersInput::Listed { epoch, result });
    assert_eq!(desk.ids(), [("new", RunStatus::Running)]);
}

#[test]
fn what_a_stream_knows_is_finer_than_the_list_and_stays() {
    let mut desk = Desk::new();
    desk.list(false, &[handler("a", "running", 1)]);
    let state = HandlerState {
        handler: handler("a", "running", 1),
        status: RunStatus::Waiting,
    };
    assert!(desk.give(HandlersInput::RunSeen {
        state,
        streamed: true
    }));
    desk.wait();
    desk.list(true, &[handler("a", "running", 1)]);
    assert_eq!(desk.ids(), [("a", RunStatus::Waiting)]);
    desk.give(HandlersInput::Refresh);
    desk.list(false, &[handler("a", "completed", 1)]);
    assert_eq!(desk.ids(), [("a", RunStatus::Completed)]);
    desk.give(HandlersInput::HandlerSeen(handler("a", "running", 1)));
    assert_eq!(
        desk.ids(),
        [("a", RunStatus::Completed)],
        "a late answer does not revive it"
    );
}

/// Symptom: a run that ended elsewhere stayed `waiting` in the list until the next whole listing.
/// Cause: every run that told its status counted as streamed, also those whose events nobody follows.
#[test]
fn the_end_of_a_run_that_was_only_looked_at_is_asked_for() {
    let mut desk = Desk::new();
    desk.list(false, &[handler("a", "running", 1)]);
    let state = HandlerState {
        handler: handler("a", "running", 1),
        status: RunStatus::Waiting,
    };
    desk.give(HandlersInput::RunSeen {
        state,
        streamed: false,
    });
    desk.wait();
    desk.list(true, &[handler("a", "running", 1)]);
    assert_eq!(
        desk.ids(),
        [("a", RunStatus::Waiting)],
        "nothing moved: what the look found still holds"
    );
    desk.wait();
    desk.list(true, &[]);
    assert!(
        matches!(desk.machine.poll_command(), Some(HandlersCommand::ReadHandler { id, .. }) if id == "a"),
        "it left the running ones"
    );
}

#[test]
fn a_failed_listing_keeps_the_list_and_is_tried_again() {
    let mut desk = Desk::new();
    desk.list(false, &[handler("a", "completed", 1)]);
    desk.wait();
    let Some(HandlersCommand::List { epoch, .. }) = desk.machine.poll_command() else {
        panic!("a listing")
    };
    assert!(desk.give(HandlersInput::Listed {
        epoch,
        result: Err(Failure::network("refused"))
    }));
    assert_eq!(
        desk.machine.error().map(|error| error.detail.as_str()),
        Some("refused")
    );
    assert_eq!(desk.ids().len(), 1);
    desk.wait();
    desk.list(false, &[handler("a", "completed", 1)]);
    assert_eq!(desk.machine.error(), None);
}

#[test]
fn nobody_looking_means_no_polling() {
    let mut desk = Desk::new();
    desk.list(false, &[]);
    desk.give(HandlersInput::Unwatch);
    assert_eq!(desk.machine.next_deadline(), None);
    desk.now = desk.now.plus(1_000_000);
    desk.give(HandlersInput::Tick);
    assert_eq!(desk.machine.poll_command(), None);
}

#[test]
fn ten_thousand_handlers_are_listed_seldom() {
    let mut desk = Desk::new();
    let many: Vec<Handler> = (0..10_000)
        .map(|i| handler(&format!("h{i}"), "completed", 1))
        .collect();
    desk.list(false, &many);
    let asked_at = desk.now;
    loop {
        desk.wait();
        match desk.machine.poll_command() {
            Some(HandlersCommand::List {
                epoch,
                running_only: true,
            }) => {
                let result = Ok(HandlerList {
                    handlers: Vec::new(),
                    unreadable: Vec::new(),
                });
                desk.give(HandlersInput::Listed { epoch, result });
            }
            Some(HandlersCommand::List {
                running_only: false, ..
            }) => break,
            other => panic!("expected a listing, got {other:?}"),
        }
    }
    assert_eq!(desk.now.since(asked_at), 60_000);
}

/// Symptom: a list that had just appeared was polled as seldom as one that nobody had changed for a minute.
#[test]
fn a_list_is_polled_often_when_it_appears_and_after_news() {
    let mut desk = Desk::new();
    desk.list(false, &[handler("a", "running", 1)]);
    assert_eq!(desk.machine.next_deadline(), Some(desk.now.plus(2_000)));
    for _ in 0..40 {
        desk.wait();
        match desk.machine.poll_command() {
            Some(HandlersCommand::List { epoch, .. }) => {
                let result = Ok(HandlerList {
                    handlers: vec![handler("a", "running", 1)],
                    unreadable: Vec::new(),
                });
                desk.give(HandlersInput::Listed { epoch, result });
            }
            other => panic!("expected a listing, got {other:?}"),
        }
    }
    assert!(
        desk.machine.next_deadline() > Some(desk.now.plus(2_000)),
        "nothing has changed for long"
    );
    desk.give(HandlersInput::Refresh);
    desk.list(false, &[handler("a", "running", 1), handler("b", "running", 2)]);
    assert_eq!(
        desk.machine.next_deadline(),
        Some(desk.now.plus(2_000)),
        "there is news"
    );
}
