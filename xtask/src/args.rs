//! The command line, read by hand: a parser crate would cost everybody more seconds than it saves lines.

use crate::Result;
use std::collections::VecDeque;

/// What stands after the command's name. Each command takes what it knows and then calls [`Args::finish`].
pub(crate) struct Args {
    own: VecDeque<String>,
    passed_on: Vec<String>,
}

impl Args {
    /// Splits at the first `--`: what follows is for the program that the command runs.
    pub(crate) fn new(args: impl Iterator<Item = String>) -> Self {
        let mut own: VecDeque<String> = args.collect();
        let passed_on = match own.iter().position(|arg| arg == "--") {
            Some(at) => own.split_off(at).into_iter().skip(1).collect(),
            None => Vec::new(),
        };
        Self { own, passed_on }
    }

    /// Whether `--help` or `-h` was asked for.
    pub(crate) fn wants_help(&self) -> bool {
        self.own.iter().any(|arg| arg == "--help" || arg == "-h")
    }

    /// Takes a switch such as `--open`.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        let before = self.own.len();
        self.own.retain(|arg| arg != name);
        self.own.len() != before
    }

    /// Takes `--name VALUE` or `--name=VALUE`; the last one counts.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        Ok(self.values(name)?.pop())
    }

    /// Takes `--name VALUE` or `--name=VALUE` as often as it is given.
    pub(crate) fn values(&mut self, name: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut rest = VecDeque::new();
        while let Some(arg) = self.own.pop_front() {
            if arg == name {
                let value = self.own.pop_front().filter(|value| !value.starts_with("--"));
                found.push(value.ok_or_else(|| format!("`{name}` needs a value after it."))?);
            } else if let Some(value) = arg.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                found.push(value.to_owned());
            } else {
                rest.push_back(arg);
            }
        }
        self.own = rest;
        Ok(found)
    }

    /// Takes the first thing if it is a word and not an option.
    pub(crate) fn first_word(&mut self) -> Option<String> {
        if self.own.front()?.starts_with('-') {
            None
        } else {
            self.own.pop_front()
        }
    }

    /// Takes all words that are not options.
    pub(crate) fn words(&mut self) -> Vec<String> {
        let (options, words): (Vec<_>, Vec<_>) = self.own.drain(..).partition(|arg| arg.starts_with('-'));
        self.own = options.into();
        words
    }

    /// Everything that is left, for a program that reads it itself.
    pub(crate) fn rest(self) -> impl Iterator<Item = String> {
        self.own.into_iter().chain(self.passed_on)
    }

    /// What stood after `--`.
    pub(crate) fn passed_on(&mut self) -> Vec<String> {
        std::mem::take(&mut self.passed_on)
    }

    /// Refuses whatever nobody took, so that a misspelt option is not silently ignored.
    pub(crate) fn finish(self) -> Result<()> {
        match self.rest().next() {
            None => Ok(()),
            Some(arg) => Err(format!(
                "`{arg}` is not understood here; `cargo xtask help` lists what each command takes."
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn values_are_taken_in_both_spellings_and_the_last_one_counts() {
        let mut args = args("--port 1 --host=::1 --port=2");
        assert_eq!(args.value("--port"), Ok(Some("2".to_owned())), "the last --port");
        assert_eq!(
            args.value("--host"),
            Ok(Some("::1".to_owned())),
            "the value after the equals sign"
        );
        assert_eq!(args.value("--upstream"), Ok(None), "an option that is not there");
        assert!(args.finish().is_ok(), "everything was taken");
    }

    #[test]
    fn a_value_that_is_missing_is_said_and_not_stolen_from_the_next_option() {
        let error = args("--port --open").value("--port").unwrap_err();
        assert!(error.contains("--port"), "{error}");
    }

    #[test]
    fn what_nobody_took_is_refused() {
        let mut args = args("--opne");
        assert!(!args.switch("--open"), "a misspelt switch is not the switch");
        assert!(
            args.finish().unwrap_err().contains("--opne"),
            "the refusal names it"
        );
    }

    #[test]
    fn what_stands_after_two_dashes_is_passed_on_untouched() {
        let mut args = args("e2e -- --nocapture prompt");
        assert_eq!(args.words(), ["e2e"], "own words");
        assert_eq!(args.passed_on(), ["--nocapture", "prompt"], "the program's words");
    }
}
