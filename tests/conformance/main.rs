//! Compares our stream decoder with Chromium's `EventSource` on the same random streams.
//!
//! This test has a few thousand streams, `cargo xtask bench conformance` a hundred thousand. A stream with a difference is printed with
//! its seed; `WORKFLOW_TEST_SEED=N` starts with that stream.

use std::time::Duration;

use workflow_tests::{Browser, BrowserOptions, Decoded, conformance, decode, run_alone};

const LIMIT: Duration = Duration::from_secs(240);

/// How many streams are compared.
const CASES: u64 = 4000;

fn first() -> u64 {
    std::env::var("WORKFLOW_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(0)
}

#[test]
fn chromium_decodes_the_same_events() {
    run_alone(LIMIT, async || {
        let browser = Browser::start(BrowserOptions::default()).await;
        let report = conformance(&browser, first(), CASES, decode, |_| {}).await;
        browser.quit().await;
        println!(
            "{} streams with {} events in {:.1?}, {} of them read by the browser in its own way",
            report.cases, report.events, report.took, report.excused
        );
        assert_eq!(report.cases, CASES, "every stream has been read");
        assert!(
            report.events > CASES,
            "streams must hold events to be worth anything: {} in {CASES}",
            report.events
        );
        assert_eq!(
            report.diverging,
            0,
            "our decoder and the browser's differ:\n{}",
            report.divergences.join("\n")
        );
    });
}

/// Our decoder without its handling of characters that are split between chunks.
fn careless(chunks: &[Vec<u8>]) -> Vec<Decoded> {
    let chunks: Vec<Vec<u8>> = chunks
        .iter()
        .map(|chunk| String::from_utf8_lossy(chunk).into_owned().into_bytes())
        .collect();
    decode(&chunks)
}

#[test]
fn a_broken_decoder_is_found() {
    run_alone(LIMIT, async || {
        let browser = Browser::start(BrowserOptions::default()).await;
        let report = conformance(&browser, 0, 480, careless, |_| {}).await;
        browser.quit().await;
        assert!(
            report.diverging > 0 && report.divergences[0].contains("seed "),
            "a decoder that breaks characters must not pass: {report:?}"
        );
    });
}
