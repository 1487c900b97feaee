//! A corpus on a stable compiler: every kept input, and small changes of each that are the same in every run.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

/// Changed inputs that are tried for each kept one.
const CHANGES: u64 = 20;

/// What a change may put in: the characters and words that decide what a reader does next.
const PIECES: [&[u8]; 16] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\\",
    b"\0",
    b"\n",
    b"null",
    b"-1e999",
    b"\"$ref\":\"#\"",
    b"\xff",
    b"\\ud800",
    b"/",
];

/// Runs a check on every file of the corpus `name` and on changes of it. Returns how many files there were.
pub fn replay(name: &str, check: fn(&[u8])) -> usize {
    // Every package that replays a corpus lies in a folder beside `fuzz`.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz/corpus")
        .join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the corpus is part of the repository")
        .filter_map(|file| Some(file.ok()?.path()))
        .collect();
    files.sort();
    for (at, file) in files.iter().enumerate() {
        let kept = std::fs::read(file).expect("a readable file");
        run(&kept, &file.display().to_string(), check);
        for change in 0..CHANGES {
            let mut random = Random((at as u64 + 1) << 32 | (change + 1));
            let mut changed = kept.clone();
            for _ in 0..=random.below(3) {
                random.change(&mut changed);
            }
            run(&changed, &format!("change {change} of {}", file.display()), check);
        }
    }
    files.len()
}

fn run(input: &[u8], name: &str, check: fn(&[u8])) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(input))) {
        eprintln!("{name} failed: {:?}", String::from_utf8_lossy(input));
        resume_unwind(panic);
    }
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or_default() % bound.max(1)
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(12)).min(bytes.len());
        match self.below(4) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let piece = PIECES[self.below(PIECES.len())];
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
            2 => {
                let copied = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                drop(bytes.splice(to..to, copied));
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }
}
