//! The `workflow-debugger` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    workflow_debugger::cli::main()
}
