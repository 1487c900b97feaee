/// Elements of a chunk.
const SIZE: usize = 1 << 14;

/// A list that grows without moving its items: a plain vector would copy 400 MB at once in its last growth for a payload of 60 MB.
#[derive(Clone, Debug)]
pub(super) struct Chunks<T>(Vec<Vec<T>>);

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Chunks<T> {
    pub(super) fn len(&self) -> usize {
        let full = self.0.len().saturating_sub(1) * SIZE;
        full + self.0.last().map_or(0, Vec::len)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, at: usize) -> Option<&T> {
        self.0.get(at / SIZE)?.get(at % SIZE)
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.0.get_mut(at / SIZE)?.get_mut(at % SIZE)
    }

    pub(super) fn push(&mut self, element: T) {
        match self.0.last_mut().filter(|chunk| chunk.len() < SIZE) {
            Some(chunk) => chunk.push(element),
            None => {
                // The first chunk grows, so that a small text costs little.
                let room = if self.0.is_empty() { 0 } else { SIZE };
                let mut chunk = Vec::with_capacity(room);
                chunk.push(element);
                self.0.push(chunk);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_order_across_chunks() {
        let mut chunks = Chunks::default();
        assert!(chunks.is_empty() && chunks.get(0).is_none());
        for at in 0..SIZE * 2 + 3 {
            chunks.push(at);
            assert_eq!(chunks.len(), at + 1);
        }
        assert!((0..chunks.len()).all(|at| chunks.get(at) == Some(&at)));
        assert_eq!(chunks.get(chunks.len()), None);
        *chunks.get_mut(SIZE).unwrap() = 0;
        assert_eq!(chunks.get(SIZE), Some(&0));
    }
}
