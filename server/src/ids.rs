//! Ids as the server makes them.

use std::hash::{BuildHasher, RandomState};

/// Ten letters and digits, like `3v86PAPfjq`. Unique enough for a development server; nobody should take one
/// for a secret.
pub(crate) fn nano_id() -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    // Each `RandomState` has keys of its own, seeded by the operating system.
    let mut random = RandomState::new().hash_one(0x9e37_79b9_u64);
    let mut id = String::with_capacity(10);
    for _ in 0..10 {
        // The remainder is below 62, so this always finds a letter.
        let letter = usize::try_from(random % 62)
            .ok()
            .and_then(|index| LETTERS.get(index));
        id.push(char::from(letter.copied().unwrap_or(b'0')));
        random /= 62;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_fit_into_a_path() {
        let ids: std::collections::HashSet<String> = (0..10_000).map(|_| nano_id()).collect();
        assert_eq!(ids.len(), 10_000, "no id came twice");
        assert!(
            ids.iter()
                .all(|id| id.len() == 10 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        );
    }
}
