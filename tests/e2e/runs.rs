//! The list of runs and its actions.

use serde_json::json;
use thirtyfour::{Key, TypingData};
use workflow_tests::{Page, Server, ServerOptions, Stage, devtools};

on_both!(
    a_row_shows_the_duration,
    a_row_counts_open_prompts,
    selected_runs_are_cancelled_together,
    selected_runs_are_deleted_by_the_keyboard,
    the_delete_key_deletes_the_active_run,
);

on!(alone, Embedded: a_row_fits_the_narrowest_pane);

/// A part of a run's row, when it is visible and contains this text.
async fn until_shown(page: &Page<'_>, id: &str, name: &str, words: &str) {
    let script = "const row = parts('run-row').find((it) => it.dataset.handlerId === args[0]);
        const it = row && part(args[1], row);
        return it && shown(it) && [words(it), label(it)].includes(args[2]) ? it : null";
    page.find(
        &format!("{words} in {name} of {id}"),
        script,
        json!([id, name, words]),
    )
    .await;
}

async fn a_row_shows_the_duration(stage: &Stage) {
    let page = stage.page();
    let id = stage
        .api()
        .start("progress", json!({ "steps": 12, "per_second": 10 }))
        .await;
    page.open("").await;
    page.until_listed(&id, "completed").await;
    let handler = stage.api().handler(&id).await;
    let took = "const { started_at, completed_at, updated_at } = args[0];
        const ms = Date.parse(completed_at ?? updated_at) - Date.parse(started_at);
        return ms < 1000 ? `${ms} ms` : `${(Math.floor(ms / 10) / 100).toFixed(2)} s`";
    let took: String = page.ask(took, json!([handler])).await;
    until_shown(&page, &id, "run-duration", &took).await;
}

async fn a_row_counts_open_prompts(stage: &Stage) {
    // A separate server, because runs of other tests have prompts, too.
    let server = Server::start(stage.backend, ServerOptions::default());
    let api = server.api();
    let page = stage.page_at(server.origin());
    let id = api.start("interview", json!({})).await;
    page.open("").await;
    page.until_listed(&id, "waiting").await;
    until_shown(&page, &id, "run-prompts", "1 open prompt").await;
    let ended = api.send("POST", &format!("/handlers/{id}/cancel"), None).await;
    assert_eq!(ended.status, 200, "{ended:?}");
    page.until_listed(&id, "cancelled").await;
    let none = "const row = parts('run-row').find((it) => it.dataset.handlerId === args[0]);
        return row && !shown(part('run-prompts', row)) ? row : null";
    page.find("no prompts of a run that ended", none, json!([id]))
        .await;
}

async fn a_row_fits_the_narrowest_pane(stage: &Stage) {
    // Duration and prompt count were added to a full row.
    let server = Server::start(stage.backend, ServerOptions::default());
    let page = stage.page_at(server.origin());
    let id = server.api().start("interview", json!({})).await;
    page.open("").await;
    page.until_listed(&id, "waiting").await;
    until_shown(&page, &id, "run-prompts", "1 open prompt").await;
    for width in [1440, 1000, 390, 320] {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        devtools(page.browser(), "Emulation.setDeviceMetricsOverride", size).await;
        if width < 760 {
            page.press("Runs").await;
        }
        let fits = "const row = parts('run-row').find((it) => it.dataset.handlerId === args[0]);
            const edge = row?.getBoundingClientRect().right;
            const cells = [...row?.querySelectorAll('[role=gridcell]') ?? []].filter(shown);
            const name = cells.find((it) => words(it) === 'interview')?.getBoundingClientRect().width ?? 0;
            return name >= 24 && cells.every((it) => it.getBoundingClientRect().right <= edge) ? row : null";
        page.find(&format!("a row that fits at {width}"), fits, json!([id]))
            .await;
    }
}

/// Starts runs with these ids and lists only them, because other tests have runs at the same server.
async fn listed(stage: &Stage, page: &Page<'_>, workflow: &str, ids: [&str; 3], status: &str) {
    for id in ids {
        let body = json!({ "start_event": { "name": "Ada" }, "handler_id": id }).to_string();
        let started = stage
            .api()
            .send("POST", &format!("/workflows/{workflow}/run-nowait"), Some(&body))
            .await;
        assert_eq!(started.status, 200, "{started:?}");
    }
    page.open("").await;
    let prefix = ids[0].trim_end_matches('1');
    page.type_in("Filter runs by text", prefix).await;
    for id in ids {
        page.until_listed(id, status).await;
    }
    page.find(
        "these runs alone",
        "return parts('run-row').filter(shown).every((it) => it.dataset.handlerId.startsWith(args[0])) ? document.body : null",
        json!([prefix]),
    )
    .await;
}

/// Clicks the checkbox of a run.
async fn tick(page: &Page<'_>, id: &str) {
    let script = "const row = parts('run-row').find((it) => it.dataset.handlerId === args[0]); return part('run-tick', row)";
    page.click(&format!("the box of {id}"), script, json!([id])).await;
}

async fn until_selected(page: &Page<'_>, ids: &[&str]) {
    let script = "const selected = parts('run-row').filter((it) => shown(it) && it.ariaSelected === 'true');
        return JSON.stringify(selected.map((it) => it.dataset.handlerId).sort()) === JSON.stringify(args[0]) ? document.body : null";
    page.find(&format!("{ids:?} to be selected"), script, json!([ids]))
        .await;
}

/// Presses a key in the list.
async fn keys(page: &Page<'_>, keys: impl Into<TypingData>) {
    let list = page.find("the list", "return part('runs')", json!([])).await;
    list.send_keys(keys).await.expect("keys");
}

/// The active run of the list.
async fn stands_on(page: &Page<'_>) -> String {
    page.ask(
        "return document.getElementById(part('runs').getAttribute('aria-activedescendant'))?.dataset.handlerId ?? ''",
        json!([]),
    )
    .await
}

async fn selected_runs_are_cancelled_together(stage: &Stage) {
    let page = stage.page();
    let ids = ["halt-1", "halt-2", "halt-3"];
    listed(stage, &page, "endless", ids, "running").await;
    tick(&page, "halt-1").await;
    tick(&page, "halt-3").await;
    until_selected(&page, &["halt-1", "halt-3"]).await;
    assert!(page.run().await.is_none(), "a box opens no run");
    page.press("Cancel selected runs").await;
    page.press("Cancel runs").await;
    page.until_listed("halt-1", "cancelled").await;
    page.until_listed("halt-3", "cancelled").await;
    until_selected(&page, &[]).await;
    page.until_listed("halt-2", "running").await;
    let cancelled = stage.api().send("POST", "/handlers/halt-2/cancel", None).await;
    assert_eq!(cancelled.status, 200, "nobody had cancelled it: {cancelled:?}");
}

async fn selected_runs_are_deleted_by_the_keyboard(stage: &Stage) {
    let page = stage.page();
    let ids = ["sweep-1", "sweep-2", "sweep-3"];
    listed(stage, &page, "greeting", ids, "completed").await;
    keys(&page, Key::Home + " ").await;
    keys(&page, Key::Down + " ").await;
    // Newest first.
    until_selected(&page, &["sweep-2", "sweep-3"]).await;
    keys(&page, Key::Escape).await;
    until_selected(&page, &[]).await;
    keys(&page, Key::Home + " ").await;
    keys(&page, Key::Down + Key::Down + " ").await;
    until_selected(&page, &["sweep-1", "sweep-3"]).await;
    keys(&page, Key::Delete).await;
    page.press("Delete runs").await;
    page.until_not_listed("sweep-1").await;
    page.until_not_listed("sweep-3").await;
    let kept = stage.api().send("GET", "/handlers/sweep-2", None).await;
    assert_eq!(kept.status, 200, "{kept:?}");
}

async fn the_delete_key_deletes_the_active_run(stage: &Stage) {
    let page = stage.page();
    let ids = ["single-1", "single-2", "single-3"];
    listed(stage, &page, "greeting", ids, "completed").await;
    keys(&page, Key::Home + Key::Down).await;
    assert_eq!(stands_on(&page).await, "single-2");
    keys(&page, Key::Delete).await;
    page.press("Keep them").await;
    page.until_listed("single-2", "completed").await;
    keys(&page, Key::Delete).await;
    page.press("Delete runs").await;
    page.until_not_listed("single-2").await;
    for id in ["single-1", "single-3"] {
        let kept = stage.api().send("GET", &format!("/handlers/{id}"), None).await;
        assert_eq!(kept.status, 200, "{kept:?}");
    }
    let gone = stage.api().send("GET", "/handlers/single-2", None).await;
    assert_eq!(gone.status, 404, "{gone:?}");
}
