/// What `strings` are as a list of the length that PHP's `[$a, $b] =` takes apart; what is missing is empty.
pub(crate) fn take_apart<T: Default + Clone, const N: usize>(values: Vec<T>) -> [T; N] {
    std::array::from_fn(|at| values.at(at))
}

/// What a list of sockets is that PHP takes apart: there is no socket for one that is missing.
pub(crate) fn take_sockets<T, const N: usize>(values: Vec<T>) -> [T; N] {
    values.try_into().unwrap_or_else(|_| fatal("TypeError: a socket is missing"))
}

// when: .at
/// Elements that may be missing: PHP warns, and goes on with null.
pub(crate) trait At<T> {
    fn at(&self, key: impl TryInto<usize>) -> T;
}

impl<T: Clone + Default> At<T> for [T] {
    fn at(&self, key: impl TryInto<usize>) -> T {
        let key = key.try_into().unwrap_or(usize::MAX);
        self.get(key).cloned().unwrap_or_else(|| {
            warning(format!("Undefined array key {key}"));
            T::default()
        })
    }
}

/// `$text[$at]`: one byte; counted from the end below 0.
pub(crate) fn byte_at(text: impl Bytes, at: i64) -> Vec<u8> {
    let text = text.bytes();
    let place = if at < 0 { at + text.len() as i64 } else { at };
    usize::try_from(place).ok().and_then(|place| text.get(place)).map_or_else(
        || {
            warning(format!("Uninitialized string offset {at}"));
            Vec::new()
        },
        |b| vec![*b],
    )
}

/// `sort($list)`
pub(crate) fn sort<T: Bytes>(list: &mut [T]) {
    list.sort_by(|a, b| compare(a, b));
}

/// `rsort($list)`
pub(crate) fn rsort<T: Bytes>(list: &mut [T]) {
    list.sort_by(|a, b| compare(b, a));
}

/// `array_sum` of texts and numbers that are ints.
pub(crate) fn array_sum<T: Bytes>(list: impl IntoIterator<Item = T>) -> i64 {
    list.into_iter().map(|value| intval(value)).fold(0, |sum, value| sum.checked_add(value).unwrap_or_else(|| fatal("the sum is no int any more")))
}

/// `array_slice($list, $from, $length)`
pub(crate) fn array_slice<T: Clone>(list: &[T], from: i64, length: impl Into<Option<i64>>) -> Vec<T> {
    list[range_of(list.len(), from, length.into())].to_vec()
}

/// `(string) array_sum($texts)`: an int as long as all of them are.
pub(crate) fn sum_text<T: Bytes>(list: &[T]) -> String {
    let mut sum = Some(0_i64);
    let mut float = 0.0;
    for text in list {
        let text = text.bytes();
        let (start, end, int) = numeric_prefix(&text);
        if end == start || end < text.len() {
            warning("A non-numeric value encountered");
        }
        let number = if int { std::str::from_utf8(&text[start..end]).ok().map(|t| t.parse::<i64>()) } else { None };
        sum = match (sum, number) {
            (Some(sum), Some(Ok(number))) => sum.checked_add(number),
            (Some(sum), _) if end == start => Some(sum),
            _ => None,
        };
        float += floatval(&*text);
    }
    sum.map_or_else(|| float_text(float), |sum| sum.to_string())
}

/// How `usort` orders, by a number below, above or equal to 0.
pub(crate) fn ordered<T>(order: impl Fn(&T, &T) -> i64) -> impl FnMut(&T, &T) -> Ordering {
    move |a, b| order(a, b).cmp(&0)
}

/// `array_splice` of a list: nothing comes where something is taken out.
pub(crate) fn array_splice<T>(list: &mut Vec<T>, from: i64, count: i64) {
    list.drain(range_of(list.len(), from, Some(count)));
}

/// A list that is at least so long.
pub(crate) fn array_pad<T: Clone>(list: &[T], count: usize, value: T) -> Vec<T> {
    let mut list = list.to_vec();
    list.resize(count.max(list.len()), value);
    list
}
