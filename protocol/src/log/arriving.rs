//! The check of a large frame while its bytes arrive.

use super::HEAD;
use crate::json::JsonCheck;

/// Smaller frames are checked by serde_json when they are complete, which is faster.
const LARGE: usize = 1024 * 1024;

/// A frame of more than a megabyte that is still arriving. Its fields are checked piece by piece, which avoids a long task at its end.
#[derive(Debug)]
pub(crate) struct ArrivingFrame {
    check: JsonCheck,
    /// How many bytes of the frame were read.
    read: usize,
}

impl ArrivingFrame {
    /// Continues the check with new data. `None` for a frame that is small or does not start like the server's.
    pub(crate) fn advance(frame: Option<Self>, data: &[u8]) -> Option<Self> {
        if data.len() < LARGE || !data.starts_with(HEAD.as_bytes()) {
            return None;
        }
        let mut frame = frame.filter(|frame| frame.read <= data.len()).unwrap_or(Self {
            check: JsonCheck::new(),
            read: HEAD.len(),
        });
        frame.read_to_end(data);
        Some(frame)
    }

    /// Checks the complete characters. A frame that is not UTF-8 is changed when it is decoded, so its check stops here.
    fn read_to_end(&mut self, data: &[u8]) {
        let new = data.get(self.read..).unwrap_or_default();
        let whole = std::str::from_utf8(new).map_or_else(|error| error.valid_up_to(), str::len);
        self.check.feed(new.get(..whole).unwrap_or_default());
        self.read += whole;
    }

    /// The value of the complete frame and the rest. `None` if the value is not JSON.
    pub(crate) fn split(mut self, data: &str) -> Option<(&str, &str)> {
        self.read_to_end(data.as_bytes());
        data.get(HEAD.len()..)?.split_at_checked(self.check.length()?)
    }
}
