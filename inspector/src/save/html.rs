//! A graph as one HTML file without scripts: the picture, the same as tables, and facts about the run.

use super::Picture;
use super::escape::xml_text;
use super::svg::svg;
use crate::graph::caption;
use crate::text::count;
use workflow_protocol::NodeKind;

/// A name and a value that are shown above the picture.
pub type Fact = (&'static str, String);

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
<meta name=\"viewport\" content=\"width=device-width\">\n<title>";

const STYLE: &str = "</title>\n<style>\n\
body { font: 14px/20px system-ui, sans-serif; color: #191d24; background: #f9fafc; margin: 24px; }\n\
h1 { font-size: 18px; }\nh2 { font-size: 15px; margin: 24px 0 8px; }\n\
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; }\ndt { color: #545861; }\n\
dd { margin: 0; overflow-wrap: anywhere; }\nfigure { margin: 16px 0; overflow: auto; }\n\
table { border-collapse: collapse; }\nth, td { text-align: start; padding: 4px 16px 4px 0; border-bottom: 1px solid #dcdee2; }\n\
td:last-child, th:last-child { text-align: end; font-variant-numeric: tabular-nums; }\n</style>\n</head>\n<body>\n";

/// A laid-out picture as an HTML document. It contains no script, and its own policy forbids any.
pub fn graph_html(picture: &Picture, title: &str, facts: &[Fact]) -> String {
    let view = &picture.view;
    let name = xml_text(title);
    let mut out = format!("{HEAD}{name}{STYLE}<h1>{name}</h1>\n<dl>\n");
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        out.push_str(&format!(
            "<dt>{}</dt><dd>{}</dd>\n",
            xml_text(name),
            xml_text(value)
        ));
    }
    out.push_str("</dl>\n<figure tabindex=\"0\">\n");
    out.push_str(&svg(picture, title));
    out.push_str("</figure>\n<h2>Nodes</h2>\n<table>\n<tr><th>Kind</th><th>Name</th><th>Times</th></tr>\n");
    for number in view.layout.order.iter().copied() {
        let Some(node) = view.node(number) else { continue };
        let times = match node.kind {
            NodeKind::Step | NodeKind::Event => count(u64::from(picture.times(number))),
            _ => String::new(),
        };
        let kind = match node.kind.as_str() {
            "" => "node",
            kind => kind,
        };
        let name = if node.label.is_empty() {
            caption(node)
        } else {
            node.label.clone()
        };
        out.push_str(&row([kind, &name, &times]));
    }
    out.push_str("</table>\n<h2>Arrows</h2>\n<table>\n<tr><th>From</th><th>To</th><th>Times</th></tr>\n");
    for edge in view.drawn_edges.iter().copied() {
        let (from, to) = view.edges.get(edge as usize).copied().unwrap_or_default();
        let name = |node: u32| view.node(node).map(caption).unwrap_or_default();
        let times = count(u64::from(picture.taken_times(edge)));
        out.push_str(&row([&name(from), &name(to), &times]));
    }
    out.push_str("</table>\n</body>\n</html>\n");
    out
}

fn row(cells: [&str; 3]) -> String {
    let [a, b, c] = cells.map(xml_text);
    format!("<tr><td>{a}</td><td>{b}</td><td>{c}</td></tr>\n")
}
