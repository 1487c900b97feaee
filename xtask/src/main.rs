//! The project's commands, run as `cargo xtask COMMAND`.
//!
//! One function per command, and one folder per thing that a command has to do: `tools` finds or installs what the
//! project needs, `page` builds the debugger's page, `test` runs everything that can fail.

#[cfg(not(unix))]
compile_error!("xtask runs on Linux and macOS; on Windows use it inside WSL");

mod args;
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
mod program;
mod react_apps;
mod size;
mod test;
mod tools;
mod watched;

use args::Args;
use paths::Paths;
use std::process::ExitCode;

/// What went wrong and what the reader can do about it, in a sentence.
type Result<T, E = String> = std::result::Result<T, E>;

struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&Paths, Args) -> Result<ExitCode>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        usage: "[--upstream URL] [--host HOST] [--port PORT] [--allow-host NAME…] [--allow-origin ORIGIN…] [--token TOKEN] [--open]",
        about: "build everything and start the debugger, with demo workflows or in front of your server",
        run: demo::run,
    },
    Command {
        name: "test",
        usage: "[--all] [--list] [PART…] [-- TEST-ARGUMENTS…]",
        about: "every test of the project; --all adds the slow ones, a PART runs alone",
        run: test::run,
    },
    Command {
        name: "build",
        usage: "",
        about: "the page's release bundle, into dist/",
        run: page::build,
    },
    Command {
        name: "serve",
        usage: "[-- TRUNK-ARGUMENTS…]",
        about: "trunk's development server; honours PORT and LLAMA_DEPLOY_*",
        run: page::serve,
    },
    Command {
        name: "gallery",
        usage: "[-- TRUNK-ARGUMENTS…]",
        about: "every component in every state, from recorded runs",
        run: gallery::serve,
    },
    Command {
        name: "install",
        usage: "[-- CARGO-INSTALL-ARGUMENTS…]",
        about: "the `workflow-debugger` binary with the page inside, into cargo's bin folder",
        run: install::run,
    },
    Command {
        name: "new",
        usage: "FOLDER [--template basic|review]",
        about: "a project of your own for `llamactl serve`, workflow and interface, in a new folder",
        run: new::run,
    },
    Command {
        name: "wheel",
        usage: "",
        about: "the page as a Python wheel that mounts it on a WorkflowServer, into target/wheel/",
        run: packed::wheel,
    },
    Command {
        name: "npm-debugger",
        usage: "",
        about: "the page under fixed names (app.js, app.css, #root) as an npm package, into target/npm/",
        run: packed::npm,
    },
    Command {
        name: "npm",
        usage: "",
        about: "the custom elements as a package for npm, into target/npm/",
        run: npm::run,
    },
    Command {
        name: "size",
        usage: "[--all]",
        about: "sizes of the built page, checked against xtask/budget.toml; --all adds the custom elements, and what the hooks weigh in an app",
        run: size::run,
    },
    Command {
        name: "bench",
        usage: "NAME [--json FILE]",
        about: "measure and print a table; without NAME it lists what there is",
        run: bench::run,
    },
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "help".to_owned());
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("error: there is no command `{name}`.\n\n{}", help());
        return ExitCode::from(2);
    };
    let args = Args::new(args);
    if args.wants_help() {
        println!(
            "cargo xtask {} {}\n\n{}",
            command.name, command.usage, command.about
        );
        return ExitCode::SUCCESS;
    }
    match Paths::find().and_then(|paths| (command.run)(&paths, args)) {
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

fn help() -> String {
    let mut text = "cargo xtask COMMAND\n\n".to_owned();
    for command in COMMANDS {
        text += &format!(
            "  {:<12} {}\n               {}\n",
            command.name, command.usage, command.about
        );
    }
    text += "\nTools that are missing are installed into ${WORKFLOW_UI_CACHE:-~/.cache/workflow-ui}, never over yours.\n";
    text
}
