//! A run saved as files.

use serde_json::{Value, json};
use thirtyfour::Key;
use workflow_tests::{Page, Stage};

use crate::RUN;

on_both!(every_saved_file_is_readable);

on!(alone, Embedded:
    the_menu_works_by_keyboard,
    no_file_holds_a_token,
);

/// Records the files that the browser would save: name, type and size, and text.
pub(crate) const CATCH: &str = "
    window.saved = [];
    const blobs = new Map();
    const create = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => { const address = create(blob); blobs.set(address, blob); return address; };
    HTMLAnchorElement.prototype.click = function () {
        const blob = blobs.get(this.href);
        blob.text().then((text) => window.saved.push({ name: this.download, type: blob.type, size: blob.size, text }));
    };
    return true";

/// Chooses an entry of the menu, and returns the saved file: name and text.
pub(crate) async fn save(page: &Page<'_>, key: &str) -> (String, String) {
    page.ask::<bool>("window.saved.length = 0; return true", json!([]))
        .await;
    page.press("Save").await;
    let entry = "const it = document.querySelector(`[data-part=menu]:popover-open [data-key=${args[0]}]`);
        return it && it.ariaDisabled !== 'true' ? it : null";
    page.click(&format!("the entry {key}"), entry, json!([key])).await;
    page.find(
        &format!("the file of {key}"),
        "return window.saved.length ? document.body : null",
        json!([]),
    )
    .await;
    page.ask("return [window.saved[0].name, window.saved[0].text]", json!([]))
        .await
}

/// A page with a completed run of this workflow, which records saved files.
async fn ended<'a>(stage: &'a Stage, workflow: &str, values: &[(&str, &str)]) -> (Page<'a>, String) {
    let page = stage.page();
    page.open("").await;
    let handler = page.start(workflow, values).await;
    page.until_status("completed", RUN).await;
    assert!(page.ask::<bool>(CATCH, json!([])).await);
    (page, handler)
}

async fn every_saved_file_is_readable(stage: &Stage) {
    let (page, handler) = ended(stage, "fan_out", &[("pieces", "3"), ("seconds", "0.1")]).await;
    let events = stage.api().events(&handler, true).await;
    let (name, lines) = save(&page, "events-ndjson").await;
    assert_eq!(name, format!("fan_out-{handler}-events.ndjson"));
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), events.len(), "internal events, too");
    for (line, event) in lines.iter().zip(&events) {
        assert_eq!(
            (line["type"].as_str(), &line["value"]),
            (Some(event.class()), event.value())
        );
    }
    let (_, table) = save(&page, "events-csv").await;
    assert!(
        table.starts_with("sequence,type,seen,internal,bytes,value"),
        "{table}"
    );
    assert_eq!(table.matches("\r\n").count(), events.len() + 1);
    let (_, trace) = save(&page, "timeline-trace").await;
    let trace: Value = serde_json::from_str(&trace).expect("JSON");
    let slices = trace["traceEvents"].as_array().expect("events");
    assert!(
        slices.iter().filter(|event| event["ph"] == "X").count() >= 5,
        "{trace}"
    );
    for key in ["graph", "path"] {
        let (name, svg) = save(&page, &format!("{key}-svg")).await;
        assert!(name.ends_with(".svg") && svg.contains("</svg>"), "{name}: {svg}");
        let (_, text) = save(&page, &format!("{key}-mermaid")).await;
        assert!(text.starts_with("flowchart LR\n"), "{text}");
        let (_, html) = save(&page, &format!("{key}-html")).await;
        assert!(html.contains("<svg") && !html.contains("<script"), "{html}");
        let (name, _) = save(&page, &format!("{key}-png")).await;
        assert!(name.ends_with(".png"), "{name}");
        let size: u64 = page.ask("return window.saved[0].size", json!([])).await;
        assert!(size > 1_000, "{size} bytes of a picture");
    }
    let (_, result) = save(&page, "result-json").await;
    assert!(
        page.result().await.contains(result.trim().trim_matches('"')),
        "{result}"
    );
    page.until_text("Save").await;
}

async fn the_menu_works_by_keyboard(stage: &Stage) {
    let (page, _) = ended(stage, "greeting", &[("name", "Ada")]).await;
    let focused = async || {
        page.ask::<String>(
            "return document.activeElement.dataset.key ?? document.activeElement.textContent.trim()",
            json!([]),
        )
        .await
    };
    let until_focused = async |wanted: &str| {
        page.find(wanted, "const it = document.activeElement; return (it.dataset.key ?? it.textContent.trim()) === args[0] ? it : null", json!([wanted])).await;
    };
    page.ask::<bool>("byRole('button', 'Save').focus(); return true", json!([]))
        .await;
    page.keys(Key::Enter.value().to_string()).await;
    until_focused("events-ndjson").await;
    page.keys(Key::Down.value().to_string()).await;
    assert_eq!(focused().await, "events-csv");
    page.keys(Key::End.value().to_string()).await;
    assert_eq!(focused().await, "code-rust");
    page.keys("g").await;
    assert_eq!(focused().await, "graph-svg");
    page.keys(Key::Escape.value().to_string()).await;
    until_focused("Save").await;
    page.keys(Key::Down.value().to_string()).await;
    until_focused("events-ndjson").await;
    page.keys(Key::Enter.value().to_string()).await;
    page.find(
        "the file",
        "return window.saved.length ? document.body : null",
        json!([]),
    )
    .await;
    until_focused("Save").await;
    page.find(
        "the word that it was saved",
        "return part('saved')?.textContent.startsWith('Saved ') ? document.body : null",
        json!([]),
    )
    .await;
}

async fn no_file_holds_a_token(stage: &Stage) {
    let (page, _) = ended(stage, "greeting", &[("name", "O'Hara")]).await;
    page.click(
        "the server's panel",
        "return part('server').querySelector('button')",
        json!([]),
    )
    .await;
    page.type_in("Token", "s3cret-t0ken").await;
    page.press("Connect").await;
    page.until_run("the same after connecting", RUN, |run| run.connection == "closed")
        .await;
    for key in [
        "events-ndjson",
        "graph-html",
        "code-curl",
        "code-python",
        "code-rust",
    ] {
        let (name, text) = save(&page, key).await;
        assert!(!text.contains("s3cret"), "{name}: {text}");
        if key.starts_with("code-") {
            assert!(
                text.contains("Hara") && text.contains("greeting"),
                "the start of the run: {text}"
            );
        }
    }
}
