//! The shortest edit script of two sequences (Myers, "An O(ND) Difference Algorithm"), up to a number of edits.

/// How many edits are searched for. Time and memory grow with its square.
const MOST: usize = 1_000;

/// The pairs of equal elements that a shortest edit script keeps, in order; `None` if it has more than 1 000 edits.
pub(super) fn common(a: &[u32], b: &[u32]) -> Option<Vec<(u32, u32)>> {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (a.get(start..)?, b.get(start..)?);
    let end = rest_a
        .iter()
        .rev()
        .zip(rest_b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let middle = script(
        rest_a.get(..rest_a.len() - end)?,
        rest_b.get(..rest_b.len() - end)?,
    )?;
    let place = |at: usize| at as u32;
    let mut pairs: Vec<(u32, u32)> = (0..start).map(|at| (place(at), place(at))).collect();
    pairs.extend(
        middle
            .into_iter()
            .map(|(x, y)| (place(x + start), place(y + start))),
    );
    pairs.extend((0..end).map(|at| (place(a.len() - end + at), place(b.len() - end + at))));
    Some(pairs)
}

/// The furthest point of each diagonal `-d, 2 - d, …, d` after `d` edits.
type Front = Vec<u32>;

fn script(a: &[u32], b: &[u32]) -> Option<Vec<(usize, usize)>> {
    let (n, m) = (a.len() as i64, b.len() as i64);
    let mut fronts: Vec<Front> = Vec::new();
    for d in 0..=(n + m).min(MOST as i64) {
        let mut front = Front::with_capacity(d as usize + 1);
        for k in (-d..=d).step_by(2) {
            let mut x = match fronts.last() {
                Some(before) => from(before, d, k).1,
                None => 0,
            };
            let mut y = x - k;
            while x < n && y < m && a.get(x as usize) == b.get(y as usize) {
                x += 1;
                y += 1;
            }
            front.push(x as u32);
            if x >= n && y >= m {
                fronts.push(front);
                return Some(path(&fronts, n, m));
            }
        }
        fronts.push(front);
    }
    None
}

/// The diagonal from which an edit reaches furthest on diagonal `k`, and the point; `before` is the front of `d - 1` edits.
fn from(before: &Front, d: i64, k: i64) -> (i64, i64) {
    let at = |k: i64| {
        before
            .get(((k + d - 1) / 2) as usize)
            .map_or(-1, |x| i64::from(*x))
    };
    let (down, right) = (
        if k < d { at(k + 1) } else { -1 },
        if k > -d { at(k - 1) + 1 } else { -1 },
    );
    if down >= right {
        (k + 1, down)
    } else {
        (k - 1, right)
    }
}

/// The pairs on the way back from the end.
fn path(fronts: &[Front], n: i64, m: i64) -> Vec<(usize, usize)> {
    let (mut x, mut k) = (n, n - m);
    let mut pairs = Vec::new();
    for d in (0..fronts.len() as i64).rev() {
        let (next, start) = match (d as usize).checked_sub(1).and_then(|before| fronts.get(before)) {
            Some(before) => from(before, d, k),
            None => (k, 0),
        };
        while x > start {
            x -= 1;
            pairs.push((x as usize, (x - k) as usize));
        }
        // The edit: it ends at `x`; one to the right came from the previous element.
        if next < k {
            x -= 1;
        }
        k = next;
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The length of the longest common subsequence, by the textbook algorithm.
    fn longest(a: &[u32], b: &[u32]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut corner = 0;
            for (at, y) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if x == y { corner + 1 } else { above.max(row[at]) };
                corner = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn finds_as_many_pairs_as_the_textbook_algorithm(
            a in prop::collection::vec(0..4_u32, 0..60),
            b in prop::collection::vec(0..4_u32, 0..60),
        ) {
            let pairs = common(&a, &b).unwrap();
            prop_assert_eq!(pairs.len(), longest(&a, &b));
            for (x, y) in &pairs {
                prop_assert_eq!(a[*x as usize], b[*y as usize]);
            }
            prop_assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1), "{:?}", pairs);
        }
    }

    #[test]
    fn it_gives_up_beyond_the_edit_limit() {
        let (a, b): (Vec<u32>, Vec<u32>) = ((0..2_000).collect(), (5_000..7_000).collect());
        assert_eq!(common(&a, &b), None);
        assert_eq!(common(&a, &a).map(|pairs| pairs.len()), Some(2_000));
    }
}
