//! What trunk leaves in the page's program that only weighs: the long names by which the module and its glue find each other, and
//! the glue's comments and indentation.
//!
//! wasm-bindgen names an import `__wbg_addEventListener_4d0db17c671ea324`, in both files. Sixteen digits of a hash, two hundred
//! times, are what no compression takes away. Both files get the same short names instead. A page that was not slimmed works as
//! well, so everything that doesn't look as expected is left as it is.

use crate::{Result, paths};
use std::path::{Path, PathBuf};

/// Slims the program of a built page, in place.
pub(crate) fn run(dist: &Path) -> Result<()> {
    let failed = |path: &Path, error| format!("{} can't be slimmed: {error}", path.display());
    let files = files(dist).map_err(|error| failed(dist, error))?;
    for wasm in files.iter().filter(|path| ends_with(path, "_bg.wasm")) {
        let glue = PathBuf::from(wasm.to_string_lossy().replace("_bg.wasm", ".js"));
        let module = std::fs::read(wasm).map_err(|error| failed(wasm, error))?;
        let script = paths::read(&glue)?;
        if let Some((module, script)) = rename(&module, &script) {
            std::fs::write(wasm, module).map_err(|error| failed(wasm, error))?;
            std::fs::write(&glue, script).map_err(|error| failed(&glue, error))?;
        }
    }
    for script in files.iter().filter(|path| ends_with(path, ".js")) {
        let text = strip(&paths::read(script)?);
        std::fs::write(script, text).map_err(|error| failed(script, error))?;
    }
    Ok(())
}

fn files(dist: &Path) -> std::io::Result<Vec<PathBuf>> {
    std::fs::read_dir(dist)?.map(|entry| Ok(entry?.path())).collect()
}

fn ends_with(path: &Path, end: &str) -> bool {
    path.to_string_lossy().ends_with(end)
}

/// Gives the imports of a module short names, in the module and in its glue; none when the module can't be read.
fn rename(module: &[u8], script: &str) -> Option<(Vec<u8>, String)> {
    const IMPORTS: u8 = 2;
    let mut rest = module.get(8..)?;
    let mut out = module.get(..8)?.to_vec();
    let mut script = script.to_owned();
    while let Some((&id, after)) = rest.split_first() {
        let (length, body) = number(after)?;
        let (section, next) = body.split_at_checked(length)?;
        let renamed;
        let section = if id == IMPORTS {
            renamed = imports(section, &mut script)?;
            &renamed
        } else {
            section
        };
        out.push(id);
        push_number(&mut out, section.len());
        out.extend_from_slice(section);
        rest = next;
    }
    Some((out, script))
}

/// The section of imports with short names, which the script gets as well.
fn imports(section: &[u8], script: &mut String) -> Option<Vec<u8>> {
    const FUNCTION: u8 = 0;
    let (count, mut rest) = number(section)?;
    let mut out = Vec::new();
    push_number(&mut out, count);
    for at in 0..count {
        let (from, after) = text(rest)?;
        let (name, after) = text(after)?;
        let (&kind, after) = after.split_first()?;
        if kind != FUNCTION {
            return None;
        }
        let (function, after) = number(after)?;
        let short = swap(script, name, &short(at)).unwrap_or_else(|| name.to_owned());
        push_text(&mut out, from);
        push_text(&mut out, &short);
        out.push(kind);
        push_number(&mut out, function);
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

/// A number as WebAssembly writes it: seven bits a byte, the lowest first.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

fn push_number(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    push_number(out, text.len());
    out.extend_from_slice(text.as_bytes());
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
    fn numbers_of_all_lengths_are_read_back() {
        for value in [0, 1, 127, 128, 300, 16_384, 4_000_000_000] {
            let mut bytes = Vec::new();
            push_number(&mut bytes, value);
            assert_eq!(number(&bytes), Some((value, &[][..])), "{value}");
        }
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
