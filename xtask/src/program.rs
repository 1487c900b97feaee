//! Programs for the browser as people get them: compiled with a standard library made for size, cut into parts, optimised, their
//! functions in an order that compresses, and slimmed.

mod merging;
mod module;
mod order;
pub(crate) mod parts;
pub(crate) mod slim;

use crate::paths::{self, Paths};
use crate::tools::{self, ProgramTools, wasm_target};
use crate::{Result, process};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `wasm-opt` is told besides the features. In `index.html` stands what a plain `trunk build --release` tells it.
const SMALLER: [&str; 7] = [
    // The branches as Binaryen writes them are shorter than the compiler's, by half a percent of the compressed page.
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "-Oz",
    // Constants go into the addresses of loads and stores. That would be wrong only where adding one wraps around into the first
    // kilobyte, which is the end of the stack.
    "--low-memory-unused",
    "--one-caller-inline-max-function-size=20",
];

/// The features of WebAssembly that the compiler uses.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-simd",
];

/// The page.
pub(crate) const PAGE: Program<'_> = Program {
    package: "workflow-debugger-app",
    features: SPLIT,
    built: "workflow-debugger-app",
    name: "workflow-debugger-app",
};

/// The custom elements, as they are in the npm package.
pub(crate) const ELEMENTS: Program<'_> = Program {
    package: "workflow-elements",
    features: SPLIT,
    built: "workflow_elements",
    name: "workflow_ui",
};

/// The feature of a package whose program is in parts.
pub(crate) const SPLIT: &str = "split";

/// A package of the workspace that becomes one program for the browser.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program<'a> {
    package: &'a str,
    features: &'a str,
    /// What cargo calls its file.
    built: &'a str,
    /// What its files are called, and a folder of `xtask`'s.
    pub(crate) name: &'a str,
}

/// Builds the page without a face (`tests/probe`) in the user's sight, and gives its folder.
pub(crate) fn probe(paths: &Paths) -> Result<PathBuf> {
    let program = Program {
        package: "workflow-test-probe",
        features: "",
        built: "workflow_test_probe",
        name: "probe",
    };
    build(paths, &tools::for_program(paths)?, &program)
}

/// The same for the least app (`tests/size`) with these of its features.
pub(crate) fn least_app(paths: &Paths, tools: &ProgramTools, features: &str) -> Result<PathBuf> {
    let program = Program {
        package: "workflow-test-size",
        features,
        built: "workflow-test-size",
        name: "size",
    };
    build(paths, tools, &program)
}

/// Compiles a program and makes of it what people get, in a folder of its own, which it gives.
pub(crate) fn build(paths: &Paths, tools: &ProgramTools, program: &Program) -> Result<PathBuf> {
    let mut cargo = process::cargo(&paths.root);
    cargo.args([
        "build",
        "--package",
        program.package,
        "--features",
        program.features,
    ]);
    cargo.args(["--profile", "wasm-release", "--target", wasm_target::TRIPLE]);
    compiling(&mut cargo, tools);
    process::run(&mut cargo)?;
    finish(paths, tools, program)
}

/// What the compiler is told beyond the profile.
///
/// The standard library is compiled along, for size: the one that comes with the compiler is made for speed, and carries the texts of
/// every panic. A panic in the browser ends the page's program with or without a text. That takes two flags which are not stable;
/// where the library's source can't be had, the ready one does.
pub(crate) fn compiling(cargo: &mut Command, tools: &ProgramTools) {
    // Those in `.cargo/config.toml` hold as well, others would be in their place.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        cargo.env_remove(variable);
    }
    // What `wasm-split` goes by, and is gone from what it writes.
    let mut flags = String::from("-C target-feature=+simd128 -C link-arg=--emit-relocs");
    cargo.env("CARGO_PROFILE_WASM_RELEASE_STRIP", "none");
    if tools.has_std_source {
        flags += " -C panic=immediate-abort -Z unstable-options";
        cargo
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
            .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size");
    }
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
}

/// Makes of what cargo compiled what people get.
pub(crate) fn finish(paths: &Paths, tools: &ProgramTools, program: &Program) -> Result<PathBuf> {
    let name = program.name;
    let built = paths.target.join(wasm_target::TRIPLE).join("wasm-release");
    let built = built.join(format!("{}.wasm", program.built));
    let folder = paths.state.join("programs").join(name);
    // What an earlier build left there would be taken for parts of this one.
    let _ = std::fs::remove_dir_all(&folder);
    paths::create_folder(&folder)?;
    let cut = paths.state.join("programs").join(format!("{name}-cut"));
    let _ = std::fs::remove_dir_all(&cut);
    let main = cut.join(format!("{name}.wasm"));
    if program.features == SPLIT {
        let mut split = Command::new(&tools.wasm_split);
        split
            .arg(&built)
            .arg(&cut)
            .args(["--target", "web", "--out-name", name]);
        process::run(&mut split)?;
    } else {
        paths::create_folder(&cut)?;
        let whole = module::linked(&paths::read_bytes(&built)?)
            .ok_or_else(|| format!("{} is no WebAssembly module.", built.display()))?;
        paths::write_bytes(&main, &whole)?;
    }
    let mut bindgen = Command::new(&tools.page.wasm_bindgen);
    bindgen.args([
        "--target",
        "web",
        "--no-typescript",
        "--keep-lld-exports",
        "--out-name",
        name,
    ]);
    bindgen.arg("--out-dir").arg(&folder).arg(&main);
    process::run(&mut bindgen)?;
    if program.features == SPLIT {
        put_parts(tools, &cut, &folder, name)?;
    }
    for file in paths::names(&folder)? {
        if file.ends_with(".wasm") {
            optimise(tools, &folder.join(file))?;
        }
    }
    slim::run(&folder)?;
    Ok(folder)
}

/// Puts the parts of a program beside it, under its name, with the script that loads them.
fn put_parts(tools: &ProgramTools, cut: &Path, folder: &Path, name: &str) -> Result<()> {
    let parts = parts::read(&paths::read(&cut.join(parts::WRITTEN))?)
        .ok_or("wasm-split wrote a script that is not understood; its version should be the pinned one.")?;
    let at = |file: &str| cut.join(format!("{file}.wasm"));
    // Without wasm-merge each is a file of its own: more requests, and the same program.
    let most = tools.wasm_merge.as_ref().map(|_| parts::SHARED);
    let shared = parts::share(&parts, most, |file| {
        at(file).metadata().map_or(0, |data| data.len())
    });
    for (number, shared) in shared.iter().enumerate() {
        let chunks: Vec<PathBuf> = shared.chunks.iter().map(|chunk| at(chunk)).collect();
        merge(tools, &chunks, &at(&format!("shared{number}")))?;
    }
    let parts = parts::with_shared(&parts, &shared, |number| format!("shared{number}"));
    // A part's file is called as the part.
    let named = |file: &str| format!("{name}_{}.wasm", file.trim_start_matches("split_"));
    for file in parts.iter().flat_map(|part| &part.files) {
        paths::copy(&at(file), &folder.join(named(file)))?;
    }
    let glue = folder.join(format!("{name}.js"));
    let script = format!("{name}_parts.js");
    let written = paths::read(&glue)?;
    // The name under which the module asks for it stays.
    let imported = written.replace(
        &format!("from \"./{}\"", parts::WRITTEN),
        &format!("from \"./{script}\""),
    );
    paths::write(&glue, &imported)?;
    paths::write(&folder.join(script), &parts::script(name, &parts, named))
}

/// Makes one module of several that import things from the program and nothing of each other.
fn merge(tools: &ProgramTools, modules: &[PathBuf], to: &Path) -> Result<()> {
    let (first, wasm_merge) = match (modules, &tools.wasm_merge) {
        ([one], _) => return paths::copy(one, to),
        ([first, ..], Some(tool)) => (first, tool),
        _ => return Err("wasm-merge is missing; it comes with wasm-opt, from npm.".to_owned()),
    };
    let unread = || format!("{} and its neighbours are not understood.", first.display());
    let modules_read = modules
        .iter()
        .map(|module| paths::read_bytes(module))
        .collect::<Result<Vec<_>>>()?;
    let surroundings = first.with_file_name("surroundings.wasm");
    paths::write_bytes(
        &surroundings,
        &merging::surroundings(&modules_read).ok_or_else(unread)?,
    )?;
    let mut merge = Command::new(wasm_merge);
    merge.arg(&surroundings).arg(merging::PROGRAM);
    for (number, module) in modules.iter().enumerate() {
        merge.arg(module).arg(format!("chunk{number}"));
    }
    merge.args(FEATURES).arg("-o").arg(to);
    process::run(&mut merge)?;
    paths::write_bytes(to, &merging::inside(&paths::read_bytes(to)?).ok_or_else(unread)?)
}

/// Makes a module smaller, in place.
fn optimise(tools: &ProgramTools, file: &Path) -> Result<()> {
    let Some(wasm_opt) = &tools.wasm_opt else {
        return Ok(());
    };
    let changed = file.with_extension("changed");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(wasm_opt);
        command
            .arg(format!("--output={}", changed.display()))
            .args(arguments)
            .arg(file);
        process::run(&mut command)?;
        std::fs::rename(&changed, file)
            .map_err(|error| format!("{} cannot be replaced: {error}.", file.display()))
    };
    run(&[&SMALLER[..], &FEATURES[..]].concat())?;
    let module =
        std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}.", file.display()))?;
    let Some(named) = order::named(&module) else {
        return Ok(());
    };
    std::fs::write(file, named).map_err(|error| format!("{} cannot be written: {error}.", file.display()))?;
    run(&[&["--reorder-functions-by-name"][..], &FEATURES[..]].concat())
}
