//! Looks: in the page, in shadow roots, and as the page wants them.

use crate::site::Site;
use serde_json::json;
use workflow_tests::{Backend, Stage, run};

#[test]
fn an_element_keeps_its_inside_to_itself_when_asked() {
    run(Backend::Embedded, async |stage| in_shadow_roots(stage).await);
}

async fn in_shadow_roots(stage: &Stage) {
    let site = Site::open(stage, "plain/index.html").await;
    site.find("workflow-trigger [data-part=run-button]").await;
    let script = "document.body.style.setProperty('--wf-accent', 'rgb(1, 2, 3)');
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
          display: getComputedStyle(them[0]).display,
        }";
    let seen: serde_json::Value = site.ask(look, json!(null)).await;
    assert_eq!(
        seen,
        json!({
            "each": [true, true], "shared": true, "document": true, "colour": "rgb(1, 2, 3)", "display": "block",
        }),
        "each sheet once in each root, and the page's own colour"
    );
    // What happens inside is told outside.
    let start = "const root = them[1].shadowRoot;
        root.querySelector('[data-part=run-button]').click();
        return true";
    site.ask::<bool>(start, json!(null)).await;
    let started = site.until_told("workflow-started").await;
    assert_eq!(started["workflow"], "interview", "{started}");

    // In a shadow root of the page, an element that has none of its own brings its styles there.
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
fn a_page_has_its_own_looks_and_its_own_token() {
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
