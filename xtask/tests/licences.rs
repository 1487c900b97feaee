//! The licences of everything that is compiled, against the list in `deny.toml`. It needs no network and no tool.

#![allow(clippy::expect_used, reason = "a test that can't read its files has failed")]

use serde_json::Value;
use spdx::{Expression, ParseMode};
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn allowed() -> Vec<String> {
    let file = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    let table: toml::Table = file.parse().expect("TOML in deny.toml");
    let list = table["licenses"]["allow"].as_array().expect("a list of licences");
    list.iter()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("a program of the toolchain");
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// The packages that are compiled for this machine or for the browser. Those for other systems need not be here.
fn packages() -> Vec<Value> {
    let version = output(Command::new("rustc").arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .args(["--filter-platform", host.expect("rustc names its host")])
        .args(["--filter-platform", "wasm32-unknown-unknown"])
        .current_dir(root());
    let metadata: Value = serde_json::from_str(&output(&mut cargo)).expect("JSON of cargo metadata");
    metadata["packages"].as_array().expect("packages").clone()
}

/// The licences that a package may be used under, or what is wrong with what it says.
fn verdict(package: &Value, allowed: &[String]) -> Result<(), String> {
    let text = package["license"].as_str().ok_or("it names no licence")?;
    let expression =
        Expression::parse_mode(text, ParseMode::LAX).map_err(|error| format!("`{text}`: {error}"))?;
    let fits = expression.evaluate(|requirement| {
        let name = requirement.license.id().map(|id| id.name);
        // An exception only adds to what a licence allows.
        name.is_some_and(|name| allowed.iter().any(|known| known == name))
    });
    fits.then_some(())
        .ok_or_else(|| format!("`{text}` is not allowed by deny.toml"))
}

#[test]
fn everything_is_under_a_licence_that_deny_toml_allows() {
    let (packages, allowed) = (packages(), allowed());
    let foreign: Vec<&Value> = packages
        .iter()
        .filter(|package| !package["source"].is_null())
        .collect();
    assert!(foreign.len() > 100, "cargo named {} packages", foreign.len());
    let wrong: Vec<String> = foreign
        .into_iter()
        .filter_map(|package| {
            let error = verdict(package, &allowed).err()?;
            Some(format!("{} {}: {error}", package["name"], package["version"]))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn other_licences_are_refused() {
    let allowed = allowed();
    let package = |licence: &str| serde_json::json!({ "name": "x", "version": "1.0.0", "license": licence });
    for licence in [
        "MIT",
        "GPL-3.0 OR MIT",
        "MIT/Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert_eq!(verdict(&package(licence), &allowed), Ok(()), "{licence}");
    }
    for licence in ["GPL-3.0", "MIT AND AGPL-3.0", "", "My own words"] {
        assert!(verdict(&package(licence), &allowed).is_err(), "{licence}");
    }
    assert!(verdict(&serde_json::json!({ "license": null }), &allowed).is_err());
}
