//! The gallery in Chromium: every component in every state passes axe-core, wide and narrow, light and dark.
//!
//! `cargo xtask test gallery` builds it and passes the folder in `WORKFLOW_TEST_GALLERY`.

#![allow(clippy::expect_used, reason = "tests and their helpers report by failing")]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use workflow_tests::{Backend, BrowserOptions, FolderServer, Look, Stage, ask, run_with, until, violations};

/// Time limit of a step on a busy machine.
const SOON: Duration = Duration::from_secs(30);
/// Time limit of one check of all sections.
const LIMIT: Duration = Duration::from_secs(600);

/// The minimum number of sections, because an empty gallery has no violations.
const SECTIONS: usize = 15;

fn built() -> PathBuf {
    let folder = std::env::var_os("WORKFLOW_TEST_GALLERY").map(PathBuf::from);
    folder.expect(
        "WORKFLOW_TEST_GALLERY names the folder of the built gallery: `cargo xtask test gallery` builds it",
    )
}

/// Opens a section, or all, and waits until its scripts have finished.
async fn open(stage: &Stage, gallery: &FolderServer, section: &str) {
    let address = format!("{}/?show={section}", gallery.origin());
    let driver = stage.browser.driver();
    driver.goto(address).await.expect("the gallery");
    until(&format!("the section {section:?}"), SOON, async || {
        let played = "return document.documentElement.hasAttribute('data-played')
            && document.querySelectorAll('.gallery__specimen').length";
        let seen: Value = ask(&stage.browser, played, json!(null)).await;
        if seen.as_u64().unwrap_or_default() > 0 {
            Ok(())
        } else {
            Err(seen.to_string())
        }
    })
    .await;
}

async fn sections(stage: &Stage, gallery: &FolderServer) -> Vec<String> {
    open(stage, gallery, "status").await;
    let names = "return [...document.querySelectorAll('[data-section]')].map((link) => link.dataset.section)";
    ask(&stage.browser, names, json!(null)).await
}

fn look(look: Look) {
    run_with(
        Backend::Embedded,
        LIMIT,
        BrowserOptions::default(),
        async |stage| {
            let gallery = FolderServer::start(built()).await;
            let sections = sections(stage, &gallery).await;
            assert!(sections.len() >= SECTIONS, "the gallery's sections: {sections:?}");
            look.put_on(&stage.browser).await;
            let mut wrong = Vec::new();
            for section in sections {
                open(stage, &gallery, &section).await;
                let found = violations(&stage.browser).await;
                wrong.extend(found.into_iter().map(|found| format!("{section}: {found}")));
                let wider =
                    "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
                let wider: i32 = ask(&stage.browser, wider, json!(null)).await;
                if wider != 0 {
                    wrong.push(format!("{section}: {wider} pixels wider than the window"));
                }
            }
            assert!(wrong.is_empty(), "{look:?}:\n{}", wrong.join("\n"));
        },
    );
}

#[test]
fn wide_and_light() {
    look(Look::ALL[0]);
}

#[test]
#[ignore = "the other two have both widths and both themes"]
fn wide_and_dark() {
    look(Look::ALL[1]);
}

#[test]
#[ignore = "the other two have both widths and both themes"]
fn narrow_and_light() {
    look(Look::ALL[2]);
}

#[test]
fn narrow_and_dark() {
    look(Look::ALL[3]);
}
