//! The order of a module's functions, so that like stands beside like.
//!
//! The same generic function for ten types gives ten almost equal bodies, far from each other. A compressor finds them anywhere, but
//! pays for the distance: beside each other they cost some percent less. `wasm-opt` can put functions in the order of their names;
//! the names are given here, and are gone from what it writes.

use super::module::{self, CODE, IMPORTS, bodies, push_number, push_section, push_text};

/// Functions that stay first. The calls to them are shorter, and `wasm-opt` has put those first that are called most.
const FIRST: usize = 128;
/// How much of a function is looked at, in hashes.
const HASHES: usize = 32;
/// Bytes that are hashed together.
const PIECE: usize = 4;

/// The module with a name for each of its functions, in the wanted order; none where it can't be read.
pub(super) fn named(module: &[u8]) -> Option<Vec<u8>> {
    let sections = module::sections(module)?;
    let section = |wanted: u8| {
        sections
            .iter()
            .find(|(id, _)| *id == wanted)
            .map(|(_, section)| *section)
    };
    let imported = match section(IMPORTS) {
        Some(section) => module::imports(section)?
            .iter()
            .filter(|import| import.is_function())
            .count(),
        None => 0,
    };
    let order = order(&bodies(section(CODE)?)?);
    let mut names = Vec::new();
    push_number(&mut names, imported + order.len());
    for function in 0..imported {
        push_number(&mut names, function);
        push_text(&mut names, &format!("a{function:06}"));
    }
    let mut places = vec![0; order.len()];
    for (place, &function) in order.iter().enumerate() {
        *places.get_mut(function)? = place;
    }
    for (function, place) in places.iter().enumerate() {
        push_number(&mut names, imported + function);
        push_text(&mut names, &format!("b{place:06}"));
    }
    let mut custom = Vec::new();
    push_text(&mut custom, "name");
    push_section(&mut custom, 1, &names);
    let mut out = module::begin();
    for (id, section) in sections {
        push_section(&mut out, id, section);
    }
    push_section(&mut out, 0, &custom);
    Some(out)
}

/// The functions in their new order: after each the one of the rest that is most like it.
fn order(bodies: &[&[u8]]) -> Vec<usize> {
    let marks: Vec<[u32; HASHES]> = bodies.iter().map(|body| mark(body)).collect();
    let mut order: Vec<usize> = (0..bodies.len().min(FIRST)).collect();
    let mut rest: Vec<usize> = (order.len()..bodies.len()).collect();
    while !rest.is_empty() {
        let last = order.last().and_then(|&last| marks.get(last));
        let alike = |&function: &usize| match (last, marks.get(function)) {
            (Some(last), Some(mark)) => last.iter().zip(mark).filter(|(a, b)| a == b).count(),
            _ => 0,
        };
        // Of equals the first: what was near stays near.
        let mut best = (0, 0);
        for (at, function) in rest.iter().enumerate() {
            let found = alike(function);
            if found > best.1 {
                best = (at, found);
            }
        }
        order.push(rest.remove(best.0));
    }
    order
}

/// The least hashes of all pieces of a body: two bodies share as many of them as they share pieces.
fn mark(body: &[u8]) -> [u32; HASHES] {
    let mut least = [u32::MAX; HASHES];
    for piece in body.windows(PIECE) {
        let mut hash = piece.iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
        for least in &mut least {
            hash ^= hash << 13;
            hash ^= hash >> 17;
            hash ^= hash << 5;
            *least = hash.min(*least);
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_stands_beside_like() {
        let common = vec![[1_u8; 8]; FIRST];
        let (a, b): (Vec<u8>, Vec<u8>) = ((0..60).collect(), (100..160).collect());
        let (mut like_a, mut like_b) = (a.clone(), b.clone());
        like_a[30] = 99;
        like_b[30] = 99;
        let mut bodies: Vec<&[u8]> = common.iter().map(|body| &body[..]).collect();
        bodies.extend([&a[..], &b, &like_a, &like_b]);
        let order = order(&bodies);
        assert_eq!(
            order[..FIRST],
            (0..FIRST).collect::<Vec<_>>(),
            "those called most stay first"
        );
        assert_eq!(
            order[FIRST..],
            [128, 130, 129, 131],
            "each with the one that is like it"
        );
    }

    #[test]
    fn every_function_gets_a_name_of_its_place() {
        let mut imports = vec![1];
        push_text(&mut imports, "m");
        push_text(&mut imports, "f");
        imports.extend([0, 0]);
        let mut before = module::begin();
        push_section(&mut before, IMPORTS, &imports);
        push_section(&mut before, CODE, &[2, 2, 0, 11, 3, 0, 1, 11]);
        let after = named(&before).unwrap();
        assert!(after.starts_with(&before), "what was there stays");
        let names = b"\x04name\x01\x1c\x03\x00\x07a000000\x01\x07b000000\x02\x07b000001";
        assert!(after.ends_with(names), "{after:?}");
    }

    #[test]
    fn what_is_no_module_gets_no_names() {
        assert_eq!(named(b"\0asm"), None);
    }
}
