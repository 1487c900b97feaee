//! Many tabs and many runs in Chromium, on the embedded server: with four streams, every tab receives every event.
//!
//! The page is `tests/probe`, which has no views. `cargo xtask test tabs` builds it and passes its folder in `WORKFLOW_TEST_PROBE`.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::json;
use workflow_tests::{
    Browser, BrowserOptions, FaultProxy, Leader, ManyTabs, ProbeServer, ask, many_tabs, open_probe,
    run_alone, until,
};

const LIMIT: Duration = Duration::from_secs(300);

/// HTTP/1.1 gives a browser six connections; two are left for requests.
const STREAMS: u64 = 4;

/// One test at a time, because many tabs use a small machine fully.
static ALONE: Mutex<()> = Mutex::new(());

fn check(tabs: usize, runs: usize, leader: Leader) {
    // A failed test leaves no state that matters to the next.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    run_alone(LIMIT, async || {
        let browser = Browser::start(BrowserOptions::default()).await;
        let report = many_tabs(&browser, tabs, runs, leader).await;
        let complaints = browser.complaints().await;
        browser.quit().await;
        println!("{report:?}");
        let ManyTabs {
            most_streams, posts, ..
        } = report;
        assert!(
            most_streams <= STREAMS,
            "{most_streams} event streams were open at once"
        );
        assert!(!posts.is_empty(), "POSTs were answered while they were open");
        assert!(
            complaints.is_empty(),
            "the console holds what it must not: {complaints:#?}"
        );
    });
}

#[test]
fn one_tab_follows_twelve_runs() {
    check(1, 12, Leader::Stays);
}

#[test]
fn twelve_tabs_follow_ten_runs_and_lose_their_leader() {
    check(12, 10, Leader::Closes);
}

#[test]
fn three_tabs_follow_six_runs_and_their_leader_crashes() {
    check(3, 6, Leader::Crashes);
}

#[test]
#[ignore = "takes two minutes: a stream that brought no heartbeat yet may be silent for 90 s"]
fn a_half_open_connection_is_detected_without_loss() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    run_alone(LIMIT, async || {
        let server = ProbeServer::start();
        let proxy = FaultProxy::start(server.address()).await;
        let browser = Browser::start(BrowserOptions::default()).await;
        let limit = browser.driver().set_script_timeout(LIMIT).await;
        limit.expect("a script timeout");
        open_probe(&browser, &format!("{}/debugger/", proxy.origin())).await;
        let event = json!({ "steps": 80, "per_second": 10, "payload_bytes": 100 });
        let id = server.api().start("progress", event).await;
        let watch = "watchAll([args]); return probe.when(args, 10, false)";
        ask::<f64>(&browser, watch, json!(id)).await;
        proxy.stall_streams();
        let begin = Instant::now();
        // Several short scripts: the driver's own requests time out before the watchdog does.
        until("the run to be read to its end", LIMIT, async || {
            let state: String = ask(&browser, "return probe.state()", json!(null)).await;
            if state.contains("\"connection\":\"closed\"") {
                Ok(())
            } else {
                Err(state)
            }
        })
        .await;
        println!(
            "a half-open connection was noticed and the run read to its end in {:.1?}",
            begin.elapsed()
        );
        assert!(proxy.streams() >= 2, "the stream was replaced");
        let sequences: Vec<f64> = ask(&browser, "return [...probe.sequences(args)]", json!(id)).await;
        let expected = server.api().events(&id, true).await.len();
        let all: Vec<f64> = (0..expected).map(|sequence| sequence as f64).collect();
        assert_eq!(sequences, all, "nothing lost, nothing doubled, in order");
        browser.quit().await;
    });
}
