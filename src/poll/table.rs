//! The watchers of a context, by the number of their descriptor.

/// As the system's own table of descriptors, an array: the numbers are small, and no two open sockets share one.
#[cfg(unix)]
pub(super) struct Table<V>(Vec<Option<V>>);

#[cfg(unix)]
impl<V> Table<V> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn get(&self, descriptor: u32) -> Option<&V> {
        self.0.get(index(descriptor))?.as_ref()
    }

    pub(super) fn insert(&mut self, descriptor: u32, value: V) {
        let index = index(descriptor);
        if index >= self.0.len() {
            self.0.resize_with(index + 1, || None);
        }
        self.0[index] = Some(value);
    }

    pub(super) fn remove(&mut self, descriptor: u32) -> Option<V> {
        self.0.get_mut(index(descriptor))?.take()
    }
}

#[cfg(unix)]
fn index(descriptor: u32) -> usize {
    usize::try_from(descriptor).unwrap_or(usize::MAX)
}

/// A Windows handle can be any number.
#[cfg(windows)]
pub(super) struct Table<V>(std::collections::BTreeMap<u32, V>);

#[cfg(windows)]
impl<V> Table<V> {
    pub(super) const fn new() -> Self {
        Self(std::collections::BTreeMap::new())
    }

    pub(super) fn get(&self, descriptor: u32) -> Option<&V> {
        self.0.get(&descriptor)
    }

    pub(super) fn insert(&mut self, descriptor: u32, value: V) {
        self.0.insert(descriptor, value);
    }

    pub(super) fn remove(&mut self, descriptor: u32) -> Option<V> {
        self.0.remove(&descriptor)
    }
}
