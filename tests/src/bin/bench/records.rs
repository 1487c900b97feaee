//! `bench records [--rounds N]`: components over Agent Data, on the gallery's specimens.
//!
//! A review of a thousand lines of five fields: the time from opening it until a field can be typed into, keys, and another page. A grid of
//! 1 000 records: the frames while it scrolls from end to end.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Browser, BrowserOptions, FolderServer, ask, until};

use crate::table::{Cell, Row, Table};
use crate::{Options, report};

const SOON: Duration = Duration::from_secs(60);

/// What the scripts share. `drawn` waits for all that was set in motion, and lays the page out.
const TOOLS: &str = "
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const drawn = async () => {
      await new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = resolve; port2.postMessage(0); });
      document.body.offsetHeight;
    };
    const until = async (found) => { while (!found()) await frame(); };
";

/// Opens the review.
const OPEN: &str = "
    const begin = performance.now();
    [...document.querySelectorAll('button')].find((it) => it.textContent === 'Open the record').click();
    await until(() => document.querySelector('[name=\"lines/0/text\"]'));
    await drawn();
    return performance.now() - begin";

/// Types a letter at a time, into fields of different lines.
const TYPE: &str = "
    const times = [];
    for (let nth = 0; nth < 60; nth += 1) {
      const field = document.querySelector(`[name=\"lines/${nth % 20}/text\"]`);
      await frame();
      const begin = performance.now();
      field.value += 'x';
      field.dispatchEvent(new Event('input', { bubbles: true }));
      await drawn();
      times.push(performance.now() - begin);
    }
    return times";

/// Turns pages.
const TURN: &str = "
    const times = [];
    for (let nth = 1; nth <= 20; nth += 1) {
      await frame();
      const begin = performance.now();
      document.querySelector('[aria-label=\"Next fields of Lines\"]').click();
      await until(() => document.querySelector(`[name=\"lines/${nth * 20}/text\"]`));
      await drawn();
      times.push(performance.now() - begin);
    }
    return times";

/// Scrolls the largest grid from end to end; the times between frames.
const SCROLL: &str = "
    const grids = [...document.querySelectorAll('.wf-items__list')];
    const grid = grids.sort((one, two) => two.scrollHeight - one.scrollHeight)[0];
    const most = grid.scrollHeight - grid.clientHeight;
    const times = [];
    let last = await frame();
    for (let nth = 0; nth <= 120; nth += 1) {
      grid.scrollTop = (most * nth) / 120;
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    return times";

async fn figures(browser: &Browser, script: &str) -> Vec<f64> {
    let script = format!("return (async () => {{ {TOOLS} {script} }})()");
    match ask::<Value>(browser, &script, json!(null)).await {
        Value::Array(values) => values.iter().filter_map(Value::as_f64).collect(),
        value => value.as_f64().into_iter().collect(),
    }
}

fn worst(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

pub(crate) async fn run(options: &Options) -> Value {
    let rounds = options.number("--rounds", 5);
    let folder = std::env::var_os("WORKFLOW_TEST_GALLERY").map(PathBuf::from);
    let served = FolderServer::start(folder.expect("WORKFLOW_TEST_GALLERY")).await;
    let mut chromium = String::new();
    let (mut opened, mut keys, mut worst_keys) = (Vec::new(), Vec::new(), Vec::new());
    let (mut turns, mut worst_turns, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let browser = Browser::start(BrowserOptions::default()).await;
        chromium = browser.version();
        show(&browser, &served, "review").await;
        opened.extend(figures(&browser, OPEN).await);
        let typed = figures(&browser, TYPE).await;
        keys.push(crate::table::median(&typed));
        worst_keys.push(worst(&typed));
        let turned = figures(&browser, TURN).await;
        turns.push(crate::table::median(&turned));
        worst_turns.push(worst(&turned));
        show(&browser, &served, "items").await;
        frames.push(worst(&figures(&browser, SCROLL).await));
        browser.quit().await;
    }
    let cells = vec![
        Cell::Rounds(opened),
        Cell::Rounds(keys),
        Cell::Rounds(worst_keys),
        Cell::Rounds(turns),
        Cell::Rounds(worst_turns),
        Cell::Rounds(frames),
    ];
    let table = Table {
        title: "a review of 5 000 fields, a grid of 1 000 records".to_owned(),
        columns: vec![
            ("usable after, ms", 0),
            ("key, median ms", 1),
            ("key, worst ms", 1),
            ("next page, median ms", 0),
            ("next page, worst ms", 0),
            ("longest frame of the grid, ms", 0),
        ],
        rows: vec![Row {
            name: "gallery".to_owned(),
            cells,
        }],
    };
    report("records", &chromium, rounds, &[table])
}

async fn show(browser: &Browser, served: &FolderServer, section: &str) {
    let address = format!("{}/?show={section}", served.origin());
    browser.driver().goto(address).await.expect("the gallery");
    until("the gallery's section", SOON, async || {
        let played = "return document.documentElement.hasAttribute('data-played')";
        match ask::<bool>(browser, played, json!(null)).await {
            true => Ok(()),
            false => Err("not yet".to_owned()),
        }
    })
    .await;
}
