//! The debugger's page: built into `dist/` by trunk, or served by it.

pub(crate) mod base_path;
pub(crate) mod html;
pub(crate) mod stamp;

use crate::args::Args;
use crate::paths::{self, Paths};
use crate::program::{self, parts, slim};
use crate::tools::{self, PageTools, node, wasm_target};
use crate::{Result, process, size};
use base_path::Settings;
use stamp::{Fingerprint, Stamp};
use std::env;
use std::path::Path;
use std::process::{Command, ExitCode};

/// What stands before trunk below a base path; the templates bring it.
const FRONT: &str = "templates/basic/ui/scripts/dev.mjs";

/// `cargo xtask build`: always builds.
pub(crate) fn build(paths: &Paths, args: Args) -> Result<ExitCode> {
    args.finish()?;
    make(paths)?;
    print!("{}", size::table(&size::measure(&paths.dist())?));
    Ok(ExitCode::SUCCESS)
}

/// Builds the page if what it is made of, or what was made of it, has changed.
pub(crate) fn ensure(paths: &Paths) -> Result<()> {
    let fresh = is_fresh(paths)?;
    if fresh { Ok(()) } else { make(paths) }
}

/// Whether `dist/` is what the sources would give.
pub(crate) fn is_fresh(paths: &Paths) -> Result<bool> {
    let Some(built) = Stamp::read(&stamp_file(paths)) else {
        return Ok(false);
    };
    // The built page may be gone, or be that of a `trunk serve` run by hand.
    Ok(paths.dist().join("index.html").exists() && built == Stamp::of(paths)?)
}

/// Builds the page, and checks of the result what a size cannot show.
pub(crate) fn make(paths: &Paths) -> Result<()> {
    let settings = settings()?;
    let tools = tools::for_program(paths)?;
    let mut fetch = fetching(paths);
    program::compiling(&mut fetch, &tools);
    process::run(&mut fetch)?;
    // What an earlier build left there would be copied into this one's result.
    for leftover in ["wasm-bindgen/release", "wasm-opt/release"] {
        let _ = std::fs::remove_dir_all(paths.target.join(leftover));
    }
    println!(
        "Building the page with trunk (about two minutes from nothing on two cores, else some seconds)."
    );
    let mut build = trunk(&paths.root, &tools.page);
    build
        .args(["build", "--release", "--offline", "--features", program::SPLIT])
        .envs(settings.for_building());
    program::compiling(&mut build, &tools);
    process::run(&mut build)?;
    slim::scripts(&paths.dist())?;
    put_program(&program::finish(paths, &tools, &program::PAGE)?, &paths.dist())?;
    check(&paths.dist())?;
    Stamp::of(paths)?.write(&stamp_file(paths))
}

/// Puts the finished program in the place of the one that trunk put into the page, each file under a name that tells the content of all.
fn put_program(program: &Path, dist: &Path) -> Result<()> {
    let name = program::PAGE.name;
    let mut before = None;
    for file in paths::names(dist)? {
        if let Some(stem) = file.strip_suffix("_bg.wasm") {
            before = Some(stem.to_owned());
        }
    }
    let before = before.ok_or("trunk was to put a program into dist/, and there is none.")?;
    for file in paths::names(dist)? {
        if file.starts_with(&before) {
            let at = dist.join(file);
            std::fs::remove_file(&at)
                .map_err(|error| format!("{} cannot be removed: {error}.", at.display()))?;
        }
    }
    let mut files = paths::names(program)?;
    files.sort();
    let mut print = Fingerprint::new();
    for file in &files {
        let at = program.join(file);
        print.add(file, &paths::read_bytes(&at)?);
        paths::copy(&at, &dist.join(file))?;
    }
    let now = format!("{name}-{print}");
    parts::rename(dist, name, &now)?;
    let index = dist.join("index.html");
    paths::write(&index, &paths::read(&index)?.replace(&before, &now))
}

/// What has to hold of every built page: see [`html::complaints`].
pub(crate) fn check(dist: &Path) -> Result<()> {
    let complaints = html::complaints(&paths::read(&dist.join("index.html"))?);
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!(
        "dist/index.html was built, but breaks the page's rules:\n  {}",
        complaints.join("\n  ")
    ))
}

/// `cargo xtask serve`: becomes `trunk serve`, or below a base path the front that stands before it.
pub(crate) fn serve(paths: &Paths, mut args: Args) -> Result<ExitCode> {
    let more = args.passed_on();
    args.finish()?;
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
    serve.arg("--offline").args(more).envs(settings.for_serving());
    // Apart from `dist/`: a development build with its reload script is not what the server shall embed.
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

/// A program in the folder of an app, which finds trunk and what trunk needs.
pub(crate) fn with_tools(mut command: Command, folder: &Path, tools: &PageTools) -> Command {
    command.current_dir(folder).env("PATH", tools.path());
    // What went wrong is told in its messages; where inside trunk it was noticed helps nobody here.
    command.env("RUST_LIB_BACKTRACE", "0");
    if env::var_os("NO_COLOR").is_some() {
        // The custom is that any value counts; trunk accepts only this one and stops at `1`.
        command.env("NO_COLOR", "true");
    }
    command
}

/// trunk works offline, because it would fetch helpers of its own from places that are not registries. What cargo
/// needs is therefore fetched before.
pub(crate) fn fetch_crates(paths: &Paths) -> Result<()> {
    process::run(&mut fetching(paths))
}

fn fetching(paths: &Paths) -> Command {
    let mut cargo = process::cargo(&paths.root);
    cargo.args(["fetch", "--quiet", "--target", wasm_target::TRIPLE]);
    cargo
}

fn stamp_file(paths: &Paths) -> std::path::PathBuf {
    paths.state.join("page.stamp")
}
