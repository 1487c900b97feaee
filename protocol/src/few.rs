//! A map for few things.

use std::borrow::Borrow;

/// A map that is a list, looked through from its beginning, in the order of insertion.
///
/// For what a page has a handful of: its streams, its tabs. A real map brings kilobytes of code with every type that it holds. Where a
/// server decides how many there are, use one all the same.
#[derive(Clone, Debug)]
pub struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq, V> Few<K, V> {
    fn place<Q: PartialEq + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.0.iter().position(|(known, _)| known.borrow() == key)
    }

    /// The value of a key.
    pub fn get<Q: PartialEq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (_, value) = self.0.get(self.place(key)?)?;
        Some(value)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: PartialEq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key)?;
        let (_, value) = self.0.get_mut(place)?;
        Some(value)
    }

    /// Puts a value under a key, and gives the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(known) = self.get_mut(&key) {
            return Some(std::mem::replace(known, value));
        }
        self.0.push((key, value));
        None
    }

    /// Takes a value out.
    pub fn remove<Q: PartialEq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key)?;
        Some(self.0.remove(place).1)
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Both.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

impl<K, V> IntoIterator for Few<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_map() {
        let mut few = Few::default();
        assert_eq!(few.insert("a".to_owned(), 1), None);
        assert_eq!(few.insert("b".to_owned(), 2), None);
        assert_eq!(few.insert("a".to_owned(), 3), Some(1), "a key has one value");
        assert_eq!((few.get("a"), few.get("c")), (Some(&3), None));
        few.values_mut().for_each(|value| *value += 1);
        assert_eq!(
            few.iter()
                .map(|(key, value)| (key.as_str(), *value))
                .collect::<Vec<_>>(),
            [("a", 4), ("b", 3)]
        );
        assert_eq!((few.remove("a"), few.remove("a")), (Some(4), None));
        assert_eq!(few.into_iter().collect::<Vec<_>>(), [("b".to_owned(), 3)]);
    }
}
