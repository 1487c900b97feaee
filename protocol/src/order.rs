//! Sorting, compiled once: the standard library's is compiled anew for every type, and a page carries each copy.

/// The numbers from 0 to `len`, ordered by what `before` says of two of them. A heap sort: not stable, so `before` decides ties,
/// and never slower than `n log n`, whoever chose what is sorted.
pub fn order(len: usize, before: &mut dyn FnMut(usize, usize) -> bool) -> Vec<usize> {
    let mut heap: Vec<usize> = (0..len).collect();
    for root in (0..len / 2).rev() {
        sink(&mut heap, root, before);
    }
    for end in (1..len).rev() {
        heap.swap(0, end);
        sink(&mut heap[..end], 0, before);
    }
    heap
}

/// Moves the number at `at` down until none below it comes after it.
fn sink(heap: &mut [usize], mut at: usize, before: &mut dyn FnMut(usize, usize) -> bool) {
    loop {
        let mut child = 2 * at + 1;
        if child >= heap.len() {
            return;
        }
        if child + 1 < heap.len() && before(heap[child], heap[child + 1]) {
            child += 1;
        }
        if !before(heap[at], heap[child]) {
            return;
        }
        heap.swap(at, child);
        at = child;
    }
}

#[cfg(test)]
mod tests {
    use super::order;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts_as_the_standard_library_does(list in prop::collection::vec(0..40_u8, 0..200)) {
            let mut sorted: Vec<usize> = (0..list.len()).collect();
            sorted.sort_by_key(|at| list[*at]);
            prop_assert_eq!(order(list.len(), &mut |a, b| (list[a], a) < (list[b], b)), sorted);
        }
    }
}
