//! Parser of the output of test programs.

/// How many failed tests run a second time. More are no coincidence.
const MOST_REPEATED: usize = 3;

/// The counted results.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) ignored: u32,
    /// Names of failed tests, and sentences about other failures.
    pub(crate) failures: Vec<String>,
    /// Names of tests that passed in a second run only.
    pub(crate) unstable: Vec<String>,
}

impl Tally {
    pub(crate) fn pass(&mut self) {
        self.passed += 1;
    }

    /// Counts one failure that no test program reported.
    pub(crate) fn fail(&mut self, what: impl Into<String>) {
        self.failed += 1;
        self.failures.push(what.into());
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.failures.extend(other.failures);
        self.unstable.extend(other.unstable);
    }

    /// The failed tests, if each failure is a test and there are few of them.
    pub(crate) fn repeatable(&self) -> Option<&[String]> {
        let is_test = |failure: &String| !failure.contains(' ');
        let names = self.failures.as_slice();
        let few = (1..=MOST_REPEATED).contains(&names.len());
        (few && self.failed as usize == names.len() && names.iter().all(is_test)).then_some(names)
    }

    /// Counts the failed tests as passed, because they passed in a second run.
    pub(crate) fn pass_repeated(&mut self) {
        self.passed += std::mem::take(&mut self.failed);
        self.unstable.append(&mut self.failures);
    }

    /// Reads one line of libtest's or wasm-bindgen-test's output; other lines are ignored.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(counts) = counts(line) {
            self.add(counts);
        } else if let Some(Verdict::Failed(name)) = Verdict::read(line) {
            self.failures.push(name.to_owned());
        }
    }
}

/// `test result: FAILED. 3 passed; 1 failed; 0 ignored; …`, the last line of a test program.
pub(crate) fn counts(line: &str) -> Option<Tally> {
    let (_, numbers) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    let count = |what: &str| {
        numbers.split(';').find_map(|part| {
            let (number, word) = part.trim().split_once(' ')?;
            if word == what { number.parse().ok() } else { None }
        })
    };
    Some(Tally {
        passed: count("passed")?,
        failed: count("failed")?,
        ignored: count("ignored")?,
        ..Tally::default()
    })
}

/// The result of one test in a line.
#[derive(Debug, PartialEq)]
pub(crate) enum Verdict<'a> {
    Passed(&'a str),
    Failed(&'a str),
}

impl<'a> Verdict<'a> {
    /// `test NAME ... ok`, `… FAILED` or, in a browser, `… FAIL`. An ignored test has no result.
    pub(crate) fn read(line: &'a str) -> Option<Self> {
        let (name, word) = line.trim().strip_prefix("test ")?.rsplit_once(" ... ")?;
        match word.split([',', ' ', '<']).next() {
            Some("ok") => Some(Self::Passed(name)),
            Some("FAILED" | "FAIL") => Some(Self::Failed(name)),
            _ => None,
        }
    }
}

/// The package whose tests cargo runs: `Running unittests src/lib.rs (…/deps/workflow_protocol-0a1b)` or `Doc-tests workflow_protocol`.
/// Integration tests are named by their file.
pub(crate) fn program(line: &str) -> Option<String> {
    let line = line.trim();
    if let Some(name) = line.strip_prefix("Doc-tests ") {
        return Some(format!("{name} (doc)"));
    }
    let (source, binary) = line.strip_prefix("Running ")?.split_once(" (")?;
    let binary = binary.trim_end_matches(')').rsplit('/').next()?;
    let (name, _hash) = binary.rsplit_once('-')?;
    let source = source.strip_prefix("unittests ").map_or(Some(source), |_| None);
    Some(source.map_or_else(|| name.to_owned(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_of_both_runners_are_counted() {
        let mut tally = Tally::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out; finished in 1.60s",
            "a line about a test result: ok. 9 passed",
            "test result: something else",
        ] {
            tally.read(line);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 15,
                failed: 2,
                ignored: 1,
                ..Tally::default()
            },
            "the sum of both"
        );
    }

    #[test]
    fn failed_tests_are_named() {
        let mut tally = Tally::default();
        for line in [
            "test sse::cuts ... ok",
            "test sse::bom ... FAILED",
            "test web::mounts ... FAIL",
            "test slow::all ... ignored, takes an hour",
            "test src/run.rs - run (line 12) ... FAILED",
            "test e2e::hangs ... FAILED <12.100s>",
        ] {
            tally.read(line);
        }
        assert_eq!(
            tally.failures,
            [
                "sse::bom",
                "web::mounts",
                "src/run.rs - run (line 12)",
                "e2e::hangs"
            ],
            "in order"
        );
        assert_eq!(tally.failed, 0, "they are counted by the closing line only");
    }

    #[test]
    fn a_few_failed_tests_are_repeated() {
        let read = |failed: usize| {
            let mut tally = Tally::default();
            (0..failed).for_each(|test| tally.read(&format!("test e2e::{test} ... FAILED")));
            tally.read(&format!(
                "test result: FAILED. 9 passed; {failed} failed; 0 ignored"
            ));
            tally
        };
        assert!(read(0).repeatable().is_none(), "nothing failed");
        assert!(read(4).repeatable().is_none(), "too many");
        let mut tally = read(2);
        assert_eq!(tally.repeatable().unwrap(), ["e2e::0", "e2e::1"]);
        tally.pass_repeated();
        assert_eq!((tally.passed, tally.failed), (11, 0));
        assert_eq!(tally.unstable, ["e2e::0", "e2e::1"], "they are named");
        let mut tally = read(1);
        tally.fail("end-to-end tests: not done in time");
        assert!(tally.repeatable().is_none(), "not only tests failed");
    }

    #[test]
    fn the_running_program_is_read_from_cargo_output() {
        let cases = [
            (
                "     Running unittests src/lib.rs (target/debug/deps/workflow_protocol-0a1b)",
                Some("workflow_protocol"),
            ),
            (
                "     Running tests/wire.rs (target/debug/deps/wire-0a1b)",
                Some("tests/wire.rs"),
            ),
            ("   Doc-tests workflow_ui_core", Some("workflow_ui_core (doc)")),
            ("   Compiling workflow-protocol v0.1.0", None),
            ("     Running `target/debug/xtask test`", None),
        ];
        for (line, expected) in cases {
            assert_eq!(program(line).as_deref(), expected, "from {line}");
        }
    }
}
