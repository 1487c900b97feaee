//! Which features of `workflow-ui-core` the shipped programs enable: what is not enabled is not in them.

#![allow(clippy::expect_used, reason = "a test that can't ask cargo has failed")]

use std::process::Command;

/// The features of `workflow-ui-core` in a program for the browser.
fn features(package: &str, more: &[&str]) -> String {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["tree", "--locked", "--offline", "--package", package])
        .args(["--target", "wasm32-unknown-unknown", "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{p}: {f}"])
        .args(more);
    let output = cargo.output().expect("cargo");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{cargo:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let line = text.lines().find(|line| line.starts_with("workflow-ui-core "));
    let line = line.expect("the package uses workflow-ui-core");
    line.rsplit(": ").next().unwrap_or_default().to_owned()
}

#[test]
fn the_hooks_alone_hold_nothing_of_the_older_api_and_the_control_plane() {
    let hooks = features("workflow-test-size", &["--features", "hooks"]);
    assert!(
        !hooks.contains("legacy") && !hooks.contains("control-plane"),
        "{hooks}"
    );
    let page = features("workflow-debugger-app", &[]);
    for wanted in ["legacy", "control-plane"] {
        assert!(page.split(',').any(|feature| feature == wanted), "{page}");
    }
    let elements = features("workflow-elements", &[]);
    assert!(
        !elements.contains("legacy") && !elements.contains("control-plane"),
        "{elements}"
    );
}

#[test]
fn agent_data_is_only_in_programs_that_ask_for_it() {
    let has_cloud = |features: &str| features.split(',').any(|feature| feature == "cloud");
    let with = features("workflow-test-size", &["--features", "cloud"]);
    assert!(has_cloud(&with), "{with}");
    for (package, more) in [
        ("workflow-test-size", &["--features", "hooks"][..]),
        ("workflow-elements", &[]),
        ("workflow-debugger-app", &[]),
    ] {
        let without = features(package, more);
        assert!(!has_cloud(&without), "{package}: {without}");
    }
}
