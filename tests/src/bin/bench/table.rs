//! The output of benchmarks: rows of named figures.

use serde_json::{Value, json};

/// One row: its label, and its cells in the order of the columns.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) cells: Vec<Cell>,
}

/// One figure, or several of the same kind.
pub(crate) enum Cell {
    /// One value.
    One(f64),
    /// One value per round.
    Rounds(Vec<f64>),
}

pub(crate) struct Table {
    pub(crate) title: String,
    /// Name with unit, and number of decimals.
    pub(crate) columns: Vec<(&'static str, usize)>,
    pub(crate) rows: Vec<Row>,
}

/// The median.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

impl Cell {
    fn text(&self, digits: usize) -> String {
        match self {
            Self::One(value) => format!("{value:.digits$}"),
            Self::Rounds(values) => {
                let (low, high) = values
                    .iter()
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                        (low.min(*value), high.max(*value))
                    });
                format!("{:.digits$} ({low:.digits$} to {high:.digits$})", median(values))
            }
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::One(value) => json!(value),
            Self::Rounds(values) => json!({ "median": median(values), "rounds": values }),
        }
    }
}

impl Table {
    #[allow(clippy::print_stdout, reason = "the table is what the program is for")]
    pub(crate) fn print(&self) {
        println!("\n{}\n", self.title);
        let heads: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        println!("| | {} |", heads.join(" | "));
        println!("| --- |{}", " ---: |".repeat(heads.len()));
        for row in &self.rows {
            let cells: Vec<String> = row
                .cells
                .iter()
                .zip(&self.columns)
                .map(|(cell, (_, digits))| cell.text(*digits))
                .collect();
            println!("| {} | {} |", row.name, cells.join(" | "));
        }
    }

    pub(crate) fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            let cells: serde_json::Map<String, Value> = self
                .columns
                .iter()
                .zip(&row.cells)
                .map(|((name, _), cell)| ((*name).to_owned(), cell.json()))
                .collect();
            json!({ "name": row.name, "figures": cells })
        });
        json!({ "title": self.title, "rows": rows.collect::<Vec<_>>() })
    }
}
