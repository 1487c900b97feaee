//! Many tabs of one page, each watching many runs, with at most four streams together.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use thirtyfour::WindowHandle;
use workflow_protocol::{Envelope, SseDecoder, SseItem};

use crate::{Api, Browser, ProbeServer, ask, crash, open_probe, until};

/// Time limit of a step.
const LIMIT: Duration = Duration::from_secs(150);

/// The results. Everything else is asserted during the test.
#[derive(Clone, Debug, Default)]
pub struct ManyTabs {
    /// Number of tabs.
    pub tabs: usize,
    /// Runs that each tab watched.
    pub runs: usize,
    /// Events of all runs.
    pub events: usize,
    /// The maximum number of concurrent event streams, according to the server.
    pub most_streams: u64,
    /// The duration of a POST while they were open, in ms.
    pub posts: Vec<f64>,
    /// From the end of the leading tab until another one requested a stream, in ms.
    pub leader: Option<f64>,
    /// From the end of the leading tab until a signal of any tab received the next event, in ms.
    pub next_event: Option<f64>,
    /// The total duration.
    pub took: Duration,
}

/// What happens to the leading tab during the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leader {
    /// Nothing.
    Stays,
    /// It is closed.
    Closes,
    /// Its process is killed.
    Crashes,
}

/// A run according to the server.
struct Expected {
    id: String,
    sequences: Vec<f64>,
    fingerprint: String,
}

/// Opens `tabs` tabs that each watch the same `runs` runs to their end, whatever happens to the leading tab.
///
/// # Panics
/// If a tab misses an event, if more than four streams are open, or if a POST gets no response.
pub async fn many_tabs(browser: &Browser, tabs: usize, runs: usize, leader: Leader) -> ManyTabs {
    let begin = Instant::now();
    let server = ProbeServer::start();
    let api = server.api();
    browser
        .driver()
        .set_script_timeout(LIMIT)
        .await
        .expect("a script timeout");
    let mut handles = open_tabs(browser, &server, tabs).await;
    let mut ids = vec![];
    for index in 0..runs {
        let event = json!({ "steps": 240 + index, "per_second": 10, "payload_bytes": 120 });
        ids.push(api.start("progress", event).await);
    }
    for handle in &handles {
        switch(browser, handle).await;
        ask::<Value>(browser, "watchAll(args); return null", json!(ids)).await;
    }
    until("streams to be open", LIMIT, async || {
        match server.streams().await {
            (open, _) if open >= 4.min(runs as u64) => Ok(()),
            (open, _) => Err(format!("{open} streams")),
        }
    })
    .await;
    let mut report = ManyTabs {
        tabs,
        runs,
        ..ManyTabs::default()
    };
    for handle in handles.iter().take(3) {
        switch(browser, handle).await;
        report
            .posts
            .push(ask(browser, "return post()", json!(null)).await);
    }
    if leader != Leader::Stays {
        end_leader(browser, &mut handles, leader, &mut report).await;
    }
    for handle in &handles {
        switch(browser, handle).await;
        ask::<Value>(browser, "return allEnded(args)", json!(ids)).await;
    }
    let mut expected = vec![];
    for id in &ids {
        expected.push(read(&api, id).await);
    }
    report.events = expected.iter().map(|run| run.sequences.len()).sum();
    for (tab, handle) in handles.iter().enumerate() {
        switch(browser, handle).await;
        for run in &expected {
            compare(browser, tab, run).await;
        }
    }
    report.most_streams = server.streams().await.1;
    report.took = begin.elapsed();
    report
}

async fn open_tabs(browser: &Browser, server: &ProbeServer, tabs: usize) -> Vec<WindowHandle> {
    let driver = browser.driver();
    let mut handles = vec![driver.window().await.expect("a window")];
    for _ in 1..tabs {
        handles.push(driver.new_tab().await.expect("another tab"));
    }
    for handle in &handles {
        switch(browser, handle).await;
        open_probe(browser, &server.page()).await;
    }
    handles
}

async fn switch(browser: &Browser, handle: &WindowHandle) {
    browser
        .driver()
        .switch_to_window(handle.clone())
        .await
        .expect("a tab that is there");
}

fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs_f64() * 1000.0
}

/// Ends the tab that requested the latest stream, and waits until another one requests a stream.
async fn end_leader(browser: &Browser, handles: &mut Vec<WindowHandle>, how: Leader, report: &mut ManyTabs) {
    let mut leader = (0, 0.0);
    for (tab, handle) in handles.iter().enumerate() {
        switch(browser, handle).await;
        let last: f64 = ask(browser, "return Math.max(0, ...streamTimes)", json!(null)).await;
        if last > leader.1 {
            leader = (tab, last);
        }
    }
    let gone = handles.remove(leader.0);
    switch(browser, &gone).await;
    let killed = now();
    if how == Leader::Crashes {
        crash(browser).await;
    } else {
        browser.driver().close_window().await.expect("a tab that closes");
    }
    let led = earliest(browser, handles, "streamTimes", killed).await;
    report.leader = Some(led - killed);
    report.next_event = Some(earliest(browser, handles, "changeTimes", led).await - killed);
}

/// The first time after `after` in the list of every tab.
async fn earliest(browser: &Browser, handles: &[WindowHandle], list: &str, after: f64) -> f64 {
    let script = format!("return {list}.find((at) => at > args) ?? null");
    until(list, LIMIT, async || {
        let mut first = f64::INFINITY;
        for handle in handles {
            switch(browser, handle).await;
            if let Some(at) = ask::<Option<f64>>(browser, &script, json!(after)).await {
                first = first.min(at);
            }
        }
        if first.is_finite() {
            Ok(first)
        } else {
            Err(format!("none in {} tabs", handles.len()))
        }
    })
    .await
}

async fn compare(browser: &Browser, tab: usize, run: &Expected) {
    let script = "return [probe.fingerprint(args), [...probe.sequences(args)]]";
    let (fingerprint, sequences): (String, Vec<f64>) = ask(browser, script, json!(run.id)).await;
    let at = sequences
        .iter()
        .zip(&run.sequences)
        .take_while(|(ours, its)| ours == its)
        .count();
    assert!(
        sequences == run.sequences,
        "tab {tab} has {} events of {}, the server {}; they differ from place {at}: {:?}, {:?}",
        sequences.len(),
        run.id,
        run.sequences.len(),
        sequences.iter().skip(at).take(8).collect::<Vec<_>>(),
        run.sequences.iter().skip(at).take(8).collect::<Vec<_>>(),
    );
    assert_eq!(
        fingerprint, run.fingerprint,
        "tab {tab} has other classes or payloads of {}",
        run.id
    );
}

/// The server's own log of a run that has ended.
async fn read(api: &Api, id: &str) -> Expected {
    let path = format!("/events/{id}?after_sequence=-1&include_internal=true");
    let answer = api.send("GET", &path, None).await;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    let mut sequences = vec![];
    SseDecoder::new().feed(answer.body.as_bytes(), &mut |item| {
        let SseItem::Event { data, id, .. } = item else {
            return;
        };
        let sequence: u64 = id.parse().expect("a sequence");
        let envelope = Envelope::parse(data).expect("an envelope");
        sequences.push(sequence as f64);
        add(&sequence.to_le_bytes());
        add(envelope.name.as_bytes());
        add(envelope.value.as_bytes());
    });
    Expected {
        id: id.to_owned(),
        sequences,
        fingerprint: format!("{hash:016x}"),
    }
}
