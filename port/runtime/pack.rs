/// A part of a format of `pack` and `unpack`: `n2`, or `Clength`.
pub(crate) struct Field<'a> {
    code: u8,
    /// `None` where it is a `*`.
    count: Option<usize>,
    counted: bool,
    name: &'a str,
}

pub(crate) fn fields(format: &str, named: bool) -> Vec<Field<'_>> {
    let (mut rest, mut out) = (format, Vec::new());
    while let Some(code) = rest.bytes().next() {
        rest = &rest[1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (count, counted) = match rest.strip_prefix('*') {
            Some(after) => {
                rest = after;
                (None, true)
            }
            None => {
                let count = rest[..digits].parse().unwrap_or(1);
                rest = &rest[digits..];
                (Some(count), digits > 0)
            }
        };
        let end = if named { rest.find('/').unwrap_or(rest.len()) } else { 0 };
        let name = &rest[..end];
        rest = if named { rest.get(end + 1..).unwrap_or_default() } else { rest };
        out.push(Field { code, count, counted, name });
    }
    out
}

/// The length of a number, and whether its first byte is the lowest.
pub(crate) fn width(code: u8) -> (usize, bool) {
    match code {
        b'n' => (2, false),
        b'v' | b's' | b'S' => (2, true),
        b'N' => (4, false),
        b'V' | b'l' | b'L' | b'i' | b'I' => (4, true),
        b'J' => (8, false),
        b'P' | b'q' | b'Q' => (8, true),
        _ => (1, true),
    }
}

/// Numbers and strings as bytes; the format is one that PHP takes, with as many values as it wants.
pub(crate) fn pack(format: &str, values: &[&dyn Bytes]) -> Vec<u8> {
    let (mut out, mut next) = (Vec::new(), 0);
    for field in fields(format, false) {
        if field.code == b'x' {
            out.resize(out.len() + field.count.unwrap_or(0), 0);
            continue;
        }
        if b"aAZhH".contains(&field.code) {
            let value = values[next].bytes();
            next += 1;
            if b"hH".contains(&field.code) {
                let digits = &value[..field.count.unwrap_or(value.len()).min(value.len())];
                let digit = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).unwrap_or(0) as u8;
                for pair in digits.chunks(2) {
                    let (first, second) = (digit(pair.first()), digit(pair.get(1)));
                    out.push(if field.code == b'H' { first << 4 | second } else { second << 4 | first });
                }
                continue;
            }
            let length = field.count.unwrap_or(value.len() + usize::from(field.code == b'Z'));
            let room = length - usize::from(field.code == b'Z').min(length);
            let end = out.len() + length;
            out.extend_from_slice(&value[..value.len().min(room)]);
            out.resize(end, if field.code == b'A' { b' ' } else { 0 });
            continue;
        }
        let count = field.count.unwrap_or(values.len() - next);
        for value in &values[next..next + count] {
            let number = intval(&*value.bytes());
            let (length, low_first) = width(field.code);
            let bytes = number.to_be_bytes();
            let bytes = &bytes[8 - length..];
            if low_first { out.extend(bytes.iter().rev()) } else { out.extend(bytes) }
        }
        next += count;
    }
    out
}

/// The parts of a text, each with its key; `None` with PHP's warning where the text is too short.
pub(crate) fn unpacked(format: &str, text: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let (mut out, mut at) = (Vec::new(), 0);
    for field in fields(format, true) {
        let rest = text.len() - at;
        let short = |wanted: usize| {
            let code = char::from(field.code);
            warning(format!(
                "unpack(): Type {code}: not enough input values, need {wanted} values but only {rest} were provided"
            ));
        };
        if b"aAZhH".contains(&field.code) {
            let hex = b"hH".contains(&field.code);
            let length = match field.count {
                Some(count) if hex => count.div_ceil(2),
                Some(count) => count,
                None => rest,
            };
            if length > rest {
                short(length);
                return None;
            }
            let part = &text[at..at + length];
            at += length;
            let value = match field.code {
                b'a' => part.to_vec(),
                b'A' => rtrim_of(part, " \t\r\n\0"),
                b'Z' => part.split(|b| *b == 0).next().unwrap_or_default().to_vec(),
                code => {
                    let digits = part.iter().flat_map(|b| if code == b'H' { [b >> 4, b & 15] } else { [b & 15, b >> 4] });
                    let digits = digits.take(field.count.unwrap_or(usize::MAX));
                    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect::<String>().into_bytes()
                }
            };
            out.push((if field.name.is_empty() { b"1".to_vec() } else { field.name.into() }, value));
            continue;
        }
        let (length, low_first) = width(field.code);
        let mut number = 0;
        while field.count.is_none_or(|count| number < count) {
            let Some(part) = text.get(at..at + length) else {
                if field.count.is_none() {
                    break;
                }
                short(length);
                return None;
            };
            at += length;
            number += 1;
            let add = |sum: i64, b: &u8| sum << 8 | i64::from(*b);
            let value = if low_first { part.iter().rev().fold(0, add) } else { part.iter().fold(0, add) };
            let value = match field.code {
                b'c' => i64::from(value as i8),
                b's' => i64::from(value as i16),
                b'l' | b'i' => i64::from(value as i32),
                _ => value,
            };
            let single = field.count == Some(1) && !field.name.is_empty();
            let key = if single { field.name.to_owned() } else { format!("{}{number}", field.name) };
            out.push((key.into_bytes(), value.to_string().into_bytes()));
        }
    }
    Some(out)
}

/// Numbers without names: their keys are numbers too.
pub(crate) fn unpack(format: &str, text: impl Bytes) -> Option<Array<i64, i64>> {
    let mut array = Array::default();
    unpacked(format, &text.bytes())?.iter().for_each(|(key, value)| array.insert(intval(key), intval(value)));
    Some(array)
}

/// Numbers with names.
pub(crate) fn unpack_named(format: &str, text: impl Bytes) -> Option<Array<Vec<u8>, i64>> {
    let mut array = Array::default();
    unpacked(format, &text.bytes())?.iter().for_each(|(key, value)| array.insert(key, intval(value)));
    Some(array)
}

/// Strings without names.
pub(crate) fn unpack_texts(format: &str, text: impl Bytes) -> Option<Array<i64, Vec<u8>>> {
    let mut array = Array::default();
    unpacked(format, &text.bytes())?.into_iter().for_each(|(key, value)| array.insert(intval(key), value));
    Some(array)
}

/// Strings with names.
pub(crate) fn unpack_named_texts(format: &str, text: impl Bytes) -> Option<Array<Vec<u8>, Vec<u8>>> {
    let mut array = Array::default();
    unpacked(format, &text.bytes())?.into_iter().for_each(|(key, value)| array.insert(key, value));
    Some(array)
}
