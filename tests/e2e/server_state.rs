//! Notices about the server, retries, and the age of the list.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Canned, Page, Script, ScriptedServer, Server, Stage, devtools, until};

use crate::RUN;

on!(scripted, Embedded:
    a_failed_workflow_request_is_retried,
    a_request_without_a_response_is_reported_and_repeated,
    sign_in_stops_requests_until_the_user_returns,
    a_redirect_to_a_login_page_is_recognised,
    a_required_sign_in_asks_for_a_token,
    runs_of_other_clients_appear_with_the_next_poll,
    an_old_list_shows_its_age,
    an_id_unusable_in_urls_is_reported,
);

on!(clocks, Embedded:
    times_are_correct_with_a_wrong_date,
    times_are_correct_with_a_wrong_browser_clock,
);

const LIST: &str = "GET /handlers";
const NAMES: &str = "GET /workflows";
const LOGIN: &str = "<!doctype html><html><head><title>Acme login</title></head><body><form><input type='password'></form></body>";
const STARTED: &str = "2026-11-20T11:28:10.036927+00:00";
/// More than the ten seconds after which a request counts as slow.
const SLOW: Duration = Duration::from_secs(25);

async fn scripted() -> (ScriptedServer, Server) {
    let scripted = ScriptedServer::start(Script::new().completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    (scripted, server)
}

/// The text of the notice about the server.
async fn until_notice(page: &Page<'_>, wanted: &str, limit: Duration) {
    until(&format!("the notice {wanted:?}"), limit, async || {
        let words: String = page.ask("return words(part('server-notice'))", json!([])).await;
        let found = if wanted.is_empty() {
            words.is_empty()
        } else {
            words.contains(wanted)
        };
        if found { Ok(()) } else { Err(words) }
    })
    .await;
}

/// Symptom: `/workflows` answered 500 once, and the page stayed empty until the user pressed `Try again`.
/// Cause: the workflows were requested once.
async fn a_failed_workflow_request_is_retried(stage: &Stage) {
    let (scripted, server) = scripted().await;
    let page = stage.page_at(server.origin());
    scripted.say(NAMES, Some(Canned::detail(500, "Out of order")));
    page.open("").await;
    page.find(
        "the error, and when the next try is made",
        "const it = document.querySelector(\"[aria-label=Start]\");
        return words(it).includes('Out of order') && /Trying again (in \\d+ s|now)/.test(words(it)) ? it : null",
        json!([]),
    )
    .await;
    scripted.say(NAMES, None);
    page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
}

/// Symptom: a request without a response showed nothing. Cause: only its timeout, after 30 s, was noticed.
async fn a_request_without_a_response_is_reported_and_repeated(stage: &Stage) {
    let (scripted, server) = scripted().await;
    let page = stage.page_at(server.origin());
    // The second request, after ten seconds, gets no response either, so that the notice is shown.
    scripted.keep_silent(NAMES, 2);
    page.open("").await;
    until_notice(&page, "has not answered for 10 s (GET /workflows)", SLOW).await;
    let role = page
        .find("the notice", "return part('server-notice')", json!([]))
        .await;
    assert_eq!(stage.browser.role(&role).await, "status");
    let asked = scripted.requests().iter().filter(|it| *it == NAMES).count();
    assert_eq!(asked, 2, "it is sent again");
}

fn sign_in_everywhere(scripted: &ScriptedServer, said: impl Fn() -> Canned) {
    for request in [
        LIST,
        NAMES,
        "GET /health",
        "GET /handlers/scripted",
        "GET /events/scripted",
    ] {
        scripted.say(request, Some(said()));
    }
}

fn signed_in(scripted: &ScriptedServer) {
    for request in [
        LIST,
        NAMES,
        "GET /health",
        "GET /handlers/scripted",
        "GET /events/scripted",
    ] {
        scripted.say(request, None);
    }
}

async fn come_back(page: &Page<'_>) {
    page.ask::<()>("window.dispatchEvent(new Event('focus'))", json!([]))
        .await;
}

/// Symptom: when the session ended the page showed "no valid JSON at line 1" and repeated the request every two seconds.
/// Cause: a login page was treated as damaged JSON.
async fn sign_in_stops_requests_until_the_user_returns(stage: &Stage) {
    let (scripted, server) = scripted().await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.until_health("ok").await;
    sign_in_everywhere(&scripted, || Canned::html(200, LOGIN));
    page.until_health("signin").await;
    until_notice(&page, "This server requires sign-in (Acme login)", RUN).await;
    let text = page.text().await;
    assert!(
        !text.contains("valid JSON") && !text.contains("at line"),
        "no parser's words: {text}"
    );
    page.find(
        "a link to sign in",
        "return [...part('server-notice').querySelectorAll('a[target=_blank]')].find((it) => words(it) === 'Sign in')",
        json!([]),
    )
    .await;
    // Requests from before the end of the session get their response; then one probe for each return of the user.
    let mut asked = 0;
    until("the requests to end", RUN, async || {
        let now = scripted.requests().len();
        let quiet = std::mem::replace(&mut asked, now) == now;
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        if quiet && scripted.requests().len() == now {
            Ok(())
        } else {
            Err(format!("{now} requests"))
        }
    })
    .await;
    come_back(&page).await;
    until("the question", RUN, async || {
        match scripted.requests().len() - asked {
            1 => Ok(()),
            other => Err(format!("{other} questions")),
        }
    })
    .await;
    signed_in(&scripted);
    until("the page to go on", RUN, async || {
        come_back(&page).await;
        let health: String = page.ask("return part('server').dataset.health", json!([])).await;
        if health == "ok" { Ok(()) } else { Err(health) }
    })
    .await;
    until_notice(&page, "", RUN).await;
    page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
}

async fn a_redirect_to_a_login_page_is_recognised(stage: &Stage) {
    let (scripted, server) = scripted().await;
    let page = stage.page_at(server.origin());
    scripted.say(
        "GET /login",
        Some(Canned::html(200, "<!doctype html><title>Welcome</title>")),
    );
    for request in [LIST, NAMES, "GET /health"] {
        scripted.redirect(request, "/login");
    }
    page.open("").await;
    page.until_health("signin").await;
    until_notice(&page, "Welcome", RUN).await;
    let href: String = page
        .ask("return part('server-notice').querySelector('a').href", json!([]))
        .await;
    assert!(href.ends_with("/login"), "{href}");
}

async fn a_required_sign_in_asks_for_a_token(stage: &Stage) {
    let (scripted, server) = scripted().await;
    let page = stage.page_at(server.origin());
    sign_in_everywhere(&scripted, || Canned::detail(401, "A token is required"));
    page.open("").await;
    page.until_health("signin").await;
    until_notice(&page, "A token is required", RUN).await;
    page.press("Enter a token").await;
    page.find(
        "the focus in the field Token",
        "const it = document.activeElement; return it.type === 'password' ? it : null",
        json!([]),
    )
    .await;
    page.keys("sesame").await;
    signed_in(&scripted);
    page.press("Connect").await;
    page.until_health("ok").await;
    page.start("scripted", &[]).await;
    page.until_status("completed", RUN).await;
    assert!(
        scripted.authorizations().iter().any(|it| it == "Bearer sesame"),
        "{:?}",
        scripted.authorizations()
    );
}

/// Symptom: runs of other clients appeared after 5 to 9 s, and short ones even later. Cause: the whole list was requested every 10 s.
async fn runs_of_other_clients_appear_with_the_next_poll(stage: &Stage) {
    let (scripted, server) = scripted().await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.until_health("ok").await;
    let lists = || {
        let requests = scripted.requests_with_queries();
        requests.iter().filter(|it| *it == LIST).count()
    };
    until("the first list", RUN, async || match lists() {
        0 => Err("none".to_owned()),
        _ => Ok(()),
    })
    .await;
    let before = lists();
    let others = ScriptedServer::described("others", "running", STARTED);
    // The page also reads running handlers, for their prompts.
    let canned = |content_type, body| Canned {
        status: 200,
        content_type,
        body,
    };
    scripted.say(
        "GET /handlers/others",
        Some(canned("application/json", others.to_string())),
    );
    scripted.say(
        "GET /events/others",
        Some(canned("text/event-stream", String::new())),
    );
    scripted.list(&[others, ScriptedServer::described("brief", "completed", STARTED)]);
    page.until_listed("brief", "completed").await;
    page.until_listed("others", "running").await;
    let polls = lists() - before;
    assert!((1..=3).contains(&polls), "{polls} polls until they are shown");
    let running = scripted.requests_with_queries();
    assert!(
        !running.iter().any(|it| it.contains("status=running")),
        "a small list is polled as a whole: {running:?}"
    );
}

async fn an_old_list_shows_its_age(stage: &Stage) {
    let (scripted, server) = scripted().await;
    let page = stage.page_at(server.origin());
    scripted.list(&[ScriptedServer::described("others", "completed", STARTED)]);
    page.open("").await;
    page.until_listed("others", "completed").await;
    let age: String = page.ask("return words(part('list-age'))", json!([])).await;
    assert_eq!(age, "", "a fresh list has no age");
    scripted.say(LIST, Some(Canned::detail(503, "Not now")));
    page.find(
        "the age",
        "return /^as of \\d+ s ago$/.test(words(part('list-age'))) ? part('list-age') : null",
        json!([]),
    )
    .await;
    page.find(
        "the error, and when the next try is made",
        "return parts('next-try').find((it) => shown(it) && /Trying again/.test(words(it)))",
        json!([]),
    )
    .await;
    page.until_listed("others", "completed").await;
    scripted.say(LIST, None);
    until("a fresh list", RUN, async || {
        let age: String = page.ask("return words(part('list-age'))", json!([])).await;
        if age.is_empty() { Ok(()) } else { Err(age) }
    })
    .await;
}

/// Symptom: a run with a slash in its id was "deleted, or the server was restarted", and reconnected to forever.
/// Cause: the server splits the path at the slash, and its 404 was accepted.
async fn an_id_unusable_in_urls_is_reported(stage: &Stage) {
    let (scripted, server) = scripted().await;
    let page = stage.page_at(server.origin());
    for id in ["path/to/file", ".."] {
        scripted.list(&[ScriptedServer::described(id, "running", STARTED)]);
        page.open("").await;
        page.until_listed(id, "running").await;
        page.open_run(id).await;
        page.until_text(&format!("cannot be asked for “{id}”")).await;
        let run = page.run().await.expect("the run");
        assert_eq!(
            (run.status.as_str(), run.connection.as_str()),
            ("running", "closed"),
            "{id}: what the list knows stays"
        );
        page.until_listed(id, "running").await;
        let text = page.text().await;
        assert!(!text.contains("deleted, or the server was restarted"), "{text}");
    }
}

/// The texts of a run that started just now.
async fn shown_times(page: &Page<'_>) {
    page.open("").await;
    page.until_health("ok").await;
    let handler = page
        .start("progress", &[("steps", "300"), ("per_second", "20")])
        .await;
    page.until_run("making progress", RUN, |run| run.count >= 3).await;
    page.until_listed(&handler, "running").await;
    let times: Vec<String> = page
        .ask(
            "const row = parts('run-row').find((it) => it.dataset.handlerId === args[0]);
            return [words(row), words(part('run-duration', row)), words(document.querySelector('.wf-run__time'))]",
            json!([handler]),
        )
        .await;
    let is_recent = |text: &str| {
        let seconds = text.strip_suffix(" s").and_then(|it| it.parse::<f64>().ok());
        text.ends_with(" ms") || seconds.is_some_and(|seconds| seconds < 30.0)
    };
    assert!(
        times[0].contains("just now") || times[0].contains(" s ago"),
        "when it began: {times:?}"
    );
    assert!(
        is_recent(&times[1]) && is_recent(&times[2]),
        "how long it takes: {times:?}"
    );
}

async fn set_clock(stage: &Stage, script: &str, off: i64) {
    let source = format!("const off = {off}; {script}");
    devtools(
        &stage.browser,
        "Page.addScriptToEvaluateOnNewDocument",
        json!({ "source": source }),
    )
    .await;
}

/// Symptom: durations of a day. Cause: views used `Date`, which follows the system's clock, together with a monotonic clock.
async fn times_are_correct_with_a_wrong_date(stage: &Stage) {
    let script = "const real = Date;
        window.Date = class extends real {
          constructor(...args) { if (args.length) super(...args); else super(real.now() + off); }
          static now() { return real.now() + off; }
        };";
    set_clock(stage, script, 86_400_000).await;
    shown_times(&stage.page()).await;
}

/// Symptom: with the browser's clock ten minutes off, runs started ten minutes ago, or in the future.
/// Cause: the server's times were compared with the browser's clock.
async fn times_are_correct_with_a_wrong_browser_clock(stage: &Stage) {
    let script = "const origin = performance.timeOrigin, now = Date.now.bind(Date);
        Object.defineProperty(performance, 'timeOrigin', { get: () => origin + off });
        Date.now = () => now() + off;";
    set_clock(stage, script, -600_000).await;
    shown_times(&stage.page()).await;
}
