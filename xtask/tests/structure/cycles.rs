//! Modules of one parent that import each other, directly or by way of others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use crate::source::{Modules, Names};

#[derive(Debug)]
pub(crate) struct Cycle {
    /// The module that they are part of: `crate`, or its path.
    pub(crate) parent: String,
    /// All that can be reached from each other, in alphabetical order.
    pub(crate) modules: Names,
    /// A shortest way round, one line an import.
    pub(crate) path: String,
}

/// Which sibling each module imports, with the first place where it does.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

pub(crate) fn find(modules: &Modules) -> Vec<Cycle> {
    let mut levels: BTreeMap<Names, Imports> = BTreeMap::new();
    for (from, module) in modules {
        for used in &module.used {
            let to = resolve(modules, from, used, 0);
            let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if let (Some(one), Some(other)) = (from.get(common), to.get(common)) {
                let imports = levels.entry(from[..common].to_vec()).or_default();
                let place = format!("{} uses {}", from.join("::"), to.join("::"));
                imports
                    .entry(one.clone())
                    .or_default()
                    .entry(other.clone())
                    .or_insert(place);
            }
        }
    }
    let mut cycles = Vec::new();
    for (parent, imports) in levels {
        let parent = if parent.is_empty() {
            "crate".to_owned()
        } else {
            parent.join("::")
        };
        let mut done = BTreeSet::new();
        for module in imports.keys() {
            let together: Names = reached(&imports, module)
                .into_iter()
                .filter(|other| reached(&imports, other).contains(module))
                .collect();
            if together.len() > 1 && done.insert(together.clone()) {
                cycles.push(Cycle {
                    parent: parent.clone(),
                    path: way_round(&imports, module),
                    modules: together,
                });
            }
        }
    }
    cycles
}

/// The module that a path leads to, through what modules export.
fn resolve(modules: &Modules, from: &Names, path: &Names, depth: usize) -> Names {
    let mut module = from.clone();
    for (at, name) in path.iter().enumerate() {
        match name.as_str() {
            "crate" if at == 0 => module.clear(),
            "self" if at == 0 => {}
            "super" => {
                module.pop();
            }
            name => {
                let below = [&module[..], &[name.to_owned()]].concat();
                if modules.contains_key(&below) {
                    module = below;
                    continue;
                }
                let exported = modules.get(&module).and_then(|known| known.exported.get(name));
                return match exported {
                    // No chain of exports is that long: it is a circle.
                    Some(path) if depth < 8 => resolve(modules, &module, path, depth + 1),
                    _ => module,
                };
            }
        }
    }
    module
}

fn reached(imports: &Imports, from: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from.to_owned()];
    while let Some(module) = next.pop() {
        for other in imports.get(&module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(other.clone()) {
                next.push(other.clone());
            }
        }
    }
    reached
}

/// A shortest way from a module back to itself.
fn way_round(imports: &Imports, from: &str) -> String {
    let mut ways: VecDeque<Vec<&str>> = VecDeque::from([vec![from]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let last = way.last().copied().unwrap_or_default();
        for other in imports.get(last).into_iter().flat_map(BTreeMap::keys) {
            let longer = [&way[..], &[other.as_str()]].concat();
            if other == from {
                let mut text = String::new();
                for step in longer.windows(2) {
                    let place = &imports[step[0]][step[1]];
                    let _ = writeln!(text, "  {} imports {} ({place})", step[0], step[1]);
                }
                return text;
            }
            if seen.insert(other.as_str()) {
                ways.push_back(longer);
            }
        }
    }
    String::new()
}
