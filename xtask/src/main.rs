//! The project's commands, run as `cargo xtask COMMAND`.
//!
//! Each command is a function. The modules: `tools` finds or installs what the project needs, `page` builds the debugger's page, `test`
//! runs the tests.

#[cfg(not(unix))]
compile_error!("xtask runs on Linux and macOS; on Windows use it inside WSL");

mod bench;
mod demo;
mod gallery;
mod install;
mod new;
mod npm;
mod packed;
mod page;
mod paths;
mod process;
mod react_apps;
mod size;
mod test;
mod tools;
mod wasm;
mod watched;
mod weights;

use clap::{Parser, Subcommand};
use paths::Paths;
use std::process::ExitCode;

/// What failed and what to do about it, in a sentence.
type Result<T, E = String> = std::result::Result<T, E>;

/// The project's commands.
///
/// Missing tools are installed into ${WORKFLOW_UI_CACHE:-~/.cache/workflow-ui}; existing ones are never replaced.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything and start the debugger, with demo workflows or in front of your server
    Demo(demo::Args),
    /// Run every test of the project, or the named parts
    Test(test::Args),
    /// Build the page's release bundle into dist/
    Build,
    /// Start trunk's development server; uses PORT and LLAMA_DEPLOY_*
    Serve(PassedOn),
    /// Show every component in every state, from recorded runs
    Gallery(PassedOn),
    /// Install the `workflow-debugger` binary, with the page inside, into cargo's bin folder
    Install(PassedOn),
    /// Create a project for `llamactl serve`, workflow and interface, in a new folder
    New(new::Args),
    /// Pack the page as a Python wheel that mounts it on a WorkflowServer, into target/wheel/
    Wheel,
    /// Pack the page under fixed names (app.js, app.css, #root) for npm, into target/npm/
    NpmDebugger,
    /// Pack the custom elements for npm, into target/npm/
    Npm,
    /// Print the sizes of the built page and check them against their limits
    Size(size::Args),
    /// Run a benchmark and print its figures; without NAME, list the benchmarks
    Bench(bench::Args),
}

/// Arguments for the program that a command starts.
#[derive(Debug, clap::Args)]
struct PassedOn {
    /// Passed to that program, after `--`
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    let command = Cli::parse().command;
    match Paths::find().and_then(|paths| run(&paths, command)) {
        Ok(code) => code,
        Err(_) if watched::interrupted() => {
            eprintln!("interrupted.");
            ExitCode::from(130)
        }
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(paths: &Paths, command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(paths, args),
        Command::Test(args) => test::run(paths, args),
        Command::Build => page::build(paths),
        Command::Serve(args) => page::serve(paths, args.arguments),
        Command::Gallery(args) => gallery::serve(paths, args.arguments),
        Command::Install(args) => install::run(paths, args.arguments),
        Command::New(args) => new::run(paths, &args),
        Command::Wheel => packed::wheel(paths),
        Command::NpmDebugger => packed::npm(paths),
        Command::Npm => npm::run(paths),
        Command::Size(args) => size::run(paths, &args),
        Command::Bench(args) => bench::run(paths, args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_valid() {
        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_after_two_dashes_are_passed_unchanged() {
        let cli = Cli::try_parse_from(["xtask", "test", "e2e", "--", "--nocapture", "prompt"]).unwrap();
        let Command::Test(args) = cli.command else {
            panic!("another command")
        };
        assert_eq!(
            (args.parts, args.arguments),
            (
                vec!["e2e".to_owned()],
                vec!["--nocapture".to_owned(), "prompt".to_owned()]
            )
        );
    }

    #[test]
    fn a_misspelt_option_is_refused() {
        let error = Cli::try_parse_from(["xtask", "demo", "--opne"])
            .unwrap_err()
            .to_string();
        assert!(error.contains("--opne") && error.contains("--open"), "{error}");
    }
}
