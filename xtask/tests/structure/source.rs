//! The modules of a crate, and the paths that each uses.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path of names: of a module from the crate's root, or as it is written.
pub(crate) type Names = Vec<String>;

/// What one module says, its tests left out.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// The paths that begin with `crate`, `self` or `super`.
    pub(crate) used: BTreeSet<Names>,
    /// What it makes visible under a name of its own (`pub use`).
    pub(crate) exported: BTreeMap<String, Names>,
    /// Modules that exist only in tests.
    tests: BTreeSet<String>,
}

pub(crate) type Modules = BTreeMap<Names, Module>;

/// Reads the modules below a crate's `src`. Programs in `bin` are crates of their own.
pub(crate) fn modules(folder: &Path) -> Modules {
    let mut modules = Modules::new();
    for file in super::rust_files(folder) {
        let below = file
            .strip_prefix(folder)
            .expect("a file of the folder")
            .with_extension("");
        let mut names: Names = below
            .iter()
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        if names[0] == "bin" {
            continue;
        }
        if names.last().is_some_and(|name| name == "mod") || names == ["lib"] || names == ["main"] {
            names.pop();
        }
        let text = std::fs::read_to_string(&file).expect("a file");
        modules.entry(names).or_default().read(&text);
    }
    without_tests(modules)
}

/// Modules from texts, for tests of the tests.
pub(crate) fn read(texts: &[(&[&str], &str)]) -> Modules {
    let mut modules = Modules::new();
    for (names, text) in texts {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        modules.entry(names).or_default().read(text);
    }
    without_tests(modules)
}

fn without_tests(mut modules: Modules) -> Modules {
    let mut tests: Vec<Names> = Vec::new();
    for (names, module) in &modules {
        tests.extend(
            module
                .tests
                .iter()
                .map(|test| [&names[..], &[test.clone()]].concat()),
        );
    }
    modules.retain(|names, _| !tests.iter().any(|test| names.starts_with(test)));
    modules
}

impl Module {
    fn read(&mut self, text: &str) {
        let tokens: TokenStream = text.parse().expect("Rust");
        self.take(tokens);
    }

    fn take(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if is_punct(Some(token), '#') && is_for_tests(tokens.get(at + 1)) {
                at = self.skip_item(&tokens, at + 2);
                continue;
            }
            match token {
                TokenTree::Group(group) => self.take(group.stream()),
                TokenTree::Ident(word) if *word == "use" && is_exported(&tokens, at) => {
                    let mut paths = Vec::new();
                    tree(&tokens, &mut (at + 1), &[], &mut paths);
                    for (name, path) in paths {
                        self.exported.insert(name, path);
                    }
                }
                TokenTree::Ident(word) if is_start(&word.to_string()) && !follows_path(&tokens, at) => {
                    let mut paths = Vec::new();
                    tree(&tokens, &mut at.clone(), &[], &mut paths);
                    self.used.extend(paths.into_iter().map(|(_, path)| path));
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// The place after an item, which is left out.
    fn skip_item(&mut self, tokens: &[TokenTree], from: usize) -> usize {
        let mut at = from;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Ident(word) if *word == "mod" && is_punct(tokens.get(at + 1), ';') => {
                    self.tests.extend(tokens.get(at).map(ToString::to_string));
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    // Only `use` goes on after its braces.
                    if !is_punct(tokens.get(at), ';') {
                        break;
                    }
                }
                token if is_punct(Some(token), ';') => break,
                _ => {}
            }
        }
        at
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

fn is_for_tests(token: Option<&TokenTree>) -> bool {
    let Some(TokenTree::Group(group)) = token else {
        return false;
    };
    let words = group.stream().to_string().replace(' ', "");
    words == "cfg(test)" || words.starts_with("cfg(all(test,")
}

fn is_start(word: &str) -> bool {
    matches!(word, "crate" | "self" | "super")
}

/// Whether a word goes on with a path that began before it, or belongs to `$crate`.
fn follows_path(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    is_punct(before, '$') || (is_punct(before, ':') && at >= 2 && is_punct(tokens.get(at - 2), ':'))
}

/// Whether `pub` or `pub(…)` stands before the `use` at this place.
fn is_exported(tokens: &[TokenTree], at: usize) -> bool {
    let is_pub = |back: usize| {
        let token = at.checked_sub(back).and_then(|at| tokens.get(at));
        matches!(token, Some(TokenTree::Ident(word)) if *word == "pub")
    };
    let parentheses = at.checked_sub(1).and_then(|at| tokens.get(at));
    is_pub(1) || (is_pub(2) && matches!(parentheses, Some(TokenTree::Group(_))))
}

/// Reads the paths of a tree as in `use a::{b, c as d}`, each with the name that it gives.
fn tree(tokens: &[TokenTree], at: &mut usize, before: &[String], paths: &mut Vec<(String, Names)>) {
    match tokens.get(*at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            let mut next = 0;
            while next < inner.len() {
                tree(&inner, &mut next, before, paths);
                // What follows a tree here can only be a comma.
                next += 1;
            }
            *at += 1;
        }
        Some(TokenTree::Ident(word)) => {
            let mut path = before.to_vec();
            let word = word.to_string();
            let word = word.strip_prefix("r#").unwrap_or(&word);
            if word != "self" || path.is_empty() {
                path.push(word.to_owned());
            }
            *at += 1;
            if is_punct(tokens.get(*at), ':') && is_punct(tokens.get(*at + 1), ':') {
                *at += 2;
                let rest = paths.len();
                tree(tokens, at, &path, paths);
                if paths.len() == rest {
                    // `Type::<T>` and the like.
                    paths.push((String::new(), path));
                }
                return;
            }
            let mut name = path.last().cloned().unwrap_or_default();
            if let (Some(TokenTree::Ident(keyword)), Some(TokenTree::Ident(alias))) =
                (tokens.get(*at), tokens.get(*at + 1))
                && *keyword == "as"
            {
                name = alias.to_string();
                *at += 2;
            }
            paths.push((name, path));
        }
        _ => {}
    }
}
