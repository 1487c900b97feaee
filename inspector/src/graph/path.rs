//! The edges of a laid-out graph as SVG paths.

use super::Route;

/// The path of an edge with its arrowhead, offset by `margin`. Empty for a route without points.
pub fn arrow_path(route: &Route, margin: i32) -> String {
    let mut path = String::new();
    let put = |path: &mut String, command: char, points: &[(i32, i32)]| {
        path.push(command);
        for (x, y) in points {
            path.push_str(&(x + margin).to_string());
            path.push(' ');
            path.push_str(&(y + margin).to_string());
            path.push(' ');
        }
    };
    let points = &route.points;
    let (Some(first), Some(&(x, y))) = (points.first(), points.last()) else {
        return path;
    };
    put(&mut path, 'M', &[*first]);
    if let (true, [_, down, along, up]) = (route.back, points.as_slice()) {
        let turn = if along.0 < down.0 { -8 } else { 8 };
        put(&mut path, 'L', &[(down.0, down.1 - 8)]);
        put(&mut path, 'Q', &[*down, (down.0 + turn, down.1)]);
        put(&mut path, 'L', &[(along.0 - turn, along.1)]);
        put(&mut path, 'Q', &[*along, (along.0, along.1 - 8)]);
        put(&mut path, 'L', &[*up]);
        put(&mut path, 'M', &[(x - 4, y + 6)]);
        put(&mut path, 'L', &[*up, (x + 4, y + 6)]);
        return path;
    }
    for (nth, pair) in points.windows(2).enumerate() {
        let [a, b] = *pair else { continue };
        let middle = (a.0 + b.0) / 2;
        if nth % 2 == 0 && a.1 != b.1 {
            put(&mut path, 'C', &[(middle, a.1), (middle, b.1), b]);
        } else {
            put(&mut path, 'L', &[b]);
        }
    }
    put(&mut path, 'M', &[(x - 6, y - 4)]);
    put(&mut path, 'L', &[(x, y), (x - 6, y + 4)]);
    path
}

/// The position of an edge's count: above its first or last bend, or above the middle of a back edge. `None` for a route without points.
pub fn arrow_label(route: &Route, first: bool, margin: i32) -> Option<(i32, i32)> {
    let (x, y) = match route.points.as_slice() {
        [_, down, along, _] if route.back => ((down.0 + along.0) / 2, down.1),
        [a, b, ..] if first => (a.0 + (b.0 - a.0) * 3 / 10, a.1 + (b.1 - a.1) / 6),
        [.., a, b] => (a.0 + (b.0 - a.0) * 7 / 10, a.1 + (b.1 - a.1) * 5 / 6),
        _ => return None,
    };
    Some((x + margin, y + margin - 5))
}
