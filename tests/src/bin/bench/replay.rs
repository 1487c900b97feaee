//! `bench replay [--events N,N,…] [--steps N] [--seconds N] [--compared N]`: a replay of a long run, and a comparison of two.
//!
//! Steps to the next event and to the one before, and jumps to random events, each with the time until the page is drawn; the longest
//! task while the replay plays at 64×; and the longest task while two runs of `--compared` events are read and compared.

use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Browser, BrowserOptions, Canned, Page, Script, ScriptedServer, Server, until};

use crate::table::{Cell, Row, Table};
use crate::{Options, report};

/// Time limit for reading the whole run.
const READ: Duration = Duration::from_secs(120);

/// Moves the slider and waits until the page is drawn. Arguments: how often, and the kind of move.
const MOVE: &str = "
    const slider = part('replay-slider');
    const max = Number(slider.max);
    const times = [];
    let at = args[1] === 'forward' ? 1 : max - 1;
    for (let nth = 0; nth < args[0]; nth += 1) {
      if (args[1] === 'forward') at = Math.min(max, at + 1);
      else if (args[1] === 'back') at = Math.max(0, at - 1);
      else at = Math.floor(Math.random() * max);
      await frame();
      const begin = performance.now();
      slider.value = at;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = resolve; port2.postMessage(0); });
      document.body.offsetHeight;
      times.push(performance.now() - begin);
    }
    return times";

/// Plays at 64× for some seconds, and returns the longest task and how many events were played.
const PLAY: &str = "
    const slider = part('replay-slider');
    slider.value = 0;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    const speed = document.querySelector('[aria-label=Speed]');
    speed.value = '64';
    speed.dispatchEvent(new Event('change', { bubbles: true }));
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((it) => it.duration)));
    observer.observe({ type: 'longtask' });
    document.querySelector('[data-part=replay] [aria-label=Play]').click();
    await new Promise((resolve) => setTimeout(resolve, args[0]));
    document.querySelector('[data-part=replay] [aria-label=Pause]')?.click();
    observer.disconnect();
    return [Math.max(0, ...tasks), Number(slider.value)]";

/// Opens the comparison again, to which Back leads, and gives its longest task, how long it took and how many rows are the same. Tasks
/// below 50 ms count as 0.
const COMPARE: &str = "
    const tasks = [];
    const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((it) => it.duration)));
    observer.observe({ type: 'longtask' });
    const begin = performance.now();
    history.back();
    while (part('compare')?.dataset.state !== 'done') await frame();
    const took = performance.now() - begin;
    await frame(); await frame();
    await new Promise((resolve) => setTimeout(resolve, 300));
    observer.disconnect();
    return [Math.max(0, ...tasks), took, Number(part('compare').dataset.same)]";

pub(crate) async fn run(options: &Options) -> Value {
    let sizes = options.text("--events").unwrap_or("10000,100000");
    let steps = options.number("--steps", 60);
    let seconds = options.number("--seconds", 10);
    let (mut chromium, mut rows) = (String::new(), Vec::new());
    for events in sizes.split(',') {
        let events: u64 = events.parse().expect("--events wants numbers");
        let browser = Browser::start(BrowserOptions::default()).await;
        for view in ["events", "timeline", "graph"] {
            rows.push(replay(&browser, events, view, steps, seconds).await);
        }
        chromium = browser.version();
        browser.quit().await;
    }
    let table = Table {
        title: format!("a replay, {steps} moves each, {seconds} s at 64×"),
        columns: vec![
            ("forward, median ms", 1),
            ("forward, worst ms", 1),
            ("back, median ms", 1),
            ("back, worst ms", 1),
            ("jump, median ms", 1),
            ("jump, worst ms", 1),
            ("longest task at 64×, ms", 0),
            ("events played", 0),
        ],
        rows,
    };
    let size = options.number("--compared", 10_000);
    let browser = Browser::start(BrowserOptions::default()).await;
    let mut rows = Vec::new();
    for (name, differs) in [
        ("the same", u64::MAX),
        ("1 in 100 differs", 100),
        ("all differ", 1),
    ] {
        rows.push(compare(&browser, size, name, differs).await);
    }
    browser.quit().await;
    let compared = Table {
        title: format!("a comparison of {size} with {size} events"),
        columns: vec![
            ("longest task, ms", 0),
            ("read and compared, ms", 0),
            ("rows that are the same", 0),
        ],
        rows,
    };
    report("replay", &chromium, 1, &[table, compared])
}

/// A run of three workers, with two events for each step execution.
fn script(events: u64) -> Script {
    let mut script = Script::new();
    for turn in 0..events / 2 {
        for (state, output) in [
            ("running", json!(null)),
            ("not_running", json!("<class 'app.Done'>")),
        ] {
            let value = json!({ "name": "work", "step_state": state, "worker_id": (turn % 3).to_string(),
                "input_event_name": "Work", "output_event_name": output });
            let types = ["InternalDispatchEvent"];
            script = script.envelope(&json!({ "value": value, "type": "StepStateChanged", "types": types }));
        }
    }
    script.completed(&json!("fine"))
}

async fn replay(browser: &Browser, events: u64, view: &str, steps: u64, seconds: u64) -> Row {
    let scripted = ScriptedServer::start(script(events)).await;
    let server = Server::in_front_of(&scripted.base());
    let page = Page::new(browser, server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_status("completed", READ).await;
    let run = page.run().await.expect("an open run");
    page.open(&format!("?run={}&view={view}&at=1", run.handler)).await;
    let all = "return Number(part('replay-slider')?.max ?? 0)";
    until("the whole run", READ, async || {
        let read: u64 = page.ask(all, json!([])).await;
        let replay = page.replay().await;
        if read >= events && replay.is_some_and(|replay| replay.text.contains("turns")) {
            Ok(())
        } else {
            Err(format!("{read} events"))
        }
    })
    .await;
    let mut cells = Vec::new();
    for kind in ["forward", "back", "jump"] {
        let mut times: Vec<f64> = page.ask_slowly(MOVE, json!([steps, kind])).await;
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        cells.extend([
            Cell::One(median),
            Cell::One(times.last().copied().unwrap_or_default()),
        ]);
    }
    let [task, played]: [f64; 2] = page.ask_slowly(PLAY, json!([seconds * 1_000])).await;
    cells.extend([Cell::One(task), Cell::One(played)]);
    Row {
        name: format!("{events} events, {view}"),
        cells,
    }
}

/// Two runs of as many events, of which every `differs`-th one of the second run has another class.
async fn compare(browser: &Browser, events: u64, name: &str, differs: u64) -> Row {
    let class = |nth: u64, of: u64| if nth % of == of / 2 { "Other" } else { "Progress" };
    let mut script = Script::new();
    let mut frames = String::new();
    for nth in 0..events {
        let value = json!({ "done": nth, "note": "as many words as a usual event has" });
        script = script.event(class(nth, u64::MAX), &value);
        let envelope =
            json!({ "value": value, "qualified_name": null, "type": class(nth, differs), "types": null });
        frames.push_str(&format!("id: {nth}\ndata: {envelope}\n\n"));
    }
    let stop =
        json!({ "value": { "result": "fine" }, "qualified_name": null, "type": "StopEvent", "types": null });
    frames.push_str(&format!("id: {events}\ndata: {stop}\n\n"));
    let scripted = ScriptedServer::start(script.completed(&json!("fine"))).await;
    let canned = |content_type, body| Canned {
        status: 200,
        content_type,
        body,
    };
    let other = ScriptedServer::described("other", "completed", "2026-11-20T11:28:10.036927+00:00");
    let other = canned("application/json", other.to_string());
    scripted.say("GET /handlers/other", Some(other));
    scripted.say("GET /events/other", Some(canned("text/event-stream", frames)));
    let server = Server::in_front_of(&scripted.base());
    let page = Page::new(browser, server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_status("completed", READ).await;
    let run = page.run().await.expect("an open run");
    page.open(&format!("?run={}&compare=other", run.handler)).await;
    let state = "return part('compare')?.dataset.state ?? ''";
    until("the comparison", READ, async || {
        let state: String = page.ask(state, json!([])).await;
        if state == "done" { Ok(()) } else { Err(state) }
    })
    .await;
    page.press("Close comparison").await;
    let [task, took, same]: [f64; 3] = page.ask_slowly(COMPARE, json!([])).await;
    Row {
        name: name.to_owned(),
        cells: vec![Cell::One(task), Cell::One(took), Cell::One(same)],
    }
}
