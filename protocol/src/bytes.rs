//! The loops that see every byte of every stream.
//!
//! The page is compiled for size, which unrolls and vectorises nothing, so sixteen bytes at a time is said here by hand.

/// The place of the first carriage return or line feed.
pub(crate) fn line_end(bytes: &[u8]) -> Option<usize> {
    let at = run_without(bytes, |block| block.is(b'\n').or(block.is(b'\r')));
    (at < bytes.len()).then_some(at)
}

/// How many bytes from the first on stand for themselves in a JSON string: up to a quote, a backslash or a control character.
pub(crate) fn plain_len(bytes: &[u8]) -> usize {
    run_without(bytes, |block| {
        block.is(b'"').or(block.is(b'\\')).or(block.is_below(b' '))
    })
}

/// How many bytes there are before the first that stops.
fn run_without(bytes: &[u8], stops: impl Fn(Block) -> Block) -> usize {
    let (blocks, rest) = bytes.as_chunks::<16>();
    let mut free = 0;
    for block in blocks {
        let at = stops(Block::new(*block)).first();
        if at < 16 {
            return free + at;
        }
        free += 16;
    }
    // Filled up with what stops nowhere.
    let mut last = [b'0'; 16];
    last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
    free + stops(Block::new(last)).first().min(rest.len())
}

#[cfg(target_feature = "simd128")]
use simd::Block;
#[cfg(not(target_feature = "simd128"))]
use words::Block;

/// Sixteen bytes, or which of them were meant.
#[cfg(target_feature = "simd128")]
mod simd {
    use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128, v128_or};

    #[derive(Clone, Copy)]
    pub(super) struct Block(v128);

    impl Block {
        pub(super) fn new(bytes: [u8; 16]) -> Self {
            let bits = u128::from_le_bytes(bytes);
            Self(u64x2(bits as u64, (bits >> 64) as u64))
        }

        pub(super) fn is(self, byte: u8) -> Self {
            Self(u8x16_eq(self.0, u8x16_splat(byte)))
        }

        pub(super) fn is_below(self, byte: u8) -> Self {
            Self(u8x16_lt(self.0, u8x16_splat(byte)))
        }

        pub(super) fn or(self, other: Self) -> Self {
            Self(v128_or(self.0, other.0))
        }

        /// The place of the first that was meant; at least 16 if none was.
        pub(super) fn first(self) -> usize {
            u8x16_bitmask(self.0).trailing_zeros() as usize
        }
    }
}

/// The same where there are no such instructions: the high bit of each byte that was meant. What is meant wrongly, by a borrow,
/// lies behind one that is meant, and only the first counts.
#[cfg(not(target_feature = "simd128"))]
mod words {
    const LOW: u128 = u128::MAX / 255;
    const HIGH: u128 = LOW << 7;

    #[derive(Clone, Copy)]
    pub(super) struct Block(u128);

    impl Block {
        pub(super) const fn new(bytes: [u8; 16]) -> Self {
            Self(u128::from_le_bytes(bytes))
        }

        pub(super) fn is(self, byte: u8) -> Self {
            Self(self.0 ^ (LOW * u128::from(byte))).is_below(1)
        }

        /// `byte` is at most 128.
        pub(super) fn is_below(self, byte: u8) -> Self {
            Self(self.0.wrapping_sub(LOW * u128::from(byte)) & !self.0 & HIGH)
        }

        pub(super) const fn or(self, other: Self) -> Self {
            Self(self.0 | other.0)
        }

        pub(super) const fn first(self) -> usize {
            (self.0.trailing_zeros() / 8) as usize
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_is_found(
            stops in prop::collection::vec(prop::sample::select(vec!["é", "\"", "\\", "\r", "\n", "\0", "\u{1f}", " ", "\u{7f}"]), 0..6),
            gaps in prop::collection::vec(0_usize..40, 7),
        ) {
            let text: String = stops.iter().zip(&gaps).map(|(stop, gap)| "a".repeat(*gap) + stop).collect();
            let text = text + &"a".repeat(gaps[6]);
            let bytes = text.as_bytes();
            prop_assert_eq!(line_end(bytes), bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')));
            let plain = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            prop_assert_eq!(plain_len(bytes), plain.unwrap_or(bytes.len()));
        }
    }
}
