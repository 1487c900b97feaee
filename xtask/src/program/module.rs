//! As much of WebAssembly's binary format as renaming and ordering take. What doesn't look as expected gives `None`.

/// What a module imports.
#[derive(Debug, PartialEq)]
pub(super) struct Import<'a> {
    pub(super) from: &'a str,
    pub(super) name: &'a str,
    /// Its kind and type, as they stand in the module.
    pub(super) what: &'a [u8],
}

impl Import<'_> {
    pub(super) fn is_function(&self) -> bool {
        self.what.first() == Some(&0)
    }
}

/// The section of imports.
pub(super) const IMPORTS: u8 = 2;
/// The section of exports.
pub(super) const EXPORTS: u8 = 7;
/// The section of code.
pub(super) const CODE: u8 = 10;

/// The sections of a module, each with its number.
pub(super) fn sections(module: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut rest = module.get(8..)?;
    let mut all = Vec::new();
    while let Some((&id, after)) = rest.split_first() {
        let (length, body) = number(after)?;
        let (section, next) = body.split_at_checked(length)?;
        all.push((id, section));
        rest = next;
    }
    Some(all)
}

/// A module without what a linker needs to go on with it: `wasm-opt` takes one that has it for half of a program.
pub(super) fn linked(module: &[u8]) -> Option<Vec<u8>> {
    let mut out = begin();
    for (id, section) in sections(module)? {
        let name = if id == 0 { text(section)?.0 } else { "" };
        if name != "linking" && !name.starts_with("reloc.") {
            push_section(&mut out, id, section);
        }
    }
    Some(out)
}

/// A module without its sections.
pub(super) fn begin() -> Vec<u8> {
    b"\0asm\x01\0\0\0".to_vec()
}

pub(super) fn push_section(module: &mut Vec<u8>, id: u8, section: &[u8]) {
    module.push(id);
    push_number(module, section.len());
    module.extend_from_slice(section);
}

/// What the section of imports holds.
pub(super) fn imports(section: &[u8]) -> Option<Vec<Import<'_>>> {
    let (count, mut rest) = number(section)?;
    let mut all = Vec::new();
    for _ in 0..count {
        let (from, after) = text(rest)?;
        let (name, what) = text(after)?;
        rest = after_type(what)?;
        all.push(Import {
            from,
            name,
            what: what.get(..what.len() - rest.len())?,
        });
    }
    Some(all)
}

/// What stands behind the kind and type of an import.
fn after_type(what: &[u8]) -> Option<&[u8]> {
    let (&kind, after) = what.split_first()?;
    match kind {
        0 => Some(number(after)?.1),
        1 => limits(after.get(1..)?),
        2 => limits(after),
        3 => after.get(2..),
        _ => None,
    }
}

fn limits(bytes: &[u8]) -> Option<&[u8]> {
    let (&flags, after) = bytes.split_first()?;
    let after = number(after)?.1;
    if flags & 1 == 0 {
        Some(after)
    } else {
        Some(number(after)?.1)
    }
}

/// The bodies of a module's own functions, in their order.
pub(super) fn bodies(section: &[u8]) -> Option<Vec<&[u8]>> {
    let (count, mut rest) = number(section)?;
    let mut all = Vec::with_capacity(count.min(rest.len()));
    for _ in 0..count {
        let (length, body) = number(rest)?;
        let (body, next) = body.split_at_checked(length)?;
        all.push(body);
        rest = next;
    }
    Some(all)
}

/// A number as WebAssembly writes it: seven bits a byte, the lowest first.
pub(super) fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(at + 1..)?));
        }
    }
    None
}

pub(super) fn push_number(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(super) fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = number(bytes)?;
    let (text, rest) = rest.split_at_checked(length)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    push_number(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_all_lengths_are_read_back() {
        for value in [0, 1, 127, 128, 300, 16_384, 4_000_000_000] {
            let mut bytes = Vec::new();
            push_number(&mut bytes, value);
            assert_eq!(number(&bytes), Some((value, &[][..])), "{value}");
        }
    }

    #[test]
    fn imports_of_every_kind_are_told_apart() {
        let kinds: [&[u8]; 5] = [
            &[0, 0x85, 1],
            &[1, 0x70, 0, 0x9a, 13],
            &[2, 1, 18, 0x80, 2],
            &[3, 0x7f, 1],
            &[0, 7],
        ];
        let mut section = Vec::new();
        push_number(&mut section, kinds.len());
        for kind in kinds {
            push_text(&mut section, "from");
            push_text(&mut section, "name");
            section.extend_from_slice(kind);
        }
        let found = imports(&section).unwrap();
        assert_eq!(found.iter().map(|it| it.what).collect::<Vec<_>>(), kinds);
        assert!(
            found[0].is_function() && !found[1].is_function(),
            "by the first byte"
        );
        section.pop();
        assert_eq!(imports(&section), None, "the last one is cut off");
    }

    #[test]
    fn what_a_linker_needs_is_left_out() {
        let custom = |name: &str| {
            let mut section = Vec::new();
            push_text(&mut section, name);
            section
        };
        let with = |names: &[&str]| {
            let mut module = begin();
            push_section(&mut module, 1, &[0]);
            for name in names {
                push_section(&mut module, 0, &custom(name));
            }
            module
        };
        let before = with(&["linking", "name", "reloc.CODE", "reloc.DATA"]);
        assert_eq!(linked(&before), Some(with(&["name"])));
        assert_eq!(linked(b"\0asm"), None);
    }

    #[test]
    fn sections_come_back_as_they_were_put() {
        let mut module = begin();
        push_section(&mut module, 1, &[1, 2]);
        push_section(&mut module, CODE, &[2, 1, 9, 2, 8, 7]);
        let found = sections(&module).unwrap();
        assert_eq!(found, [(1, &[1, 2][..]), (CODE, &[2, 1, 9, 2, 8, 7][..])]);
        assert_eq!(bodies(found[1].1).unwrap(), [&[9][..], &[8, 7][..]]);
        assert_eq!(
            sections(&module[..module.len() - 1]),
            None,
            "a section that is cut off"
        );
    }
}
