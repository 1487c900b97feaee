//! The meaning of the arguments of `cargo xtask test`.

use super::PARTS;
use super::packages::Package;
use crate::Result;

/// Test programs that are parts of their own.
const OWN_PARTS: [&str; 5] = [ELEMENTS, EXAMPLES, GALLERY, LEGACY, PLATFORM];
pub(super) const ELEMENTS: &str = "elements";
pub(super) const EXAMPLES: &str = "examples";
pub(super) const GALLERY: &str = "gallery";
pub(super) const LEGACY: &str = "legacy";
pub(super) const PLATFORM: &str = "platform";

/// Parts that take minutes, and run by name and with `--all` only: published clients and servers, and apps that `lint-wasm` compiles.
const BY_NAME: [&str; 4] = ["cloud", EXAMPLES, LEGACY, PLATFORM];

/// What the filters select together.
pub(super) struct Choice {
    /// Parts to run.
    pub(super) parts: Vec<&'static str>,
    /// Packages to which `unit` is restricted; empty for all.
    pub(super) packages: Vec<String>,
    /// Programs to which `e2e` is restricted; empty for all.
    pub(super) programs: Vec<String>,
}

/// A filter is a part's name; a package's folder, for its native tests; or a test program of `e2e`. Without one, every part that does not
/// need to be named, or with `all` every part.
pub(super) fn choose(filters: &[String], packages: &[Package], all: bool) -> Result<Choice> {
    let mut choice = Choice {
        parts: Vec::new(),
        packages: Vec::new(),
        programs: Vec::new(),
    };
    let programs = || end_to_end(packages);
    for filter in filters {
        if let Some(part) = PARTS.iter().find(|part| part.name == filter) {
            choice.parts.push(part.name);
        } else if let Some(package) = packages.iter().find(|package| package.answers_to(filter)) {
            if package.is_end_to_end() {
                choice.parts.push("e2e");
            } else {
                choice.parts.push("unit");
                choice.packages.push(package.name.clone());
            }
        } else if programs().any(|program| program == filter) {
            choice.parts.push("e2e");
            choice.programs.push(filter.clone());
        } else {
            return Err(format!(
                "there is no part or package `{filter}`. There are:\n{}",
                listing(packages)
            ));
        }
    }
    if filters.is_empty() {
        let names = PARTS.iter().map(|part| part.name);
        choice.parts = names.filter(|name| all || !BY_NAME.contains(name)).collect();
    }
    // Everything may be selected together with a part of it.
    if filters.iter().any(|filter| filter == "unit") {
        choice.packages.clear();
    }
    let is_package = |filter: &str| {
        packages
            .iter()
            .any(|it| it.is_end_to_end() && it.answers_to(filter))
    };
    if filters.iter().any(|filter| filter == "e2e" || is_package(filter)) {
        choice.programs.clear();
    }
    Ok(choice)
}

/// The programs of the part `e2e`: those of its package that have no part of their own.
pub(super) fn end_to_end(packages: &[Package]) -> impl Iterator<Item = &str> {
    packages
        .iter()
        .filter(|package| package.is_end_to_end())
        .flat_map(Package::native_tests)
        .filter(|program| !OWN_PARTS.contains(program))
}

/// The possible filters.
pub(super) fn listing(packages: &[Package]) -> String {
    let mut text = String::new();
    for part in PARTS {
        text += &format!("  {:<10} {}\n", part.name, part.about);
    }
    let folders: Vec<&str> = packages.iter().map(|package| package.folder.as_str()).collect();
    text += &format!("or a package, for its native tests: {}\n", folders.join(", "));
    let programs: Vec<&str> = end_to_end(packages).collect();
    text += &format!("or a program of e2e: {}\n", programs.join(", "));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(filters: &[&str]) -> Result<Choice> {
        let package = |folder: &str, name: &str, tests: &[&str]| Package {
            folder: folder.into(),
            name: name.into(),
            tests: tests.iter().map(|&test| test.into()).collect(),
        };
        let packages = [
            package("protocol", "workflow-protocol", &["wire"]),
            package("tests", "workflow-tests", &["e2e", "tabs"]),
        ];
        let filters: Vec<String> = filters.iter().map(|&filter| filter.to_owned()).collect();
        choose(&filters, &packages, false)
    }

    #[test]
    fn without_a_filter_everything_runs() {
        let parts = choice(&[]).unwrap().parts;
        assert_eq!(
            parts.len(),
            PARTS.len() - BY_NAME.len(),
            "all parts but those by name"
        );
        assert_eq!(choice(&["legacy"]).unwrap().parts, ["legacy"]);
        let all = choose(&[], &[], true).unwrap().parts;
        assert_eq!(all.len(), PARTS.len(), "all parts");
    }

    #[test]
    fn a_package_selects_its_native_tests() {
        let protocol = choice(&["protocol"]).unwrap();
        assert_eq!(protocol.parts, ["unit"], "the part that runs them");
        assert_eq!(protocol.packages, ["workflow-protocol"], "and only its own");
        let both = choice(&["protocol", "unit"]).unwrap();
        assert!(both.packages.is_empty(), "unit means all of them");
    }

    #[test]
    fn an_end_to_end_program_runs_alone() {
        let tabs = choice(&["tabs"]).unwrap();
        assert_eq!(
            (tabs.parts, tabs.programs),
            (vec!["e2e"], vec!["tabs".to_owned()]),
            "only this one"
        );
        for whole in ["e2e", "tests", "workflow-tests"] {
            let all = choice(&["tabs", whole]).unwrap();
            assert!(
                all.parts.contains(&"e2e") && all.programs.is_empty(),
                "{whole} means all of them"
            );
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = choice(&["e3e"]).err().unwrap();
        assert!(error.contains("`e3e`") && error.contains("e2e"), "{error}");
    }

    #[test]
    fn the_page_is_built_by_the_part_that_tests_it() {
        let at = |name: &str| PARTS.iter().position(|part| part.name == name).unwrap();
        for later in ["size", "e2e"] {
            assert!(
                at("page") < at(later),
                "{later} would build it itself, and be timed and blamed for it"
            );
        }
    }
}
