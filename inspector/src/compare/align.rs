//! Which events of two runs correspond.

use super::myers;
use super::trail::{Trail, TrailItem, What};
use std::collections::HashMap;

/// How a row differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Both runs have the event, with the same payload.
    Same,
    /// Both have it, with different payloads.
    Changed,
    /// Both have it, at different positions.
    Moved,
    /// Only the first run has it.
    Missing,
    /// Only the second run has it.
    Extra,
}

impl Difference {
    /// One lower-case word, as in `data-difference`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Missing => "missing",
            Self::Extra => "extra",
        }
    }
}

/// One event of both runs, or of one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The position in the first trail.
    pub left: Option<u32>,
    /// The position in the second trail.
    pub right: Option<u32>,
    /// Whether the payloads differ.
    pub changed: bool,
    /// Whether it is at another position.
    pub moved: bool,
}

impl Row {
    /// How it differs.
    pub const fn difference(&self) -> Difference {
        match (self.left, self.right) {
            (_, None) => Difference::Missing,
            (None, _) => Difference::Extra,
            _ if self.changed => Difference::Changed,
            _ if self.moved => Difference::Moved,
            _ => Difference::Same,
        }
    }

    /// The same with the runs exchanged.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        Self {
            left: self.right,
            right: self.left,
            ..self
        }
    }
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// [`Difference::Same`].
    pub same: usize,
    /// [`Difference::Changed`].
    pub changed: usize,
    /// [`Difference::Moved`].
    pub moved: usize,
    /// [`Difference::Missing`].
    pub missing: usize,
    /// [`Difference::Extra`].
    pub extra: usize,
}

/// Two runs, aligned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// All events of both runs, in order.
    pub rows: Vec<Row>,
    /// How many there are of each kind.
    pub counts: Counts,
    /// The first row that is missing, extra or changed; else the first one at another position.
    pub first: Option<usize>,
    /// Whether the runs differ too much to be aligned in order: then events of a step and class correspond by their number.
    pub by_step: bool,
}

/// Aligns two runs. The result does not depend on their order, except for which one is left.
///
/// Corresponding events have the same step and class. Among the remaining events, those of one step and class correspond at different
/// positions. Concurrent step executions end in any order: their events correspond by their payloads.
pub fn compare(left: &Trail, right: &Trail) -> Comparison {
    let keys = Keys::new(left, right);
    let order = |keys: &[u32], trail: &Trail| {
        let items = trail.items().iter().map(TrailItem::content);
        keys.iter().copied().zip(items).collect::<Vec<_>>()
    };
    // There may be several shortest scripts, depending on the order: always choose the same one.
    let is_swapped = order(&keys.right, right) < order(&keys.left, left);
    let mut comparison = if is_swapped {
        aligned(&keys.right, right.items(), &keys.left, left.items())
    } else {
        aligned(&keys.left, left.items(), &keys.right, right.items())
    };
    if is_swapped {
        for row in &mut comparison.rows {
            *row = row.mirrored();
        }
    }
    let mut first_moved = None;
    for (at, row) in comparison.rows.iter().enumerate() {
        let counts = &mut comparison.counts;
        match row.difference() {
            Difference::Same => counts.same += 1,
            Difference::Moved => {
                counts.moved += 1;
                first_moved.get_or_insert(at);
                continue;
            }
            Difference::Changed => counts.changed += 1,
            Difference::Missing => counts.missing += 1,
            Difference::Extra => counts.extra += 1,
        }
        if row.difference() != Difference::Same {
            comparison.first.get_or_insert(at);
        }
    }
    comparison.first = comparison.first.or(first_moved);
    comparison
}

/// Step and class of each event as one number, equal in both runs. Depends only on the names.
struct Keys {
    left: Vec<u32>,
    right: Vec<u32>,
}

impl Keys {
    fn new(left: &Trail, right: &Trail) -> Self {
        let known = [left, right].map(|trail| {
            let items = trail.items().iter();
            items
                .map(|item| ((item.what, item.step, item.class), 0))
                .collect::<HashMap<_, u32>>()
        });
        let mut names = Vec::new();
        for (trail, known) in [left, right].into_iter().zip(&known) {
            names.extend(
                known
                    .keys()
                    .map(|(what, step, class)| (*what, trail.name(*step), trail.name(*class))),
            );
        }
        names.sort_unstable();
        names.dedup();
        let keys = |trail: &Trail, mut known: HashMap<(What, u32, u32), u32>| {
            for ((what, step, class), key) in &mut known {
                let name = (*what, trail.name(*step), trail.name(*class));
                *key = names.binary_search(&name).unwrap_or_default() as u32;
            }
            let items = trail.items().iter();
            items
                .map(|item| {
                    known
                        .get(&(item.what, item.step, item.class))
                        .copied()
                        .unwrap_or_default()
                })
                .collect()
        };
        let [of_left, of_right] = known;
        Self {
            left: keys(left, of_left),
            right: keys(right, of_right),
        }
    }
}

fn aligned(a: &[u32], left: &[TrailItem], b: &[u32], right: &[TrailItem]) -> Comparison {
    let common = myers::common(a, b);
    let by_step = common.is_none();
    // For each event of the first run, the one of the second.
    let mut to: Vec<Option<u32>> = vec![None; a.len()];
    let mut taken = vec![false; b.len()];
    for (x, y) in common.unwrap_or_default() {
        pair(&mut to, &mut taken, x, y);
    }
    let groups = Groups::new(a, b);
    for (of_left, of_right) in groups.all() {
        let free_left: Vec<u32> = of_left.iter().copied().filter(|x| is_free(&to, *x)).collect();
        let free_right = of_right
            .iter()
            .copied()
            .filter(|y| taken.get(*y as usize) == Some(&false));
        let free_right: Vec<u32> = free_right.collect();
        for (x, y) in free_left.into_iter().zip(free_right) {
            pair(&mut to, &mut taken, x, y);
        }
        if is_side_by_side(of_left, left) && is_side_by_side(of_right, right) {
            match_payloads(of_left, left, right, &mut to);
        }
    }
    Comparison {
        rows: rows(&to, left, right),
        by_step,
        ..Comparison::default()
    }
}

fn is_free(to: &[Option<u32>], x: u32) -> bool {
    to.get(x as usize).is_some_and(Option::is_none)
}

fn pair(to: &mut [Option<u32>], taken: &mut [bool], x: u32, y: u32) {
    if let (Some(to), Some(taken)) = (to.get_mut(x as usize), taken.get_mut(y as usize)) {
        *to = Some(y);
        *taken = true;
    }
}

/// Whether most events of a step and class occurred while several step executions were running.
fn is_side_by_side(places: &[u32], items: &[TrailItem]) -> bool {
    let count = places
        .iter()
        .filter(|place| items.get(**place as usize).is_some_and(|item| item.side_by_side));
    count.count() * 2 > places.len()
}

/// Exchanges the partners of one step and class so that equal payloads correspond.
fn match_payloads(places: &[u32], left: &[TrailItem], right: &[TrailItem], to: &mut [Option<u32>]) {
    let is_equal = |x: u32, y: u32| match (left.get(x as usize), right.get(y as usize)) {
        (Some(x), Some(y)) => x.is_same(y),
        _ => false,
    };
    // Only different ones need another partner.
    let (mut open, mut rest) = (Vec::new(), Vec::new());
    let mut partners: HashMap<(Option<u64>, u64), Vec<u32>> = HashMap::new();
    let mut used = vec![false; right.len()];
    for x in places.iter().copied() {
        if let Some(y) = to.get(x as usize).copied().flatten()
            && !is_equal(x, y)
        {
            open.push(x);
            rest.push(y);
        }
    }
    for y in rest.iter().rev().copied() {
        if let Some(item) = right.get(y as usize) {
            partners.entry(item.content()).or_default().push(y);
        }
    }
    let mut unmatched = Vec::new();
    for x in open {
        let content = left.get(x as usize).map(TrailItem::content);
        let found = content
            .and_then(|content| partners.get_mut(&content))
            .and_then(Vec::pop);
        match found {
            Some(y) => {
                if let Some(place) = to.get_mut(x as usize) {
                    *place = Some(y);
                }
                if let Some(used) = used.get_mut(y as usize) {
                    *used = true;
                }
            }
            None => unmatched.push(x),
        }
    }
    let rest = rest.into_iter().filter(|y| used.get(*y as usize) == Some(&false));
    for (x, y) in unmatched.into_iter().zip(rest) {
        if let Some(place) = to.get_mut(x as usize) {
            *place = Some(y);
        }
    }
}

/// The positions of each step and class in both runs, by their keys.
struct Groups(Vec<(Vec<u32>, Vec<u32>)>);

impl Groups {
    fn new(a: &[u32], b: &[u32]) -> Self {
        let most = a.iter().chain(b).max().map_or(0, |key| *key as usize + 1);
        let mut groups = vec![(Vec::new(), Vec::new()); most];
        for (at, key) in a.iter().enumerate() {
            if let Some((left, _)) = groups.get_mut(*key as usize) {
                left.push(at as u32);
            }
        }
        for (at, key) in b.iter().enumerate() {
            if let Some((_, right)) = groups.get_mut(*key as usize) {
                right.push(at as u32);
            }
        }
        Self(groups)
    }

    fn all(&self) -> impl Iterator<Item = (&[u32], &[u32])> {
        self.0
            .iter()
            .map(|(left, right)| (left.as_slice(), right.as_slice()))
    }
}

/// The rows in the order of the first run. Events that only the second has follow their predecessor there.
fn rows(to: &[Option<u32>], left: &[TrailItem], right: &[TrailItem]) -> Vec<Row> {
    let in_order = longest_increasing(to);
    let mut partner = vec![false; right.len()];
    for y in to.iter().flatten() {
        if let Some(partner) = partner.get_mut(*y as usize) {
            *partner = true;
        }
    }
    let mut rows = Vec::with_capacity(left.len().max(right.len()));
    let mut next = 0;
    let mut catch_up = |rows: &mut Vec<Row>, until: usize| {
        while next < until {
            if partner.get(next) == Some(&false) {
                rows.push(Row {
                    left: None,
                    right: Some(next as u32),
                    changed: false,
                    moved: false,
                });
            }
            next += 1;
        }
    };
    for (x, y) in to.iter().enumerate() {
        let moved = y.is_some() && in_order.get(x) == Some(&false);
        if let Some(y) = y.filter(|_| !moved) {
            catch_up(&mut rows, y as usize);
        }
        let items = (left.get(x), y.and_then(|y| right.get(y as usize)));
        rows.push(Row {
            left: Some(x as u32),
            right: *y,
            changed: matches!(items, (Some(a), Some(b)) if !a.is_same(b)),
            moved,
        });
    }
    catch_up(&mut rows, right.len());
    rows
}

/// Which elements belong to a longest increasing subsequence of the existing ones.
fn longest_increasing(values: &[Option<u32>]) -> Vec<bool> {
    // The positions of the smallest last elements of subsequences, by length.
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; values.len()];
    let value = |at: &usize| values.get(*at).copied().flatten().unwrap_or(0);
    for (at, found) in values.iter().enumerate() {
        let Some(found) = *found else { continue };
        let length = tails.partition_point(|tail| value(tail) < found);
        if let Some(place) = before.get_mut(at) {
            *place = length
                .checked_sub(1)
                .and_then(|shorter| tails.get(shorter))
                .copied();
        }
        match tails.get_mut(length) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut chosen = vec![false; values.len()];
    let mut at = tails.last().copied();
    while let Some(here) = at {
        if let Some(chosen) = chosen.get_mut(here) {
            *chosen = true;
        }
        at = before.get(here).copied().flatten();
    }
    chosen
}
