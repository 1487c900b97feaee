//! The official clients against the store, in memory and in a file: what each reads is what our types read.
//!
//! `cargo xtask test cloud` installs the clients and runs this. Without them the tests are left out.
//!
//! | variable | what |
//! | --- | --- |
//! | `WORKFLOW_TEST_SERVICES` | a Python with `requirements-services.txt` |
//! | `WORKFLOW_TEST_CURRENT` | a Python with `requirements-current.txt` |
//! | `WORKFLOW_TEST_NODE` | a folder whose `node_modules` has both npm packages |

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on should say so and stop"
)]

mod ours;
mod running;
mod stored_runs;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

use running::{Store, folder};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");

fn variable(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name).map(PathBuf::from);
    if value.is_none() {
        eprintln!("{name} is not set: run `cargo xtask test cloud`");
    }
    value
}

/// A client's script: what runs it, and its file.
fn scripts() -> Option<Vec<(PathBuf, PathBuf, &'static [&'static str])>> {
    let here = |name: &str| Path::new(HERE).join(name);
    let node = variable("WORKFLOW_TEST_NODE")?;
    // A module finds its packages from where it is.
    let beside = |name: &str| {
        let copy = node.join(name);
        std::fs::copy(here(name), &copy).unwrap();
        copy
    };
    Some(vec![
        (variable("WORKFLOW_TEST_SERVICES")?, here("services.py"), &[]),
        (variable("WORKFLOW_TEST_CURRENT")?, here("current.py"), &[]),
        ("node".into(), beside("services.mjs"), &[]),
        ("node".into(), beside("current.mjs"), &[]),
        ("node".into(), beside("current.mjs"), &["page"]),
    ])
}

/// All numbers as doubles: JavaScript has no others, and 1 and 1.0 are the same.
fn doubles(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(doubles).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| (key.clone(), doubles(value)));
            Value::Object(fields.collect())
        }
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

async fn check(store: &Store) {
    let Some(scripts) = scripts() else {
        return;
    };
    let scenario = Path::new(HERE).join("scenario.json");
    let expected = ours::read(&store.base, &scenario).await;
    for (index, (program, script, arguments)) in scripts.iter().enumerate() {
        let mut command = Command::new(program);
        command.arg(script).args([
            &store.base,
            scenario.to_str().unwrap(),
            &format!("client-{index}"),
        ]);
        let output = command.args(*arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        let name = script.display();
        assert!(output.status.success(), "{name} {arguments:?}: {errors}");
        let line = String::from_utf8_lossy(&output.stdout);
        let found: Map<String, Value> = serde_json::from_str(line.lines().last().unwrap()).unwrap();
        assert!(found.len() >= 10, "{name} says too little: {line}");
        for (key, found) in &found {
            assert_eq!(
                doubles(found),
                doubles(&expected[key.as_str()]),
                "{key} as read by {name} {arguments:?}"
            );
        }
    }
}

#[tokio::test]
#[ignore = "needs the official clients: cargo xtask test cloud"]
async fn the_official_clients_read_what_we_read_from_memory() {
    check(&Store::start(None)).await;
}

#[tokio::test]
#[ignore = "needs the official clients: cargo xtask test cloud"]
async fn the_official_clients_read_what_we_read_from_a_file() {
    let folder = folder();
    check(&Store::start(Some(&folder.0.join("rows.db")))).await;
}
