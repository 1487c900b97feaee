//! Prompts are answered once: in two components, two tabs, over a reload, over lost replies.

use leptos::prelude::{GetUntracked as _, Owner};
use serde_json::json;
use workflow_ui_core::protocol::{Method, Prompt, PromptState, SentState, Time};
use workflow_ui_core::{
    Clock as _, HttpMeta, HttpResponse, Reply, ScriptedClock, ScriptedStorage, UseWorkflowHandlerReturn,
    WorkflowClient, provide_workflow_client, use_workflow_handler,
};

use crate::kit::{ASK, Kit, STOP, handler, step, test};

const SENT: &str = r#"{"status":"sent"}"#;

/// A page in a tab: dropping it is closing it.
struct Page {
    owner: Owner,
    hook: UseWorkflowHandlerReturn,
    client: WorkflowClient,
}

impl Page {
    fn open(kit: &Kit, keep: &ScriptedStorage) -> Self {
        Self::open_at(kit, keep, kit.clock.another_page())
    }

    fn open_at(kit: &Kit, keep: &ScriptedStorage, clock: ScriptedClock) -> Self {
        let client = WorkflowClient::builder("")
            .transport(kit.server.clone())
            .clock(clock)
            .storage(keep.clone())
            .build();
        let owner = Owner::new_root(None);
        let hook = owner.with(|| {
            provide_workflow_client(client.clone());
            use_workflow_handler("h1", true)
        });
        Self { owner, hook, client }
    }

    fn prompt(&self) -> Prompt {
        self.hook
            .prompts
            .get_untracked()
            .first()
            .expect("a prompt")
            .clone()
    }

    fn state(&self) -> PromptState {
        self.prompt().state
    }

    fn answer(&self, choice: &str) {
        self.hook
            .respond
            .call(&self.prompt(), "Answer", json!({ "choice": choice }))
            .expect("JSON");
    }

    fn close(self) {
        self.owner.cleanup();
    }
}

/// Sends every open stream of the run what it has not got yet.
async fn tell(kit: &Kit, log: &[String]) {
    for stream in kit.server.streams("/events/h1") {
        for (sequence, event) in log.iter().enumerate() {
            stream.event(sequence as u64, event);
        }
    }
    kit.frame().await;
}

fn posts(kit: &Kit) -> usize {
    kit.server.count(Method::Post, "/events/h1")
}

async fn asked(kit: &Kit) -> (ScriptedStorage, Vec<String>) {
    kit.describe_workflow("greet");
    kit.know("h1", "r1", "running");
    (ScriptedStorage::new(), vec![ASK.to_owned()])
}

#[test]
fn two_tabs_that_answer_at_the_same_moment_send_one_answer() {
    test(|kit| async move {
        let (tab, mut log) = asked(&kit).await;
        let (one, other) = (Page::open(&kit, &tab), Page::open(&kit, &tab.another_tab()));
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.post("/events/h1", Reply::Wait);
        one.answer("a");
        other.answer("b");
        kit.frame().await;
        assert_eq!(posts(&kit), 1, "one answer");
        assert_eq!(
            (one.state(), other.state()),
            (PromptState::Sending, PromptState::Sending)
        );
        kit.server
            .answer(Method::Post, "/events/h1", Reply::json(200, SENT));
        kit.frame().await;
        assert_eq!(
            (one.state(), other.state()),
            (PromptState::Sent, PromptState::Sent)
        );
        other.answer("c");
        kit.frame().await;
        assert_eq!(posts(&kit), 1, "and none later");
        log.push(step("got", "running", "Answer"));
        tell(&kit, &log).await;
        assert_eq!(
            (one.state(), other.state()),
            (PromptState::Closed, PromptState::Closed)
        );
        one.close();
        other.close();
        kit.clock.settle().await;
        assert_eq!(tab.listeners(), 0);
        kit.finish().await;
    });
}

/// Symptom: the outcome of a sent event was unknown when its screen was opened again, although the server had answered.
/// Cause: the run was forgotten with its screen, before the reply came.
#[test]
fn the_outcome_of_an_event_is_kept_although_its_screen_is_closed() {
    test(|kit| async move {
        let (tab, _) = asked(&kit).await;
        for (reply, state) in [
            (Reply::json(200, SENT), SentState::Sent),
            (Reply::detail(400, "Not this one"), SentState::Refused),
        ] {
            let page = Page::open(&kit, &tab);
            kit.frame().await;
            kit.server.post("/events/h1", Reply::Wait);
            page.hook.send_event.dispatch("Note", json!({}));
            kit.frame().await;
            page.close();
            kit.frame().await;
            assert!(kit.server.answer(Method::Post, "/events/h1", reply));
            kit.frame().await;
            let page = Page::open(&kit, &tab);
            kit.frame().await;
            let sent = page.hook.sent.get_untracked();
            assert_eq!(sent.last().map(|event| event.state), Some(state));
            page.close();
        }
        kit.clock.settle().await;
        assert_eq!(tab.listeners(), 0);
        kit.finish().await;
    });
}

// Browsers can block site data; the page goes on without it.
#[test]
fn with_storage_denied_a_page_still_answers_once() {
    test(|kit| async move {
        let (tab, mut log) = asked(&kit).await;
        tab.deny(true);
        let page = Page::open(&kit, &tab);
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.post("/events/h1", Reply::json(200, SENT));
        page.answer("a");
        page.answer("b");
        kit.frame().await;
        assert_eq!((posts(&kit), page.state()), (1, PromptState::Sent));
        log.push(step("got", "running", "Answer"));
        tell(&kit, &log).await;
        assert_eq!(page.state(), PromptState::Closed);
        page.close();
        tab.deny(false);
        assert!(tab.all_shared().is_empty(), "nothing was stored");
        kit.finish().await;
    });
}

#[test]
fn a_tab_that_opens_later_sees_that_the_prompt_was_answered() {
    // The prompt's answer is in no log: only the other tab knows it.
    test(|kit| async move {
        let (tab, log) = asked(&kit).await;
        let one = Page::open(&kit, &tab);
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.post("/events/h1", Reply::json(200, SENT));
        one.answer("a");
        kit.frame().await;
        one.close();
        let later = Page::open(&kit, &tab.another_tab());
        kit.frame().await;
        tell(&kit, &log).await;
        assert_eq!(later.state(), PromptState::Sent);
        assert_eq!(
            later.prompt().sent,
            None,
            "what was answered stays in the tab that answered"
        );
        later.close();
        kit.finish().await;
    });
}

#[test]
fn a_reload_during_the_post_leaves_an_unknown_answer_that_the_log_settles() {
    // Symptom: clicking Send and reloading offered the prompt again, and the second click answered twice.
    test(|kit| async move {
        let (tab, mut log) = asked(&kit).await;
        let page = Page::open(&kit, &tab);
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.post("/events/h1", Reply::Wait);
        page.answer("a");
        kit.frame().await;
        assert_eq!(page.state(), PromptState::Sending);
        // What the browser does: the page is gone without a word. Its requests are no longer heard of.
        let gone = page;
        let page = Page::open(&kit, &tab.reloaded());
        kit.frame().await;
        tell(&kit, &log).await;
        assert_eq!(page.state(), PromptState::Unknown);
        assert!(page.prompt().error.is_some_and(|words| words.contains("left")));
        let sent = page.prompt().sent.expect("what was answered is known");
        assert_eq!(
            (sent.class.as_str(), sent.value.as_str()),
            ("Answer", r#"{"choice":"a"}"#)
        );
        assert_eq!(posts(&kit), 1, "nothing is sent again by itself");
        log.push(step("got", "running", "Answer"));
        tell(&kit, &log).await;
        assert_eq!(page.state(), PromptState::Closed, "it had arrived");
        let states: Vec<_> = page
            .hook
            .sent
            .get_untracked()
            .iter()
            .map(|sent| sent.state)
            .collect();
        assert_eq!(states, [SentState::Taken]);
        page.close();
        gone.close();
        kit.server
            .answer(Method::Post, "/events/h1", Reply::json(200, SENT));
        kit.finish().await;
    });
}

#[test]
fn an_unknown_answer_may_be_given_again_by_a_person_in_one_tab() {
    test(|kit| async move {
        let (tab, log) = asked(&kit).await;
        let (one, other) = (Page::open(&kit, &tab), Page::open(&kit, &tab.another_tab()));
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server
            .once(Method::Post, "/events/h1", Reply::detail(502, "Bad gateway"));
        one.answer("a");
        kit.frame().await;
        assert_eq!(
            (one.state(), other.state()),
            (PromptState::Unknown, PromptState::Unknown)
        );
        assert_eq!(one.prompt().error.as_deref(), Some("Bad gateway"));
        kit.clock.advance(60_000).await;
        assert_eq!(posts(&kit), 1, "never by itself");
        kit.server.post("/events/h1", Reply::json(200, SENT));
        other.answer("b");
        one.answer("c");
        kit.frame().await;
        assert_eq!(posts(&kit), 2, "one of the two");
        assert_eq!(
            (one.state(), other.state()),
            (PromptState::Sent, PromptState::Sent)
        );
        one.close();
        other.close();
        kit.finish().await;
    });
}

#[test]
fn a_refused_answer_is_open_in_every_tab() {
    test(|kit| async move {
        let (tab, log) = asked(&kit).await;
        let (one, other) = (Page::open(&kit, &tab), Page::open(&kit, &tab.another_tab()));
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.once(Method::Post, "/events/h1", Reply::Wait);
        one.answer("?");
        kit.frame().await;
        assert_eq!(other.state(), PromptState::Sending, "notified at once");
        kit.server.answer(
            Method::Post,
            "/events/h1",
            Reply::detail(400, "choice: not one of a, b"),
        );
        kit.frame().await;
        assert_eq!(
            (one.state(), other.state()),
            (PromptState::Open, PromptState::Open)
        );
        assert_eq!(one.prompt().error.as_deref(), Some("choice: not one of a, b"));
        assert_eq!(
            other.prompt().error,
            None,
            "what was typed there is not what was refused"
        );
        assert_eq!(tab.all_shared(), []);
        kit.server.post("/events/h1", Reply::json(200, SENT));
        other.answer("a");
        kit.frame().await;
        assert_eq!(
            (one.state(), other.state()),
            (PromptState::Sent, PromptState::Sent)
        );
        one.close();
        other.close();
        kit.finish().await;
    });
}

#[test]
fn an_answer_that_the_server_never_acknowledges_is_not_waited_for_for_ever() {
    test(|kit| async move {
        let (tab, log) = asked(&kit).await;
        let one = Page::open(&kit, &tab);
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.once(Method::Post, "/events/h1", Reply::Wait);
        one.answer("a");
        kit.frame().await;
        let other = Page::open(&kit, &tab.another_tab());
        kit.frame().await;
        tell(&kit, &log).await;
        assert_eq!(other.state(), PromptState::Sending);
        kit.clock.advance(20_000).await;
        assert_eq!(
            other.state(),
            PromptState::Sending,
            "a request may take this long"
        );
        one.close();
        kit.clock.advance(12_000).await;
        assert_eq!(other.state(), PromptState::Unknown);
        kit.server.post("/events/h1", Reply::json(200, SENT));
        other.answer("b");
        kit.frame().await;
        assert_eq!(other.state(), PromptState::Sent, "a person decided");
        other.close();
        kit.finish().await;
    });
}

#[test]
fn other_servers_and_other_runs_have_claims_of_their_own() {
    test(|kit| async move {
        let (tab, log) = asked(&kit).await;
        let one = Page::open(&kit, &tab);
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.post("/events/h1", Reply::json(200, SENT));
        one.answer("a");
        kit.frame().await;
        assert_eq!(one.state(), PromptState::Sent);
        let keys: Vec<String> = tab.all_shared().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["workflow-claim  r1 0"], "server, run, prompt");
        assert!(
            !format!("{:?}", tab.all_shared()).contains("choice"),
            "what was answered is shared with nobody"
        );
        // The handler is continued: its first prompt is another prompt.
        let next = crate::kit::handler("h1", "r2", "running").replace("11:28:10.0", "11:30:10.0");
        kit.know_as("h1", &next, "running");
        one.hook.refresh.call();
        kit.frame().await;
        kit.frame().await;
        tell(&kit, &log).await;
        assert_eq!(one.state(), PromptState::Open);
        one.answer("b");
        kit.frame().await;
        assert_eq!(posts(&kit), 2);
        let runs: Vec<_> = one
            .hook
            .sent
            .get_untracked()
            .into_iter()
            .map(|sent| sent.run_id)
            .collect();
        assert_eq!(runs, ["r2"], "what was sent to this run");
        one.close();
        kit.finish().await;
    });
}

#[test]
fn what_is_sent_without_a_prompt_is_in_the_log_and_survives_a_reload() {
    test(|kit| async move {
        let (tab, log) = asked(&kit).await;
        let page = Page::open(&kit, &tab);
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.post("/events/h1", Reply::json(200, SENT));
        page.hook
            .send_event
            .call("app.Nudge", json!({ "hard": true }))
            .await
            .expect("sent");
        kit.server
            .post("/events/h1", Reply::detail(400, "Invalid event type: Nope."));
        assert!(page.hook.send_event.call("Nope", json!({})).await.is_err());
        kit.server.post("/events/h1", Reply::Wait);
        let sending = tokio::task::spawn_local(page.hook.send_event.call("Lost", json!({})));
        kit.frame().await;
        sending.abort();
        kit.frame().await;
        let answers = |page: &Page| -> Vec<(String, SentState)> {
            let sent = page.hook.sent.get_untracked();
            sent.into_iter().map(|sent| (sent.class, sent.state)).collect()
        };
        let expected = [
            ("Nudge".to_owned(), SentState::Sent),
            ("Nope".to_owned(), SentState::Refused),
            ("Lost".to_owned(), SentState::Unknown),
        ];
        assert_eq!(answers(&page), expected);
        page.close();
        let page = Page::open(&kit, &tab.reloaded());
        kit.frame().await;
        assert_eq!(answers(&page), expected, "after a reload");
        assert!(page.client.known_status("h1").is_some());
        page.close();
        kit.finish().await;
    });
}

/// The handler, with the `Date` of the answer.
fn dated(at: u64) -> Reply {
    Reply::Answer(HttpResponse {
        status: 202,
        content_type: Some("application/json".to_owned()),
        meta: HttpMeta {
            date: Some(Time(at / 1_000 * 1_000)),
            ..HttpMeta::default()
        },
        body: handler("h1", "r1", "running"),
        ..HttpResponse::default()
    })
}

/// Symptom: after a reload an answer was "sent 1 d ago". Cause: its stored time was by a clock that had been set since.
#[test]
fn the_age_of_what_was_sent_survives_a_clock_that_is_set() {
    const SERVER: u64 = 1_800_000_000_000;
    for set_by in [-86_400_000_i64, 0, 86_400_000] {
        test(|kit| async move {
            let (tab, log) = asked(&kit).await;
            let clock = ScriptedClock::starting_at(SERVER);
            kit.server.get("/handlers/h1", dated(SERVER));
            let page = Page::open_at(&kit, &tab, clock.clone());
            clock.next_frame().await;
            tell(&kit, &log).await;
            clock.next_frame().await;
            kit.server.post("/events/h1", Reply::json(200, SENT));
            page.answer("a");
            clock.next_frame().await;
            let sent_at = page.hook.sent.get_untracked()[0].at;
            page.close();
            let reloaded = sent_at.plus(60_000);
            let clock = ScriptedClock::starting_at(reloaded.0.saturating_add_signed(set_by));
            kit.server.get("/handlers/h1", dated(reloaded.0));
            let page = Page::open_at(&kit, &tab.reloaded(), clock.clone());
            clock.next_frame().await;
            let sent = page.hook.sent.get_untracked();
            let age = clock.now().since(sent[0].at);
            assert!(age.abs_diff(60_000) < 2_500, "set by {set_by}: {age} ms ago");
            page.close();
            kit.finish().await;
        });
    }
}

#[test]
fn unhandled_and_stalled_answers_are_reported() {
    test(|kit| async move {
        let (tab, mut log) = asked(&kit).await;
        let page = Page::open(&kit, &tab);
        kit.frame().await;
        tell(&kit, &log).await;
        kit.server.post("/events/h1", Reply::json(200, SENT));
        page.answer("a");
        kit.frame().await;
        kit.clock.advance(9_000).await;
        assert!(page.prompt().is_stalled(), "no progress since");
        assert_eq!(page.state(), PromptState::Sent);
        log.push(
            r#"{"value":{"event_type":"Answer","qualified_name":"app.Answer","step_name":null,"idle":true},"type":"UnhandledEvent","types":["InternalDispatchEvent"]}"#
                .to_owned(),
        );
        tell(&kit, &log).await;
        assert_eq!(page.state(), PromptState::Unhandled);
        assert!(!page.prompt().is_stalled());
        log.push(STOP.to_owned());
        kit.know("h1", "r1", "completed");
        tell(&kit, &log).await;
        assert_eq!(page.state(), PromptState::Closed, "no ghost prompt after the end");
        page.close();
        kit.finish().await;
    });
}
