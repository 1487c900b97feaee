//! Every view passes axe-core in both themes, on a wide and on the narrowest screen. Nothing but tables and pictures scrolls sideways.

use serde_json::json;
use thirtyfour::Key;
use workflow_tests::{Look, Page, Server, ServerOptions, Stage, devtools, violations};

use crate::RUN;
use crate::interview::NAME;

on!(embedded, Embedded:
    an_empty_page,
    the_start_form,
    a_form_with_mistakes,
    the_runs,
    the_events,
    the_timeline,
    the_graph,
    a_replay,
    the_result,
    the_wire,
    the_menu_of_files,
    a_comparison,
    an_invalid_pattern,
    a_prompt,
    the_send_dialog,
    a_failed_run,
    the_panel_of_the_server,
    the_palette,
    the_sheet_of_shortcuts,
    a_server_that_is_down,
    the_consent_for_another_server,
    reduced_motion_stops_all_motion,
    forced_colours_keep_everything_visible,
);

/// Checks the page in every theme and size, and reports all violations together. On a narrow screen the panel of this name is shown first.
async fn look_at(page: &Page<'_>, panel: &str) {
    let mut wrong = Vec::new();
    for look in Look::ALL {
        look.put_on(page.browser()).await;
        if look.width < 800 && !panel.is_empty() {
            page.press(panel).await;
        }
        let found = violations(page.browser()).await;
        wrong.extend(found.into_iter().map(|it| format!("{look:?}: {it}")));
        let sideways: Vec<String> = page.ask(SIDEWAYS, json!([])).await;
        if look.width < 800 {
            wrong.extend(
                sideways
                    .into_iter()
                    .map(|it| format!("{look:?}: scrolls sideways: {it}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Elements that must be scrolled sideways, except pictures and preformatted texts.
const SIDEWAYS: &str = "
    const free = '[data-part=graph-picture], [data-part=timeline-chart], pre, pre *, textarea, input, select';
    const scrolls = (it) => it.scrollWidth > it.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(it).overflowX);
    const page = document.documentElement;
    return [...(page.scrollWidth > innerWidth ? [page] : []), ...document.body.querySelectorAll('*')]
      .filter((it) => shown(it) && (it === page || scrolls(it)) && !it.matches(free))
      .map((it) => `${it.outerHTML.slice(0, 120)} ${it.scrollWidth} > ${it.clientWidth}`)";

/// A page with a completed run of this workflow.
async fn ended<'a>(stage: &'a Stage, workflow: &str, values: &[(&str, &str)], status: &str) -> Page<'a> {
    let page = stage.page();
    page.open("").await;
    page.start(workflow, values).await;
    page.until_status(status, RUN).await;
    page
}

async fn an_empty_page(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.until_health("ok").await;
    look_at(&page, "").await;
    look_at(&page, "Runs").await;
}

async fn the_start_form(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("rich_form").await;
    look_at(&page, "Start").await;
}

async fn a_form_with_mistakes(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.choose_workflow("greeting").await;
    page.fill("count", "99").await;
    page.press_run().await;
    page.until_form_says("At most 10").await;
    look_at(&page, "Start").await;
    page.fill_json("{\"name\": ").await;
    page.press_run().await;
    page.until_form_says("line 1").await;
    look_at(&page, "Start").await;
}

async fn the_runs(stage: &Stage) {
    for workflow in ["failing", "timeout", "endless", "interview"] {
        stage.api().start(workflow, json!({})).await;
    }
    let page = ended(stage, "greeting", &[("name", "Ada")], "completed").await;
    let listed = "return parts('run-row').length >= 5 ? part('runs') : null";
    page.find("the runs", listed, json!([])).await;
    look_at(&page, "Runs").await;
}

async fn the_events(stage: &Stage) {
    let page = ended(stage, "odd_events", &[], "completed").await;
    page.switch("Show internal events").await;
    look_at(&page, "Run").await;
    Look::ALL[0].put_on(&stage.browser).await;
    page.open_event(2).await;
    look_at(&page, "").await;
}

async fn the_timeline(stage: &Stage) {
    let page = ended(
        stage,
        "fan_out",
        &[("pieces", "3"), ("seconds", "0.1")],
        "completed",
    )
    .await;
    page.view("Timeline").await;
    page.find("its turns", "return part('step-run')", json!([])).await;
    look_at(&page, "Run").await;
}

async fn the_graph(stage: &Stage) {
    let page = ended(
        stage,
        "fan_out",
        &[("pieces", "3"), ("seconds", "0.1")],
        "completed",
    )
    .await;
    page.view("Graph").await;
    let event = "return parts('graph-node').find((it) => it.dataset.node === 'Work')";
    page.click("an event", event, json!([])).await;
    page.find("the node", "return part('node')", json!([])).await;
    look_at(&page, "Run").await;
}

async fn a_replay(stage: &Stage) {
    let page = ended(
        stage,
        "fan_out",
        &[("pieces", "3"), ("seconds", "0.1")],
        "completed",
    )
    .await;
    page.press("Replay").await;
    page.until_replay("the end", |replay| replay.text.starts_with("completed"))
        .await;
    page.replay_keys(",,,,,,").await;
    for view in ["Events", "Timeline", "Graph", "Log"] {
        Look::ALL[0].put_on(&stage.browser).await;
        page.view(view).await;
        look_at(&page, "Run").await;
    }
}

async fn the_result(stage: &Stage) {
    let page = ended(stage, "greeting", &[("name", "Ada")], "completed").await;
    page.view("Result").await;
    look_at(&page, "Run").await;
}

async fn the_wire(stage: &Stage) {
    let page = ended(stage, "greeting", &[("name", "Ada")], "completed").await;
    page.view("Wire").await;
    look_at(&page, "Run").await;
}

async fn the_menu_of_files(stage: &Stage) {
    let page = ended(stage, "greeting", &[("name", "Ada")], "completed").await;
    // The menu closes when another panel is shown, so it is checked separately on a narrow screen.
    page.press("Save").await;
    page.find(
        "the menu",
        "return document.querySelector('[data-part=menu]:popover-open')",
        json!([]),
    )
    .await;
    look_at(&page, "").await;
}

async fn a_comparison(stage: &Stage) {
    let mut runs = Vec::new();
    for name in ["Ada", "Grace"] {
        let handler = stage.api().start("greeting", json!({ "name": name })).await;
        stage.api().until_status(&handler, "completed", RUN).await;
        runs.push(handler);
    }
    let page = stage.page();
    page.open(&format!("?run={}&compare={}", runs[0], runs[1])).await;
    for tab in ["Events", "Steps", "Input and result"] {
        page.find(
            "the comparison",
            "return part('compare')?.dataset.state === 'done' ? document.body : null",
            json!([]),
        )
        .await;
        page.click(tab, "return byRole('tab', args[0])", json!([tab]))
            .await;
        look_at(&page, "Run").await;
    }
}

async fn an_invalid_pattern(stage: &Stage) {
    let page = ended(stage, "greeting", &[("name", "Ada")], "completed").await;
    page.press("Regular expression").await;
    page.filter_events("(").await;
    let check = "return byRole('textbox', 'Filter events').ariaInvalid === 'true' ? document.body : null";
    page.find("what is wrong with it", check, json!([])).await;
    look_at(&page, "Run").await;
}

async fn a_prompt(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    look_at(&page, "Run").await;
    Look::ALL[2].put_on(&stage.browser).await;
    let button = "return [...document.querySelectorAll('nav button')].filter(shown).find((it) => words(it).startsWith('Prompts'))";
    page.click("the button of the prompts", button, json!([])).await;
    look_at(&page, "").await;
}

async fn the_send_dialog(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.start("interview", &[]).await;
    page.until_prompt(NAME).await;
    page.press("Send event").await;
    page.type_in("Event class", "HumanResponseEvent").await;
    page.type_in("Response", "Ada").await;
    page.press("Send").await;
    page.until_sent("HumanResponseEvent", &["sent", "taken"]).await;
    look_at(&page, "").await;
}

async fn a_failed_run(stage: &Stage) {
    let page = ended(stage, "failing", &[], "failed").await;
    page.failure().await;
    look_at(&page, "Run").await;
}

async fn the_panel_of_the_server(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    let chip = "return part('server').querySelector('button[popovertarget]')";
    page.click("the server's button", chip, json!([])).await;
    look_at(&page, "").await;
}

async fn the_palette(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.until_health("ok").await;
    page.press("Commands").await;
    page.type_in("Command", "start").await;
    look_at(&page, "").await;
}

async fn the_sheet_of_shortcuts(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    page.keys("?").await;
    let open = "return document.querySelector('dialog[open]')";
    page.find("the sheet", open, json!([])).await;
    look_at(&page, "").await;
}

async fn a_server_that_is_down(stage: &Stage) {
    let server = Server::start(stage.backend, ServerOptions::default());
    let page = stage.page_at(server.origin());
    page.open("").await;
    page.start("endless", &[]).await;
    page.until_run("making progress", RUN, |run| run.count >= 3).await;
    server.kill();
    page.until_health("down").await;
    look_at(&page, "Run").await;
}

async fn the_consent_for_another_server(stage: &Stage) {
    let page = stage.page();
    page.open_unready("?api=http://127.0.0.1:1").await;
    page.until_text("Nothing was sent there yet").await;
    look_at(&page, "").await;
}

async fn reduced_motion_stops_all_motion(stage: &Stage) {
    Look::ALL[0].put_on(&stage.browser).await;
    let page = stage.page();
    page.open("").await;
    page.start("endless", &[("per_second", "20")]).await;
    page.until_run("making progress", RUN, |run| run.count >= 5).await;
    for view in ["Timeline", "Graph", "Events"] {
        page.view(view).await;
        page.keys(Key::Tab).await;
        let moving: Vec<String> = page
            .ask(
                "return document.getAnimations().filter((it) => it.playState === 'running' && it.effect.getComputedTiming().duration > 0)
                    .map((it) => `${it.animationName ?? it.transitionProperty} of ${it.effect.target.outerHTML.slice(0, 100)}`)",
                json!([]),
            )
            .await;
        assert_eq!(moving, Vec::<String>::new(), "{view} while a run goes on");
    }
    page.press("Cancel run").await;
}

async fn forced_colours_keep_everything_visible(stage: &Stage) {
    let features = json!({ "features": [{ "name": "forced-colors", "value": "active" }] });
    devtools(&stage.browser, "Emulation.setEmulatedMedia", features).await;
    let page = ended(
        stage,
        "fan_out",
        &[("pieces", "3"), ("seconds", "0.1")],
        "completed",
    )
    .await;
    page.view("Timeline").await;
    page.find("its turns", "return part('step-run')", json!([])).await;
    // There, a background is not drawn unless the element keeps its colour explicitly.
    let unseen = "const ground = getComputedStyle(document.body).backgroundColor;
        return parts('timeline-bar').filter(shown).filter((it) => {
          const { backgroundColor, borderTopWidth, borderTopStyle } = getComputedStyle(it);
          return backgroundColor === ground && (borderTopStyle === 'none' || borderTopWidth === '0px');
        }).length";
    assert_eq!(page.ask::<u64>(unseen, json!([])).await, 0, "bars of the chart");
    let check = "const of = (name) => { const it = getComputedStyle(byRole('tab', name));
          const after = getComputedStyle(byRole('tab', name), '::after');
          return ['color', 'backgroundColor', 'borderBottomColor', 'borderBottomStyle', 'textDecorationLine'].map((it2) => it[it2])
            .concat(['backgroundColor', 'content', 'borderBottomColor'].map((it2) => after[it2])).join(' '); };
        return of('Timeline') !== of('Graph')";
    assert!(
        page.ask::<bool>(check, json!([])).await,
        "the shown tab looks other than the others"
    );
}
