pub(crate) fn stripslashes(text: impl Bytes) -> Vec<u8> {
    let text = text.bytes();
    let mut bytes = text.iter();
    let mut out = Vec::new();
    while let Some(b) = bytes.next() {
        match b {
            b'\\' => out.extend(bytes.next().map(|b| if *b == b'0' { 0 } else { *b })),
            _ => out.push(*b),
        }
    }
    out
}

/// `strtr($text, $from, $to)`: byte by byte, as far as the shorter of both goes.
pub(crate) fn strtr(text: impl Bytes, from: impl Bytes, to: impl Bytes) -> Vec<u8> {
    let (from, to) = (from.bytes(), to.bytes());
    let pairs: Vec<_> = from.iter().zip(to.iter()).collect();
    let changed = |b: &u8| pairs.iter().rev().find(|(from, _)| *from == b).map_or(*b, |(_, to)| **to);
    text.bytes().iter().map(changed).collect()
}

/// `strtr($text, ['from' => 'to'])`: the longest that fits, never in what has been put in.
pub(crate) fn strtr_pairs(text: impl Bytes, pairs: &[(&dyn Bytes, &dyn Bytes)]) -> Vec<u8> {
    let text = text.bytes();
    let mut pairs: Vec<_> = pairs.iter().map(|(from, to)| (from.bytes(), to.bytes())).collect();
    pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
    let (mut rest, mut out) = (&*text, Vec::new());
    while !rest.is_empty() {
        match pairs.iter().find(|(from, _)| !from.is_empty() && rest.starts_with(from)) {
            Some((from, to)) => {
                out.extend_from_slice(to);
                rest = &rest[from.len()..];
            }
            None => {
                out.push(rest[0]);
                rest = &rest[1..];
            }
        }
    }
    out
}

/// `str_replace` of several parts, one after the other, each by what stands at its place; by nothing where nothing does.
pub(crate) fn str_replace_each(parts: &[&dyn Bytes], with: &[&dyn Bytes], text: impl Bytes) -> Vec<u8> {
    let mut text = text.bytes().into_owned();
    for (at, part) in parts.iter().enumerate() {
        text = match with.get(at) {
            Some(with) => str_replace(part, with, &text),
            None => str_replace(part, "", &text),
        };
    }
    text
}

pub(crate) fn substr_replace(text: impl Bytes, with: impl Bytes, start: i64, length: impl Into<Option<i64>>) -> Vec<u8> {
    let mut text = text.bytes().into_owned();
    let range = range_of(text.len(), start, length.into());
    text.splice(range, with.bytes().iter().copied());
    text
}
