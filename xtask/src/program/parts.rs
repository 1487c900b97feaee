//! The parts of a program, and the script that loads them.
//!
//! `wasm-split` writes a script of its own. Ours loads each file once over all parts, shows what a server answered, and doesn't
//! depend on the media type that it sends.

use crate::{Result, paths};
use std::path::Path;

/// The script that `wasm-split` writes, which the glue imports.
pub(super) const WRITTEN: &str = "__wasm_split.js";

/// How the files begin that several parts need.
const CHUNK: &str = "chunk_";
/// How many files there are of what several parts need.
pub(super) const SHARED: usize = 4;

/// Bytes that are loaded for nothing rather than asked for one by one.
const TINY: u64 = 12_000;

/// A part: what its loader is called, and the files that it needs, its own last, without their ending.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    pub(super) loader: String,
    pub(super) files: Vec<String>,
}

/// What stands in the script of `wasm-split`; none where it is not written as expected.
pub(super) fn read(script: &str) -> Option<Vec<Part>> {
    const LOADER: &str = "__wasm_split_load_";
    let starts: Vec<usize> = script
        .match_indices("const __")
        .map(|(at, _)| at)
        .filter(|&at| script[at..].starts_with("const __chunk_") || script[at..].contains(LOADER))
        .collect();
    let mut chunks: Vec<(&str, &str)> = Vec::new();
    let mut parts = Vec::new();
    for (number, &start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(script.len());
        let statement = &script[start..end];
        let (name, value) = statement.strip_prefix("const ")?.split_once(" = ")?;
        let file = value
            .split_once("new URL(\"./")
            .and_then(|(_, rest)| rest.split_once(".wasm\""));
        let file = file.map(|(file, _)| file);
        if !name.starts_with(LOADER) {
            chunks.push((name, file?));
            continue;
        }
        let (_, needs) = value.rsplit_once('[')?;
        let (needs, _) = needs.split_once(']')?;
        let needs = needs.split(',').map(str::trim).filter(|name| !name.is_empty());
        let mut files = Vec::new();
        for need in needs {
            let (_, file) = chunks.iter().find(|(name, _)| *name == need)?;
            files.push((*file).to_owned());
        }
        files.extend(file.map(str::to_owned));
        parts.push(Part {
            loader: name.to_owned(),
            files,
        });
    }
    Some(parts)
}

/// A file that several parts need: what it is made of, and the parts that load it, by their place.
#[derive(Debug, PartialEq)]
pub(super) struct Shared {
    pub(super) chunks: Vec<String>,
    parts: Vec<usize>,
    size: u64,
}

impl Shared {
    /// Bytes that parts would load for nothing, were the two one file.
    fn waste_with(&self, other: &Self) -> u64 {
        let more = |one: &Self, other: &Self| {
            let new = other.parts.iter().filter(|part| !one.parts.contains(part));
            one.size * new.count() as u64
        };
        more(self, other) + more(other, self)
    }

    fn join(&mut self, other: Self) {
        self.chunks.extend(other.chunks);
        self.size += other.size;
        for part in other.parts {
            if !self.parts.contains(&part) {
                self.parts.push(part);
            }
        }
    }
}

/// Puts what several parts need into `most` files at most, where they can be put together. `wasm-split` writes one for each set of parts that share something: most are tiny,
/// and each would be a request.
pub(super) fn share(parts: &[Part], most: Option<usize>, size: impl Fn(&str) -> u64) -> Vec<Shared> {
    let mut all: Vec<Shared> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        for file in part.files.iter().filter(|file| file.starts_with(CHUNK)) {
            match all.iter_mut().find(|shared| shared.chunks.contains(file)) {
                Some(shared) => shared.parts.push(at),
                None => all.push(Shared {
                    chunks: vec![file.clone()],
                    parts: vec![at],
                    size: size(file),
                }),
            }
        }
    }
    // None: they can't be put together.
    while let Some(most) = most {
        let pairs = (1..all.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
        let waste = |&(first, second): &(usize, usize)| match (all.get(first), all.get(second)) {
            (Some(first), Some(second)) => first.waste_with(second),
            _ => u64::MAX,
        };
        let Some(pair) = pairs.min_by_key(waste) else {
            break;
        };
        if all.len() <= most && waste(&pair) > TINY {
            break;
        }
        let (first, second) = pair;
        let other = all.remove(second);
        if let Some(first) = all.get_mut(first) {
            first.join(other);
        }
    }
    all
}

/// The files of each part once the shared ones are `named`.
pub(super) fn with_shared(parts: &[Part], shared: &[Shared], named: impl Fn(usize) -> String) -> Vec<Part> {
    let parts = parts.iter().enumerate().map(|(at, part)| {
        let needed = shared
            .iter()
            .enumerate()
            .filter(|(_, shared)| shared.parts.contains(&at));
        let own = part.files.iter().filter(|file| !file.starts_with(CHUNK)).cloned();
        Part {
            loader: part.loader.clone(),
            files: needed.map(|(number, _)| named(number)).chain(own).collect(),
        }
    });
    parts.collect()
}

/// The script that loads the parts of a program. `named` tells the name of a file, as its parts are told in [`Part`].
pub(super) fn script(program: &str, parts: &[Part], named: impl Fn(&str) -> String) -> String {
    let mut script = format!("import {{ initSync }} from \"./{program}.js\";\n");
    script.push_str(include_str!("parts.js"));
    for part in parts {
        let files = part.files.iter();
        let files = files.map(|file| format!("new URL(\"./{}\", import.meta.url)", named(file)));
        let files = files.collect::<Vec<_>>().join(", ");
        script.push_str(&format!("export const {} = part({files});\n", part.loader));
    }
    script
}

/// Gives the files of a program another name, also where they name each other, and tells how many there are.
pub(crate) fn rename(folder: &Path, from: &str, to: &str) -> Result<usize> {
    let mut renamed = 0;
    for name in paths::names(folder)? {
        let path = folder.join(&name);
        let Some(rest) = name
            .strip_prefix(from)
            .filter(|rest| rest.starts_with(['.', '_']))
        else {
            continue;
        };
        if rest.ends_with(".js") {
            paths::write(&path, &with_name(&paths::read(&path)?, from, to))?;
        }
        std::fs::rename(&path, folder.join(format!("{to}{rest}")))
            .map_err(|error| format!("{} cannot be renamed: {error}.", path.display()))?;
        renamed += 1;
    }
    Ok(renamed)
}

/// A script that names the files of a program, with their other name.
fn with_name(script: &str, from: &str, to: &str) -> String {
    let mut script = script.to_owned();
    for before in ["./", "'", "\""] {
        for after in ["_", ".js"] {
            script = script.replace(&format!("{before}{from}{after}"), &format!("{before}{to}{after}"));
        }
        // That is no file, but what the module calls its glue.
        script = script.replace(&format!("{before}{to}_bg.js"), &format!("{before}{from}_bg.js"));
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As version 0.2.4 writes it.
    const SCRIPT: &str = r#"function makeLoad(fetcher, deps) {}
/* run, views */
const __chunk_3 = makeLoad(() => {
    const src = fetch(new URL("./chunk_3.wasm", import.meta.url));
    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));
}
, []);
export const __wasm_split_load_views = wrapAsyncCb(makeLoad(() => {
    const src = fetch(new URL("./split_views.wasm", import.meta.url));
    return async (imports) => (WebAssembly.instantiateStreaming(src, imports));
}
, [__chunk_3]));
export const __wasm_split_load_none = wrapAsyncCb(makeLoad(() => async (_imp) => ({}), []));
"#;

    #[test]
    fn parts_and_what_they_need_are_found() {
        let part = |loader: &str, files: &[&str]| Part {
            loader: loader.to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
        };
        let views = part("__wasm_split_load_views", &["chunk_3", "split_views"]);
        let none = part("__wasm_split_load_none", &[]);
        assert_eq!(read(SCRIPT).unwrap(), [views, none], "the shared file first");
        let unknown = SCRIPT.replace("[__chunk_3]", "[__chunk_4]");
        assert_eq!(read(&unknown), None, "a chunk that is not there");
    }

    #[test]
    fn what_is_shared_by_the_same_parts_comes_together() {
        let part = |name: &str, files: &[&str]| Part {
            loader: name.to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
        };
        // Six chunks, of which the tiny 4 and 5 go where they are the least weight for nobody.
        let parts = [
            part("a", &["chunk_0", "chunk_1", "chunk_4", "chunk_5", "split_a"]),
            part("b", &["chunk_0", "chunk_2", "chunk_5", "split_b"]),
            part("c", &["chunk_1", "chunk_3", "chunk_4", "split_c"]),
            part("d", &["chunk_2", "chunk_3", "chunk_5", "split_d"]),
        ];
        let size = |file: &str| if file < "chunk_4" { 20_000 } else { 10 };
        let shared = share(&parts, Some(SHARED), size);
        assert_eq!(shared.len(), SHARED, "{shared:?}");
        let with_4 = shared
            .iter()
            .find(|shared| shared.chunks.iter().any(|it| it == "chunk_4"));
        assert_eq!(with_4.unwrap().chunks, ["chunk_1", "chunk_4"], "both for a and c");
        let parts = with_shared(&parts, &shared, |number| format!("shared_{number}"));
        for (part, own) in parts.iter().zip(["split_a", "split_b", "split_c", "split_d"]) {
            assert_eq!(part.files.last().unwrap(), own, "its own file is the last");
        }
        let whole: usize = shared.iter().map(|shared| shared.chunks.len()).sum();
        assert_eq!(whole, 6, "nothing is lost");
    }

    #[test]
    fn the_script_names_every_file() {
        let parts = read(SCRIPT).unwrap();
        let script = script("app", &parts, |file| format!("app_{file}.wasm"));
        assert!(
            script.starts_with("import { initSync } from \"./app.js\";"),
            "{script}"
        );
        let line = "export const __wasm_split_load_views = part(new URL(\"./app_chunk_3.wasm\", import.meta.url), \
                    new URL(\"./app_split_views.wasm\", import.meta.url));";
        assert!(script.contains(line), "{script}");
    }

    #[test]
    fn names_are_changed_where_files_are_named_and_nowhere_else() {
        let script = "import \"./app.js\"; import './app_parts.js'; new URL('app_bg.wasm'); app.js; \"application/json\"; \"./app_bg.js\"";
        assert_eq!(
            with_name(script, "app", "x-1"),
            "import \"./x-1.js\"; import './x-1_parts.js'; new URL('x-1_bg.wasm'); app.js; \"application/json\"; \"./app_bg.js\""
        );
    }
}
