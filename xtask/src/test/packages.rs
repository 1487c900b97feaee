//! The packages of the workspace, from `cargo metadata`: a new package is tested without being listed here.

use crate::{Result, process};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;

/// One member of the workspace.
#[derive(Debug, PartialEq)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder below the root, which is its name in commands.
    pub(crate) folder: String,
    /// Its test programs: all targets except its library and its binaries.
    pub(crate) tests: Vec<String>,
}

/// The test program that runs in a browser (`tests/web.rs`), in any package.
const WEB: &str = "web";

impl Package {
    pub(crate) fn answers_to(&self, name: &str) -> bool {
        self.folder == name || self.name == name
    }

    /// Whether it has tests that run in a browser.
    pub(crate) fn has_web_tests(&self) -> bool {
        self.tests.iter().any(|test| test == WEB)
    }

    /// Its test programs that run natively.
    pub(crate) fn native_tests(&self) -> impl Iterator<Item = &str> {
        self.tests.iter().map(String::as_str).filter(|&test| test != WEB)
    }

    /// The package of the end-to-end tests, which are a separate part.
    pub(crate) fn is_end_to_end(&self) -> bool {
        self.folder == "tests"
    }
}

/// Members in the workspace's order.
pub(crate) fn read(root: &Path) -> Result<Vec<Package>> {
    let mut cargo = process::cargo(root);
    cargo
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .stderr(Stdio::inherit());
    let output = cargo
        .output()
        .map_err(|error| process::cannot_start(&cargo, &error))?;
    if !output.status.success() {
        return Err("cargo cannot read the workspace; see its output above.".to_owned());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`cargo metadata` printed something that is not JSON: {error}."))?;
    Ok(packages(&metadata))
}

fn packages(metadata: &Value) -> Vec<Package> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let root = text(&metadata["workspace_root"]);
    let each = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|package| {
            let manifest = text(&package["manifest_path"]);
            let folder = manifest
                .strip_prefix(&root)
                .unwrap_or(&manifest)
                .trim_start_matches('/');
            let targets = package["targets"].as_array().into_iter().flatten();
            Package {
                name: text(&package["name"]),
                folder: folder.trim_end_matches("/Cargo.toml").to_owned(),
                tests: targets
                    .filter(|target| target["kind"][0] == "test")
                    .map(|target| text(&target["name"]))
                    .collect(),
            }
        });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_known_by_folder_and_by_their_tests() {
        let target = |kind: &str, name: &str| serde_json::json!({ "kind": [kind], "name": name });
        let metadata = serde_json::json!({
            "workspace_root": "/home/ada/project",
            "packages": [
                { "name": "workflow-ui-core", "manifest_path": "/home/ada/project/ui-core/Cargo.toml",
                  "targets": [target("lib", "workflow_ui_core"), target("test", "web"), target("test", "hooks")] },
                { "name": "workflow-tests", "manifest_path": "/home/ada/project/tests/Cargo.toml",
                  "targets": [target("lib", "web")] },
            ],
        });
        let found = packages(&metadata);
        assert_eq!(found[0].folder, "ui-core", "the folder below the root");
        assert!(found[0].has_web_tests(), "its tests in the browser");
        assert_eq!(
            found[0].native_tests().collect::<Vec<_>>(),
            ["hooks"],
            "its other tests"
        );
        assert!(!found[1].has_web_tests(), "only a test target counts: {found:?}");
        assert!(
            found[1].is_end_to_end() && found[1].answers_to("workflow-tests"),
            "the tests' own package"
        );
    }

    #[test]
    fn invalid_metadata_gives_no_packages() {
        assert_eq!(
            packages(&serde_json::json!({ "packages": 3 })),
            [],
            "nothing to be found"
        );
    }
}
