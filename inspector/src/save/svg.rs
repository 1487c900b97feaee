//! A graph as SVG with attributes only, so that it looks the same in any viewer and under any content security policy.

use super::Picture;
use super::escape::xml_text;
use crate::graph::{Place, arrow_label, arrow_path, caption};
use crate::text::{count, hue};
use workflow_protocol::{GraphNode, NodeKind};

/// The margin.
const MARGIN: i32 = 16;

/// The colours of the light theme, in a notation that every viewer supports.
const PAPER: &str = "#f9fafc";
const SURFACE: &str = "#ffffff";
const LINE: &str = "#dcdee2";
const EDGE: &str = "#888c95";
const TEXT: &str = "#191d24";
const MUTED: &str = "#545861";
const WAITING: (&str, &str) = ("#945a00", "#fff5dc");
const RUNNING: &str = "#0465af";
const HUES: [&str; 8] = [
    "#bd4049", "#a0600b", "#767700", "#14874e", "#008388", "#0077bd", "#735acc", "#aa4298",
];

/// Width and height of the file of a picture, in pixels.
pub fn svg_size(picture: &Picture) -> (i32, i32) {
    let layout = &picture.view.layout;
    (layout.width + 2 * MARGIN, layout.height + 2 * MARGIN)
}

/// A laid-out picture as an SVG document with a title.
pub fn svg(picture: &Picture, title: &str) -> String {
    let (width, height) = svg_size(picture);
    let title = xml_text(title);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\
         <title>{title}</title><rect width=\"{width}\" height=\"{height}\" fill=\"{PAPER}\"/>"
    );
    let view = &picture.view;
    out.push_str("<g fill=\"none\">");
    for (edge, route) in view.drawn_edges.iter().zip(&view.layout.edges) {
        let (colour, style) = match picture.taken_times(*edge) {
            0 => (
                EDGE,
                " stroke-width=\"1.25\" stroke-dasharray=\"3 3\" opacity=\"0.55\"",
            ),
            _ => (TEXT, " stroke-width=\"1.5\""),
        };
        let path = arrow_path(route, MARGIN);
        out.push_str(&format!(
            "<path d=\"{}\" stroke=\"{colour}\"{style}/>",
            path.trim_end()
        ));
    }
    out.push_str("</g>");
    for (number, place) in view.layout.nodes.iter().enumerate() {
        if let Some(node) = view.node(number as u32) {
            push_node(&mut out, picture, number as u32, node, place);
        }
    }
    out.push_str("<g font-family=\"system-ui, sans-serif\" font-size=\"11\" text-anchor=\"middle\">");
    for (edge, route) in view.drawn_edges.iter().zip(&view.layout.edges) {
        let times = picture.taken_times(*edge);
        if times > 0
            && let Some((x, y)) = arrow_label(route, view.is_counted_first(*edge), MARGIN)
        {
            let times = count(u64::from(times));
            out.push_str(&format!(
                "<text x=\"{x}\" y=\"{y}\" fill=\"{MUTED}\" stroke=\"{PAPER}\" stroke-width=\"4\" paint-order=\"stroke\">{times}</text>"
            ));
        }
    }
    out.push_str("</g></svg>\n");
    out
}

fn push_node(out: &mut String, picture: &Picture, number: u32, node: &GraphNode, place: &Place) {
    let (x, y) = (place.x + MARGIN, place.y + MARGIN);
    let Place { width, height, .. } = *place;
    let (colour, fill, radius) = match &node.kind {
        NodeKind::Event => {
            let class = node.event_class().unwrap_or(&node.id);
            let colour = HUES.get(usize::from(hue(class))).copied().unwrap_or(EDGE);
            (colour, colour, 12)
        }
        NodeKind::External => (WAITING.0, WAITING.1, 18),
        _ => (EDGE, SURFACE, 8),
    };
    let is_untaken = picture.is_untaken(number, node);
    let busy = picture.traffic.at_work.get(number as usize).copied().unwrap_or(0) > 0;
    let stroke = match (busy, is_untaken) {
        (true, _) => RUNNING,
        (_, true) => LINE,
        _ => colour,
    };
    let (fill, tint) = match (is_untaken, &node.kind) {
        (true, _) => (SURFACE, ""),
        (false, NodeKind::Event) => (fill, " fill-opacity=\"0.14\""),
        _ => (fill, ""),
    };
    let dashes = match node.kind {
        NodeKind::Resource | NodeKind::ResourceConfig => " stroke-dasharray=\"4 3\"",
        _ => "",
    };
    let weight = if busy { 3 } else { 1 };
    let rectangle =
        format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\"");
    let name = if node.label.is_empty() {
        &node.id
    } else {
        &node.label
    };
    // An opaque background under a translucent colour, so that edges do not show through.
    out.push_str(&format!(
        "<g><title>{}</title>{rectangle} fill=\"{SURFACE}\"/>\
         {rectangle} fill=\"{fill}\"{tint} stroke=\"{stroke}\" stroke-width=\"{weight}\"{dashes}/>",
        xml_text(name)
    ));
    let times = match (&node.kind, picture.times(number)) {
        (NodeKind::Step, times @ 1..) => count(u64::from(times)),
        _ => String::new(),
    };
    let ink = if is_untaken { MUTED } else { TEXT };
    let middle = y + height / 2 + 4;
    // The count is next to the name.
    let shift = if times.is_empty() {
        0
    } else {
        6 + 3 * times.chars().count() as i32
    };
    out.push_str(&format!(
        "<text x=\"{}\" y=\"{middle}\" fill=\"{ink}\" text-anchor=\"middle\" font-family=\"ui-monospace, Menlo, Consolas, monospace\" \
         font-size=\"12\">{}</text>",
        x + width / 2 - shift,
        xml_text(&caption(node))
    ));
    if !times.is_empty() {
        out.push_str(&format!(
            "<text x=\"{}\" y=\"{middle}\" fill=\"{MUTED}\" text-anchor=\"end\" font-family=\"system-ui, sans-serif\" font-size=\"11\">{times}</text>",
            x + width - 10
        ));
    }
    out.push_str("</g>");
}
