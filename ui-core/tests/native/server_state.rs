//! What the answers say about the server as a whole: sign-in, slowness, the server's clock; and what is asked again.

use leptos::prelude::{GetUntracked as _, Owner};
use workflow_ui_core::protocol::{Connection, Method, RunStatus, Time};
use workflow_ui_core::{
    Error, HttpMeta, HttpResponse, Reply, ScriptedClock, ScriptedTransport, SignIn, StartRequest,
    UseServerStateReturn, WorkflowClient, provide_workflow_client, use_server_state, use_workflow,
    use_workflow_handler, use_workflow_handler_list, use_workflows,
};

use crate::kit::{Kit, handler, list, test, words};

const LOGIN: &str =
    "<!doctype html><html><head><title>Acme</title></head><body><form><input type=\"password\"></form>";
const NAMES: &str = r#"{"workflows":["greet"]}"#;

fn page(status: u16, body: &str, redirected_to: Option<&str>) -> Reply {
    Reply::Answer(HttpResponse {
        status,
        content_type: Some("text/html; charset=utf-8".to_owned()),
        meta: HttpMeta {
            redirected_to: redirected_to.map(str::to_owned),
            ..HttpMeta::default()
        },
        body: body.to_owned(),
        ..HttpResponse::default()
    })
}

fn sign_in(hook: &UseServerStateReturn) -> Option<SignIn> {
    hook.sign_in.get_untracked()
}

/// The user leaves the page and comes back.
async fn come_back(kit: &Kit) {
    kit.clock.set_visible(false);
    kit.clock.advance(2_000).await;
    kit.clock.set_visible(true);
    kit.clock.settle().await;
}

/// Symptom: `/workflows` answered 500 once, and the page stayed empty until somebody pressed `Try again`. Cause: the request was made
/// once.
#[test]
fn workflows_that_could_not_be_read_are_asked_for_again_and_the_next_try_is_shown() {
    test(|kit| async move {
        kit.server.get("/workflows", Reply::json(200, NAMES)).once(
            Method::Get,
            "/workflows",
            Reply::detail(500, "Out of order"),
        );
        let hook = kit.hook(use_workflows);
        kit.clock.settle().await;
        assert_eq!(
            hook.error.get_untracked().and_then(|error| error.status()),
            Some(500)
        );
        let at = hook.next_try.get_untracked().expect("the next try");
        let wait = at.since(kit.client.now());
        assert!((1..=500).contains(&wait), "{wait}");
        kit.clock.advance(wait).await;
        assert_eq!(hook.names.get_untracked(), ["greet"]);
        assert_eq!(hook.error.get_untracked(), None);
        assert_eq!(hook.next_try.get_untracked(), None);
        kit.clock.advance(120_000).await;
        assert_eq!(kit.server.count(Method::Get, "/workflows"), 2, "once is enough");
        kit.finish().await;
    });
}

#[test]
fn every_part_of_a_description_is_asked_for_again_after_any_passing_error() {
    for part in ["schema", "events", "representation"] {
        for passing in [500, 502, 429, 408] {
            test(|kit| async move {
                kit.describe_workflow("greet");
                let path = format!("/workflows/greet/{part}");
                kit.server
                    .once(Method::Get, &path, Reply::detail(passing, "Not now"));
                let hook = kit.hook(|| use_workflow("greet"));
                kit.clock.settle().await;
                assert!(hook.next_try.get_untracked().is_some(), "{part} {passing}");
                kit.clock.advance(1_000).await;
                assert_eq!(hook.error.get_untracked(), None, "{part} {passing}");
                assert_eq!(kit.server.count(Method::Get, &path), 2, "{part} {passing}");
                kit.finish().await;
            });
        }
    }
    // What the server refuses for good is not.
    test(|kit| async move {
        kit.describe_workflow("greet");
        kit.server.get(
            "/workflows/greet/schema",
            Reply::detail(404, "Workflow 'greet' not found"),
        );
        let hook = kit.hook(|| use_workflow("greet"));
        kit.clock.advance(60_000).await;
        assert_eq!(hook.next_try.get_untracked(), None);
        assert_eq!(kit.server.count(Method::Get, "/workflows/greet/schema"), 1);
        kit.finish().await;
    });
}

/// Symptom: a run whose handler could not be read once showed that error for ever. Cause: without a stream the handler was read once.
#[test]
fn a_handler_that_is_only_read_is_read_again() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        kit.server
            .once(Method::Get, "/handlers/h1", Reply::detail(503, "Starting"))
            .once(Method::Get, "/handlers/h1", Reply::offline());
        let run = kit.hook(|| use_workflow_handler("h1", false));
        kit.clock.advance(16).await;
        assert_eq!(words(&run).as_deref(), Some("Starting"));
        kit.clock.advance(1_600).await;
        assert_eq!(run.status.get_untracked(), RunStatus::Running);
        assert_eq!(run.error.get_untracked(), None);
        kit.finish().await;
    });
}

/// Symptom: a request that got no answer showed nothing for 30 s. Cause: only its timeout was noticed.
#[test]
fn a_request_without_an_answer_for_ten_seconds_is_shown_and_sent_again() {
    test(|kit| async move {
        kit.server
            .get("/workflows", Reply::json(200, NAMES))
            .once(Method::Get, "/workflows", Reply::Wait);
        let state = kit.hook(use_server_state);
        let hook = kit.hook(use_workflows);
        kit.clock.advance(9_900).await;
        assert_eq!(state.slow.get_untracked(), None);
        assert_eq!(kit.server.count(Method::Get, "/workflows"), 1);
        kit.clock.advance(200).await;
        assert_eq!(
            hook.names.get_untracked(),
            ["greet"],
            "the second request was answered"
        );
        assert_eq!(state.slow.get_untracked(), None);
        assert_eq!(kit.server.count(Method::Get, "/workflows"), 2);
        assert_eq!(kit.server.in_flight(), 0, "the first one is given up");
        kit.finish().await;
    });
}

#[test]
fn a_server_that_takes_long_every_time_is_waited_for() {
    test(|kit| async move {
        kit.server.get("/workflows", Reply::Wait);
        let state = kit.hook(use_server_state);
        let hook = kit.hook(use_workflows);
        kit.clock.advance(12_000).await;
        let slow = state.slow.get_untracked().expect("a slow request");
        assert_eq!((slow.method, slow.path.as_str()), (Method::Get, "/workflows"));
        assert_eq!(slow.sent_at, Time(1_000_000));
        assert!(
            kit.server
                .answer(Method::Get, "/workflows", Reply::json(200, NAMES))
        );
        kit.clock.settle().await;
        assert_eq!(
            hook.names.get_untracked(),
            ["greet"],
            "the first request counts, too"
        );
        assert_eq!(state.slow.get_untracked(), None);
        kit.finish().await;
    });
}

#[test]
fn what_may_have_been_carried_out_is_shown_as_slow_and_not_sent_again() {
    test(|kit| async move {
        kit.server.post("/workflows/greet/run-nowait", Reply::Wait);
        let state = kit.hook(use_server_state);
        let client = kit.client.clone();
        let start = tokio::task::spawn_local(async move {
            let request = StartRequest::new(&serde_json::json!({})).expect("JSON");
            client.run_nowait("greet", &request).await
        });
        kit.clock.advance(15_000).await;
        assert_eq!(
            state.slow.get_untracked().map(|slow| slow.method),
            Some(Method::Post)
        );
        assert_eq!(kit.server.count(Method::Post, "/workflows/greet/run-nowait"), 1);
        kit.server.answer(
            Method::Post,
            "/workflows/greet/run-nowait",
            Reply::json(200, handler("h1", "r1", "running")),
        );
        kit.clock.settle().await;
        assert!(start.await.expect("no panic").is_ok());
        assert_eq!(state.slow.get_untracked(), None);
        kit.finish().await;
    });
}

/// Symptom: behind a login page everything said "no valid JSON at line 1", every two seconds. Cause: any HTML was taken for damaged
/// JSON.
#[test]
fn answers_that_ask_for_sign_in_are_recognised() {
    let token = Reply::Answer(HttpResponse {
        status: 401,
        content_type: Some("application/json".to_owned()),
        meta: HttpMeta {
            challenge: Some("Bearer realm=\"debugger\"".to_owned()),
            ..HttpMeta::default()
        },
        body: r#"{"detail":"A token is required"}"#.to_owned(),
        ..HttpResponse::default()
    });
    let redirected = workflow_ui_core::protocol::Failure::of(
        workflow_ui_core::protocol::FailureKind::SignIn,
        "it redirects elsewhere",
    );
    let login = "https://page.org/login";
    for (reply, url, wants_token, words) in [
        (
            Reply::detail(401, "Not authenticated"),
            Some("/workflows"),
            false,
            "Not authenticated",
        ),
        (token, None, true, "A token is required"),
        (page(200, LOGIN, None), Some("/workflows"), false, "Acme"),
        (
            page(200, "<html><title>Hello</title>", Some(login)),
            Some(login),
            false,
            "Hello",
        ),
        (
            page(200, "<html><title>Sign in to Acme</title>", None),
            Some("/workflows"),
            false,
            "Sign in to Acme",
        ),
        (
            page(403, "<html><title>Forbidden</title>", None),
            Some("/workflows"),
            false,
            "Forbidden",
        ),
        (
            Reply::Fail(redirected),
            Some("/workflows"),
            false,
            "it redirects elsewhere",
        ),
    ] {
        test(|kit| async move {
            kit.server.get("/workflows", reply.clone());
            let state = kit.hook(use_server_state);
            let error = kit.client.workflows().await.expect_err("an error");
            assert!(matches!(error, Error::SignIn { .. }), "{reply:?}: {error:?}");
            assert!(
                error.to_string().starts_with("This server requires sign-in"),
                "{error}"
            );
            assert!(error.to_string().contains(words), "{error}");
            let sign_in = sign_in(&state).expect("sign-in is required");
            assert_eq!(sign_in.url.as_deref(), url, "{reply:?}");
            assert_eq!(sign_in.wants_token, wants_token, "{reply:?}");
            kit.finish().await;
        });
    }
}

#[test]
fn other_pages_and_refusals_are_no_login() {
    for (reply, words) in [
        (
            page(200, "<!doctype html><title>My app</title>", None),
            "Could not read the workflow list: it is a web page (“My app”), not JSON",
        ),
        (
            page(502, "<title>502 Bad Gateway</title>", None),
            "502 Bad Gateway",
        ),
        (
            Reply::detail(403, "Not yours"),
            "The workflow server refused access (403): Not yours",
        ),
        (
            Reply::json(200, "  "),
            "Could not read the workflow list: it is empty",
        ),
    ] {
        test(|kit| async move {
            kit.server.get("/workflows", reply);
            let state = kit.hook(use_server_state);
            let error = kit.client.workflows().await.expect_err("an error");
            assert_eq!(error.to_string(), words);
            assert_eq!(sign_in(&state), None);
            kit.finish().await;
        });
    }
}

#[test]
fn nothing_is_asked_for_until_the_user_comes_back_signed_in() {
    test(|kit| async move {
        kit.server
            .get("/*", page(200, LOGIN, Some("https://page.org/login")));
        let state = kit.hook(use_server_state);
        let names = kit.hook(use_workflows);
        let described = kit.hook(|| use_workflow("greet"));
        let runs = kit.hook(|| use_workflow_handler_list(None::<String>));
        let run = kit.hook(|| use_workflow_handler("h1", true));
        kit.clock.advance(1_000).await;
        assert!(sign_in(&state).is_some());
        assert!(matches!(names.error.get_untracked(), Some(Error::SignIn { .. })));
        assert!(matches!(runs.error.get_untracked(), Some(Error::SignIn { .. })));
        assert_eq!(runs.freshness.get_untracked().next_try, None);
        assert_eq!(run.connection.get_untracked(), Connection::Closed);
        let asked = kit.server.log().len();
        kit.clock.advance(600_000).await;
        assert_eq!(
            kit.server.log().len(),
            asked,
            "it is not asked again: {:?}",
            kit.server.log()
        );
        // Back, and still signed out: one question.
        come_back(&kit).await;
        assert_eq!(kit.server.log().len(), asked + 1, "{:?}", kit.server.log());
        // Signed in.
        kit.server
            .get("/workflows", Reply::json(200, NAMES))
            .get("/handlers", list(&[handler("h1", "r1", "running")]));
        kit.server.get("/events/h1", Reply::Stream);
        kit.know("h1", "r1", "running");
        kit.describe_workflow("greet");
        come_back(&kit).await;
        kit.frame().await;
        assert_eq!(sign_in(&state), None);
        assert_eq!(names.names.get_untracked(), ["greet"]);
        assert!(described.schema.get_untracked().is_some());
        assert_eq!(runs.handlers.get_untracked().len(), 1);
        assert_eq!(run.connection.get_untracked(), Connection::Live);
        for error in [names.error, described.error, runs.error] {
            assert_eq!(error.get_untracked(), None);
        }
        kit.finish().await;
    });
}

/// The session ends while a run is watched, and begins again.
#[test]
fn a_session_that_ends_in_mid_run_loses_nothing() {
    test(|kit| async move {
        kit.know("h1", "r1", "running");
        let state = kit.hook(use_server_state);
        let run = kit.hook(|| use_workflow_handler("h1", true));
        kit.frame().await;
        let stream = kit.server.stream("/events/h1").expect("a stream");
        stream.event(0, &crate::kit::progress(0));
        kit.frame().await;
        assert_eq!(run.events.get_untracked().len(), 1);
        kit.server
            .get("/events/h1", Reply::detail(401, "Session over"))
            .get("/handlers/h1", Reply::detail(401, "Session over"));
        stream.close();
        kit.clock.advance(5_000).await;
        assert!(sign_in(&state).is_some());
        assert_eq!(
            run.status.get_untracked(),
            RunStatus::Running,
            "the run has not failed"
        );
        assert_eq!(run.events.get_untracked().len(), 1, "what came stays");
        let asked = kit.server.log().len();
        kit.clock.advance(300_000).await;
        assert_eq!(kit.server.log().len(), asked);
        kit.server.get("/events/h1", Reply::Stream);
        kit.server
            .get("/handlers", list(&[handler("h1", "r1", "running")]));
        kit.know("h1", "r1", "running");
        come_back(&kit).await;
        kit.frame().await;
        assert_eq!(sign_in(&state), None);
        kit.server
            .stream("/events/h1")
            .expect("another stream")
            .event(1, &crate::kit::progress(1));
        kit.frame().await;
        assert_eq!(run.connection.get_untracked(), Connection::Live);
        assert_eq!(run.events.get_untracked().len(), 2);
        kit.finish().await;
    });
}

#[test]
fn a_token_that_was_renewed_is_tried_at_once() {
    test(|kit| async move {
        let token = std::rc::Rc::new(std::cell::Cell::new(0));
        let next = token.clone();
        let client = WorkflowClient::builder("")
            .transport(kit.server.clone())
            .clock(kit.clock.clone())
            .headers(move || {
                next.set(next.get() + 1);
                let value = format!("Bearer {}", next.get());
                async move { vec![("authorization".to_owned(), value)] }
            })
            .build();
        kit.server.get("/workflows", Reply::json(200, NAMES)).once(
            Method::Get,
            "/workflows",
            Reply::detail(401, "Expired"),
        );
        assert_eq!(client.workflows().await, Ok(vec!["greet".to_owned()]));
        assert_eq!(kit.server.count(Method::Get, "/workflows"), 2);
        kit.finish().await;
    });
}

/// Symptom: a stream was given up when its token had expired. Cause: only other requests asked for the headers again.
#[test]
fn a_stream_is_opened_at_once_with_a_renewed_token() {
    test(|kit| async move {
        let token = std::rc::Rc::new(std::cell::Cell::new(0));
        let client = |renews: bool| {
            let token = token.clone();
            WorkflowClient::builder("")
                .transport(kit.server.clone())
                .clock(kit.clock.clone())
                .headers(move || {
                    token.set(token.get() + u32::from(renews));
                    let value = format!("Bearer {}", token.get());
                    async move { vec![("authorization".to_owned(), value)] }
                })
                .build()
        };
        kit.server
            .once(Method::Get, "/events/h1", Reply::detail(401, "Expired"));
        let renewing = client(true);
        let stream = renewing.events("h1", -1, true).await;
        assert!(stream.expect("open").is_some());
        let asked = kit.server.requests(Method::Get, "/events/h1");
        assert_eq!(asked.len(), 2);
        assert_ne!(asked[0].headers, asked[1].headers);
        assert_eq!(kit.server.most_streams(), 1, "one after the other");
        // The same token is not tried twice.
        kit.server.get("/events/h1", Reply::detail(401, "Expired"));
        let error = client(false).events("h1", -1, true).await.expect_err("refused");
        assert!(matches!(error, Error::SignIn { .. }), "{error:?}");
        assert_eq!(kit.opened("h1"), 3);
        kit.finish().await;
    });
}

#[test]
fn a_part_of_the_server_that_is_open_to_all_says_nothing_about_the_others() {
    test(|kit| async move {
        kit.server
            .get("/workflows", Reply::detail(401, "Not authenticated"))
            .get("/health", Reply::json(200, r#"{"status":"healthy"}"#));
        let state = kit.hook(use_server_state);
        assert!(kit.client.workflows().await.is_err());
        assert_eq!(kit.client.health().await, Ok(()));
        assert!(sign_in(&state).is_some(), "health is open to everybody");
        kit.server.get("/workflows", Reply::json(200, NAMES));
        assert!(kit.client.workflows().await.is_ok());
        assert_eq!(sign_in(&state), None);
        kit.finish().await;
    });
}

/// Symptom: a run whose id has a slash was "deleted, or the server was restarted", and asked for again and again. Cause: the server
/// takes the slash for the end of a folder, and its 404 was believed to be about the handler.
#[test]
fn ids_that_no_url_can_hold_are_said_so_and_what_the_list_knows_stays() {
    for id in ["path/to/file", ".", ".."] {
        test(|kit| async move {
            kit.server.get("/handlers", list(&[handler(id, "r1", "running")]));
            kit.server.get("/events/*", Reply::detail(404, "Not Found"));
            let runs = kit.hook(|| use_workflow_handler_list(None::<String>));
            kit.frame().await;
            let run = kit.hook(|| use_workflow_handler(id, true));
            kit.clock.advance(1_000).await;
            assert_eq!(run.status.get_untracked(), RunStatus::Running, "{id}");
            assert_eq!(run.connection.get_untracked(), Connection::Closed, "{id}");
            let words = words(&run).unwrap_or_default();
            assert!(
                words.contains(&format!("cannot be asked for “{id}”")),
                "{id}: {words}"
            );
            let of_the_run = || {
                let log = kit.server.log();
                log.iter().filter(|line| !line.ends_with("/handlers")).count()
            };
            let asked = of_the_run();
            kit.clock.advance(60_000).await;
            assert_eq!(of_the_run(), asked, "no reconnects: {:?}", kit.server.log());
            assert_eq!(runs.handlers.get_untracked().len(), 1, "{id} stays listed");
            for error in [
                kit.client.cancel(id, false).await.expect_err("an error"),
                kit.client.cancel(id, true).await.expect_err("an error"),
                kit.client.handler(id).await.expect_err("an error"),
            ] {
                assert_eq!(error, Error::Unaddressable { name: id.to_owned() });
            }
            kit.finish().await;
        });
    }
}

#[test]
fn a_server_that_supports_slashes_is_trusted() {
    test(|kit| async move {
        kit.server
            .get(
                "/handlers/a%2Fb",
                Reply::json(202, handler("a/b", "r1", "running")),
            )
            .get("/handlers/c%2Fd", Reply::detail(404, "Handler not found"));
        assert!(kit.client.handler("a/b").await.is_ok());
        let error = kit.client.handler("c/d").await.expect_err("an error");
        assert!(error.is_not_found(), "{error:?}");
        let error = kit.client.schema("team/flow").await.expect_err("an error");
        assert_eq!(
            error,
            Error::Unaddressable {
                name: "team/flow".to_owned()
            }
        );
        kit.finish().await;
    });
}

fn dated(body: &str, date: u64) -> Reply {
    Reply::Answer(HttpResponse {
        status: 200,
        content_type: Some("application/json".to_owned()),
        meta: HttpMeta {
            date: Some(Time(date / 1_000 * 1_000)),
            ..HttpMeta::default()
        },
        body: body.to_owned(),
        ..HttpResponse::default()
    })
}

/// Symptom: with the browser's clock ten minutes or a day off, durations were absurd. Cause: the server's times were compared with the
/// browser's clock.
#[test]
fn the_servers_times_are_compared_with_the_servers_clock() {
    const SERVER: u64 = 1_800_000_000_000;
    for off in [-86_400_000_i64, -600_000, 0, 600_000, 86_400_000] {
        test(|kit| async move {
            let server = ScriptedTransport::new();
            let clock = ScriptedClock::starting_at(SERVER.saturating_add_signed(off));
            let client = WorkflowClient::builder("")
                .transport(server.clone())
                .clock(clock.clone())
                .build();
            server.get("/workflows", dated(NAMES, SERVER));
            assert!(client.workflows().await.is_ok());
            let error = client.server_now().0.abs_diff(SERVER);
            assert!(error <= 1_000, "off by {off}: {error} after one date");
            // As uvicorn writes times. 2027-01-15T08:00:00Z is SERVER.
            let started = handler("h1", "r1", "running")
                .replace("2026-11-20T11:28:10.000000", "2027-01-15T08:00:05.000000");
            clock.advance(5_000).await;
            server.post("/workflows/greet/run-nowait", Reply::json(200, started));
            let request = StartRequest::new(&serde_json::json!({})).expect("JSON");
            assert!(client.run_nowait("greet", &request).await.is_ok());
            let error = client.server_now().0.abs_diff(SERVER + 5_000);
            assert!(error <= 2, "off by {off}: {error} after a start");
            clock.advance(60_000).await;
            let error = client.server_now().0.abs_diff(SERVER + 65_000);
            assert!(error <= 2, "off by {off}: {error} a minute later");
            kit.finish().await;
        });
    }
}

#[test]
fn without_a_client_nothing_is_known_of_the_server() {
    test(|kit| async move {
        let bare = Owner::new_root(None);
        let state = bare.with(use_server_state);
        assert_eq!(sign_in(&state), None);
        assert_eq!(state.slow.get_untracked(), None);
        bare.with(|| provide_workflow_client(kit.client.clone()));
        drop(bare);
        kit.finish().await;
    });
}
