//! More tabs than a browser opens connections to one origin.

use std::time::Duration;

use serde_json::json;
use workflow_tests::{Stage, until};

use crate::RUN;
use crate::interview::{DRINK, NAME};

/// A browser opens six connections to an origin with HTTP/1.1, for all its tabs.
const TABS: usize = 8;

on_both!(tabs_share_their_streams);

on!(alone, Embedded: the_leader_is_elected_before_a_run_is_opened);

async fn tabs_share_their_streams(stage: &Stage) {
    let (page, api) = (stage.page(), stage.api());
    let driver = page.browser().driver();
    // It stays open, because it waits for an answer.
    let id = api.start("interview", json!({})).await;
    let mut tabs = vec![driver.window().await.expect("a tab")];
    for tab in 0..TABS {
        if tab > 0 {
            tabs.push(driver.new_tab().await.expect("a further tab"));
            let latest = tabs[tab].clone();
            driver.switch_to_window(latest).await.expect("the further tab");
        }
        page.open(&format!("?run={id}")).await;
        page.until_run(&format!("tab {tab}'s, to be live"), RUN, |run| {
            run.connection == "live" && run.status == "waiting"
        })
        .await;
    }
    // With all tabs open there is still a connection to start another one.
    page.start("greeting", &[("name", "Ada")]).await;
    page.until_status("completed", Duration::from_secs(20)).await;
    // The first tab streamed for all of them.
    driver.close_window().await.expect("the last tab closes");
    driver
        .switch_to_window(tabs[0].clone())
        .await
        .expect("the first tab");
    driver.close_window().await.expect("the first tab closes");
    driver
        .switch_to_window(tabs[1].clone())
        .await
        .expect("the second tab");
    page.until_prompt(NAME).await;
    page.fill_prompt("response", "Ada").await;
    page.enter_in_prompt("response").await;
    page.until_prompt(DRINK).await;
    // So that the test ends as it started.
    for tab in &tabs[2..TABS - 1] {
        driver.switch_to_window(tab.clone()).await.expect("a tab");
        driver.close_window().await.expect("a tab closes");
    }
    driver
        .switch_to_window(tabs[1].clone())
        .await
        .expect("the second tab");
}

async fn the_leader_is_elected_before_a_run_is_opened(stage: &Stage) {
    let page = stage.page();
    page.open("").await;
    until("this tab to lead", RUN, async || {
        let held = "return navigator.locks.query().then((it) => it.held.map((lock) => lock.name))";
        let held: Vec<String> = page.ask(held, json!([])).await;
        if held.iter().any(|name| name.ends_with("-leads")) {
            Ok(())
        } else {
            Err(format!("{held:?}"))
        }
    })
    .await;
}
