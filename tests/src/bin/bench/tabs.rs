//! `bench tabs [--tabs N] [--runs N] [--rounds N]`: tabs that share streams, and the time until another tab leads.

use serde_json::Value;
use workflow_tests::{Browser, BrowserOptions, Leader, many_tabs};

use crate::table::{Cell, Row, Table};
use crate::{Options, report};

pub(crate) async fn run(options: &Options) -> Value {
    let count = |name, default| usize::try_from(options.number(name, default)).unwrap_or(usize::MAX);
    let (tabs, runs) = (count("--tabs", 12), count("--runs", 10));
    let rounds = options.number("--rounds", 5);
    let (mut chromium, mut results) = (String::new(), vec![]);
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        let browser = Browser::start(BrowserOptions::default()).await;
        results.push(many_tabs(&browser, tabs, runs, Leader::Closes).await);
        chromium = browser.version();
        browser.quit().await;
    }
    let of = |figure: &dyn Fn(&workflow_tests::ManyTabs) -> f64| {
        Cell::Rounds(results.iter().map(figure).collect())
    };
    let table = Table {
        title: format!("{tabs} tabs that each watch {runs} runs; the leading tab is closed"),
        columns: vec![
            ("new leader, ms", 0),
            ("next event, ms", 0),
            ("slowest POST meanwhile, ms", 0),
            ("streams at once at most", 0),
            ("events", 0),
        ],
        rows: vec![Row {
            name: "tabs".to_owned(),
            cells: vec![
                of(&|result| result.leader.unwrap_or(f64::NAN)),
                of(&|result| result.next_event.unwrap_or(f64::NAN)),
                of(&|result| result.posts.iter().copied().fold(0.0, f64::max)),
                of(&|result| result.most_streams as f64),
                of(&|result| result.events as f64),
            ],
        }],
    };
    report("tabs", &chromium, rounds, &[table])
}
