//! `bench records [--rounds N] [--peer]`: components over Agent Data, on the gallery's specimens.
//!
//! A review of a thousand lines of five fields, 20 lines on a page: the time from opening it until its first line is there, keys, and another
//! page. A grid of 1 000 records: the time from showing it until its rows are there, and the frames while it scrolls from end to end.
//!
//! `--peer` measures the review and the grid of the React library beside ours, with the same records. Its app is built from
//! `tests/peer/records` and is in the folder that `WORKFLOW_TEST_PEER` names. On both sides requests are answered in the page, and a short
//! review or the same grid was shown before.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use thirtyfour::error::WebDriverErrorInner;
use workflow_tests::{Browser, BrowserOptions, FolderServer, ask, until};

use crate::table::{Cell, Row, Table, median};
use crate::{Options, report};

const SOON: Duration = Duration::from_secs(60);

/// How long a script may take; shorter than the 120 s that the driver's client waits.
const BOUND: Duration = Duration::from_secs(100);

/// What the scripts share. `drawn` waits for all that was set in motion, and lays the page out.
const TOOLS: &str = "
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const drawn = async () => {
      await new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = resolve; port2.postMessage(0); });
      document.body.offsetHeight;
    };
    const until = async (found) => { while (!found()) await frame(); };
    const time = async (act, done) => {
      await frame();
      const begin = performance.now();
      act();
      await drawn();
      if (!done()) {
        await until(done);
        await drawn();
      }
      return performance.now() - begin;
    };
    const open = async (words, done) => {
      const tasks = [];
      const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((it) => it.duration)));
      observer.observe({ type: 'longtask' });
      const ms = await time(() => press(words), done);
      // Long tasks are reported a little later.
      await new Promise((resolve) => setTimeout(resolve, 100));
      observer.disconnect();
      return [[ms], [Math.max(0, ...tasks)], [whole().querySelectorAll('*').length]];
    };
    const press = (words) => [...document.querySelectorAll('button')].find((it) => it.textContent === words).click();
    const scroll = async (list) => {
      const most = list.scrollHeight - list.clientHeight;
      for (let nth = 0; nth <= 120; nth += 1) {
        list.scrollTop = (most * nth) / 120;
        await frame();
      }
    };
";

/// Opens the review: its time, the longest task and the elements.
const OPEN: &str = "return open('Open the record', () => line(0))";

/// Goes from line to line, and types three letters into a field of each, one at a time.
const TYPE: &str = "
    const edits = [], keys = [], leaves = [];
    const type = (letter, field) => {
      const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), 'value');
      set.call(field, field.value + letter);
      field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    for (let nth = 0; nth < 20; nth += 1) {
      await until(free);
      edits.push(await time(() => edit(nth), () => editor(nth)));
      for (const letter of 'xyz') {
        keys.push(await time(() => type(letter, editor(nth)), () => editor(nth).value.endsWith(letter)));
      }
      leaves.push(await time(() => leave(nth), () => left(nth)));
    }
    await until(free);
    return [edits, keys, leaves]";

/// Turns pages.
const TURN: &str = "
    const times = [];
    for (let nth = 1; nth <= 20; nth += 1) times.push(await time(turn, () => line(nth * 20)));
    return [times]";

/// Shows the grid: its time, the longest task and the elements.
const SHOW: &str = "
    press('Show or hide the records');
    await until(() => !filled());
    return open('Show or hide the records', filled)";

/// Walks through all records; the times between frames.
const WALK: &str = "
    const times = [];
    let walking = true;
    const watch = async () => {
      for (let last = await frame(); walking;) {
        const now = await frame();
        times.push(now - last);
        last = now;
      }
    };
    const watched = watch();
    await walk();
    walking = false;
    await watched;
    return [times]";

/// Our review. There are others in its section.
const OUR_REVIEW: &str = r#"
    const whole = () => document.querySelector('[data-part="review"][data-id="2"]');
    const line = (nth) => whole()?.querySelector(`[name="lines/${nth}/text"]`);
    const edit = (nth) => line(nth).focus();
    const editor = line;
    const leave = (nth) => { line(nth).dispatchEvent(new Event('change', { bubbles: true })); line(nth).blur(); };
    const left = () => true;
    const free = () => true;
    const turn = () => whole().querySelector('[aria-label="Next fields of Lines"]').click();
"#;

/// The React review. A click on a value opens a popover with a field, and Enter there changes the value.
const THEIR_REVIEW: &str = r#"
    const whole = () => document.getElementById('measured');
    const cell = (nth) => whole().querySelectorAll('tbody tr')[nth % 20]?.querySelector('[data-testid="editable-field-trigger"]');
    const line = (nth) => cell(nth)?.textContent.startsWith(`Line ${nth + 1}`);
    const popover = () => document.querySelector('[data-testid="editable-field-popover"]');
    const edit = (nth) => cell(nth).click();
    const editor = () => popover()?.querySelector('textarea');
    const leave = () => editor().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    const left = (nth) => cell(nth).textContent.endsWith('xyz');
    const free = () => !popover();
    const turn = () => whole().querySelector('[aria-label="Go to next page"]').click();
"#;

const OUR_GRID: &str = r#"
    const figure = [...document.querySelectorAll('figure')].find((it) => it.textContent.startsWith('A thousand on a page'));
    const whole = () => figure.querySelector('[data-part="item-grid"]');
    const filled = () => whole()?.querySelector('[data-part="item-row"][data-id]');
    const walk = () => scroll(whole().querySelector('.wf-items__list'));
"#;

const THEIR_GRID: &str = "
    const whole = () => document.getElementById('measured');
    const filled = () => whole().querySelector('tbody tr');
";

const SCROLL: &str = "const walk = () => scroll(document.scrollingElement);";

/// Their grid is gone while a page is loaded.
const PAGES: &str = r#"
    const walk = async () => {
      for (let nth = 20; nth < 1000; nth += 20) {
        whole().querySelector('[aria-label="Go to next page"]').click();
        await until(() => filled()?.textContent.includes(`invoice-${nth}.pdf`));
      }
    };
"#;

/// A page, and the functions through which the scripts use it.
struct Side {
    name: &'static str,
    address: String,
    tools: String,
}

/// A column: its title and digits, the figure that it shows (in the order of the scripts' answers), and what of the figure's values.
type Column = (&'static str, usize, usize, fn(&[f64]) -> f64);

const REVIEW: [Column; 10] = [
    ("usable after, ms", 0, 0, median),
    ("longest task until then (0: none over 50), ms", 0, 1, worst),
    ("DOM elements", 0, 2, median),
    ("from a click to a field, median ms", 1, 3, median),
    ("key, median ms", 1, 4, median),
    ("key, worst ms", 1, 4, worst),
    ("leaving a field, median ms", 1, 5, median),
    ("leaving a field, worst ms", 1, 5, worst),
    ("next page, median ms", 0, 6, median),
    ("next page, worst ms", 0, 6, worst),
];

const GRID: [Column; 4] = [
    ("rows after, ms", 0, 0, median),
    ("longest task until then (0: none over 50), ms", 0, 1, worst),
    ("DOM elements", 0, 2, median),
    ("longest frame, ms", 0, 3, worst),
];

fn worst(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

pub(crate) async fn run(options: &Options) -> Value {
    let rounds = options.number("--rounds", 5);
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).expect(name);
    let ours = FolderServer::start(folder("WORKFLOW_TEST_GALLERY")).await;
    let side = |name, served: &FolderServer, query: &str, tools: &[&str]| Side {
        name,
        address: format!("{}/?{query}", served.origin()),
        tools: tools.concat(),
    };
    let mut reviews = vec![side("ours", &ours, "show=review", &[OUR_REVIEW])];
    let mut grids = vec![side(
        "ours, 1 000 on a page, scrolled",
        &ours,
        "show=items",
        &[OUR_GRID],
    )];
    let mut theirs = None;
    if options.has("--peer") {
        let served = FolderServer::start(folder("WORKFLOW_TEST_PEER").join("records")).await;
        reviews.push(side("React", &served, "show=review", &[THEIR_REVIEW]));
        for (name, query, walk) in [
            ("React, 1 000 on a page, scrolled", "show=items&size=1000", SCROLL),
            (
                "React, 20 on a page, all pages turned",
                "show=items&size=20",
                PAGES,
            ),
        ] {
            grids.push(side(name, &served, query, &[THEIR_GRID, walk]));
        }
        theirs = Some(served);
    }
    let bound = BOUND.as_millis();
    let title = |what: &str| format!("{what} (React: @llamaindex/ui 4.7.0; {bound}: no answer in this time)");
    let about = title("a review of 5 000 fields, 100 on a page");
    let (reviews, _) = table(about, &reviews, &[OPEN, TYPE, TURN], &REVIEW, rounds).await;
    let about = title("a grid of 1 000 records");
    let (grids, chromium) = table(about, &grids, &[SHOW, WALK], &GRID, rounds).await;
    drop(theirs);
    report("records", &chromium, rounds, &[reviews, grids])
}

/// Measures the sides in turn, each in a browser of its own. Returns the browser's version too.
async fn table(
    title: String,
    sides: &[Side],
    scripts: &[&str],
    columns: &[Column],
    rounds: u64,
) -> (Table, String) {
    let mut cells = vec![vec![Vec::new(); columns.len()]; sides.len()];
    let mut chromium = String::new();
    for round in 1..=rounds {
        for (side, cells) in sides.iter().zip(&mut cells) {
            eprintln!("{}: round {round} of {rounds}", side.name);
            let browser = Browser::start(BrowserOptions::default()).await;
            chromium = browser.version();
            let figures = measured(&browser, side, scripts).await;
            browser.quit().await;
            for ((_, _, figure, of), cell) in columns.iter().zip(cells) {
                let values = figures.get(*figure);
                cell.push(values.map_or(BOUND.as_millis() as f64, |values| of(values)));
            }
        }
    }
    let rows = sides.iter().zip(cells).map(|(side, cells)| Row {
        name: side.name.to_owned(),
        cells: cells.into_iter().map(Cell::Rounds).collect(),
    });
    let table = Table {
        title,
        columns: columns
            .iter()
            .map(|(name, digits, ..)| (*name, *digits))
            .collect(),
        rows: rows.collect(),
    };
    (table, chromium)
}

/// The figures of all scripts; only the first ones if the page stops answering.
async fn measured(browser: &Browser, side: &Side, scripts: &[&str]) -> Vec<Vec<f64>> {
    let driver = browser.driver();
    driver.set_script_timeout(BOUND).await.expect("a script timeout");
    driver.goto(&side.address).await.expect("the page");
    until("the page's first records", SOON, async || {
        let played = "return document.documentElement.hasAttribute('data-played')";
        match ask::<bool>(browser, played, json!(null)).await {
            true => Ok(()),
            false => Err("not yet".to_owned()),
        }
    })
    .await;
    let mut figures: Vec<Vec<f64>> = Vec::new();
    for script in scripts {
        let script = format!("return (async () => {{ {TOOLS} {} {script} }})()", side.tools);
        match driver.execute(script, vec![]).await {
            Ok(answer) => {
                let answer: Vec<Vec<f64>> = answer.convert().expect("lists of numbers");
                figures.extend(answer);
            }
            Err(error) => match error.as_inner() {
                WebDriverErrorInner::ScriptTimeout(_) | WebDriverErrorInner::WebDriverTimeout(_) => break,
                _ => panic!("{}: {error}", side.name),
            },
        }
    }
    figures
}
