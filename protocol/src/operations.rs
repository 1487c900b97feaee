//! Counts the operations of loops over prompts and answers, in tests only.

#[cfg(test)]
std::thread_local! {
    static COUNT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// Counts this many steps of a loop.
#[cfg(test)]
pub(crate) fn add(steps: usize) {
    COUNT.with(|count| count.set(count.get() + steps as u64));
}

#[cfg(not(test))]
pub(crate) const fn add(_steps: usize) {}

#[cfg(test)]
pub(crate) fn reset() {
    COUNT.with(|count| count.set(0));
}

#[cfg(test)]
pub(crate) fn count() -> u64 {
    COUNT.with(std::cell::Cell::get)
}
