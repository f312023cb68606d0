/// PHP's array where its keys count: in the order of insertion, with a next key.
#[derive(Clone, Debug)]
pub(crate) struct Array<K, V> {
    entries: Vec<(K, V)>,
    /// The key of what is pushed; the smallest int as long as there is no key.
    next: i64,
}

impl<K, V> Default for Array<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new(), next: i64::MIN }
    }
}

/// A key of an array.
pub(crate) trait Key: Clone + PartialEq + ToKey<Self> {
    fn number(&self) -> Option<i64>;
    fn shown(&self) -> String;
}

impl Key for i64 {
    fn number(&self) -> Option<i64> {
        Some(*self)
    }

    fn shown(&self) -> String {
        self.to_string()
    }
}

impl Key for Vec<u8> {
    fn number(&self) -> Option<i64> {
        None
    }

    fn shown(&self) -> String {
        format!("\"{}\"", String::from_utf8_lossy(self))
    }
}

/// What may be written for a key.
pub(crate) trait ToKey<K> {
    fn to_key(&self) -> K;
}

impl ToKey<i64> for i64 {
    fn to_key(&self) -> i64 {
        *self
    }
}

impl ToKey<i64> for i32 {
    fn to_key(&self) -> i64 {
        i64::from(*self)
    }
}

impl ToKey<i64> for usize {
    fn to_key(&self) -> i64 {
        *self as i64
    }
}

impl ToKey<Vec<u8>> for str {
    fn to_key(&self) -> Vec<u8> {
        self.into()
    }
}

impl ToKey<Vec<u8>> for String {
    fn to_key(&self) -> Vec<u8> {
        self.as_bytes().into()
    }
}

impl ToKey<Vec<u8>> for [u8] {
    fn to_key(&self) -> Vec<u8> {
        self.into()
    }
}

impl<const N: usize> ToKey<Vec<u8>> for [u8; N] {
    fn to_key(&self) -> Vec<u8> {
        self.into()
    }
}

impl ToKey<Vec<u8>> for Vec<u8> {
    fn to_key(&self) -> Vec<u8> {
        self.clone()
    }
}

impl<K, T: ToKey<K> + ?Sized> ToKey<K> for &T {
    fn to_key(&self) -> K {
        (**self).to_key()
    }
}

impl<K: Key, V, Q: ToKey<K>, const N: usize> From<[(Q, V); N]> for Array<K, V> {
    fn from(entries: [(Q, V); N]) -> Self {
        let mut array = Self { entries: Vec::new(), next: i64::MIN };
        for (key, value) in entries {
            array.insert(key, value);
        }
        array
    }
}

impl<V> From<Vec<V>> for Array<i64, V> {
    fn from(values: Vec<V>) -> Self {
        values.into_iter().collect()
    }
}

impl<V> FromIterator<V> for Array<i64, V> {
    fn from_iter<I: IntoIterator<Item = V>>(values: I) -> Self {
        let entries: Vec<_> = (0..).zip(values).collect();
        Self { next: entries.len() as i64, entries }
    }
}

impl<K: Key, V> Array<K, V> {
    pub(crate) fn insert(&mut self, key: impl ToKey<K>, value: V) {
        let key = key.to_key();
        if let Some(number) = key.number() {
            self.next = self.next.max(number.saturating_add(1));
        }
        match self.entries.iter_mut().find(|(other, _)| *other == key) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((key, value)),
        }
    }
}

// when: .get .at .get_mut .contains_key .remove
impl<K: Key, V> Array<K, V> {
    pub(crate) fn get(&self, key: impl ToKey<K>) -> Option<&V> {
        let key = key.to_key();
        self.entries.iter().find(|(other, _)| *other == key).map(|(_, value)| value)
    }
}

// when: .contains_key
impl<K: Key, V> Array<K, V> {
    pub(crate) fn contains_key(&self, key: impl ToKey<K>) -> bool {
        self.get(key).is_some()
    }
}

// when: .at
impl<K: Key, V: Clone + Default> Array<K, V> {
    /// PHP warns of a key that is not there, and goes on with null.
    pub(crate) fn at(&self, key: impl ToKey<K>) -> V {
        let key = key.to_key();
        self.get(&key).cloned().unwrap_or_else(|| {
            warning(format!("Undefined array key {}", key.shown()));
            V::default()
        })
    }
}

// when: .entry
impl<K: Key, V: Default> Array<K, V> {
    /// The value to change; PHP warns of one that is not there, and begins with null.
    pub(crate) fn entry(&mut self, key: impl ToKey<K>) -> &mut V {
        let key = key.to_key();
        let at = self.entries.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
            warning(format!("Undefined array key {}", key.shown()));
            self.insert(&key, V::default());
            self.entries.len() - 1
        });
        &mut self.entries[at].1
    }
}

// when: .inner
impl<K: Key, V: Default> Array<K, V> {
    /// The array in an array, made where there is none.
    pub(crate) fn inner(&mut self, key: impl ToKey<K>) -> &mut V {
        let key = key.to_key();
        let at = self.entries.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
            self.insert(&key, V::default());
            self.entries.len() - 1
        });
        &mut self.entries[at].1
    }
}

// when: .remove
impl<K: Key, V> Array<K, V> {
    pub(crate) fn remove(&mut self, key: impl ToKey<K>) {
        let key = key.to_key();
        self.entries.retain(|(other, _)| *other != key);
    }
}

// when: .push
impl<V> Array<i64, V> {
    pub(crate) fn push(&mut self, value: V) {
        let key = if self.next == i64::MIN { 0 } else { self.next };
        self.entries.push((key, value));
        self.next = key + 1;
    }
}

// when: .pop
impl<K: Key, V> Array<K, V> {
    pub(crate) fn pop(&mut self) -> Option<V> {
        let value = self.entries.pop()?.1;
        self.next = self.entries.iter().filter_map(|(key, _)| key.number()).max().map_or(i64::MIN, |key| key + 1);
        Some(value)
    }
}

// when: .shift
impl<V> Array<i64, V> {
    /// Takes the first; the others are numbered again.
    pub(crate) fn shift(&mut self) -> Option<V> {
        if self.entries.is_empty() {
            return None;
        }
        let (_, value) = self.entries.remove(0);
        self.next = 0;
        for (key, _) in &mut self.entries {
            *key = self.next;
            self.next += 1;
        }
        Some(value)
    }
}

// when: .len
impl<K, V> Array<K, V> {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

// when: .is_empty
impl<K, V> Array<K, V> {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

// when: .values .contains
impl<K, V> Array<K, V> {
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }
}

// when: .keys
impl<K, V> Array<K, V> {
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }
}

// when: .first_key
impl<K: Clone, V> Array<K, V> {
    pub(crate) fn first_key(&self) -> Option<K> {
        self.entries.first().map(|(key, _)| key.clone())
    }
}

// when: .last_key
impl<K: Clone, V> Array<K, V> {
    pub(crate) fn last_key(&self) -> Option<K> {
        self.entries.last().map(|(key, _)| key.clone())
    }
}

// when: .contains
impl<K, V: PartialEq> Array<K, V> {
    pub(crate) fn contains(&self, wanted: &V) -> bool {
        self.values().any(|value| value == wanted)
    }
}

// when: .search
impl<K: Clone, V: PartialEq> Array<K, V> {
    pub(crate) fn search(&self, wanted: &V) -> Option<K> {
        self.entries.iter().find(|(_, value)| value == wanted).map(|(key, _)| key.clone())
    }
}

// when: .find_key .keys_of
impl<K: Clone, V> Array<K, V> {
    pub(crate) fn find_key(&self, wanted: impl Fn(&V) -> bool) -> Option<K> {
        self.entries.iter().find(|(_, value)| wanted(value)).map(|(key, _)| key.clone())
    }

    /// `array_keys($array, $wanted)`
    pub(crate) fn keys_of(&self, wanted: impl Fn(&V) -> bool) -> Vec<K> {
        self.entries.iter().filter(|(_, value)| wanted(value)).map(|(key, _)| key.clone()).collect()
    }
}

// when: .ksort
impl<K: Key + Bytes, V> Array<K, V> {
    pub(crate) fn ksort(&mut self) {
        self.entries.sort_by(|(a, _), (b, _)| compare(a, b));
    }
}

// when: .krsort
impl<K: Key + Bytes, V> Array<K, V> {
    pub(crate) fn krsort(&mut self) {
        self.entries.sort_by(|(a, _), (b, _)| compare(b, a));
    }
}

// when: .asort
impl<K, V: Bytes> Array<K, V> {
    pub(crate) fn asort(&mut self) {
        self.entries.sort_by(|(_, a), (_, b)| compare(a, b));
    }
}

// when: .arsort
impl<K, V: Bytes> Array<K, V> {
    pub(crate) fn arsort(&mut self) {
        self.entries.sort_by(|(_, a), (_, b)| compare(b, a));
    }
}

impl<'a, K, V> IntoIterator for &'a Array<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::iter::Map<std::slice::Iter<'a, (K, V)>, fn(&'a (K, V)) -> (&'a K, &'a V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter().map(|(key, value)| (key, value))
    }
}

impl<K, V> IntoIterator for Array<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Key, V, Q: ToKey<K>> std::ops::Index<Q> for Array<K, V> {
    type Output = V;

    fn index(&self, key: Q) -> &V {
        let key = key.to_key();
        self.get(&key).unwrap_or_else(|| fatal(format!("TypeError: there is no key {}, and null is no socket", key.shown())))
    }
}

// when: socket_select
impl<K> SocketSet for Array<K, Socket> {
    fn for_each(&self, visit: &mut dyn FnMut(&Socket)) {
        self.entries.iter().for_each(|(_, socket)| visit(socket));
    }

    fn retain(&mut self, keep: &mut dyn FnMut(&Socket) -> bool) {
        self.entries.retain(|(_, socket)| keep(socket));
    }
}

impl<K: Key, V, Q: ToKey<K>> std::ops::IndexMut<Q> for Array<K, V> {
    fn index_mut(&mut self, key: Q) -> &mut V {
        let key = key.to_key();
        match self.entries.iter_mut().find(|(other, _)| *other == key) {
            Some((_, value)) => value,
            None => fatal(format!("TypeError: there is no key {}", key.shown())),
        }
    }
}

// when: .kept
/// What `array_filter` leaves.
impl<K: Key, V> Array<K, V> {
    pub(crate) fn kept(self, keep: impl Fn(&V) -> bool) -> Self {
        let mut kept = Self::default();
        self.into_iter().filter(|(_, value)| keep(value)).for_each(|(key, value)| kept.insert(key, value));
        kept
    }
}

// when: .splice
impl<V> Array<i64, V> {
    /// `array_splice`: what is left is numbered anew.
    pub(crate) fn splice(&mut self, from: i64, count: i64) {
        let mut values: Vec<V> = std::mem::take(&mut self.entries).into_iter().map(|(_, value)| value).collect();
        array_splice(&mut values, from, count);
        *self = values.into_iter().collect();
    }
}
