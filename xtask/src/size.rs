//! `cargo xtask size`: what the built page weighs, against what it may weigh; with `--all`, also what the custom
//! elements weigh, and what the hooks add to an app.

mod budget;

use crate::paths::{self, Paths};
use crate::weights::{Sized, grouped, measure, table, weight};
use crate::{Result, npm, page, tools, wasm};
use budget::Budget;
use std::process::ExitCode;

/// One row of the budget file against what is there.
pub(crate) struct Verdict {
    pub(crate) text: String,
    pub(crate) holds: bool,
}

/// What is weighed as a difference: the row's name, the features of the least app (`tests/size`), and those of the one that it is
/// compared with.
const ADDED: [(&str, &str, &str); 3] = [
    ("hooks", "hooks", ""),
    ("event-source", "event-source", "hooks"),
    ("shared-tabs", "shared-tabs", "hooks"),
];

/// The row of the package of custom elements.
const ELEMENTS: &str = "elements";

/// Options of `cargo xtask size`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also build and measure the custom elements, and what the hooks add to an app
    #[arg(long)]
    all: bool,
}

/// Prints the table and fails when a limit is exceeded.
pub(crate) fn run(paths: &Paths, args: &Args) -> Result<ExitCode> {
    page::ensure(paths)?;
    let files = measure(&paths.dist())?;
    println!("{}", table(&files));
    let mut verdicts = verdicts(paths, &files)?;
    if args.all {
        verdicts.extend(elements(paths)?);
        verdicts.extend(added(paths)?);
    }
    for verdict in &verdicts {
        println!("{}", verdict.text);
    }
    Ok(if verdicts.iter().all(|verdict| verdict.holds) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Each row of `xtask/budget.toml` that is about the page.
pub(crate) fn verdicts(paths: &Paths, files: &[Sized]) -> Result<Vec<Verdict>> {
    let budgets = budgets(paths)?;
    let of_page =
        |budget: &&Budget| budget.name != ELEMENTS && !ADDED.iter().any(|(name, ..)| *name == budget.name);
    Ok(budgets
        .iter()
        .filter(of_page)
        .map(|budget| check(budget, files))
        .collect())
}

/// What the package of custom elements weighs. Builds it, in the user's sight.
pub(crate) fn elements(paths: &Paths) -> Result<Vec<Verdict>> {
    let files = measure(&npm::make(paths)?)?;
    let budgets = budgets(paths)?;
    let rows = budgets.iter().filter(|budget| budget.name == ELEMENTS);
    Ok(rows.map(|budget| check(budget, &files)).collect())
}

/// What the hooks and their features add to an app, program and glue. Builds the least app four times, in the user's sight.
///
/// The app uses `EventSource` instead of the streams of `fetch`, which is therefore not in it: that row is what one costs above the
/// other.
pub(crate) fn added(paths: &Paths) -> Result<Vec<Verdict>> {
    println!("Building the least app with and without the hooks (minutes: each is optimised as a whole).");
    let tools = tools::for_page(paths)?;
    let mut weights: Vec<(&str, u64)> = Vec::new();
    for features in ["", "hooks", "event-source", "shared-tabs"] {
        let files = measure(&wasm::least_app(paths, &tools, features)?)?;
        weights.push((features, weight(&files)));
    }
    let of = |features: &str| {
        let found = weights.iter().find(|(name, _)| *name == features);
        found.map_or(0, |(_, weight)| *weight)
    };
    let budgets = budgets(paths)?;
    let verdicts = ADDED.iter().map(|&(name, with, without)| {
        let (with, without) = (of(with), of(without));
        let more = with.saturating_sub(without);
        let mut verdict = match budgets.iter().find(|budget| budget.name == name) {
            Some(budget) => compare(budget, more, true),
            None => Verdict {
                text: format!("{name}: {} bytes", grouped(more)),
                holds: true,
            },
        };
        verdict.text += &format!("; {} with it, {} without", grouped(with), grouped(without));
        verdict
    });
    Ok(verdicts.collect())
}

fn budgets(paths: &Paths) -> Result<Vec<Budget>> {
    budget::parse(&paths::read(&paths.root.join("xtask/budget.toml"))?)
}

fn check(budget: &Budget, files: &[Sized]) -> Verdict {
    let counted: Vec<&Sized> = files.iter().filter(|file| budget.counts(&file.name)).collect();
    let weight: u64 = counted.iter().map(|file| file.brotli).sum();
    compare(budget, weight, !counted.is_empty())
}

/// `something`: whether there was anything to weigh. A page without a program weighs little, and would pass.
fn compare(budget: &Budget, weight: u64, something: bool) -> Verdict {
    let holds = weight <= budget.brotli && something;
    let word = match (holds, something) {
        (true, _) => "ok",
        (_, false) => "NOTHING THERE",
        _ => "TOO BIG",
    };
    let text = format!(
        "{}: {} of {} bytes, {word} ({})",
        budget.name,
        grouped(weight),
        grouped(budget.brotli),
        budget.about
    );
    Verdict { text, holds }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, brotli: u64) -> Sized {
        Sized {
            name: name.to_owned(),
            raw: brotli * 3,
            brotli,
        }
    }

    fn budget(brotli: u64) -> Budget {
        Budget {
            name: "debugger".to_owned(),
            about: "x".to_owned(),
            files: vec!["wasm".to_owned(), "js".to_owned()],
            brotli,
        }
    }

    #[test]
    fn a_budget_counts_its_own_kinds_of_files_to_the_byte() {
        let files = [
            file("app_bg.wasm", 150),
            file("app.js", 50),
            file("icon.svg", 1000),
        ];
        let verdict = check(&budget(200), &files);
        assert!(verdict.holds, "exactly at the limit");
        let verdict = check(&budget(199), &files);
        assert!(
            !verdict.holds && verdict.text.contains("TOO BIG"),
            "{}",
            verdict.text
        );
    }

    #[test]
    fn a_page_with_nothing_in_it_does_not_pass() {
        let verdict = check(&budget(200), &[file("icon.svg", 1)]);
        assert!(
            !verdict.holds && verdict.text.contains("NOTHING THERE"),
            "{}",
            verdict.text
        );
    }
}
