//! Random streams of meaningful pieces, so that most cuts are interesting.

use std::collections::BTreeSet;

use crate::Random;

/// Pieces of lines and of characters. Their order is random.
const PIECES: [&[u8]; 46] = [
    b"data:",
    b"data: ",
    b"data",
    b"data:  x",
    b"event:",
    b"event: tick",
    b"event:tock",
    b"event",
    b"id:",
    b"id: 7",
    b"id: a",
    b"id",
    b"retry:",
    b"retry: 12",
    b"retry: 1x",
    b":",
    b": ",
    b" ",
    b"\t",
    b"\n",
    b"\n",
    b"\n",
    b"\n\n",
    b"\r",
    b"\r\n",
    b"\r\r",
    b"\n\r",
    b"\r\n\r\n",
    b"\0",
    b"x",
    b"12",
    b"\xEF\xBB\xBF",
    b"\xEF",
    b"\xEF\xBB",
    b"\xBF",
    b"\xE2\x82\xAC",
    b"\xE2\x82",
    b"\xF0\x9F\x98\x80",
    b"\xF0\x9F",
    b"\x80",
    b"\xFF",
    b"\xED\xA0\x80",
    b"\xC0\xAF",
    b"unknown: y",
    b"Data: y",
    b"{\"a\":1}",
];

/// Blocks of complete events, so that preceding fields are dispatched.
const BLOCKS: [&[u8]; 8] = [
    b"data: x\n\n",
    b"\ndata: x\n\n",
    b"event: tick\ndata: y\n\n",
    b"id: 8\ndata\n\n",
    b"id\ndata: {\"t\":\"a\xE2\x82\xAC\xF0\x9F\x98\x80\"}\r\n\r\n",
    b"data: a\rdata: b\r\r",
    b"id: 3\n\n",
    b"event: message\ndata\ndata\n\n",
];

/// A byte order mark.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// One stream and its cuts.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its seed.
    pub seed: u64,
    /// The stream's bytes, in the pieces in which they are sent. None is empty.
    pub chunks: Vec<Vec<u8>>,
}

impl Case {
    /// The case of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let bytes = bytes(&mut random);
        Self {
            seed,
            chunks: cut(&bytes, &mut random),
        }
    }

    /// Every name that an event of this stream may have, for any interpretation of its lines: a page receives only events of the names that
    /// it listens to.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        let text = String::from_utf8_lossy(&self.chunks.concat()).into_owned();
        let mut names: BTreeSet<String> = ["message", "tick", "tock"].map(str::to_owned).into();
        for (at, _) in text.match_indices("event") {
            let rest = &text[at + "event".len()..];
            let rest = rest.strip_prefix(':').unwrap_or(rest);
            for rest in [rest, rest.strip_prefix(' ').unwrap_or(rest)] {
                for ends in [&['\r', '\n'][..], &['\r'], &['\n']] {
                    names.insert(rest.split(ends).next().unwrap_or_default().to_owned());
                }
            }
        }
        // A listener for the end of the connection would receive an event of that name too, so it is not registered.
        names.remove("");
        names
    }

    /// The chunks as Chromium reads them, where it differs from the standard.
    ///
    /// A line end directly after a byte order mark ends no line there (observed on Chromium 156): its parser checks whether the first three
    /// bytes were a mark when it is at the fourth, and then continues after that one. So that byte becomes part of a field's name, which is
    /// unknown.
    #[must_use]
    pub fn as_chromium_reads_it(&self) -> Option<Vec<Vec<u8>>> {
        let whole = self.chunks.concat();
        let after = *whole.strip_prefix(MARK)?.first()?;
        if after != b'\r' && after != b'\n' {
            return None;
        }
        let mut chunks = self.chunks.clone();
        *chunks.iter_mut().flatten().nth(MARK.len())? = b'?';
        Some(chunks)
    }

    /// The bytes as text, with a bar at each cut.
    #[must_use]
    pub fn escaped(&self) -> String {
        let chunks: Vec<String> = self
            .chunks
            .iter()
            .map(|chunk| chunk.escape_ascii().to_string())
            .collect();
        format!("b\"{}\"", chunks.join("|"))
    }
}

fn bytes(random: &mut Random) -> Vec<u8> {
    let mut bytes = vec![];
    if random.chance(15) {
        bytes.extend_from_slice(MARK);
    }
    for _ in 0..random.between(0, 40) {
        match random.below(100) {
            0..=69 => bytes.extend_from_slice(random.pick::<&[u8]>(&PIECES)),
            70..=93 => bytes.extend_from_slice(random.pick::<&[u8]>(&BLOCKS)),
            94..=97 => {
                for _ in 0..random.below(6) {
                    bytes.push(random.number().to_le_bytes()[0]);
                }
            }
            // Longer than the initial size of any line buffer.
            98 => {
                bytes.extend_from_slice(b"\ndata:");
                let length = random.between(100, 6000);
                bytes.extend((0..length).map(|at| b"0123456789abcdef"[(at % 16) as usize]));
                bytes.push(b'\n');
            }
            _ => bytes.extend_from_slice(b": heartbeat\n\n"),
        }
    }
    bytes
}

/// Cuts into pieces of a random size: everything at once, single bytes, or anything between.
fn cut(bytes: &[u8], random: &mut Random) -> Vec<Vec<u8>> {
    let most = *random.pick(&[1, 2, 4, 9, 40, 400, u64::MAX - 1]);
    let mut rest = bytes;
    let mut chunks = vec![];
    while !rest.is_empty() {
        // A long stream in single bytes takes server time and tests nothing more.
        let size = if chunks.len() < 60 {
            random.between(1, most)
        } else {
            u64::MAX
        };
        let (chunk, after) = rest.split_at(usize::try_from(size).unwrap_or(usize::MAX).min(rest.len()));
        chunks.push(chunk.to_vec());
        rest = after;
    }
    chunks
}
