//! The output during and after the parts.

use super::results::Tally;
use crate::watched::seconds;
use std::time::Duration;

/// The finished parts.
pub(crate) struct Report {
    rows: Vec<(&'static str, Duration, Tally)>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Prints the result of a part and keeps it for the summary.
    pub(crate) fn add(&mut self, name: &'static str, took: Duration, tally: Tally, notes: &[String]) {
        for note in notes {
            println!("    {note}");
        }
        let word = if tally.failed > 0 { "FAILED" } else { "ok" };
        println!("    {word}: {} in {}\n", counts(&tally), seconds(took));
        self.rows.push((name, took, tally));
    }

    fn sum(&self) -> Tally {
        let mut sum = Tally::default();
        for (_, _, tally) in &self.rows {
            sum.add(tally.clone());
        }
        sum
    }

    /// Whether nothing failed and at least one test ran.
    pub(crate) fn is_good(&self) -> bool {
        let sum = self.sum();
        sum.failed == 0 && sum.passed > 0
    }

    /// The summary. Its last line is for machines: `N passed, N failed`.
    pub(crate) fn end(&self) -> String {
        let mut text = format!(
            "{:<10} {:>10} {:>8} {:>8} {:>8}\n",
            "part", "seconds", "passed", "failed", "ignored"
        );
        for (name, took, tally) in &self.rows {
            let (passed, failed, ignored) = (tally.passed, tally.failed, tally.ignored);
            text += &format!(
                "{name:<10} {:>10.1} {passed:>8} {failed:>8} {ignored:>8}\n",
                took.as_secs_f64()
            );
        }
        let sum = self.sum();
        if sum.ignored > 0 {
            text += "Slow tests are ignored here: `cargo xtask test --all` runs them too.\n";
        }
        for (name, _, tally) in &self.rows {
            for test in &tally.unstable {
                text += &format!("UNSTABLE {name}: {test} failed, and passed in a second run\n");
            }
            for failure in &tally.failures {
                text += &format!("FAILED {name}: {failure}\n");
            }
        }
        text + &format!("{} passed, {} failed\n", sum.passed, sum.failed)
    }
}

/// `12 passed, 1 failed`, and the number of ignored tests if there are any.
pub(crate) fn counts(tally: &Tally) -> String {
    let mut text = format!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.ignored > 0 {
        text += &format!(", {} ignored", tally.ignored);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(tallies: &[(u32, u32)]) -> Report {
        let row = |&(passed, failed): &(u32, u32)| {
            let mut tally = Tally {
                passed,
                ..Tally::default()
            };
            (0..failed).for_each(|number| tally.fail(format!("test {number}")));
            ("unit", Duration::from_secs(1), tally)
        };
        Report {
            rows: tallies.iter().map(row).collect(),
        }
    }

    #[test]
    fn the_last_line_is_the_count_alone() {
        let text = report(&[(3, 0), (4, 2)]).end();
        assert_eq!(text.lines().last(), Some("7 passed, 2 failed"), "{text}");
        assert!(
            text.contains("FAILED unit: test 1\n"),
            "failed tests are named above it: {text}"
        );
    }

    #[test]
    fn a_run_without_tests_fails() {
        assert!(report(&[(1, 0)]).is_good(), "one test passed");
        assert!(!report(&[(9, 1)]).is_good(), "one test failed");
        assert!(!report(&[(0, 0)]).is_good(), "nothing was tested");
    }
}
