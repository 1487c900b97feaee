//! Styles: in the page, in shadow roots, and overridden by the page.

use crate::site::Site;
use serde_json::json;
use workflow_tests::{Backend, Look, Stage, run, violations};

#[test]
fn an_element_can_have_a_shadow_root() {
    run(Backend::Embedded, async |stage| in_shadow_roots(stage).await);
}

async fn in_shadow_roots(stage: &Stage) {
    let site = Site::open(stage, "plain/index.html").await;
    site.find("workflow-trigger [data-part=run-button]").await;
    let script = "const sheet = new CSSStyleSheet();
        sheet.replaceSync('workflow-trigger::part(run-button) { border-radius: 9px }');
        document.adoptedStyleSheets.push(sheet);
        document.body.style.setProperty('--wf-accent', 'rgb(1, 2, 3)');
        document.body.style.setProperty('--wf-motion', '0s');
        document.querySelector('#elsewhere').innerHTML =
          '<workflow-trigger shadow workflow=\"greeting\"></workflow-trigger><workflow-trigger shadow workflow=\"interview\"></workflow-trigger>';
        window.them = [...document.querySelectorAll('workflow-trigger[shadow]')];
        return true";
    site.ask::<bool>(script, json!(null)).await;
    let there = "return them.every((it) => it.shadowRoot?.querySelector('[data-part=run-button]'))";
    site.until("both forms", there, json!(null)).await;
    let outside: u64 = site.ask("return them[0].childNodes.length", json!(null)).await;
    assert_eq!(outside, 0, "nothing stands outside of the shadow root");
    let look = "const sheets = them.map((it) => it.shadowRoot.adoptedStyleSheets);
        const button = them[0].shadowRoot.querySelector('[data-part=run-button]');
        return {
          each: sheets.map((list) => list.length > 1 && new Set(list).size === list.length),
          shared: sheets[0].some((sheet) => sheets[1].includes(sheet)),
          document: new Set(document.adoptedStyleSheets).size === document.adoptedStyleSheets.length,
          colour: getComputedStyle(button).backgroundColor,
          corner: getComputedStyle(button).borderRadius,
          display: getComputedStyle(them[0]).display,
        }";
    let seen: serde_json::Value = site.ask(look, json!(null)).await;
    assert_eq!(
        seen,
        json!({
            "each": [true, true], "shared": true, "document": true, "colour": "rgb(1, 2, 3)", "corner": "9px",
            "display": "block",
        }),
        "each sheet once in each root, and the page's own colour and corner"
    );
    // Events inside the shadow root are dispatched outside.
    let start = "const root = them[1].shadowRoot;
        root.querySelector('[data-part=run-button]').click();
        return true";
    site.ask::<bool>(start, json!(null)).await;
    let started = site.until_dispatched("workflow-started").await;
    assert_eq!(started["workflow"], "interview", "{started}");

    // An element that had a shadow root keeps its content there, because its light children would not be shown.
    let back = "const it = them[0];
        it.shadow = false;
        it.remove();
        setTimeout(() => document.querySelector('#elsewhere').append(it), 50);
        return true";
    site.ask::<bool>(back, json!(null)).await;
    let inside = "const [it] = them;
        return it.isConnected && it.childNodes.length === 0
            && it.shadowRoot.querySelector('[data-part=run-button]')?.checkVisibility() === true";
    site.until("its inside again", inside, json!(null)).await;

    // Inside a shadow root of the page, an element without its own root adds its styles there.
    let script = "const host = document.createElement('div');
        host.attachShadow({ mode: 'open' }).innerHTML = '<workflow-runs></workflow-runs>';
        document.querySelector('workflow-provider').append(host);
        window.root = host.shadowRoot;
        return true";
    site.ask::<bool>(script, json!(null)).await;
    let styled = "const list = root.querySelector('workflow-runs');
        return list.querySelector('.wf-runs') && getComputedStyle(list).height === '360px' && root.adoptedStyleSheets.length > 1";
    site.until("the list with its styles", styled, json!(null)).await;
}

#[test]
fn a_page_overrides_styles_and_token() {
    run(Backend::Embedded, async |stage| review(stage).await);
}

async fn review(stage: &Stage) {
    let site = Site::open(stage, "plain/review.html").await;
    site.until(
        "the list",
        "return document.querySelector('.wf-runs')",
        json!(null),
    )
    .await;
    let look = "const run = document.querySelector('workflow-run');
        const frame = run.querySelector('.wf-element__frame');
        const canvas = new OffscreenCanvas(1, 1).getContext('2d');
        canvas.fillStyle = getComputedStyle(frame).backgroundColor;
        canvas.fillRect(0, 0, 1, 1);
        return {
          height: Math.round(run.getBoundingClientRect().height / innerHeight * 100),
          dark: canvas.getImageData(0, 0, 1, 1).data[0] < 80,
        }";
    let seen: serde_json::Value = site.ask(look, json!(null)).await;
    assert_eq!(seen, json!({ "height": 70, "dark": true }), "as theme.css says");
    // Symptom: tokens of `:root` were ignored. Cause: adopted sheets come after the page's own, and had the same specificity.
    let radius =
        "return getComputedStyle(document.querySelector('workflow-run .wf-element__frame')).borderRadius";
    assert_eq!(
        site.ask::<String>(radius, json!(null)).await,
        "2px",
        "as theme.css says of the root"
    );
    // Symptom: the selection kept the default colour. Cause: it was mixed on the root, with the accent of the root.
    let handler = site
        .server
        .api()
        .start("greeting", json!({ "name": "Ada" }))
        .await;
    let selected = "const list = document.querySelector('workflow-runs');
        list.selected = args;
        const row = list.querySelector('[data-part=run-row][aria-current]');
        if (!row) return false;
        const colour = (accent) => {
          const mixed = document.createElement('i');
          mixed.style.backgroundColor = `color-mix(in oklab, ${accent} 14%, var(--wf-surface))`;
          row.parentNode.append(mixed);
          const seen = getComputedStyle(mixed).backgroundColor;
          mixed.remove();
          return seen;
        };
        return getComputedStyle(row).backgroundColor === colour('oklch(0.7 0.15 150)')";
    site.until(
        "the run that is selected, in our own accent",
        selected,
        json!(handler),
    )
    .await;
    let watch = "sessionStorage.setItem('token', 'of-this-tab');
        window.sent = [];
        const plain = window.fetch;
        window.fetch = (request, ...rest) => {
          const { headers } = new Request(request, ...rest);
          sent.push(headers.get('authorization') + ' ' + headers.get('x-team'));
          return plain(request, ...rest);
        };
        document.querySelector('workflow-provider').refresh();
        return true";
    site.ask::<bool>(watch, json!(null)).await;
    site.until(
        "a request with both headers",
        "return sent.includes('Bearer of-this-tab blue')",
        json!(null),
    )
    .await;
}

#[test]
fn every_element_passes_axe() {
    run(Backend::Embedded, async |stage| accessible(stage).await);
}

async fn accessible(stage: &Stage) {
    let site = Site::open(stage, "plain/index.html").await;
    let asking = site.server.api().start("interview", json!({})).await;
    let failed = site.server.api().start("failing", json!({})).await;
    let script = "document.documentElement.style.setProperty('color-scheme', 'light dark');
        // axe-core assumes a white background if the page has none, also in dark themes.
        document.body.style.setProperty('background-color', 'canvas');
        // The page's own buttons are not checked.
        document.querySelectorAll('body > button').forEach((button) => button.remove());
        document.querySelector('#run').handlerId = args[1];
        document.querySelector('#elsewhere').innerHTML = `
          <workflow-prompt handler-id='${args[0]}' shadow></workflow-prompt>
          <workflow-run handler-id='${args[0]}' shadow></workflow-run>
          <workflow-chat workflow='interview' handler-id='${args[0]}'></workflow-chat>
          <workflow-runs></workflow-runs>
          <workflow-trigger workflow='greeting' input='{}' label='Greet'></workflow-trigger>`;
        window.prompt = document.querySelector('workflow-prompt');
        return true";
    site.ask::<bool>(script, json!([asking, failed])).await;
    site.until_dispatched("workflow-failed").await;
    let there = "return prompt.shadowRoot?.querySelector('[data-part=prompt]') !== null
        && document.querySelector('[data-part=run-row]') !== null && document.querySelector('[data-part=failure]') !== null";
    site.until("everything to be shown", there, json!(null)).await;
    for look in Look::ALL {
        look.put_on(&stage.browser).await;
        let wrong = violations(&stage.browser).await;
        assert!(wrong.is_empty(), "{look:?}: {wrong:#?}");
    }
}

#[test]
fn a_list_is_read_only_unless_editable() {
    run(Backend::Embedded, async |stage| editable(stage).await);
}

async fn editable(stage: &Stage) {
    let site = Site::open(stage, "plain/index.html").await;
    let handler = site
        .server
        .api()
        .start("greeting", json!({ "name": "Ada" }))
        .await;
    let script = "document.querySelector('#elsewhere').innerHTML = '<workflow-runs for=run></workflow-runs>';
        window.list = document.querySelector('workflow-runs');
        window.named = (name) => [...list.querySelectorAll('button')].find((it) => it.ariaLabel === name && it.checkVisibility());
        return true";
    site.ask::<bool>(script, json!(null)).await;
    let row = format!("workflow-runs [data-part=run-row][data-handler-id='{handler}']");
    site.press(&row).await;
    let shown = "return document.querySelector('#run [data-part=run]')?.dataset.handlerId === args";
    site.until("the run that was chosen", shown, json!(handler)).await;
    let closed = "const grid = list.querySelector('[role=grid]');
        grid.focus();
        for (const key of ['Delete', ' ']) grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        return !named('Delete runs') && !grid.ariaMultiSelectable && !list.querySelector('dialog[open], [aria-selected=true]')";
    assert!(
        site.ask::<bool>(closed, json!(null)).await,
        "nothing to delete with"
    );
    site.ask::<bool>("return list.editable = true", json!(null)).await;
    site.until("the button", "return named('Delete runs')", json!(null))
        .await;
    site.press("workflow-runs [aria-label='Delete runs']").await;
    let asked = "return list.querySelector('dialog[open]')?.innerText.includes('1 to delete')";
    site.until("the question", asked, json!(null)).await;
    site.press("workflow-runs dialog[open] .wf-button--danger").await;
    let gone = "return !list.querySelector('[data-part=run-row]')";
    site.until("an empty list", gone, json!(null)).await;
}

#[test]
fn a_run_shows_its_timeline_and_its_graph() {
    run(Backend::Embedded, async |stage| views(stage).await);
}

async fn views(stage: &Stage) {
    let site = Site::open(stage, "plain/index.html").await;
    let handler = site.server.api().start("interview", json!({})).await;
    let show = "const run = document.querySelector('#run');
        run.handlerId = args;
        return true";
    site.ask::<bool>(show, json!(handler)).await;
    site.until(
        "the run",
        "return document.querySelector('[data-part=prompt]')",
        json!(null),
    )
    .await;
    for view in ["timeline", "graph"] {
        site.ask::<bool>(
            "document.querySelector('#run').view = args; return true",
            json!(view),
        )
        .await;
        let there = "const pane = document.querySelector(`#run [data-part=${args}]`);
            return pane?.checkVisibility() && pane.innerText.includes('ask_name')";
        site.until(view, there, json!(view)).await;
    }
    let unnamed: Vec<String> = site
        .ask(
            "return [...document.querySelectorAll('[data-part]')].filter((it) => it.getAttribute('part') !== it.dataset.part)
                .map((it) => it.dataset.part)",
            json!(null),
        )
        .await;
    assert!(unnamed.is_empty(), "what a style sheet can't reach: {unnamed:?}");
}
