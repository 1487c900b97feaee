//! `cargo xtask size`: the sizes of the built page and their limits; with `--all`, also the sizes of the custom elements, and what the
//! hooks add to an app.

mod limit;

use crate::paths::Paths;
use crate::weights::{Sized, grouped, measure, table, weight};
use crate::{Result, npm, tools, wasm};
use limit::{CLOUD, DEBUGGER, ELEMENTS, HOOKS, Limit, WITHOUT_CLOUD};
use std::path::Path;
use std::process::ExitCode;

/// A limit, compared with the build.
pub(crate) struct Verdict {
    pub(crate) text: String,
    pub(crate) holds: bool,
}

/// What an option of the smallest app (`tests/size`) adds: its name, the app's features, the features of the app that it is compared with,
/// and the limit of the difference.
const ADDED: [(&str, &str, &str, Option<&Limit>); 5] = [
    ("hooks", "hooks", "", Some(&HOOKS)),
    ("event-source", "event-source", "hooks", None),
    ("shared-tabs", "shared-tabs", "hooks", None),
    ("serde_json", "json", "hooks", None),
    ("cloud", "cloud", "json", Some(&CLOUD)),
];

/// A text of the requests of Agent Data. A program that has it in its data has their code.
const ROUTE: &[u8] = b"beta/agent-data";

/// Options of `cargo xtask size`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also build and measure the custom elements, and what the hooks add to an app
    #[arg(long)]
    all: bool,
}

/// Prints the table and fails when a limit is exceeded.
pub(crate) fn run(paths: &Paths, args: &Args) -> Result<ExitCode> {
    crate::page::ensure(paths)?;
    let files = measure(&paths.dist())?;
    println!("{}", table(&files));
    let mut verdicts = vec![page(&files)];
    if args.all {
        verdicts.push(elements(paths)?);
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

/// The built page against its limit.
pub(crate) fn page(files: &[Sized]) -> Verdict {
    check(&DEBUGGER, files)
}

/// The package of custom elements against its limit. Builds it with visible output.
pub(crate) fn elements(paths: &Paths) -> Result<Verdict> {
    Ok(check(&ELEMENTS, &measure(&npm::make(paths)?)?))
}

/// What the hooks and their features add to an app, module and glue. Builds the smallest app six times, with visible output.
///
/// The app uses `EventSource`, so it does not contain the `fetch` streams: that row is their additional cost.
pub(crate) fn added(paths: &Paths) -> Result<Vec<Verdict>> {
    println!("Building the smallest app with and without the hooks (minutes: each is optimised as a whole).");
    let tools = tools::for_page(paths)?;
    let mut weights: Vec<(&str, u64)> = Vec::new();
    let mut routes = [0, 0];
    for features in ["", "hooks", "event-source", "shared-tabs", "json", "cloud"] {
        let folder = wasm::least_app(paths, &tools, features)?;
        let files = measure(&folder)?;
        weights.push((features, weight(&files)));
        match features {
            "hooks" => routes[0] = routes_in(&folder, &files)?,
            "cloud" => routes[1] = routes_in(&folder, &files)?,
            _ => {}
        }
    }
    let of = |features: &str| {
        let found = weights.iter().find(|(name, _)| *name == features);
        found.map_or(0, |(_, weight)| *weight)
    };
    let verdicts = ADDED.iter().map(|&(name, with, without, limit)| {
        let (with, without) = (of(with), of(without));
        let more = with.saturating_sub(without);
        let mut verdict = match limit {
            Some(limit) => compare(limit, more, true),
            None => Verdict {
                text: format!("{name}: {} bytes", grouped(more)),
                holds: true,
            },
        };
        verdict.text += &format!("; {} with it, {} without", grouped(with), grouped(without));
        verdict
    });
    let mut verdicts: Vec<Verdict> = verdicts.collect();
    // Where the app with `cloud` has none either, the text is another one by now.
    let mut without = compare(&WITHOUT_CLOUD, routes[0], routes[1] > 0);
    without.text += &format!("; {} with it", routes[1]);
    verdicts.push(without);
    Ok(verdicts)
}

/// How often the program in this folder has [`ROUTE`].
fn routes_in(folder: &Path, files: &[Sized]) -> Result<u64> {
    let mut count = 0;
    for file in files.iter().filter(|file| WITHOUT_CLOUD.counts(&file.name)) {
        let path = folder.join(&file.name);
        let bytes =
            std::fs::read(&path).map_err(|error| format!("{} cannot be read: {error}.", path.display()))?;
        count += bytes
            .windows(ROUTE.len())
            .filter(|window| *window == ROUTE)
            .count() as u64;
    }
    Ok(count)
}

fn check(limit: &Limit, files: &[Sized]) -> Verdict {
    let counted: Vec<&Sized> = files.iter().filter(|file| limit.counts(&file.name)).collect();
    let weight: u64 = counted.iter().map(|file| file.brotli).sum();
    compare(limit, weight, !counted.is_empty())
}

/// `something`: whether there was anything to measure. A page without a module is small, and would pass.
fn compare(limit: &Limit, weight: u64, something: bool) -> Verdict {
    let holds = weight <= limit.brotli && something;
    let word = match (holds, something) {
        (true, _) => "ok",
        (_, false) => "NOTHING THERE",
        _ => "TOO BIG",
    };
    let text = format!(
        "{}: {} of {} bytes, {word} ({})",
        limit.name,
        grouped(weight),
        grouped(limit.brotli),
        limit.about
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

    const fn limit(brotli: u64) -> Limit {
        Limit {
            name: "debugger",
            about: "x",
            files: &["wasm", "js"],
            brotli,
        }
    }

    #[test]
    fn a_limit_counts_files_of_its_extensions() {
        let files = [
            file("app_bg.wasm", 150),
            file("app.js", 50),
            file("icon.svg", 1000),
        ];
        let verdict = check(&limit(200), &files);
        assert!(verdict.holds, "exactly at the limit");
        let verdict = check(&limit(199), &files);
        assert!(
            !verdict.holds && verdict.text.contains("TOO BIG"),
            "{}",
            verdict.text
        );
    }

    #[test]
    fn an_empty_page_fails() {
        let verdict = check(&limit(200), &[file("icon.svg", 1)]);
        assert!(
            !verdict.holds && verdict.text.contains("NOTHING THERE"),
            "{}",
            verdict.text
        );
    }
}
