//! A token is stored only in memory and in the tab's session storage.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Backend, BrowserOptions, Server, ServerOptions, Stage, devtools, run_with, until};

use crate::RUN;
use crate::elsewhere::connect;

/// Six digits: they can be found from a fast hash in milliseconds.
const TOKEN: &str = "493817";

/// Records the names of all channels of the page.
const CHANNELS: &str = "
    window.channelNames = [];
    const Own = window.BroadcastChannel;
    window.BroadcastChannel = class extends Own {
        constructor(name) { super(name); channelNames.push(name); }
    };";

/// All texts that outlive the page or that other tabs can read.
const KEPT: &str = "
    const texts = [...Object.entries({ ...localStorage }).flat(), document.cookie, location.href, ...channelNames];
    const locks = await navigator.locks.query();
    texts.push(...[...locks.held, ...locks.pending].map((lock) => lock.name));
    texts.push(...(await indexedDB.databases()).map((it) => it.name), ...(await caches.keys()));
    return texts;";

#[test]
fn stored_and_shared_data_contains_no_token_or_fast_hash() {
    run_with(
        Backend::Embedded,
        Duration::from_secs(60),
        BrowserOptions::default(),
        nothing_holds_the_token,
    );
}

/// The name that tabs used before to share their streams: a fast hash of address, credentials and token.
fn fast_hash(parts: [&str; 3]) -> String {
    let hash = |basis: u64| {
        parts.join("\0").bytes().fold(basis, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    };
    let (first, second) = (hash(0xcbf2_9ce4_8422_2325), hash(0x6c62_272e_07bb_0142));
    format!("{first} {second} {first:x} {second:x}")
}

// Symptom: a token of six digits was found in 8 ms from the name of a lock.
// Cause: the name was a fast hash of the server's address and the token.
async fn nothing_holds_the_token(stage: &Stage) {
    let server = Server::start(Backend::Embedded, ServerOptions::default());
    let page = stage.page_at(server.origin());
    let driver = page.browser().driver();
    let id = server.api().start("interview", json!({})).await;
    let script = json!({ "source": CHANNELS });
    devtools(
        &stage.browser,
        "Page.addScriptToEvaluateOnNewDocument",
        script.clone(),
    )
    .await;
    let first = driver.window().await.expect("a tab");
    let mut tabs = vec![first.clone()];
    for (tab, token) in [TOKEN, TOKEN, "another token"].into_iter().enumerate() {
        if tab > 0 {
            tabs.push(driver.new_tab().await.expect("a further tab"));
            driver.switch_to_window(tabs[tab].clone()).await.expect("it");
            devtools(
                &stage.browser,
                "Page.addScriptToEvaluateOnNewDocument",
                script.clone(),
            )
            .await;
        }
        page.open("").await;
        connect(&page, "", token).await;
        page.open(&format!("?run={id}")).await;
        page.until_run("live", RUN, |run| run.connection == "live").await;
        // Tabs with the same token wait for one lock; the tab with another token has another name.
        let leads = "const locks = await navigator.locks.query();
            const names = [...locks.held, ...locks.pending].map((lock) => lock.name).filter((name) => name.endsWith('-leads'));
            return [names.length, new Set(names).size];";
        let expected = (tab + 1, if tab == 2 { 2 } else { 1 });
        until("tabs of one token to find each other", RUN, async || {
            match page.ask_slowly::<(usize, usize)>(leads, json!([])).await {
                found if found == expected => Ok(()),
                found => Err(format!("{found:?} instead of {expected:?}")),
            }
        })
        .await;
        if tab < 2 {
            check(&page, &server.origin()).await;
        }
    }
    for tab in tabs.into_iter().skip(1) {
        driver.switch_to_window(tab).await.expect("a tab");
        driver.close_window().await.expect("it closes");
    }
    driver.switch_to_window(first).await.expect("the first tab");
}

async fn check(page: &workflow_tests::Page<'_>, origin: &str) {
    let texts: Vec<String> = page.ask_slowly(KEPT, json!([])).await;
    assert!(
        texts.iter().any(|text| text.ends_with("-leads")),
        "the locks of the tabs are among them: {texts:?}"
    );
    assert!(
        texts.iter().any(|text| text == "workflow-tabs.salt.1"),
        "and the salt: {texts:?}"
    );
    let kept = texts.join("\n");
    assert!(!kept.contains(TOKEN), "the token itself: {kept}");
    let root = format!("{origin}/");
    for parts in [
        [root.as_str(), "SameOrigin", TOKEN],
        [origin, "SameOrigin", TOKEN],
        ["", "", TOKEN],
    ] {
        for word in fast_hash(parts).split(' ') {
            assert!(!kept.contains(word), "a fast hash of {parts:?}: {kept}");
        }
    }
    let digests = "
        const hashes = [];
        for (const text of args) for (const kind of ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']) {
            const bytes = new Uint8Array(await crypto.subtle.digest(kind, new TextEncoder().encode(text)));
            hashes.push(bytes.slice(0, 8).reduce((hex, byte) => hex + byte.toString(16).padStart(2, '0'), ''));
        }
        return hashes;";
    let about = |origin: &str| [origin, "SameOrigin", TOKEN].join("\0");
    let digests: Vec<String> = page
        .ask_slowly(digests, json!([TOKEN, about(origin), about(&root)]))
        .await;
    for digest in digests {
        assert!(!kept.contains(&digest), "a digest of the token: {kept}");
    }
}
