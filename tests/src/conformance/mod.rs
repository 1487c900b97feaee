//! Compares our stream decoder with the browser's: the same random bytes go to `SseDecoder` and, over HTTP, to a real `EventSource`. Both
//! must report the same events.

mod cases;
mod server;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use workflow_protocol::{SseDecoder, SseItem};

pub use cases::Case;
use server::CaseServer;

use crate::Browser;

/// How long the browser may return nothing.
const SILENCE: Duration = Duration::from_secs(60);

/// How many differences are described.
const SHOWN: usize = 10;

/// One event as a page sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The event's type; `message` if the stream names none.
    pub event: String,
    /// Its data.
    pub data: String,
    /// The last event id of the stream.
    pub id: String,
}

/// Decodes the chunks of a stream into events.
pub type Decode = fn(&[Vec<u8>]) -> Vec<Decoded>;

/// The result of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Conformance {
    /// How many streams both have read.
    pub cases: u64,
    /// Their number of events.
    pub events: u64,
    /// Streams that the browser reads differently from the standard, in the one known way; see [`Case::as_chromium_reads_it`].
    pub excused: u64,
    /// Streams with different results.
    pub diverging: u64,
    /// Descriptions of the first of them: seed, bytes, and both results.
    pub divergences: Vec<String>,
    /// The duration.
    pub took: Duration,
}

/// Our decoder.
#[must_use]
pub fn decode(chunks: &[Vec<u8>]) -> Vec<Decoded> {
    let mut decoder = SseDecoder::new();
    let mut decoded = vec![];
    for chunk in chunks {
        decoder.feed(chunk, &mut |item| {
            if let SseItem::Event { event, data, id, .. } = item {
                decoded.push(Decoded {
                    event: if event.is_empty() { "message" } else { event }.to_owned(),
                    data: data.to_owned(),
                    id: id.to_owned(),
                });
            }
        });
    }
    decoded
}

/// Sends the streams of the seeds `first..first + count` to a browser and compares its events with those of `decode`. `progress` is called
/// periodically with the number of finished streams.
///
/// # Panics
/// If the browser stops responding.
pub async fn conformance(
    browser: &Browser,
    first: u64,
    count: u64,
    decode: Decode,
    mut progress: impl FnMut(u64),
) -> Conformance {
    let begin = Instant::now();
    let server = CaseServer::start(first, count, decode).await;
    browser
        .driver()
        .goto(server.page())
        .await
        .expect("the page of the comparison");
    let mut done = 0;
    let mut moved = Instant::now();
    while done < count {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = server.done();
        if now > done {
            moved = Instant::now();
            progress(now);
            done = now;
        }
        assert!(
            moved.elapsed() < SILENCE,
            "no answer from the browser for {SILENCE:?} after {done} of {count} streams"
        );
    }
    let mut report = server.report();
    report.took = begin.elapsed();
    report
}

impl Conformance {
    /// Handles the browser's result for one stream.
    fn compare(&mut self, case: &Case, expected: &[Decoded], seen: &[Decoded], note: Option<&str>) {
        self.cases += 1;
        self.events += seen.len() as u64;
        if note.is_none() && expected == seen {
            return;
        }
        self.diverging += 1;
        if self.divergences.len() == SHOWN {
            return;
        }
        let mut words = format!("seed {}: {}\n", case.seed, case.escaped());
        if let Some(note) = note {
            let _ = writeln!(words, "  the browser: {note}");
        }
        let at = expected
            .iter()
            .zip(seen)
            .take_while(|(ours, its)| ours == its)
            .count();
        let _ = writeln!(
            words,
            "  event {at} of {} (ours) and {} (the browser's)\n  ours:    {:?}\n  browser: {:?}",
            expected.len(),
            seen.len(),
            expected.get(at),
            seen.get(at)
        );
        self.divergences.push(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares our decoder, in place of the browser, with another one.
    fn against(broken: Decode) -> Conformance {
        let mut report = Conformance::default();
        for seed in 0..3000 {
            let case = Case::new(seed);
            report.compare(&case, &broken(&case.chunks), &decode(&case.chunks), None);
        }
        report
    }

    fn mapped(chunks: &[Vec<u8>], change: impl Fn(&mut Vec<Vec<u8>>)) -> Vec<Decoded> {
        let mut chunks = chunks.to_vec();
        change(&mut chunks);
        decode(&chunks)
    }

    #[test]
    fn equal_decoders_agree() {
        let report = against(decode);
        assert_eq!(
            (report.cases, report.diverging),
            (3000, 0),
            "{:?}",
            report.divergences
        );
        assert!(
            report.events > 6000,
            "streams must hold events to be worth anything: {}",
            report.events
        );
    }

    #[test]
    fn broken_decoders_are_found() {
        let broken: [(&str, Decode); 8] = [
            ("characters cut by chunks are replaced", |chunks| {
                mapped(chunks, |chunks| {
                    for chunk in chunks {
                        *chunk = String::from_utf8_lossy(chunk).into_owned().into_bytes();
                    }
                })
            }),
            ("a lone carriage return ends no line", |chunks| {
                mapped(chunks, |chunks| {
                    let whole = chunks.concat();
                    let text: Vec<u8> = whole
                        .iter()
                        .enumerate()
                        .filter(|(at, byte)| **byte != b'\r' || whole.get(at + 1) == Some(&b'\n'))
                        .map(|(_, byte)| *byte)
                        .collect();
                    *chunks = vec![text];
                })
            }),
            ("a return and a line feed in two chunks are two ends", |chunks| {
                mapped(chunks, |chunks| {
                    for chunk in chunks {
                        if chunk.last() == Some(&b'\r') {
                            chunk.push(b'\n');
                        }
                    }
                })
            }),
            ("every mark is skipped, not the first alone", |chunks| {
                mapped(chunks, |chunks| {
                    let text = String::from_utf8_lossy(&chunks.concat()).replace('\u{feff}', "");
                    *chunks = vec![text.into_bytes()];
                })
            }),
            ("no mark is skipped", |chunks| {
                mapped(chunks, |chunks| chunks.insert(0, b":\n".to_vec()))
            }),
            ("the id is forgotten after its event", |chunks| {
                let mut last = String::new();
                let mut decoded = decode(chunks);
                for event in &mut decoded {
                    let id = std::mem::replace(&mut last, event.id.clone());
                    if id == event.id {
                        event.id.clear();
                    }
                }
                decoded
            }),
            ("an id with a NUL counts", |chunks| {
                mapped(chunks, |chunks| {
                    for byte in chunks.iter_mut().flatten().filter(|byte| **byte == 0) {
                        *byte = b'0';
                    }
                })
            }),
            (
                "an event without its empty line is dispatched at the end",
                |chunks| mapped(chunks, |chunks| chunks.push(b"\n\n".to_vec())),
            ),
        ];
        for (what, decoder) in broken {
            let report = against(decoder);
            assert!(report.diverging > 0, "not found: {what}");
            assert!(
                report.divergences[0].starts_with("seed "),
                "reported with its seed: {}",
                report.divergences[0]
            );
        }
    }
}
