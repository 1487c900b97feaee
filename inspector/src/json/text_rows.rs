use super::lines::JsonLine;
use super::tree::{JsonTree, Progress};

/// The interval of stored positions, so that a row is found without starting at the top.
const STRIDE: usize = 16;

/// How many lines are generated at a time.
const LINES: usize = 256;

/// How many steps of indentation are shown at most: fifty thousand brackets would be a page of blanks for each line.
const DEEPEST: u32 = 24;

const BLANKS: &str = "                                                ";

/// A position in the displayed text: a pretty line and a byte of it, or a byte of a text that is not JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextPlace {
    line: u32,
    byte: u32,
}

/// One row of the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextRow {
    /// Its text.
    pub text: String,
    /// Whether it continues the line of the previous row, which was longer than a row.
    pub goes_on: bool,
}

/// The text of a [`JsonTree`] in rows of equal width: its pretty lines, or the original text if it is not JSON, with long lines cut into
/// several rows. The model of a windowed text view.
///
/// Laid out in slices, like the tree; finished rows are available in between. Only one position per sixteen rows is stored.
///
/// ```
/// use workflow_inspector::json::{JsonTree, TextRows};
///
/// let tree = JsonTree::parse(r#"{"word": "a long one"}"#).expect("JSON");
/// let mut rows = TextRows::new(16);
/// rows.step(&tree, usize::MAX);
/// let text = |row| rows.row(&tree, row).map(|row| row.text);
/// assert_eq!(text(1).as_deref(), Some("  \"word\": \"a lon"));
/// assert_eq!(text(2).as_deref(), Some("g one\""));
/// ```
#[derive(Clone, Debug)]
pub struct TextRows {
    columns: usize,
    /// The text is not JSON and is shown unchanged.
    raw: bool,
    /// The position of every [`STRIDE`]th row.
    starts: Vec<TextPlace>,
    count: usize,
    next: TextPlace,
    done: bool,
}

impl TextRows {
    /// Rows of `columns` characters; wide characters count twice. At least 8.
    pub fn new(columns: usize) -> Self {
        Self {
            columns: columns.max(8),
            raw: false,
            starts: Vec::new(),
            count: 0,
            next: TextPlace::default(),
            done: false,
        }
    }

    /// The width.
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// The number of rows so far.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether the layout is complete.
    pub const fn is_done(&self) -> bool {
        self.done
    }

    /// The progress of the layout, in percent.
    pub fn percent(&self, tree: &JsonTree) -> u32 {
        let (done, all) = if self.raw {
            (self.next.byte as usize, tree.text().len())
        } else {
            (self.next.line as usize, tree.line_count())
        };
        if self.done {
            return 100;
        }
        (done as u64 * 100).checked_div(all as u64).unwrap_or(100) as u32
    }

    /// Lays out about `max_rows` more. Returns whether the layout is complete. For a tree that is still being read, only final rows are
    /// laid out. Restarts if the text turns out not to be JSON.
    pub fn step(&mut self, tree: &JsonTree, max_rows: usize) -> Progress {
        let read = tree.is_read();
        if !self.raw && tree.error().is_some() {
            *self = Self {
                raw: true,
                ..Self::new(self.columns)
            };
        }
        // The last node may get children, a comma and closing lines of its parents.
        let settled = if read {
            usize::MAX
        } else {
            let last = tree.node_count().saturating_sub(1) as u32;
            tree.line_of(last)
        };
        let mut cutter = Cutter::new(self, tree, LINES);
        let stop = self.count.saturating_add(max_rows.max(1));
        let (mut place, mut count) = (self.next, self.count);
        let mut scratch = String::new();
        let mut ended = false;
        while count < stop && (place.line as usize) < settled {
            scratch.clear();
            let Some(next) = cutter.cut(place, &mut scratch) else {
                ended = true;
                break;
            };
            if count.is_multiple_of(STRIDE) {
                self.starts.push(place);
            }
            count += 1;
            place = next;
        }
        (self.next, self.count) = (place, count);
        self.done = ended && read;
        if self.done { Progress::Done } else { Progress::More }
    }

    /// One row, from 0.
    pub fn row(&self, tree: &JsonTree, row: usize) -> Option<TextRow> {
        let mut cutter = Cutter::new(self, tree, STRIDE);
        let place = self.place_by(&mut cutter, row)?;
        let goes_on = place.byte != 0
            && (!self.raw || tree.text().as_bytes().get(place.byte as usize - 1) != Some(&b'\n'));
        let mut text = String::new();
        cutter.cut(place, &mut text)?;
        Some(TextRow { text, goes_on })
    }

    /// The start of a row.
    pub fn place(&self, tree: &JsonTree, row: usize) -> Option<TextPlace> {
        self.place_by(&mut Cutter::new(self, tree, STRIDE), row)
    }

    fn place_by(&self, cutter: &mut Cutter<'_>, row: usize) -> Option<TextPlace> {
        let start = self.starts.get(row / STRIDE).filter(|_| row < self.count);
        let mut place = *start?;
        for _ in 0..row % STRIDE {
            place = cutter.cut(place, &mut String::new())?;
        }
        Some(place)
    }

    /// The row of a position; `None` if it is not laid out yet.
    pub fn row_of(&self, tree: &JsonTree, place: TextPlace) -> Option<usize> {
        if place >= self.next && !self.done {
            return None;
        }
        let block = self
            .starts
            .partition_point(|start| *start <= place)
            .checked_sub(1)?;
        let mut at = *self.starts.get(block)?;
        let mut row = block * STRIDE;
        let mut cutter = Cutter::new(self, tree, STRIDE);
        while let Some(next) = cutter.cut(at, &mut String::new()).filter(|next| *next <= place) {
            at = next;
            row += 1;
        }
        Some(row.min(self.count.saturating_sub(1)))
    }

    /// The position of a byte of the tree's text.
    pub fn place_of(&self, tree: &JsonTree, offset: usize) -> TextPlace {
        if self.raw {
            return TextPlace {
                line: 0,
                byte: offset as u32,
            };
        }
        let node = tree.node_at(offset).unwrap_or(0);
        let line = tree.line_of(node);
        let lines = tree.lines(line..line + 1);
        let byte = lines.first().map_or(0, |line| {
            let [blanks, key, colon, text, _] = self.parts(line);
            let before = blanks.len() + key.len() + colon.len();
            let (of_key, of_value) = tree.starts(node);
            match offset.checked_sub(of_value) {
                Some(inside) => before + inside.min(text.len()),
                None => blanks.len() + offset.saturating_sub(of_key).min(key.len()),
            }
        });
        TextPlace {
            line: line as u32,
            byte: byte as u32,
        }
    }

    fn parts<'t>(&self, line: &JsonLine<'t>) -> [&'t str; 5] {
        let steps = line.indent.min(DEEPEST).min(self.columns as u32 / 4);
        [
            BLANKS.get(..steps as usize * 2).unwrap_or_default(),
            line.key.unwrap_or_default(),
            if line.key.is_some() { ": " } else { "" },
            line.text,
            if line.comma { "," } else { "" },
        ]
    }
}

/// Cuts lines into rows.
struct Cutter<'t> {
    rows: TextRows,
    tree: &'t JsonTree,
    /// The lines generated at a time, and the number of the first one.
    many: usize,
    lines: Vec<JsonLine<'t>>,
    from: usize,
}

impl<'t> Cutter<'t> {
    fn new(rows: &TextRows, tree: &'t JsonTree, many: usize) -> Self {
        Self {
            rows: TextRows {
                raw: rows.raw,
                ..TextRows::new(rows.columns)
            },
            tree,
            many,
            lines: Vec::new(),
            from: 0,
        }
    }

    /// Appends the row that starts at a position and returns the start of the next one; `None` at the end.
    fn cut(&mut self, place: TextPlace, out: &mut String) -> Option<TextPlace> {
        if self.rows.raw {
            return self.cut_raw(place, out);
        }
        let line = self.line(place.line as usize)?;
        let (mut skip, mut end) = (place.byte as usize, place.byte as usize);
        let mut left = self.rows.columns;
        for part in self.rows.parts(&line) {
            let Some(rest) = part.get(skip..) else {
                skip = skip.saturating_sub(part.len());
                continue;
            };
            skip = 0;
            let fits = fit(rest, &mut left);
            out.push_str(rest.get(..fits).unwrap_or_default());
            end += fits;
            if fits < rest.len() {
                return Some(TextPlace {
                    byte: end as u32,
                    ..place
                });
            }
        }
        Some(TextPlace {
            line: place.line + 1,
            byte: 0,
        })
    }

    fn cut_raw(&self, place: TextPlace, out: &mut String) -> Option<TextPlace> {
        let rest = self.tree.text().get(place.byte as usize..)?;
        if rest.is_empty() {
            return None;
        }
        let (mut left, mut end) = (self.rows.columns, place.byte as usize);
        for c in rest.chars() {
            if c == '\n' {
                end += 1;
                break;
            }
            let Some(less) = left.checked_sub(width(c)) else {
                break;
            };
            left = less;
            out.push(c);
            end += c.len_utf8();
        }
        Some(TextPlace {
            byte: end as u32,
            ..place
        })
    }

    fn line(&mut self, line: usize) -> Option<JsonLine<'t>> {
        let known = line.checked_sub(self.from).and_then(|at| self.lines.get(at));
        if let Some(known) = known {
            return Some(*known);
        }
        self.lines = self.tree.lines(line..line + self.many);
        self.from = line;
        self.lines.first().copied()
    }
}

/// How many bytes of a text fit into the remaining columns.
fn fit(text: &str, left: &mut usize) -> usize {
    let head = text.as_bytes().get(..*left).unwrap_or(text.as_bytes());
    if head.iter().all(|byte| (b' '..0x7f).contains(byte)) {
        *left -= head.len();
        return head.len();
    }
    let mut end = 0;
    for c in text.chars() {
        let Some(less) = left.checked_sub(width(c)) else {
            break;
        };
        *left = less;
        end += c.len_utf8();
    }
    end
}

/// The maximum width of a character in columns: outside European alphabets, fonts differ. Combining marks count, so that every row ends.
const fn width(c: char) -> usize {
    match c {
        '\t' => 2,
        '\0'..'\u{590}' | '\u{2000}'..'\u{2600}' => 1,
        _ => 2,
    }
}
