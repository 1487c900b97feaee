//! Runs axe-core on a page in several themes and sizes.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::{Browser, devtools};

/// A window size and a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The window's width in CSS pixels.
    pub width: u32,
    /// Whether the system prefers a dark theme.
    pub dark: bool,
}

impl Look {
    /// A wide screen and the narrowest that WCAG requires, in both themes.
    pub const ALL: [Self; 4] = [
        Self {
            width: 1440,
            dark: false,
        },
        Self {
            width: 1440,
            dark: true,
        },
        Self {
            width: 320,
            dark: false,
        },
        Self {
            width: 320,
            dark: true,
        },
    ];

    /// Applies it to the browser's window. Motion is reduced, so that nothing is checked during a transition.
    ///
    /// # Panics
    /// If the browser refuses.
    pub async fn put_on(self, browser: &Browser) {
        let size = json!({ "width": self.width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        devtools(browser, "Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if self.dark { "dark" } else { "light" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        devtools(browser, "Emulation.setEmulatedMedia", features).await;
    }
}

/// Violations of WCAG 2.2 AA on the current page that axe-core finds: one line per rule, with the elements.
///
/// # Panics
/// If `WORKFLOW_TEST_AXE` does not name axe-core's script, or the script fails.
pub async fn violations(browser: &Browser) -> Vec<String> {
    let driver = browser.driver();
    let there = driver.execute("return typeof axe === 'object'", vec![]).await;
    if there.expect("a script runs").json() != &json!(true) {
        // Run by the driver, which the page's policy does not affect. The script checks for a module system first.
        driver
            .execute(script(), vec![])
            .await
            .expect("axe-core is a script");
    }
    let run = "const done = arguments[arguments.length - 1];
        // Style sheets are not fetched again for the one rule that reads them, which is about rotated screens.
        const options = { preload: false, resultTypes: ['violations'],
            runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } };
        axe.run(document, options).then(
          // Rules without a result may not have run.
          ({ passes, violations }) => done(passes.length > 5 ? violations : `only ${passes.length} rules looked`),
          (error) => done(String(error)))";
    let found = driver.execute_async(run, vec![]).await.expect("axe-core runs");
    let found = found
        .json()
        .as_array()
        .unwrap_or_else(|| panic!("axe-core: {}", found.json()));
    found.iter().map(describe).collect()
}

fn describe(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().into_iter().flatten();
    let nodes: Vec<String> = nodes
        .map(|node| {
            let summary = node["failureSummary"].as_str().unwrap_or_default();
            format!(
                "\n    {} ({})",
                node["html"].as_str().unwrap_or_default(),
                summary.replace('\n', " ")
            )
        })
        .collect();
    format!("{}: {}{}", violation["id"], violation["help"], nodes.concat())
}

fn script() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let file = std::env::var_os("WORKFLOW_TEST_AXE")
            .expect("WORKFLOW_TEST_AXE names axe.min.js of axe-core: `cargo xtask test e2e` installs it");
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    })
}
