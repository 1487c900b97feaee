//! `bench conformance [--cases N] [--first SEED]`: compares our stream decoder with the browser's, for a hundred thousand streams.

use serde_json::Value;
use workflow_tests::{Browser, BrowserOptions, conformance, decode};

use crate::table::{Cell, Row, Table};
use crate::{Options, report};

pub(crate) async fn run(options: &Options) -> Value {
    let (cases, first) = (options.number("--cases", 100_000), options.number("--first", 0));
    let browser = Browser::start(BrowserOptions::default()).await;
    let mut reported = 0;
    let result = conformance(&browser, first, cases, decode, |done| {
        if done / 10_000 > reported {
            reported = done / 10_000;
            eprintln!("{done} of {cases} streams");
        }
    })
    .await;
    let chromium = browser.version();
    browser.quit().await;
    for divergence in &result.divergences {
        eprintln!("{divergence}");
    }
    let seconds = result.took.as_secs_f64();
    let table = Table {
        title: format!(
            "streams of the seeds {first} to {}, our decoder against Chromium's",
            first + cases - 1
        ),
        columns: vec![
            ("streams", 0),
            ("events", 0),
            ("diverging", 0),
            ("read by Chromium in its own way", 0),
            ("seconds", 1),
        ],
        rows: vec![Row {
            name: "conformance".to_owned(),
            cells: vec![
                Cell::One(result.cases as f64),
                Cell::One(result.events as f64),
                Cell::One(result.diverging as f64),
                Cell::One(result.excused as f64),
                Cell::One(seconds),
            ],
        }],
    };
    let report = report("conformance", &chromium, 1, &[table]);
    assert!(
        result.diverging == 0,
        "our decoder and the browser's differ about {} streams; the first of them stand above",
        result.diverging
    );
    report
}
