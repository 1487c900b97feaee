use workflow_protocol::{
    Failure, Handler, HandlerList, HandlerState, HandlersCommand, HandlersInput, HandlersMachine, ListPace,
    RetryPolicy, RunStatus, Time,
};

fn handler(id: &str, status: &str, second: u32) -> Handler {
    let text = format!(
        r#"{{"handler_id":"{id}","workflow_name":"w","run_id":"run-{id}","status":"{status}",
            "started_at":"2026-11-20T11:28:{second:02}.000000+00:00"}}"#
    );
    Handler::parse(&text).expect("a handler")
}

/// Bytes of a handler in a list.
const ROW: u64 = 400;

struct Desk {
    machine: HandlersMachine,
    now: Time,
    /// Added to the size of every whole list, to make it a long one.
    more_bytes: u64,
}

impl Desk {
    fn new() -> Self {
        let mut desk = Self {
            machine: HandlersMachine::new(RetryPolicy::default(), 7),
            now: Time(1_000_000),
            more_bytes: 0,
        };
        desk.give(HandlersInput::Watch);
        desk
    }

    /// One whose server has thousands of runs that ended long ago, of which these tests don't speak.
    fn with_a_long_list() -> Self {
        Self {
            more_bytes: 1_000_000,
            ..Self::new()
        }
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
                let more = if running_only { 0 } else { self.more_bytes };
                let bytes = handlers.len() as u64 * ROW + more;
                self.give(HandlersInput::Listed { epoch, bytes, result });
            }
            other => panic!("expected a listing, got {other:?}"),
        }
    }

    /// Expects the listing of the running ones or of all, and answers it with these runs. Returns whether it was the running ones.
    #[track_caller]
    fn list_any(&mut self, handlers: &[Handler]) -> bool {
        let Some(HandlersCommand::List { epoch, running_only }) = self.machine.poll_command() else {
            panic!("expected a listing")
        };
        let result = Ok(HandlerList {
            handlers: handlers.to_vec(),
            unreadable: Vec::new(),
        });
        let more = if running_only { 0 } else { self.more_bytes };
        let bytes = handlers.len() as u64 * ROW + more;
        self.give(HandlersInput::Listed { epoch, bytes, result });
        running_only
    }

    #[track_caller]
    fn fail(&mut self, failure: Failure) {
        let Some(HandlersCommand::List { epoch, .. }) = self.machine.poll_command() else {
            panic!("expected a listing")
        };
        self.give(HandlersInput::Listed {
            epoch,
            bytes: 0,
            result: Err(failure),
        });
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
    let mut desk = Desk::with_a_long_list();
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
    let mut desk = Desk::with_a_long_list();
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

/// Symptom: a deleted run came back for some seconds. Cause: a request from before the deletion, answered after it, still had it.
#[test]
fn a_request_from_before_a_deletion_does_not_bring_the_handler_back() {
    let all = [handler("a", "running", 1), handler("b", "running", 2)];
    let mut desk = Desk::new();
    desk.list(false, &all);
    desk.wait();
    desk.give(HandlersInput::Removed("a".to_owned()));
    desk.list(false, &all);
    assert_eq!(desk.ids(), [("b", RunStatus::Running)]);
    desk.wait();
    desk.list(false, &all);
    assert_eq!(desk.ids().len(), 2, "a later listing is believed");

    // The same for one that is gone, and for a handler that is read by itself.
    desk.wait();
    let state = HandlerState {
        handler: handler("a", "running", 1),
        status: RunStatus::Gone,
    };
    desk.give(HandlersInput::RunSeen {
        state,
        streamed: false,
    });
    desk.list(false, &all);
    assert_eq!(desk.ids(), [("b", RunStatus::Running)]);
    desk.wait();
    desk.list(false, &[]);
    let Some(HandlersCommand::ReadHandler { epoch, id }) = desk.machine.poll_command() else {
        panic!("a read")
    };
    desk.give(HandlersInput::Removed(id.clone()));
    let result = Ok(handler(&id, "running", 2));
    desk.give(HandlersInput::HandlerRead { epoch, id, result });
    assert_eq!(desk.ids(), []);

    // Its id is used again.
    desk.wait();
    desk.give(HandlersInput::HandlerSeen(handler("a", "running", 1)));
    desk.give(HandlersInput::Removed("a".to_owned()));
    desk.give(HandlersInput::HandlerSeen(handler("a", "running", 3)));
    desk.list(false, &[handler("a", "completed", 3)]);
    assert_eq!(desk.ids(), [("a", RunStatus::Completed)]);
}

/// Symptom: a run that was just started vanished from the list for some seconds. Cause: a listing that was asked for before
/// the start, and answered after it, did not name it.
#[test]
fn a_listing_cannot_remove_later_updates() {
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
    desk.give(HandlersInput::Listed {
        epoch,
        bytes: 0,
        result,
    });
    assert_eq!(desk.ids(), [("new", RunStatus::Running)]);
}

#[test]
fn what_a_stream_knows_is_finer_than_the_list_and_stays() {
    let mut desk = Desk::with_a_long_list();
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
/// Cause: every run that reported its status counted as streamed, also those whose events nobody follows.
#[test]
fn the_end_of_a_polled_run_is_read() {
    let mut desk = Desk::with_a_long_list();
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
        bytes: 0,
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
fn a_list_without_watchers_is_not_polled() {
    let mut desk = Desk::new();
    desk.list(false, &[]);
    desk.give(HandlersInput::Unwatch);
    assert_eq!(desk.machine.next_deadline(), None);
    desk.now = desk.now.plus(1_000_000);
    desk.give(HandlersInput::Tick);
    assert_eq!(desk.machine.poll_command(), None);
}

/// Symptom: runs that others started appeared after 5 to 9 s, and those that ended between two polls even later. Cause: the whole
/// list was asked for every 10 s, the running ones every 6 s once nothing had changed for a minute.
#[test]
fn a_small_list_is_polled_as_a_whole_every_two_seconds() {
    let mut desk = Desk::new();
    let many: Vec<Handler> = (0..250)
        .map(|i| handler(&format!("h{i}"), "completed", 1))
        .collect();
    desk.list(false, &many);
    let mut asked_at = desk.now;
    for poll in 0..100 {
        desk.wait();
        assert_eq!(desk.now.since(asked_at), 2_000, "poll {poll}, quiet or not");
        asked_at = desk.now;
        // The answer takes a while, and does not delay the next question.
        let Some(HandlersCommand::List {
            epoch,
            running_only: false,
        }) = desk.machine.poll_command()
        else {
            panic!("expected the whole list")
        };
        desk.now = desk.now.plus(400);
        desk.give(HandlersInput::Listed {
            epoch,
            bytes: 100_000,
            result: Ok(HandlerList {
                handlers: many.clone(),
                unreadable: Vec::new(),
            }),
        });
        assert_eq!(
            desk.machine.listed_at(),
            Some(asked_at),
            "the age counts from the question"
        );
    }
}

#[test]
fn a_run_that_starts_and_ends_between_two_polls_is_seen_by_the_next() {
    let mut desk = Desk::new();
    desk.list(false, &[]);
    desk.wait();
    desk.list(false, &[handler("brief", "completed", 1)]);
    assert_eq!(desk.ids(), [("brief", RunStatus::Completed)]);
}

#[test]
fn polling_stays_below_50_kb_per_second_however_long_the_list_is() {
    for (bytes, running) in [
        (0, 0),
        (100_000, 0),
        (100_001, 3),
        (400_000, 10),
        (4_000_000, 0),
        (4_000_000, 500),
        (40_000_000, 10_000),
    ] {
        let mut desk = Desk::new();
        desk.more_bytes = bytes;
        let runs: Vec<Handler> = (0..running)
            .map(|i| handler(&format!("h{i}"), "running", 1))
            .collect();
        let (begin, mut spent, mut largest) = (desk.now, 0, 0);
        let mut whole_polls = 0;
        while desk.now.since(begin) < 3_600_000 {
            let running_only = desk.list_any(&runs);
            let size = running * ROW + if running_only { 0 } else { bytes };
            spent += size;
            largest = largest.max(size);
            whole_polls += u64::from(!running_only);
            desk.wait();
        }
        let seconds = desk.now.since(begin) / 1_000;
        assert!(
            spent - largest <= seconds * 50_000,
            "{bytes} bytes with {running} running: {} bytes a second",
            spent / seconds
        );
        assert!(whole_polls > 1, "{bytes} bytes with {running} running");
    }
}

#[test]
fn of_a_long_list_the_running_ones_are_polled_every_two_seconds() {
    let mut desk = Desk::with_a_long_list();
    desk.list(false, &[]);
    for _ in 0..5 {
        let before = desk.now;
        desk.wait();
        assert_eq!(desk.now.since(before), 2_000);
        desk.list(true, &[handler("a", "running", 1)]);
    }
}

#[test]
fn a_hidden_page_asks_seldom_and_a_shown_one_at_once() {
    let mut desk = Desk::new();
    desk.give(HandlersInput::Visible(false));
    desk.list(false, &[handler("a", "running", 1)]);
    let asked_at = desk.now;
    for _ in 0..9 {
        let before = desk.now;
        desk.wait();
        assert_eq!(desk.now.since(before), 6_000);
        desk.list(true, &[handler("a", "running", 1)]);
    }
    desk.wait();
    assert_eq!(desk.now.since(asked_at), 60_000);
    desk.list(false, &[handler("a", "running", 1)]);
    desk.now = desk.now.plus(3_000);
    desk.give(HandlersInput::Visible(true));
    desk.list(false, &[handler("a", "running", 1)]);
}

#[test]
fn a_list_that_takes_long_leaves_the_server_time_for_other_work() {
    let mut desk = Desk::new();
    let Some(HandlersCommand::List { epoch, .. }) = desk.machine.poll_command() else {
        panic!("a listing")
    };
    desk.now = desk.now.plus(3_000);
    desk.give(HandlersInput::Listed {
        epoch,
        bytes: 100,
        result: Ok(HandlerList::default()),
    });
    assert_eq!(desk.machine.next_deadline(), Some(desk.now.plus(9_000)));
}

#[test]
fn a_failed_listing_says_when_it_is_tried_again() {
    let mut desk = Desk::new();
    desk.list(false, &[handler("a", "completed", 1)]);
    let listed_at = desk.machine.listed_at();
    assert_eq!(desk.machine.next_try(), None, "nothing failed");
    desk.wait();
    desk.fail(Failure::status(500, "no"));
    let next = desk.machine.next_try().expect("the next try");
    assert!(next > desk.now && next <= desk.now.plus(500), "{next:?}");
    assert_eq!(desk.machine.listed_at(), listed_at, "what is shown gets older");
    desk.wait();
    assert_eq!(desk.machine.next_try(), None, "it is on its way");
    desk.list(false, &[]);
    assert_eq!(desk.machine.next_try(), None);
}

/// Symptom: behind a login page the list was asked for again and again, each time with "no valid JSON at line 1". Cause: an answer that
/// asks for sign-in counted as one that may be different next time.
#[test]
fn a_server_that_requires_sign_in_is_not_asked_again_until_a_refresh() {
    for failure in [
        Failure::of(workflow_protocol::FailureKind::SignIn, "sign in"),
        Failure::status(401, "Unauthorized"),
    ] {
        let mut desk = Desk::new();
        desk.list(false, &[handler("a", "running", 1)]);
        desk.wait();
        desk.fail(failure);
        assert_eq!(desk.machine.next_deadline(), None);
        assert_eq!(desk.machine.next_try(), None);
        desk.now = desk.now.plus(10_000_000);
        desk.give(HandlersInput::Tick);
        desk.give(HandlersInput::Visible(false));
        desk.give(HandlersInput::Visible(true));
        assert_eq!(desk.machine.poll_command(), None);
        assert_eq!(desk.ids(), [("a", RunStatus::Running)], "what is known stays");
        desk.give(HandlersInput::Refresh);
        desk.list(false, &[handler("a", "completed", 1)]);
        assert_eq!(desk.machine.error(), None);
    }
}

/// Symptom: a running handler whose id has a slash vanished from the list. Cause: it was read by itself, and no URL can name it.
#[test]
fn a_handler_that_no_url_can_name_is_left_to_the_whole_list() {
    let mut desk = Desk::with_a_long_list();
    desk.list(
        false,
        &[handler("path/to/file", "running", 1), handler("..", "running", 2)],
    );
    desk.wait();
    desk.list(true, &[]);
    assert_eq!(desk.machine.poll_command(), None, "it is not asked for");
    assert_eq!(desk.ids().len(), 2, "what the list knows stays");
    desk.give(HandlersInput::Refresh);
    desk.list(false, &[handler("path/to/file", "completed", 1)]);
    assert_eq!(desk.ids(), [("path/to/file", RunStatus::Completed)]);
}

#[test]
fn runs_that_end_all_at_once_are_read_a_few_at_a_time() {
    let mut desk = Desk::with_a_long_list();
    let runs: Vec<Handler> = (0..40).map(|i| handler(&format!("h{i}"), "running", 1)).collect();
    desk.list(false, &runs);
    let mut read = 0;
    while read < runs.len() {
        desk.wait();
        desk.list(true, &[]);
        let before = read;
        while let Some(HandlersCommand::ReadHandler { epoch, id }) = desk.machine.poll_command() {
            read += 1;
            let result = Ok(handler(&id, "completed", 1));
            desk.give(HandlersInput::HandlerRead { epoch, id, result });
        }
        assert!((1..=16).contains(&(read - before)), "{}", read - before);
    }
    assert!(
        desk.ids()
            .iter()
            .all(|(_, status)| *status == RunStatus::Completed)
    );
}

/// Symptom: behind LlamaCloud an old run that was still running vanished from the list. Cause: its list has at most 100 rows.
#[test]
fn a_list_that_may_be_cut_does_not_deny_running_ones() {
    let mut desk = Desk::new();
    let old = handler("old", "running", 1);
    desk.give(HandlersInput::HandlerSeen(old.clone()));
    let hundred: Vec<Handler> = (0..100)
        .map(|i| handler(&format!("h{i}"), "completed", 2))
        .collect();
    desk.now = desk.now.plus(1);
    desk.give(HandlersInput::Refresh);
    desk.machine.poll_command();
    desk.list(false, &hundred);
    desk.list(true, std::slice::from_ref(&old));
    assert_eq!(
        desk.machine.get("old").map(|state| state.status),
        Some(RunStatus::Running)
    );
    desk.wait();
    desk.list(false, &hundred);
    desk.list(true, &[]);
    assert!(
        matches!(desk.machine.poll_command(), Some(HandlersCommand::ReadHandler { id, .. }) if id == "old"),
        "its end is asked for"
    );
}

/// Symptom: the question of a run that somebody deleted stayed in the inbox. Cause: it vanished from the list without a word.
#[test]
fn a_running_one_that_the_whole_list_does_not_have_is_asked_for() {
    let mut desk = Desk::new();
    desk.list(false, &[handler("a", "running", 1), handler("b", "completed", 2)]);
    desk.wait();
    desk.list(false, &[]);
    let Some(HandlersCommand::ReadHandler { epoch, id }) = desk.machine.poll_command() else {
        panic!("a read")
    };
    assert_eq!(
        desk.ids(),
        [("a", RunStatus::Running)],
        "the ended one was deleted"
    );
    desk.give(HandlersInput::HandlerRead {
        epoch,
        id,
        result: Err(Failure::status(404, "Handler not found")),
    });
    assert_eq!(desk.ids(), []);
}

#[test]
fn one_of_many_lists_waits_for_its_turn_and_begins_with_the_running_ones() {
    let mut desk = Desk {
        machine: HandlersMachine::new(RetryPolicy::default(), 7),
        now: Time(1_000_000),
        more_bytes: 0,
    };
    let pace = ListPace::shared(10, 20);
    desk.give(HandlersInput::Pace(pace));
    desk.give(HandlersInput::Watch);
    assert_eq!(desk.machine.poll_command(), None, "others go first");
    desk.wait();
    assert_eq!(desk.now, Time(1_000_000 + pace.first_after_ms));
    desk.list(true, &[handler("a", "running", 1)]);
    assert!(desk.machine.is_loading(), "the whole list is still to come");
    desk.list(false, &[handler("a", "running", 1), handler("b", "completed", 0)]);
    let asked_at = desk.now;
    desk.wait();
    assert_eq!(desk.now.since(asked_at), pace.poll_ms);
}

#[test]
fn many_lists_take_no_more_bytes_than_one() {
    // Fifty servers with a thousand runs each, of which five run.
    let mut bytes = 0;
    for position in 0..50 {
        let mut desk = Desk {
            machine: HandlersMachine::new(RetryPolicy::default(), 7),
            now: Time(1_000_000),
            more_bytes: 400_000,
        };
        desk.give(HandlersInput::Pace(ListPace::shared(position, 50)));
        desk.give(HandlersInput::Watch);
        let running: Vec<Handler> = (0..5)
            .map(|at| handler(&format!("r{at}"), "running", at))
            .collect();
        let mut is_first = true;
        while desk.now < Time(1_000_000 + 600_000) {
            while let Some(HandlersCommand::List { epoch, running_only }) = desk.machine.poll_command() {
                let size = 5 * ROW + if running_only { 0 } else { desk.more_bytes };
                // The first whole list has to be read, whatever it costs.
                bytes += if running_only || !is_first { size } else { 0 };
                is_first &= running_only;
                let result = Ok(HandlerList {
                    handlers: running.clone(),
                    unreadable: Vec::new(),
                });
                desk.give(HandlersInput::Listed {
                    epoch,
                    bytes: size,
                    result,
                });
            }
            desk.wait();
        }
    }
    let rate = bytes / 600;
    assert!(rate <= 50_000, "{rate} bytes per second");
}
