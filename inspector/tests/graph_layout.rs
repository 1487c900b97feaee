//! The layout of graphs: nothing overlaps, nothing is lost, any graph ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use proptest::prelude::*;
use workflow_inspector::graph::{GraphView, Layout, Place, layout};
use workflow_protocol::Graph;

type Arrows = Vec<(u32, u32)>;

fn graph(nodes: usize, arrows: usize) -> impl Strategy<Value = (Vec<(i32, i32)>, Arrows)> {
    (0..nodes).prop_flat_map(move |count| {
        let ends = 0..(count as u32 + 2);
        (
            prop::collection::vec((0..300_i32, 0..60_i32), count),
            prop::collection::vec((ends.clone(), ends), 0..arrows),
        )
    })
}

fn overlap(a: &Place, b: &Place) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

fn check(sizes: &[(i32, i32)], arrows: &Arrows, layout: &Layout) {
    assert_eq!(layout.nodes.len(), sizes.len(), "every node has a place");
    assert_eq!(layout.edges.len(), arrows.len(), "every arrow has a route");
    let mut order = layout.order.clone();
    order.sort_unstable();
    assert_eq!(
        order,
        (0..sizes.len() as u32).collect::<Vec<_>>(),
        "each is read once"
    );
    for (at, place) in layout.nodes.iter().enumerate() {
        assert_eq!((place.width, place.height), sizes[at], "the size of {at} is kept");
        let inside = place.x >= 0
            && place.y >= 0
            && place.x + place.width <= layout.width
            && place.y + place.height <= layout.height;
        assert!(
            inside,
            "{at} at {place:?} is inside {}×{}",
            layout.width, layout.height
        );
        for (with, other) in layout.nodes.iter().enumerate().skip(at + 1) {
            assert!(
                !overlap(place, other),
                "{at} at {place:?} and {with} at {other:?}"
            );
        }
    }
    for (at, route) in layout.edges.iter().enumerate() {
        let (from, to) = arrows[at];
        let (Some(from), Some(to)) = (layout.nodes.get(from as usize), layout.nodes.get(to as usize)) else {
            assert!(route.points.is_empty(), "an arrow to nowhere has no route");
            continue;
        };
        assert!(route.points.len() >= 2, "arrow {at} begins and ends");
        for (x, y) in &route.points {
            assert!(
                *x >= 0 && *y >= 0 && *y <= layout.height,
                "({x}, {y}) of arrow {at} is in sight"
            );
        }
        if !route.back {
            assert!(from.x + from.width <= to.x, "arrow {at} runs to the right");
            for pair in route.points.windows(2) {
                assert!(
                    pair[0].0 <= pair[1].0,
                    "arrow {at} never turns round: {:?}",
                    route.points
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn any_graph_is_laid_out((sizes, arrows) in graph(24, 60)) {
        let first = layout(&sizes, &arrows);
        check(&sizes, &arrows, &first);
        prop_assert_eq!(&first, &layout(&sizes, &arrows), "the same input gives the same layout");
    }

    #[test]
    fn without_the_arrows_that_go_back_there_is_no_cycle((sizes, arrows) in graph(12, 40)) {
        let found = layout(&sizes, &arrows);
        let forward: Arrows = arrows.iter().zip(&found.edges)
            .filter(|(_, route)| !route.back && !route.points.is_empty()).map(|(arrow, _)| *arrow).collect();
        let again = layout(&sizes, &forward);
        prop_assert!(again.edges.iter().all(|route| !route.back));
    }
}

#[test]
fn a_chain_runs_from_left_to_right_on_one_line() {
    let sizes = [(80, 36), (60, 24), (80, 36), (60, 24)];
    let found = layout(&sizes, &[(0, 1), (1, 2), (2, 3)]);
    let middles: Vec<i32> = found
        .nodes
        .iter()
        .map(|place| place.y + place.height / 2)
        .collect();
    assert_eq!(middles, [middles[0]; 4], "on one line");
    assert!(
        found
            .nodes
            .windows(2)
            .all(|pair| pair[0].x + pair[0].width < pair[1].x)
    );
}

#[test]
fn branches_of_equal_size_lie_around_their_middle() {
    let sizes = [(80, 36); 4];
    let found = layout(&sizes, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
    let middle = |at: usize| found.nodes[at].y + found.nodes[at].height / 2;
    assert_eq!(middle(0), middle(3), "ends on one line");
    assert_eq!(
        middle(1) + middle(2),
        2 * middle(0),
        "branches above and below it"
    );
}

#[test]
fn arrows_that_go_back_run_below_everything() {
    let found = layout(&[(80, 36); 3], &[(0, 1), (1, 2), (2, 1)]);
    let back: Vec<bool> = found.edges.iter().map(|route| route.back).collect();
    assert_eq!(back, [false, false, true]);
    let deepest = found.edges[2].points.iter().map(|point| point.1).max().unwrap();
    assert!(found.nodes.iter().all(|place| place.y + place.height < deepest));
}

#[test]
fn five_hundred_nodes_end() {
    // A line with an arrow from each node to one far away, forth and back.
    let sizes = vec![(120, 36); 500];
    let arrows: Arrows = (0..500_u32)
        .flat_map(|at| [(at, at + 1), (at, at * 7 % 500), (at, at * 31 % 500)])
        .collect();
    check(&sizes, &arrows, &layout(&sizes, &arrows));
    let star: Arrows = (1..500).map(|at| (0, at)).collect();
    check(&sizes, &star, &layout(&sizes, &star));
}

#[test]
fn graphs_with_holes_are_laid_out_without_them() {
    let json = r#"{"graph":{"name":"X","nodes":[{"id":"a","node_type":"step"},{"id":"a","node_type":"event"},
        {"id":"E","node_type":"event","event_type":"app.E"},{"id":"who"}],
        "edges":[{"source":"a","target":"E"},{"source":"a","target":"E"},{"source":"a","target":"nobody"}]}}"#;
    let view = GraphView::new(Arc::new(Graph::parse(json).unwrap()));
    assert_eq!(
        (view.layout.nodes.len(), view.edges.len()),
        (3, 1),
        "equal ids and arrows to nowhere are left out"
    );
    assert_eq!(view.neighbours(0, false).collect::<Vec<_>>(), [1]);
    assert_eq!(view.neighbours(1, true).collect::<Vec<_>>(), [0]);
}

fn large(nodes: usize) -> Arc<Graph> {
    let node = |at: usize| format!(r#"{{"id":"n{at}","label":"Node {at}","node_type":"step"}}"#);
    let edge = |at: usize| format!(r#"{{"source":"n{at}","target":"n{}"}}"#, (at * 7 + 1) % nodes);
    let list = |of: &dyn Fn(usize) -> String| (0..nodes).map(of).collect::<Vec<_>>().join(",");
    let json = format!(
        r#"{{"graph":{{"name":"X","nodes":[{}],"edges":[{}]}}}}"#,
        list(&node),
        list(&edge)
    );
    Arc::new(Graph::parse(&json).unwrap())
}

// A graph of 300 000 nodes froze the page: each of them was looked for among those before it, and each arrow among all arrows.
#[test]
fn a_graph_of_any_size_is_listed_and_drawn_only_when_somebody_asks() {
    let view = GraphView::new(large(100_000));
    assert_eq!(
        (view.node_count(), view.edges.len()),
        (100_000, 100_000),
        "all of it is listed"
    );
    assert!(
        view.is_large() && view.layout.nodes.is_empty(),
        "nothing is drawn yet"
    );
    assert_eq!(view.listed(99_999), Some(99_999), "in the server's order");
    assert_eq!(view.listed(100_000), None);
    let mut drawing = view.drawing();
    while drawing.step() == workflow_inspector::json::Progress::More {}
    let mut drawn = view.clone();
    drawn.draw(drawing);
    assert_eq!(
        drawn.layout.nodes.len(),
        drawn.drawable(),
        "as many as a document can hold"
    );
    assert_eq!(drawn.layout.edges.len(), drawn.drawn_edges.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn a_graph_is_the_same_in_slices(nodes in 1_usize..60, many in 1_usize..9) {
        let graph = large(nodes);
        let whole = GraphView::new(Arc::clone(&graph));
        let mut view = GraphView::begin(graph);
        while view.step(many) == workflow_inspector::json::Progress::More {}
        let mut drawing = view.drawing();
        while drawing.step() == workflow_inspector::json::Progress::More {}
        view.draw(drawing);
        prop_assert_eq!(&view.layout, &whole.layout);
        prop_assert_eq!(&view.edges, &whole.edges);
        prop_assert!((0..nodes).all(|row| view.listed(row) == whole.listed(row)));
    }
}
