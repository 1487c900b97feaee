//! Files to save: a run's graph as SVG, Mermaid and HTML, its timeline as a trace, its events as lines of JSON and as CSV, and code that
//! starts the same run.
//!
//! Everything here returns text. Data from the server is escaped for its format: no name, payload or documentation can add an element, a
//! script, a formula or a line of code.

mod code;
mod csv;
mod escape;
mod html;
mod lines;
mod mermaid;
mod picture;
mod svg;
mod trace;

pub use code::{RunCode, RunStart};
pub use csv::{CsvFields, csv_header, csv_row};
pub use escape::{file_name, iso_time, xml_text};
pub use html::{Fact, graph_html};
pub use lines::event_line;
pub use mermaid::mermaid;
pub use picture::Picture;
pub use svg::{svg, svg_size};
pub use trace::{TraceInfo, trace_json};
