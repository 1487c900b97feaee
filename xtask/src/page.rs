//! The debugger's page: built into `dist/` by trunk, or served by it.

pub(crate) mod base_path;

use crate::paths::{self, Paths};
use crate::tools::{self, PageTools, node, wasm_target};
use crate::{Result, process, weights};
use base_path::Settings;
use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::SystemTime;

/// The proxy in front of trunk below a base path; it ships with the templates.
const FRONT: &str = "templates/basic/ui/scripts/dev.mjs";

/// The inputs of the page, from the repository's root. `Trunk.toml` watches the same.
const INPUTS: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "components",
    "debugger",
    "index.html",
    "inspector",
    "protocol",
    "ui-core",
];

/// Folders inside those that the page does not depend on.
const NOT_INPUTS: &[&str] = &["benches", "examples", "tests"];

/// `cargo xtask build`: always builds.
pub(crate) fn build(paths: &Paths) -> Result<ExitCode> {
    make(paths)?;
    print!("{}", weights::table(&weights::measure(&paths.dist())?));
    Ok(ExitCode::SUCCESS)
}

/// Builds the page if a source is newer.
pub(crate) fn ensure(paths: &Paths) -> Result<()> {
    if is_fresh(paths) {
        hand_to_server(paths)
    } else {
        make(paths)
    }
}

/// Copies the built page to the folder that release builds of the server embed. An equal copy is kept, so that cargo does not compress it
/// again.
fn hand_to_server(paths: &Paths) -> Result<()> {
    let (from, to) = (paths.dist(), paths.server_page());
    if paths::is_same_tree(&from, &to) {
        return Ok(());
    }
    if to.exists() {
        std::fs::remove_dir_all(&to)
            .map_err(|error| format!("{} cannot be removed: {error}.", to.display()))?;
    }
    paths::copy_tree(&from, &to)
}

/// Whether `dist/` contains the last release build, and no source has changed since that build started.
///
/// Variables such as `LLAMA_DEPLOY_DEPLOYMENT_NAME` are compiled into the page; while one is set, no build counts as fresh.
pub(crate) fn is_fresh(paths: &Paths) -> bool {
    let has_variables = env::vars_os().any(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("LLAMA_DEPLOY_") || name.starts_with("TRUNK_") || name == "RUSTFLAGS"
    });
    let stamp = stamp(paths);
    // `index.html` names each file with its hash, so it differs for a development build or another checkout's build.
    let is_ours = paths::read(&stamp)
        .is_ok_and(|built| paths::read(&paths.dist().join("index.html")).is_ok_and(|now| now == built));
    is_ours
        && !has_variables
        && modified(&stamp).is_some_and(|began| {
            INPUTS
                .iter()
                .all(|input| !is_newer(&paths.root.join(input), began))
        })
}

/// A copy of the built `index.html`, with the start time of the build.
fn stamp(paths: &Paths) -> PathBuf {
    paths.state.join("page.stamp")
}

fn write_stamp(paths: &Paths, began: SystemTime) -> Result<()> {
    let stamp = stamp(paths);
    paths::write(&stamp, &paths::read(&paths.dist().join("index.html"))?)?;
    File::options()
        .append(true)
        .open(&stamp)
        .and_then(|file| file.set_modified(began))
        .map_err(|error| format!("{} cannot be dated: {error}.", stamp.display()))
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

/// Whether a file, or anything below a folder, was changed after `built`. Removing a file changes its folder.
fn is_newer(path: &Path, built: SystemTime) -> bool {
    if modified(path).is_some_and(|changed| changed > built) {
        return true;
    }
    let Ok(entries) = std::fs::read_dir(path) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let is_input = entry
            .file_name()
            .to_str()
            .is_none_or(|name| !NOT_INPUTS.contains(&name));
        is_input && is_newer(&entry.path(), built)
    })
}

/// Builds the page, and copies it into the server's package.
fn make(paths: &Paths) -> Result<()> {
    let settings = settings()?;
    let tools = tools::for_page(paths)?;
    fetch_crates(paths)?;
    println!(
        "Building the page with trunk (about four minutes from nothing on two cores, else some seconds)."
    );
    let began = SystemTime::now();
    let mut build = release_build(paths, &tools);
    process::run(build.envs(settings.for_building()))?;
    write_stamp(paths, began)?;
    hand_to_server(paths)
}

/// `trunk build --release`, offline. Trunk empties `dist/` first.
pub(crate) fn release_build(paths: &Paths, tools: &PageTools) -> Command {
    let mut build = trunk(&paths.root, tools);
    build.args(["build", "--release", "--offline"]);
    build
}

/// `cargo xtask serve`: replaces this process by `trunk serve`, or by the proxy in front of it when there is a base path.
pub(crate) fn serve(paths: &Paths, arguments: Vec<String>) -> Result<ExitCode> {
    let settings = settings()?;
    settings.check_port()?;
    let tools = tools::for_page(paths)?;
    fetch_crates(paths)?;
    let mut serve = if settings.needs_front() {
        let mut front = with_tools(
            Command::new(node::node("to serve the page below a base path")?),
            &paths.root,
            &tools,
        );
        front.arg(paths.root.join(FRONT));
        front
    } else {
        let mut trunk = trunk(&paths.root, &tools);
        trunk.arg("serve");
        trunk
    };
    serve
        .arg("--offline")
        .args(arguments)
        .envs(settings.for_serving());
    // Not in `dist/`: the server must not embed a development build with its reload script.
    serve.env("TRUNK_BUILD_DIST", paths.target.join("trunk-serve"));
    println!("Serving at {} once the first build is done.", settings.address());
    println!(
        "The page talks to its own origin; another server: add ?api=http://127.0.0.1:4600 to the address."
    );
    Err(process::become_program(&mut serve))
}

fn settings() -> Result<Settings> {
    Settings::read(|name| env::var(name).ok())
}

/// trunk in the folder of an app.
pub(crate) fn trunk(folder: &Path, tools: &PageTools) -> Command {
    with_tools(Command::new(&tools.trunk), folder, tools)
}

/// A command in the folder of an app, with trunk and its tools on `PATH`.
pub(crate) fn with_tools(mut command: Command, folder: &Path, tools: &PageTools) -> Command {
    command.current_dir(folder).env("PATH", tools.path());
    // Its messages are enough; a backtrace of trunk does not help.
    command.env("RUST_LIB_BACKTRACE", "0");
    if env::var_os("NO_COLOR").is_some() {
        // By convention any value counts; trunk accepts only this one and fails with `1`.
        command.env("NO_COLOR", "true");
    }
    command
}

/// trunk works offline, because it would download tools from places that are not registries. What cargo needs is therefore fetched first.
pub(crate) fn fetch_crates(paths: &Paths) -> Result<()> {
    let mut cargo = process::cargo(&paths.root);
    process::run(cargo.args(["fetch", "--quiet", "--target", wasm_target::TRIPLE]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    struct Scratch(Paths);

    impl Scratch {
        /// A checkout whose page was built a second after its sources were written.
        fn built(name: &str) -> Self {
            let root = env::temp_dir().join(format!("workflow-ui-page-{}-{name}", std::process::id()));
            let scratch = Self(Paths {
                target: root.join("target"),
                state: root.join("target/xtask"),
                cache: root.join("cache"),
                root,
            });
            scratch.put("index.html", "<p>");
            scratch.put("protocol/src/lib.rs", "a");
            scratch.put("dist/index.html", "app-1.js");
            write_stamp(&scratch.0, SystemTime::now() + Duration::from_secs(1)).unwrap();
            scratch
        }

        fn put(&self, path: &str, text: &str) {
            paths::write(&self.0.root.join(path), text).unwrap();
        }

        /// Changes a file after the build.
        fn change(&self, path: &str) {
            self.put(path, "changed");
            let file = File::options().append(true).open(self.0.root.join(path)).unwrap();
            file.set_modified(SystemTime::now() + Duration::from_secs(2))
                .unwrap();
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0.root);
        }
    }

    #[test]
    fn the_page_is_fresh_until_a_source_changes() {
        let scratch = Scratch::built("same");
        assert!(is_fresh(&scratch.0), "just built");
        scratch.change("protocol/tests/wire.rs");
        scratch.change("README.md");
        assert!(is_fresh(&scratch.0), "neither reaches the page");
        scratch.change("protocol/src/lib.rs");
        assert!(!is_fresh(&scratch.0), "a source changed");
    }

    #[test]
    fn the_server_embeds_the_page_in_dist() {
        let scratch = Scratch::built("server");
        scratch.put("server/page/app-0.js", "of an earlier build");
        scratch.put("dist/folder/app-1.js", "script");
        let server_page = scratch.0.server_page();
        ensure(&scratch.0).unwrap();
        assert!(paths::is_same_tree(&scratch.0.dist(), &server_page));
        assert!(
            !server_page.join("app-0.js").exists(),
            "nothing of an earlier build stays"
        );
        let copied = || modified(&server_page.join("index.html"));
        let first = copied();
        ensure(&scratch.0).unwrap();
        assert_eq!(copied(), first, "an equal copy is not written again");
    }

    #[test]
    fn a_development_build_in_dist_is_not_fresh() {
        let scratch = Scratch::built("development");
        scratch.put("dist/index.html", "app-2.js");
        assert!(
            !is_fresh(&scratch.0),
            "for example `trunk build` without --release"
        );
    }
}
