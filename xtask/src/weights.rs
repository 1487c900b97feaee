//! The file sizes of a built page, raw and after brotli.

use crate::Result;
use std::path::Path;

/// One file of the built page.
#[derive(Debug)]
pub(crate) struct Sized {
    /// Path below `dist/`.
    pub(crate) name: String,
    pub(crate) raw: u64,
    /// Bytes after brotli at quality 11.
    pub(crate) brotli: u64,
}

/// Every file of a built page, largest first.
pub(crate) fn measure(dist: &Path) -> Result<Vec<Sized>> {
    let mut files = Vec::new();
    collect(dist, dist, &mut files)?;
    files.sort_by(|a, b| b.brotli.cmp(&a.brotli).then_with(|| a.name.cmp(&b.name)));
    Ok(files)
}

fn collect(dist: &Path, folder: &Path, files: &mut Vec<Sized>) -> Result<()> {
    let fail = |error: std::io::Error| format!("{} cannot be read: {error}.", folder.display());
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            collect(dist, &path, files)?;
            continue;
        }
        let bytes = std::fs::read(&path).map_err(fail)?;
        let name = path
            .strip_prefix(dist)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        files.push(Sized {
            name,
            raw: bytes.len() as u64,
            brotli: compressed(&bytes).map_err(fail)?.len() as u64,
        });
    }
    Ok(())
}

/// Brotli at quality 11, as servers send precompressed files.
pub(crate) fn compressed(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut output = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut output, &params)?;
    Ok(output)
}

/// The files as a table with their total.
pub(crate) fn table(files: &[Sized]) -> String {
    let width = files.iter().map(|file| file.name.len()).max().unwrap_or(0).max(5);
    let mut text = format!("{:<width$}  {:>11}  {:>11}\n", "file", "raw", "brotli 11");
    let mut row = |name: &str, raw: u64, brotli: u64| {
        text += &format!("{name:<width$}  {:>11}  {:>11}\n", grouped(raw), grouped(brotli));
    };
    for file in files {
        row(&file.name, file.raw, file.brotli);
    }
    row(
        "sum",
        files.iter().map(|file| file.raw).sum(),
        files.iter().map(|file| file.brotli).sum(),
    );
    text
}

/// The total size of all files of a built app after brotli.
pub(crate) fn weight(files: &[Sized]) -> u64 {
    files.iter().map(|file| file.brotli).sum()
}

/// `1234567` → `1 234 567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, brotli: u64) -> Sized {
        Sized {
            name: name.to_owned(),
            raw: brotli * 3,
            brotli,
        }
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_234_567, "1 234 567")] {
            assert_eq!(grouped(number), text, "{number}");
        }
    }

    #[test]
    fn the_table_has_a_row_for_each_file_and_their_sum() {
        let table = table(&[file("a.js", 1000), file("b.wasm", 500)]);
        assert!(
            table
                .lines()
                .last()
                .is_some_and(|sum| sum.starts_with("sum") && sum.ends_with("1 500")),
            "{table}"
        );
        assert_eq!(table.lines().count(), 4, "head, two files, sum");
    }

    #[test]
    fn compression_uses_the_best_quality() {
        let text = "data-part=\"event-row\" ".repeat(200);
        let size = compressed(text.as_bytes()).unwrap().len();
        assert!(size < 60, "a text that repeats itself takes {size} bytes");
    }
}
