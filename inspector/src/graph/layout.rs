//! A layered layout, from left to right: longest paths give the layers, barycentres the order within them. Each layer is then pulled
//! towards its neighbours as far as its order and its gaps allow. Back edges run below.

use crate::json::Progress;

/// Space between layers, where the edges bend.
const ACROSS: i32 = 60;
/// Space between nodes of a layer.
const BETWEEN: i32 = 18;
/// The height of a passing edge in a layer.
const LANE: i32 = 6;
/// How many passing edges get their own position; further ones are straight.
const PASSING: usize = 1_500;
/// How often layers are ordered, and then aligned. The last pass is from left to right: a node is level with its predecessor.
const ROUNDS: usize = 9;

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Its left edge.
    pub x: i32,
    /// Its upper edge.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

/// The route of an edge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The points of the edge, from source to target: every second segment is inside a layer and straight. For a back edge: its exit, its
    /// depth (at the source's and the target's side), its entry.
    pub points: Vec<(i32, i32)>,
    /// Whether it goes back, so that the graph has a cycle.
    pub back: bool,
}

/// The positions. All are at least 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// For each node.
    pub nodes: Vec<Place>,
    /// For each edge.
    pub edges: Vec<Route>,
    /// The total width.
    pub width: i32,
    /// The total height.
    pub height: i32,
    /// The nodes from left to right and from top to bottom: the reading order.
    pub order: Vec<u32>,
}

/// A node, or the position of a passing edge in a layer.
#[derive(Clone, Debug, Default)]
struct Cell {
    layer: usize,
    height: i32,
    /// Twice the middle, so that halves are integers.
    middle: i64,
    left: Vec<usize>,
    right: Vec<usize>,
}

/// Lays out nodes of these sizes with the edges between them. Deterministic. Edges from or to a missing node get no points.
pub fn layout(sizes: &[(i32, i32)], edges: &[(u32, u32)]) -> Layout {
    let mut layouter = Layouter::new(sizes.to_vec(), edges.to_vec());
    while layouter.step() == Progress::More {}
    layouter.finish()
}

/// [`layout`] in slices: each [`step`](Self::step) takes time linear in the number of nodes and edges, and there are few.
#[derive(Debug)]
pub struct Layouter {
    sizes: Vec<(i32, i32)>,
    edges: Vec<(u32, u32)>,
    back: Vec<bool>,
    cells: Vec<Cell>,
    columns: Vec<Vec<usize>>,
    /// The cells that each edge passes, including its ends.
    ways: Vec<Vec<usize>>,
    turn: usize,
}

impl Layouter {
    /// The number of steps.
    pub const STEPS: usize = 2 + 2 * ROUNDS;

    /// A layout without any step done.
    pub const fn new(sizes: Vec<(i32, i32)>, edges: Vec<(u32, u32)>) -> Self {
        Self {
            sizes,
            edges,
            back: Vec::new(),
            cells: Vec::new(),
            columns: Vec::new(),
            ways: Vec::new(),
            turn: 0,
        }
    }

    /// The number of finished steps, of [`STEPS`](Self::STEPS).
    pub const fn done(&self) -> usize {
        self.turn
    }

    /// Performs the next step. Returns whether it was the last.
    pub fn step(&mut self) -> Progress {
        let turn = self.turn;
        match turn {
            0 => self.back = backward(self.sizes.len(), &self.edges),
            1 => self.place_cells(),
            _ if turn < 2 + ROUNDS => {
                sweep(&mut self.cells, &mut self.columns, turn.is_multiple_of(2), true);
            }
            _ if turn < Self::STEPS => {
                let round = turn - 2 - ROUNDS;
                sweep(&mut self.cells, &mut self.columns, round.is_multiple_of(2), false);
            }
            _ => return Progress::Done,
        }
        self.turn += 1;
        if self.turn < Self::STEPS {
            Progress::More
        } else {
            Progress::Done
        }
    }

    /// The layout after the finished steps.
    pub fn finish(self) -> Layout {
        draw(
            &self.sizes,
            &self.edges,
            &self.back,
            &self.cells,
            &self.columns,
            &self.ways,
        )
    }

    /// Assigns nodes to layers, and passing edges to positions between them.
    fn place_cells(&mut self) {
        let (count, edges) = (self.sizes.len(), &self.edges);
        let there = |(from, to): (u32, u32)| (from as usize) < count && (to as usize) < count;
        let back = &self.back;
        let forward = |at: usize| {
            edges.get(at).is_some_and(|edge| there(*edge)) && !back.get(at).copied().unwrap_or(true)
        };
        let mut cells: Vec<Cell> = Vec::with_capacity(count);
        let layers = layering(count, edges, &forward);
        for (size, layer) in self.sizes.iter().zip(&layers) {
            cells.push(Cell {
                layer: *layer,
                height: size.1.max(0),
                ..Cell::default()
            });
        }
        let mut ways: Vec<Vec<usize>> = Vec::with_capacity(edges.len());
        let mut passing = 0;
        for (at, (from, to)) in edges.iter().enumerate() {
            let mut way = Vec::new();
            if forward(at) {
                let (from, to) = (*from as usize, *to as usize);
                way.push(from);
                let (first, last) = (layer(&cells, from) + 1, layer(&cells, to));
                if passing + last.saturating_sub(first) <= PASSING {
                    for layer in first..last {
                        passing += 1;
                        way.push(cells.len());
                        cells.push(Cell {
                            layer,
                            height: LANE,
                            ..Cell::default()
                        });
                    }
                }
                way.push(to);
                for pair in way.windows(2) {
                    if let [a, b] = *pair
                        && layer(&cells, a) + 1 == layer(&cells, b)
                    {
                        if let Some(cell) = cells.get_mut(a) {
                            cell.right.push(b);
                        }
                        if let Some(cell) = cells.get_mut(b) {
                            cell.left.push(a);
                        }
                    }
                }
            }
            ways.push(way);
        }
        let deepest = cells.iter().map(|cell| cell.layer + 1).max().unwrap_or(0);
        let mut columns: Vec<Vec<usize>> = vec![Vec::new(); deepest];
        for (at, cell) in cells.iter().enumerate() {
            if let Some(column) = columns.get_mut(cell.layer) {
                column.push(at);
            }
        }
        for column in &columns {
            stack(&mut cells, column);
        }
        (self.cells, self.columns, self.ways) = (cells, columns, ways);
    }
}

fn layer(cells: &[Cell], at: usize) -> usize {
    cells.get(at).map_or(0, |cell| cell.layer)
}

/// The back edges: those that close a cycle in a depth-first search from the nodes without incoming edges.
fn backward(count: usize, edges: &[(u32, u32)]) -> Vec<bool> {
    let mut back = vec![false; edges.len()];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut entered = vec![false; count];
    for (at, (from, to)) in edges.iter().enumerate() {
        if let (Some(out), Some(entered)) = (out.get_mut(*from as usize), entered.get_mut(*to as usize)) {
            out.push(at);
            *entered |= from != to;
        }
    }
    // 0 new, 1 active, 2 done.
    let mut state = vec![0_u8; count];
    let mut path: Vec<(usize, usize)> = Vec::new();
    for start in (0..count)
        .filter(|at| entered.get(*at) == Some(&false))
        .chain(0..count)
    {
        if state.get(start) != Some(&0) {
            continue;
        }
        mark(&mut state, start, 1);
        path.push((start, 0));
        while let Some((node, next)) = path.last_mut() {
            let edge = out.get(*node).and_then(|out| out.get(*next)).copied();
            *next += 1;
            let Some(edge) = edge else {
                mark(&mut state, *node, 2);
                path.pop();
                continue;
            };
            let to = edges.get(edge).map_or(0, |edge| edge.1 as usize);
            match state.get(to) {
                Some(0) => {
                    mark(&mut state, to, 1);
                    path.push((to, 0));
                }
                Some(1) => {
                    if let Some(back) = back.get_mut(edge) {
                        *back = true;
                    }
                }
                _ => {}
            }
        }
    }
    back
}

fn mark(state: &mut [u8], at: usize, to: u8) {
    if let Some(state) = state.get_mut(at) {
        *state = to;
    }
}

/// The longest path to each node. A node without incoming edges is placed just before its first successor.
fn layering(count: usize, edges: &[(u32, u32)], forward: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let mut layers = vec![0_usize; count];
    let mut waits = vec![0_usize; count];
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, (from, to)) in edges.iter().enumerate() {
        if forward(at)
            && let (Some(out), Some(waits)) = (out.get_mut(*from as usize), waits.get_mut(*to as usize))
        {
            out.push(*to as usize);
            *waits += 1;
        }
    }
    let sources: Vec<usize> = (0..count).filter(|at| waits.get(*at) == Some(&0)).collect();
    let mut ready = sources.clone();
    while let Some(node) = ready.pop() {
        let next = layers.get(node).map_or(0, |layer| layer + 1);
        for to in out.get(node).into_iter().flatten() {
            if let (Some(layer), Some(waits)) = (layers.get_mut(*to), waits.get_mut(*to)) {
                *layer = next.max(*layer);
                *waits -= 1;
                if *waits == 0 {
                    ready.push(*to);
                }
            }
        }
    }
    for node in sources {
        let nearest = out
            .get(node)
            .into_iter()
            .flatten()
            .filter_map(|to| layers.get(*to))
            .min();
        if let Some(nearest) = nearest.and_then(|layer| layer.checked_sub(1))
            && let Some(layer) = layers.get_mut(node)
        {
            *layer = nearest;
        }
    }
    layers
}

/// Stacks a column's cells.
fn stack(cells: &mut [Cell], column: &[usize]) {
    let mut y = 0_i64;
    for at in column {
        if let Some(cell) = cells.get_mut(*at) {
            cell.middle = 2 * y + i64::from(cell.height);
            y += i64::from(cell.height + BETWEEN);
        }
    }
}

/// Visits the columns in one direction and orders, or aligns, each by the previous column.
fn sweep(cells: &mut [Cell], columns: &mut [Vec<usize>], rightward: bool, order: bool) {
    let last = columns.len();
    for turn in 0..last {
        let at = if rightward { turn } else { last - 1 - turn };
        let Some(column) = columns.get_mut(at) else {
            continue;
        };
        let preferred: Vec<i64> = column.iter().map(|at| preferred(cells, *at, rightward)).collect();
        if order {
            sort(column, &preferred);
            stack(cells, column);
        } else {
            settle(cells, column, &preferred);
        }
    }
}

/// The preferred middle of a cell: the mean of its neighbours in the previous column.
fn preferred(cells: &[Cell], at: usize, rightward: bool) -> i64 {
    let Some(cell) = cells.get(at) else { return 0 };
    let (mut sum, mut count) = (0_i64, 0_i64);
    for other in if rightward { &cell.left } else { &cell.right } {
        if let Some(other) = cells.get(*other) {
            sum += other.middle;
            count += 1;
        }
    }
    // A cell without neighbours stays.
    if count == 0 { cell.middle } else { sum / count }
}

/// Sorts by preferred position; equal ones keep their order.
fn sort(column: &mut [usize], preferred: &[i64]) {
    let mut order: Vec<(i64, usize)> = preferred.iter().copied().zip(column.iter().copied()).collect();
    order.sort_by_key(|(preferred, _)| *preferred);
    for (place, (_, cell)) in column.iter_mut().zip(order) {
        *place = cell;
    }
}

/// Moves the cells of a column as near to their preferred positions as their order and the gaps allow: to the mean of every run of cells
/// that would overlap.
fn settle(cells: &mut [Cell], column: &[usize], preferred: &[i64]) {
    // Middles minus the height of the cells above: these must not decrease.
    let mut offset = 0_i64;
    let mut above = 0_i64;
    let mut offsets = Vec::with_capacity(column.len());
    let mut blocks: Vec<(i64, i64)> = Vec::new();
    for (nth, at) in column.iter().enumerate() {
        let height = cells.get(*at).map_or(0, |cell| i64::from(cell.height));
        if nth > 0 {
            offset += above + height + 2 * i64::from(BETWEEN);
        }
        above = height;
        offsets.push(offset);
        let mut block = (preferred.get(nth).copied().unwrap_or(0) - offset, 1);
        while let Some((sum, count)) = blocks.last()
            && sum * block.1 > block.0 * count
        {
            block = (block.0 + sum, block.1 + count);
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut nth = 0;
    for (sum, count) in blocks {
        for _ in 0..count {
            if let (Some(at), Some(offset)) = (column.get(nth), offsets.get(nth))
                && let Some(cell) = cells.get_mut(*at)
            {
                cell.middle = sum.div_euclid(count) + offset;
            }
            nth += 1;
        }
    }
}

fn draw(
    sizes: &[(i32, i32)],
    edges: &[(u32, u32)],
    back: &[bool],
    cells: &[Cell],
    columns: &[Vec<usize>],
    ways: &[Vec<usize>],
) -> Layout {
    let top = cells
        .iter()
        .map(|cell| cell.middle - i64::from(cell.height))
        .min()
        .unwrap_or(0);
    let middle = |at: usize| cells.get(at).map_or(0, |cell| ((cell.middle - top) / 2) as i32);
    let mut out = Layout::default();
    out.nodes.resize(sizes.len(), Place::default());
    let mut bounds: Vec<(i32, i32)> = Vec::with_capacity(columns.len());
    for column in columns {
        let nodes = column.iter().filter_map(|at| sizes.get(*at));
        let width = nodes.map(|size| size.0.max(0)).max().unwrap_or(0);
        bounds.push((out.width, out.width + width));
        for at in column {
            if let (Some(place), Some(size)) = (out.nodes.get_mut(*at), sizes.get(*at)) {
                let size = (size.0.max(0), size.1.max(0));
                *place = Place {
                    x: out.width + (width - size.0) / 2,
                    y: middle(*at) - size.1 / 2,
                    width: size.0,
                    height: size.1,
                };
                out.height = out.height.max(place.y + place.height);
                out.order.push(*at as u32);
            }
        }
        out.width += width + ACROSS;
    }
    out.width = (out.width - ACROSS).max(0);
    let place = |at: u32| out.nodes.get(at as usize).copied();
    let mut depth = out.height + BETWEEN;
    let mut routes = Vec::with_capacity(edges.len());
    for (at, (from, to)) in edges.iter().enumerate() {
        let mut route = Route::default();
        if let (Some(from), Some(to)) = (place(*from), place(*to)) {
            if back.get(at).copied().unwrap_or(false) {
                route.back = true;
                // Slightly offset, so that outgoing and incoming edges of a node are distinguishable.
                let (out, into) = (from.x + from.width * 3 / 5, to.x + to.width * 2 / 5);
                let points = [
                    (out, from.y + from.height),
                    (out, depth),
                    (into, depth),
                    (into, to.y + to.height),
                ];
                route.points.extend_from_slice(&points);
                depth += LANE * 2;
            } else {
                let half = |place: Place| place.y + place.height / 2;
                route.points.push((from.x + from.width, half(from)));
                for cell in ways
                    .get(at)
                    .into_iter()
                    .flatten()
                    .filter(|cell| **cell >= sizes.len())
                {
                    let (left, right) = bounds.get(layer(cells, *cell)).copied().unwrap_or_default();
                    route.points.push((left, middle(*cell)));
                    route.points.push((right, middle(*cell)));
                }
                route.points.push((to.x, half(to)));
            }
        }
        out.height = out
            .height
            .max(route.points.iter().map(|point| point.1).max().unwrap_or(0));
        routes.push(route);
    }
    out.edges = routes;
    out
}
