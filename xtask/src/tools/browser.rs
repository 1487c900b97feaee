//! Chromium and its driver, for tests and benchmarks.

use super::version::Version;
use super::{system, version_of};
use crate::Result;
use crate::paths::{self, Paths};
use crate::process::{is_program, is_root, on_path};
use std::env;
use std::path::PathBuf;

const BROWSERS: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];
const BROWSER_PLACES: [&str; 4] = [
    "/usr/bin/chromium",
    "/usr/lib/chromium/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const DRIVER_PLACES: [&str; 3] = [
    "/usr/bin/chromedriver",
    "/usr/lib/chromium/chromedriver",
    "/usr/lib/chromium-browser/chromedriver",
];

/// A browser and a driver of the same version.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

/// `CHROMIUM` and `CHROMEDRIVER`, else `PATH`, else the usual folders, else Debian's packages.
pub(crate) fn ensure(paths: &Paths) -> Result<Browser> {
    if let Some(browser) = find()? {
        return checked(browser);
    }
    system::install(
        paths,
        "Chromium with its chromedriver",
        &["chromium", "chromium-driver"],
    )?;
    match find()? {
        Some(browser) => checked(browser),
        None => Err(
            "Chromium was installed, but is not where it usually is; set CHROMIUM and CHROMEDRIVER."
                .to_owned(),
        ),
    }
}

fn find() -> Result<Option<Browser>> {
    let chromium = find_program("CHROMIUM", &BROWSERS, &BROWSER_PLACES)?;
    let driver = find_program("CHROMEDRIVER", &["chromedriver"], &DRIVER_PLACES)?;
    Ok(chromium
        .zip(driver)
        .map(|(chromium, driver)| Browser { chromium, driver }))
}

fn find_program(variable: &str, names: &[&str], places: &[&str]) -> Result<Option<PathBuf>> {
    if let Some(path) = env::var_os(variable)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
    {
        if is_program(&path) {
            return Ok(Some(path));
        }
        return Err(format!(
            "{variable} is set to {}, which is not a program.",
            path.display()
        ));
    }
    let in_place = || places.iter().map(PathBuf::from).find(|path| is_program(path));
    Ok(names.iter().find_map(|name| on_path(name)).or_else(in_place))
}

fn checked(browser: Browser) -> Result<Browser> {
    let (chromium, driver) = (version_of(&browser.chromium), version_of(&browser.driver));
    let (Some(chromium), Some(driver)) = (chromium, driver) else {
        return Err(format!(
            "{} or {} does not run: `--version` of both should print one.",
            browser.chromium.display(),
            browser.driver.display()
        ));
    };
    agree(chromium, driver)?;
    Ok(browser)
}

/// The driver rejects a browser of another major version with a misleading message, so check before.
fn agree(chromium: Version, driver: Version) -> Result<()> {
    if chromium.0 == driver.0 {
        return Ok(());
    }
    Err(format!(
        "Chromium is version {} and chromedriver version {}: they have to be the same. Name a fitting pair by \
         CHROMIUM and CHROMEDRIVER.",
        chromium.0, driver.0
    ))
}

/// Writes the browser settings of `wasm-bindgen-test-runner`, and returns the file.
pub(crate) fn runner_settings(paths: &Paths, browser: &Browser) -> Result<PathBuf> {
    let mut flags = vec![
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ];
    if is_root() {
        // Chromium's sandbox does not start as root.
        flags.push("--no-sandbox");
    }
    let settings = serde_json::json!({ "goog:chromeOptions": { "binary": browser.chromium, "args": flags } });
    let file = paths.state.join("webdriver.json");
    paths::write(&file, &settings.to_string())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_browser_and_driver_versions_are_refused() {
        assert!(
            agree(Version(156, 0, 1), Version(156, 0, 9)).is_ok(),
            "the same major version is enough"
        );
        let error = agree(Version(156, 0, 0), Version(155, 0, 0)).unwrap_err();
        assert!(error.contains("156") && error.contains("155"), "{error}");
    }
}
