//! The live events, and the details of one event.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Stage, until};

use crate::RUN;

on_both!(
    progress_is_shown_live,
    every_event_of_a_long_run_has_a_row,
    one_event_shows_its_payload,
    internal_events_are_shown_on_request,
    the_filter_keeps_matching_events,
    the_newest_event_is_in_view,
    new_events_do_not_move_the_scroll_position,
    odd_events_break_nothing,
);

async fn progress_is_shown_live(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "30"), ("per_second", "10")])
        .await;
    let mut counts = Vec::new();
    until("the end of the run", RUN, async || match page.run().await {
        Some(run) if run.status == "running" => {
            if run.count > 0 && counts.last() != Some(&run.count) {
                counts.push(run.count);
            }
            Err(format!("{run:?}"))
        }
        Some(run) if run.status == "completed" => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    assert!(
        counts.len() >= 5,
        "the count grew while the run went on: {counts:?}"
    );
    assert!(counts.is_sorted(), "the count never goes back: {counts:?}");
    let sequences = stage.api().public_sequences(&handler).await;
    let run = page
        .until_run("read to its end", RUN, |run| run.count == sequences.len() as u64)
        .await;
    assert_eq!(run.status, "completed", "all of it came");
}

async fn every_event_of_a_long_run_has_a_row(stage: &Stage) {
    let handler = stage
        .api()
        .start("progress", json!({ "steps": 500, "per_second": 0 }))
        .await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}")).await;
    page.until_status("completed", RUN).await;
    let sequences = stage.api().public_sequences(&handler).await;
    page.until_run("read to its end", RUN, |run| run.count == sequences.len() as u64)
        .await;
    assert_eq!(
        page.all_sequences().await,
        sequences,
        "nothing lost, nothing doubled, oldest first"
    );
    let rendered = page.rows().await.len();
    assert!(
        rendered < 150,
        "the document does not grow with the run: {rendered} rows are rendered"
    );
}

async fn one_event_shows_its_payload(stage: &Stage) {
    let handler = stage
        .api()
        .start("progress", json!({ "steps": 60, "per_second": 0 }))
        .await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}")).await;
    let events = stage.api().events(&handler, false).await;
    page.until_run("read to its end", RUN, |run| run.count == events.len() as u64)
        .await;
    let chosen = &events[40];
    page.open_event(chosen.sequence).await;
    let text = page.event_text().await;
    for (name, value) in chosen.value().as_object().expect("fields") {
        assert!(text.contains(name.as_str()), "the field {name} is shown: {text}");
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert!(
            text.contains(&value),
            "the value {value} of {name} is shown: {text}"
        );
    }
    let row = page
        .rows()
        .await
        .into_iter()
        .find(|row| row.sequence == chosen.sequence)
        .expect("its row");
    assert_eq!(row.class, chosen.class(), "the row shows the class");
    assert!(row.text.contains(chosen.class()), "and shows it: {}", row.text);
    assert!(
        page.address()
            .await
            .contains(&format!("event={}", chosen.sequence)),
        "the address holds the open event"
    );
}

async fn internal_events_are_shown_on_request(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "5"), ("per_second", "0")])
        .await;
    let run = page
        .until_run("read to its end", RUN, |run| run.connection == "closed")
        .await;
    page.switch("Show internal events").await;
    let all: Vec<u64> = stage
        .api()
        .events(&handler, true)
        .await
        .iter()
        .map(|event| event.sequence)
        .collect();
    page.until_grid_count(all.len() as u64).await;
    assert_eq!(page.all_sequences().await, all, "every event has a row now");
    assert_eq!(
        page.run().await.map(|run| run.count),
        Some(run.count),
        "the run's count is of public events still"
    );
    page.switch("Show internal events").await;
    page.until_grid_count(run.count).await;
}

async fn the_filter_keeps_matching_events(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("progress", &[("steps", "12"), ("per_second", "0")])
        .await;
    page.until_run("read to its end", RUN, |run| {
        run.connection == "closed" && run.count == 13
    })
    .await;
    page.filter_events("StopEvent").await;
    until("one row to be left", Duration::from_secs(10), async || {
        let classes: Vec<String> = page.rows().await.into_iter().map(|row| row.class).collect();
        if classes == ["StopEvent"] {
            Ok(())
        } else {
            Err(format!("{classes:?}"))
        }
    })
    .await;
    assert_eq!(
        page.run().await.map(|run| run.count),
        Some(13),
        "a filter hides rows, it counts none away"
    );
}

async fn the_newest_event_is_in_view(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let handler = page
        .start("progress", &[("steps", "120"), ("per_second", "60")])
        .await;
    page.until_status("completed", RUN).await;
    let last = stage
        .api()
        .public_sequences(&handler)
        .await
        .pop()
        .expect("an end");
    page.until_in_view(last).await;
}

async fn new_events_do_not_move_the_scroll_position(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("progress", &[("steps", "200"), ("per_second", "40")])
        .await;
    page.until_run("longer than the view", RUN, |run| run.count >= 60)
        .await;
    page.scroll_to_top().await;
    let before = page.run().await.expect("the run");
    let first = page.rows().await.first().map(|row| row.sequence).expect("a row");
    page.until_run("going on", RUN, |run| run.count > before.count + 15)
        .await;
    page.until_in_view(first).await;
    assert_eq!(
        page.rows().await.first().map(|row| row.sequence),
        Some(first),
        "the first row is still the first"
    );
}

async fn odd_events_break_nothing(stage: &Stage) {
    let handler = stage
        .api()
        .start("odd_events", json!({ "big_bytes": 1_000_000 }))
        .await;
    stage.api().until_status(&handler, "completed", RUN).await;
    let page = stage.page();
    page.open(&format!("?run={handler}")).await;
    page.until_status("completed", RUN).await;
    let events = stage.api().events(&handler, false).await;
    page.until_run("read to its end", RUN, |run| run.count == events.len() as u64)
        .await;
    for event in &events {
        page.open_event(event.sequence).await;
    }
    assert_eq!(page.all_sequences().await.len(), events.len(), "each has a row");
    assert!(
        page.result().await.contains("9007199254740993"),
        "integers are kept to the digit: {}",
        page.result().await
    );
}
