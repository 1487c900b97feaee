//! What is left in a program that only weighs: the long names by which the module and its glue find each other, and the glue's
//! comments and indentation.
//!
//! wasm-bindgen names an import `__wbg_addEventListener_4d0db17c671ea324`, in both files. Sixteen digits of a hash, two hundred
//! times, are what no compression takes away. Both files get the same short names instead, and so do the exports by which closures
//! are called. A program that was not slimmed works as well, so everything that doesn't look as expected is left as it is.

use super::module::{self, EXPORTS, IMPORTS, number, push_number, push_section, push_text, text};
use crate::{Result, paths};
use std::path::Path;

/// How the exports begin that only the glue calls.
const CLOSURES: &str = "wasm_bindgen";

/// Slims the programs of a folder, in place.
pub(crate) fn run(dist: &Path) -> Result<()> {
    for name in paths::names(dist)? {
        let Some(stem) = name.strip_suffix("_bg.wasm") else {
            continue;
        };
        let (wasm, glue) = (dist.join(&name), dist.join(format!("{stem}.js")));
        if let Some((module, script)) = rename(&paths::read_bytes(&wasm)?, &paths::read(&glue)?) {
            paths::write_bytes(&wasm, &module)?;
            paths::write(&glue, &script)?;
        }
    }
    scripts(dist)
}

/// Slims the scripts of a folder, in place.
pub(crate) fn scripts(folder: &Path) -> Result<()> {
    for file in paths::names(folder)? {
        if file.ends_with(".js") {
            let script = folder.join(file);
            let text = strip(&paths::read(&script)?);
            paths::write(&script, &text)?;
        }
    }
    Ok(())
}

/// Gives the imports of a module short names, and the exports of closures, in the module and in its glue; none when the module
/// can't be read.
fn rename(module: &[u8], script: &str) -> Option<(Vec<u8>, String)> {
    let mut out = module::begin();
    let mut script = script.to_owned();
    for (id, section) in module::sections(module)? {
        let renamed = match id {
            IMPORTS => Some(imports(section, &mut script)?),
            EXPORTS => Some(exports(section, &mut script)?),
            _ => None,
        };
        push_section(&mut out, id, renamed.as_deref().unwrap_or(section));
    }
    Some((out, script))
}

/// The section of imports with short names, which the script gets as well.
fn imports(section: &[u8], script: &mut String) -> Option<Vec<u8>> {
    let all = module::imports(section)?;
    let mut out = Vec::new();
    push_number(&mut out, all.len());
    for (at, import) in all.iter().enumerate() {
        let swapped = if import.is_function() {
            swap(script, import.name, &short(at))
        } else {
            None
        };
        push_text(&mut out, import.from);
        push_text(&mut out, swapped.as_deref().unwrap_or(import.name));
        out.extend_from_slice(import.what);
    }
    Some(out)
}

/// The section of exports, the same way. Their names begin with a capital letter: an import may be called in the same line.
fn exports(section: &[u8], script: &mut String) -> Option<Vec<u8>> {
    let (count, mut rest) = number(section)?;
    let mut out = Vec::new();
    push_number(&mut out, count);
    for at in 0..count {
        let (name, after) = text(rest)?;
        let (&kind, after) = after.split_first()?;
        let (index, after) = number(after)?;
        let swapped = if name.starts_with(CLOSURES) {
            swap(script, name, &short(at).to_uppercase())
        } else {
            None
        };
        push_text(&mut out, swapped.as_deref().unwrap_or(name));
        out.push(kind);
        push_number(&mut out, index);
        rest = after;
    }
    Some(out)
}

/// Puts another name into a script, when the name occurs there just once.
fn swap(script: &mut String, name: &str, short: &str) -> Option<String> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let places: Vec<usize> = script
        .match_indices(name)
        .map(|(at, _)| at)
        .filter(|&at| {
            let before = script[..at].chars().next_back();
            let after = script[at + name.len()..].chars().next();
            !before.is_some_and(part) && !after.is_some_and(part)
        })
        .collect();
    let &[at] = places.as_slice() else { return None };
    script.replace_range(at..at + name.len(), short);
    Some(short.to_owned())
}

/// `a`, `b`, … `z`, `ba`, …
fn short(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        name.insert(0, char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return name;
        }
    }
}

/// A script without its indentation, its empty lines, and the comments that have lines of their own.
fn strip(script: &str) -> String {
    // A text over several lines would lose what is in it.
    if script.lines().any(|line| line.matches('`').count() % 2 == 1) {
        return script.to_owned();
    }
    let mut out = String::new();
    let mut comment = false;
    for line in script.lines().map(str::trim) {
        comment |= line.starts_with("/*");
        if !comment && !line.is_empty() && !line.starts_with("//") {
            out.push_str(line);
            out.push('\n');
        }
        comment &= !line.ends_with("*/");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of one section of imports and one of something else.
    fn module(names: &[&str]) -> Vec<u8> {
        let mut section = Vec::new();
        push_number(&mut section, names.len());
        for name in names {
            push_text(&mut section, "./app_bg.js");
            push_text(&mut section, name);
            section.extend([0, 3]);
        }
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.push(2);
        push_number(&mut module, section.len());
        module.extend(section);
        module.extend([10, 2, 7, 7]);
        module
    }

    #[test]
    fn module_and_glue_get_the_same_names() {
        let before = module(&["__wbg_log_0123456789abcdef", "__wbg_log_0123456789abcde0"]);
        let script = "x = { __wbg_log_0123456789abcdef: f, __wbg_log_0123456789abcde0: g }";
        let (after, script) = rename(&before, script).unwrap();
        assert_eq!(after, module(&["a", "b"]), "everything but the names stays");
        assert_eq!(script, "x = { a: f, b: g }");
    }

    #[test]
    fn exports_of_closures_are_renamed_and_others_stay() {
        let section = |names: [&str; 3]| {
            let mut section = vec![3];
            for name in names {
                push_text(&mut section, name);
                section.extend([0, 200, 1]);
            }
            let mut module = module::begin();
            push_section(&mut module, EXPORTS, &section);
            module
        };
        let before = section(["main", "wasm_bindgen__invoke", "memory"]);
        let (after, script) =
            rename(&before, "wasm.main(); wasm.wasm_bindgen__invoke(a); wasm.memory").unwrap();
        assert_eq!(after, section(["main", "B", "memory"]));
        assert_eq!(script, "wasm.main(); wasm.B(a); wasm.memory");
    }

    #[test]
    fn a_name_that_is_not_found_just_once_stays() {
        let before = module(&["twice", "never", "part"]);
        let script = "twice twice party $part";
        let (after, same) = rename(&before, script).unwrap();
        assert_eq!((after, same.as_str()), (before, script), "nothing is guessed");
    }

    #[test]
    fn what_is_no_module_is_left_alone() {
        let whole = module(&["a_name"]);
        for bytes in [&b""[..], b"\0asm", &whole[..whole.len() - 1], &whole[..14]] {
            assert_eq!(rename(bytes, "a_name"), None, "{bytes:?}");
        }
    }

    #[test]
    fn names_are_all_different() {
        let names: std::collections::HashSet<String> = (0..2000).map(short).collect();
        assert_eq!(names.len(), 2000, "two imports must not get one name");
        assert!(names.iter().all(|name| name.len() <= 3), "and they are short");
    }

    #[test]
    fn comments_and_indentation_go_and_code_stays() {
        let script = "// why\n/** what\n * it is\n */\nfunction f() {\n    const a = \"// not one\"; // at the end\n\n    return `x`;\n}\n";
        assert_eq!(
            strip(script),
            "function f() {\nconst a = \"// not one\"; // at the end\nreturn `x`;\n}\n"
        );
        let several = "const a = `\n    // text\n`;\n";
        assert_eq!(strip(several), several, "a text over several lines is left alone");
    }
}
