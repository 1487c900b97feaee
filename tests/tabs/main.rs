//! Many tabs and many runs in Chromium, on the embedded server: four streams, and nobody misses anything.
//!
//! The page is `tests/probe`, which has no face; `cargo xtask test tabs` builds it and names its folder in
//! `WORKFLOW_TEST_PROBE`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use workflow_tests::{Browser, BrowserOptions, ManyTabs, many_tabs, run_alone};

const LIMIT: Duration = Duration::from_secs(300);

/// HTTP/1.1 gives a browser six connections; two are left for requests.
const STREAMS: u64 = 4;

/// One test at a time: many tabs are enough for a small machine.
static ALONE: Mutex<()> = Mutex::new(());

fn check(tabs: usize, runs: usize, kill: bool) {
    // A test that failed has left nothing behind that the next one could trip over.
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    run_alone(LIMIT, async || {
        let browser = Browser::start(BrowserOptions::default()).await;
        let report = many_tabs(&browser, tabs, runs, kill).await;
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
    check(1, 12, false);
}

#[test]
fn twelve_tabs_follow_ten_runs_and_lose_their_leader() {
    check(12, 10, true);
}
