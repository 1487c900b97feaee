//! A graph as a Mermaid flowchart, for Markdown and wikis.

use super::Picture;
use crate::graph::caption;
use workflow_protocol::NodeKind;

const HEAD: &str = "flowchart LR\n";
const CLASSES: &str = "\
  \x20 classDef step fill:#ffffff,stroke:#888c95,color:#191d24\n\
  \x20 classDef event fill:#e8f1fb,stroke:#0077bd,color:#191d24\n\
  \x20 classDef external fill:#fff5dc,stroke:#945a00,color:#191d24\n\
  \x20 classDef other fill:#ffffff,stroke:#888c95,color:#191d24,stroke-dasharray:4 3\n\
  \x20 classDef untaken fill:#ffffff,stroke:#dcdee2,color:#545861\n";

/// A picture as the text of a Mermaid flowchart: used edges are solid with a count, unused ones are dotted. It needs no layout.
pub fn mermaid(picture: &Picture) -> String {
    let view = &picture.view;
    let most = view.drawable() as u32;
    let mut out = String::from(HEAD);
    for number in 0..most {
        let Some(node) = view.node(number) else { continue };
        let (open, close, class) = match node.kind {
            NodeKind::Step => ("[", "]", "step"),
            NodeKind::Event => ("([", "])", "event"),
            NodeKind::External => ("{{", "}}", "external"),
            _ => ("[(", ")]", "other"),
        };
        let class = if picture.is_untaken(number, node) {
            "untaken"
        } else {
            class
        };
        let label = label(&caption(node));
        out.push_str(&format!("  n{number}{open}\"{label}\"{close}:::{class}\n"));
    }
    for (edge, (from, to)) in view.edges.iter().enumerate() {
        if *from >= most || *to >= most {
            continue;
        }
        match picture.taken_times(edge as u32) {
            0 => out.push_str(&format!("  n{from} -.-> n{to}\n")),
            times => out.push_str(&format!("  n{from} -->|\"{times}\"| n{to}\n")),
        }
    }
    out.push_str(CLASSES);
    out
}

/// A text inside quotes. Mermaid interprets many characters, even inside quotes: all but letters, digits and a few more become codes. A
/// label needs a visible character.
fn label(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() => out.push(c),
            ' ' | '_' | '.' | ',' | '…' => out.push(c),
            // Codes of controls have no meaning.
            c if c.is_control() => out.push(' '),
            c => out.push_str(&format!("#{};", u32::from(c))),
        }
    }
    if out.trim().is_empty() {
        out.push('?');
    }
    out
}
