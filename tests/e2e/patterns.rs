//! Filtering events by regular expressions.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Page, Script, ScriptedServer, Server, Stage, until};

use crate::RUN;

on_both!(a_pattern_keeps_matching_events,);

on!(scripted, Embedded:
    a_pattern_stays_in_the_address,
    an_invalid_pattern_is_reported_and_changes_nothing,
    new_events_are_matched_live,
    an_endless_pattern_is_stopped,
    ten_thousand_events_are_matched,
);

/// Presses the button next to the filter and types.
async fn filter_by_pattern(page: &Page<'_>, pattern: &str) {
    let pressed: bool = page
        .ask(
            "return byRole('button', 'Regular expression').ariaPressed === 'true'",
            json!([]),
        )
        .await;
    if !pressed {
        page.press("Regular expression").await;
    }
    page.filter_events(pattern).await;
}

/// Waits until exactly these events have rows.
async fn until_rows(page: &Page<'_>, wanted: &[u64]) {
    until(
        &format!("the rows {wanted:?}"),
        Duration::from_secs(10),
        async || {
            let seen: Vec<u64> = page.rows().await.into_iter().map(|row| row.sequence).collect();
            if seen == wanted {
                Ok(())
            } else {
                Err(format!("{seen:?}"))
            }
        },
    )
    .await;
}

/// Waits until the description of the filter contains this text.
async fn until_described(page: &Page<'_>, words: &str) -> String {
    until(&format!("the words {words:?} at the filter"), Duration::from_secs(10), async || {
        let text: String = page
            .ask(
                "const it = byRole('textbox', 'Filter events');
                return it.ariaInvalid === 'true' ? squeeze(document.getElementById(it.getAttribute('aria-describedby'))?.innerText) : ''",
                json!([]),
            )
            .await;
        if text.contains(words) { Ok(text) } else { Err(text) }
    })
    .await
}

async fn a_pattern_keeps_matching_events(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "30"), ("per_second", "0")])
        .await;
    page.until_run("read to its end", RUN, |run| run.count == 31)
        .await;
    let events = stage.api().events(&handler, false).await;
    let of = |wanted: &[u64]| -> Vec<u64> {
        let done = |done: &u64| events.iter().find(|it| it.value()["done"] == json!(done));
        wanted.iter().filter_map(done).map(|it| it.sequence).collect()
    };
    let wanted = of(&[7, 17, 27]);
    assert_eq!(wanted.len(), 3, "the server reported each step: {events:?}");
    filter_by_pattern(&page, r#""done": ?\d?7\b"#).await;
    until_rows(&page, &wanted).await;
    page.until_text("3 of 31").await;
    // The class name is matched too, case-sensitively.
    page.filter_events("^Stop[A-Z]").await;
    until_rows(&page, &[events.last().expect("an end").sequence]).await;
    page.filter_events("^stop[A-Z]").await;
    page.until_text("No event matches").await;
    page.filter_events("^stop\\D+$").await;
    until_rows(&page, &[events.last().expect("an end").sequence]).await;
    assert_eq!(
        page.run().await.map(|run| run.count),
        Some(31),
        "nothing is counted away"
    );
}

/// Progress events with these notes, as a completed run.
async fn noted(notes: impl IntoIterator<Item = String>) -> (ScriptedServer, Server) {
    let script = notes.into_iter().fold(Script::new(), |script, note| {
        script.event("Note", &json!({ "note": note }))
    });
    let scripted = ScriptedServer::start(script.completed(&json!("fine"))).await;
    let server = Server::in_front_of(&scripted.base());
    (scripted, server)
}

async fn a_pattern_stays_in_the_address(stage: &Stage) {
    let (_scripted, server) = noted(["a1", "b2", "a3"].map(str::to_owned)).await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_run("read to its end", RUN, |run| run.count == 4).await;
    filter_by_pattern(&page, "a[0-9]").await;
    until_rows(&page, &[0, 2]).await;
    page.pick("Filter events by class", "Note").await;
    page.find(
        "the filter in the address",
        "return decodeURIComponent(location.search).includes('filter=class:Note re:a[0-9]') ? document.body : null",
        json!([]),
    )
    .await;
    page.reload().await;
    until_rows(&page, &[0, 2]).await;
    let pressed =
        "return byRole('button', 'Regular expression')?.ariaPressed === 'true' ? document.body : null";
    page.find("the button to be pressed", pressed, json!([])).await;
    // As plain text the same pattern matches nothing.
    page.press("Regular expression").await;
    page.until_text("No event holds this text").await;
}

async fn an_invalid_pattern_is_reported_and_changes_nothing(stage: &Stage) {
    let (_scripted, server) = noted(["a1", "b2", "a3"].map(str::to_owned)).await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_run("read to its end", RUN, |run| run.count == 4).await;
    filter_by_pattern(&page, "a.\"").await;
    until_rows(&page, &[0, 2]).await;
    page.filter_events("a.\"(").await;
    until_described(&page, "Unterminated group").await;
    until_rows(&page, &[0, 2]).await;
    let typed: String = page
        .ask("return byRole('textbox', 'Filter events').value", json!([]))
        .await;
    assert_eq!(typed, "a.\"(", "what was typed stays");
    page.filter_events("b.").await;
    until_rows(&page, &[1]).await;
    let fine = "return byRole('textbox', 'Filter events').ariaInvalid === 'true' ? null : document.body";
    page.find("nothing wrong with it any more", fine, json!([])).await;
}

async fn new_events_are_matched_live(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("endless", &[("per_second", "20")]).await;
    page.until_run("making progress", RUN, |run| run.count >= 3).await;
    filter_by_pattern(&page, "[05]\\b").await;
    let shown = "const it = part('events'); return [Number(it.getAttribute('aria-rowcount')), Number(it.dataset.count)]";
    until("matching rows", RUN, async || {
        let seen: (u64, u64) = page.ask(shown, json!([])).await;
        if seen.0 >= 3 {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    })
    .await;
    let (before, _): (u64, u64) = page.ask(shown, json!([])).await;
    until("more of them", RUN, async || {
        let seen: (u64, u64) = page.ask(shown, json!([])).await;
        if seen.0 > before && seen.0 < seen.1 {
            Ok(())
        } else {
            Err(format!("{seen:?}"))
        }
    })
    .await;
    page.press("Cancel run").await;
}

async fn an_endless_pattern_is_stopped(stage: &Stage) {
    // Each long event fills a batch, so the first has been searched when the last one hangs the engine.
    let notes = [
        format!("ab {}", "-".repeat(300_000)),
        format!("{}!", "a".repeat(300_000)),
    ];
    let (_scripted, server) = noted(notes).await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_run("read to its end", RUN, |run| run.count == 3).await;
    filter_by_pattern(&page, "\"(a+)+(b|$)").await;
    let text = until_described(&page, "takes too long").await;
    assert!(
        text.contains("of 3 events, the 1 before #1 were searched"),
        "{text}"
    );
    until_rows(&page, &[0]).await;
    // The page responds, and another pattern starts a new search.
    page.filter_events("!").await;
    until_rows(&page, &[1]).await;
    page.open_event(1).await;
    let fine = "return byRole('textbox', 'Filter events').ariaInvalid === 'true' ? null : document.body";
    page.find("nothing wrong with it any more", fine, json!([])).await;
}

async fn ten_thousand_events_are_matched(stage: &Stage) {
    let (_scripted, server) = noted((0..10_000).map(|at| format!("number {at} of many"))).await;
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("scripted", &[]).await;
    page.until_run("read to its end", RUN, |run| run.count == 10_001)
        .await;
    filter_by_pattern(&page, "number [0-9]+00 of").await;
    page.until_text("99 of 10 001").await;
    page.scroll_to_top().await;
    assert_eq!(
        page.rows()
            .await
            .iter()
            .take(3)
            .map(|row| row.sequence)
            .collect::<Vec<_>>(),
        [100, 200, 300],
        "in the order of the log"
    );
}
