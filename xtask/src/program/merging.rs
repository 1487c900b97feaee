//! What `wasm-merge` needs to make one module of several that import the same memory and table.
//!
//! It keeps an import of each of them, and two imported memories are two memories. But it puts what one module exports in the place of
//! what another imports from it: with a module beside them that exports all that they import, each thing is there once. What that
//! module itself imports goes by another name until they are merged, or it would be looked for in the module itself.

use super::module::{self, EXPORTS, IMPORTS, Import, push_number, push_section, push_text};

/// What the modules import everything from.
pub(super) const PROGRAM: &str = "__wasm_split";
/// Where [`surroundings`] imports it from.
const OUTSIDE: &str = "outside";

/// A module that exports what these import from the program, and imports it in their place.
pub(super) fn surroundings(modules: &[Vec<u8>]) -> Option<Vec<u8>> {
    let sections = modules
        .iter()
        .map(|module| module::sections(module))
        .collect::<Option<Vec<_>>>()?;
    let mut all: Vec<Import<'_>> = Vec::new();
    for (id, section) in sections.iter().flatten() {
        if *id == IMPORTS {
            for import in module::imports(section)? {
                // A function would bring a type along, by a number of its own module.
                if import.from != PROGRAM || import.is_function() {
                    return None;
                }
                if !all.iter().any(|known| known.name == import.name) {
                    all.push(import);
                }
            }
        }
    }
    let (mut imports, mut exports) = (Vec::new(), Vec::new());
    push_number(&mut imports, all.len());
    push_number(&mut exports, all.len());
    // Each kind counts by itself.
    let mut counts = [0_usize; 4];
    for import in &all {
        let kind = *import.what.first()?;
        push_import(&mut imports, OUTSIDE, import);
        push_text(&mut exports, import.name);
        exports.push(kind);
        let count = counts.get_mut(usize::from(kind))?;
        push_number(&mut exports, *count);
        *count += 1;
    }
    let mut out = module::begin();
    push_section(&mut out, IMPORTS, &imports);
    push_section(&mut out, EXPORTS, &exports);
    Some(out)
}

/// What was merged with its surroundings, without what those exported, and importing everything from the program again.
pub(super) fn inside(merged: &[u8]) -> Option<Vec<u8>> {
    let mut out = module::begin();
    for (id, section) in module::sections(merged)? {
        match id {
            EXPORTS => {}
            IMPORTS => {
                let all = module::imports(section)?;
                let mut imports = Vec::new();
                push_number(&mut imports, all.len());
                for import in &all {
                    push_import(&mut imports, PROGRAM, import);
                }
                push_section(&mut out, id, &imports);
            }
            _ => push_section(&mut out, id, section),
        }
    }
    Some(out)
}

fn push_import(out: &mut Vec<u8>, from: &str, import: &Import<'_>) {
    push_text(out, from);
    push_text(out, import.name);
    out.extend_from_slice(import.what);
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMORY: &[u8] = &[2, 0, 18];
    const TABLE: &[u8] = &[1, 0x70, 0, 9];
    const GLOBAL: &[u8] = &[3, 0x7f, 1];

    fn importing(from: &str, all: &[(&str, &[u8])]) -> Vec<u8> {
        let mut section = Vec::new();
        push_number(&mut section, all.len());
        for (name, what) in all {
            push_import(&mut section, from, &Import { from, name, what });
        }
        let mut module = module::begin();
        push_section(&mut module, IMPORTS, &section);
        module
    }

    #[test]
    fn what_several_import_is_passed_on_once() {
        let first = importing(PROGRAM, &[("memory", MEMORY), ("stack", GLOBAL)]);
        let second = importing(
            PROGRAM,
            &[("memory", MEMORY), ("table", TABLE), ("other", GLOBAL)],
        );
        let found = surroundings(&[first, second]).unwrap();
        let all: [(&str, &[u8]); 4] = [
            ("memory", MEMORY),
            ("stack", GLOBAL),
            ("table", TABLE),
            ("other", GLOBAL),
        ];
        let mut expected = importing(OUTSIDE, &all);
        let mut exports = vec![4];
        for (name, kind, index) in [
            ("memory", 2, 0),
            ("stack", 3, 0),
            ("table", 1, 0),
            ("other", 3, 1),
        ] {
            push_text(&mut exports, name);
            exports.extend([kind, index]);
        }
        push_section(&mut expected, EXPORTS, &exports);
        assert_eq!(found, expected);
        let merged = importing(PROGRAM, &all);
        assert_eq!(
            inside(&found),
            Some(merged),
            "merged with nothing, nothing else is left"
        );
    }

    #[test]
    fn what_cannot_be_passed_on_is_not_merged() {
        let function = importing(PROGRAM, &[("call", &[0, 3])]);
        assert_eq!(
            surroundings(&[function]),
            None,
            "its type is a number of the module"
        );
        assert_eq!(
            surroundings(&[importing("env", &[("memory", MEMORY)])]),
            None,
            "not from the program"
        );
    }
}
