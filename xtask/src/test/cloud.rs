//! The Agent Data store with the official clients, and the template that stores its records there.

use super::Session;
use super::platform;
use super::results::Verdict;
use crate::tools::{node, npm, python};
use crate::{Result, process};

/// Packages from npm: the deprecated client with its peer dependencies, and the current one.
const CLIENTS: [&str; 5] = [
    "llama-cloud-services@0.5.4",
    "@llamaindex/llama-cloud@2.16.0",
    "@llamaindex/core",
    "@llamaindex/env",
    "zod",
];

/// Installs the clients and runs their scripts, and the tests of the store, the evaluator and the template.
pub(super) fn run(session: &mut Session) -> Result<()> {
    node::node("by the Agent Data clients")?;
    let services = python::ensure(session.paths, "server/tests/clients/requirements-services.txt")?;
    let current = python::ensure(session.paths, "server/tests/clients/requirements-current.txt")?;
    let packages = npm::ensure_all(
        session.paths,
        "the Agent Data clients",
        "agent-data-clients-2.16.0",
        &CLIENTS,
    )?;
    // As all other tests: selected apart, the packages would be compiled with features of their own.
    let mut clients = process::cargo(&session.paths.root);
    clients
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(["--test", "evaluator", "--test", "agent_data", "--test", "clients"])
        .args(["--", "--include-ignored"])
        .args(&session.arguments)
        .env("WORKFLOW_TEST_SERVICES", services)
        .env("WORKFLOW_TEST_CURRENT", current)
        .env("WORKFLOW_TEST_NODE", &packages);
    if session.all {
        clients.env("PROPTEST_CASES", "20000");
    }
    session.run(
        "the store's tests",
        &mut clients,
        &mut |line| match Verdict::read(line) {
            Some(Verdict::Passed(name)) => println!("    ok      {name}"),
            Some(Verdict::Failed(name)) => println!("    FAILED  {name}"),
            None => {}
        },
    )?;
    // A name selects tests of the store.
    if session.arguments.is_empty() {
        platform::records(session, packages)?;
    }
    Ok(())
}
