//! `budget.toml`: tables of `key = "text"` and `key = 1_000`, which is as much TOML as it needs.

use crate::Result;

/// What a set of files may weigh together.
#[derive(Debug, PartialEq)]
pub(crate) struct Budget {
    pub(crate) name: String,
    /// For the reader.
    pub(crate) about: String,
    /// Endings of the files that count, without the dot.
    pub(crate) files: Vec<String>,
    /// Bytes that it must not exceed.
    pub(crate) brotli: u64,
}

impl Budget {
    /// Whether a file is one of those that the budget is about.
    pub(crate) fn counts(&self, file: &str) -> bool {
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
        self.files.iter().any(|counted| counted == ending)
    }
}

/// Reads the file; a line that is not understood is an error, so that no budget is lost by a slip.
pub(crate) fn parse(text: &str) -> Result<Vec<Budget>> {
    let mut budgets: Vec<Budget> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let wrong = |what: &str| format!("budget.toml, line {}: {what}: {line}", number + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']').ok_or_else(|| wrong("a `]` is missing"))?;
            budgets.push(Budget {
                name: name.to_owned(),
                about: String::new(),
                files: Vec::new(),
                brotli: 0,
            });
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| wrong("not `key = value`"))?;
        let budget = budgets
            .last_mut()
            .ok_or_else(|| wrong("stands before the first [name]"))?;
        let value = value.trim();
        let text = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        match (key.trim(), text) {
            ("about", Some(text)) => budget.about = text.to_owned(),
            ("files", Some(text)) => budget.files = text.split_whitespace().map(str::to_owned).collect(),
            ("brotli", None) => budget.brotli = bytes(value).ok_or_else(|| wrong("not a number of bytes"))?,
            _ => return Err(wrong("not understood")),
        }
    }
    match budgets
        .iter()
        .find(|budget| budget.files.is_empty() || budget.brotli == 0)
    {
        None => Ok(budgets),
        Some(budget) => Err(format!(
            "budget.toml: [{}] has to say `files` and `brotli`.",
            budget.name
        )),
    }
}

fn bytes(text: &str) -> Option<u64> {
    text.replace('_', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_projects_own_limits_are_read() {
        let budgets = parse(include_str!("../../budget.toml")).unwrap();
        let debugger = budgets.iter().find(|budget| budget.name == "debugger").unwrap();
        let measurements = include_str!("../../../docs/measurements.md");
        let limit = format!("| {} {:03} |", debugger.brotli / 1000, debugger.brotli % 1000);
        assert!(
            measurements.contains(&limit),
            "docs/measurements.md names the limit of the page: {limit}"
        );
        for file in [
            "index.html",
            "a-1.js",
            "a_bg.wasm",
            "snippets/x/inline0.js",
            "boot-1.css",
        ] {
            assert!(debugger.counts(file), "{file} is part of the page's size");
        }
        assert!(!debugger.counts("favicon.svg"), "not counted");
    }

    #[test]
    fn slips_are_named_with_their_line() {
        let cases = [
            ("brotli = 1", "line 1: stands before"),
            ("[a", "line 1: a `]`"),
            ("[a]\nfiles = \"js\"\nbrotli = much", "line 3: not a number"),
            ("[a]\nbrotly = 1", "line 2: not understood"),
            ("[a]\nbrotli = 1", "[a] has to say"),
        ];
        for (text, expected) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text:?} gave {error:?}");
        }
    }
}
