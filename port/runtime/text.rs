/// The characters of `trim`'s second argument, where `a..z` is a range.
pub(crate) fn listed(list: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < list.len() {
        match list[at..] {
            [from, b'.', b'.', to, ..] if from <= to => {
                all.extend(from..=to);
                at += 4;
            }
            _ => {
                all.push(list[at]);
                at += 1;
            }
        }
    }
    all
}

pub(crate) fn cut(text: &[u8], list: &[u8], left: bool, right: bool) -> Vec<u8> {
    let outside = |b: &u8| !list.contains(b);
    let start = if left { text.iter().position(outside).unwrap_or(text.len()) } else { 0 };
    let end = if right { text.iter().rposition(outside).map_or(0, |at| at + 1) } else { text.len() };
    text[start.min(end)..end].to_vec()
}

/// Without the blanks around it: those of PHP 8.6, which are space, \t, \n, \r, \0, \x0B and \x0C.
pub(crate) fn trim(text: impl Bytes) -> Vec<u8> {
    cut(&text.bytes(), BLANKS, true, true)
}

pub(crate) fn trim_of(text: impl Bytes, list: impl Bytes) -> Vec<u8> {
    cut(&text.bytes(), &listed(&list.bytes()), true, true)
}

pub(crate) fn ltrim(text: impl Bytes) -> Vec<u8> {
    cut(&text.bytes(), BLANKS, true, false)
}

pub(crate) fn ltrim_of(text: impl Bytes, list: impl Bytes) -> Vec<u8> {
    cut(&text.bytes(), &listed(&list.bytes()), true, false)
}

pub(crate) fn rtrim(text: impl Bytes) -> Vec<u8> {
    cut(&text.bytes(), BLANKS, false, true)
}

pub(crate) fn rtrim_of(text: impl Bytes, list: impl Bytes) -> Vec<u8> {
    cut(&text.bytes(), &listed(&list.bytes()), false, true)
}

pub(crate) fn strlen(text: impl Bytes) -> usize {
    text.bytes().len()
}

pub(crate) fn strtolower(text: impl Bytes) -> Vec<u8> {
    text.bytes().to_ascii_lowercase()
}

pub(crate) fn strtoupper(text: impl Bytes) -> Vec<u8> {
    text.bytes().to_ascii_uppercase()
}

pub(crate) fn ucfirst(text: impl Bytes) -> Vec<u8> {
    let mut text = text.bytes().into_owned();
    text.iter_mut().take(1).for_each(|b| b.make_ascii_uppercase());
    text
}

pub(crate) fn lcfirst(text: impl Bytes) -> Vec<u8> {
    let mut text = text.bytes().into_owned();
    text.iter_mut().take(1).for_each(|b| b.make_ascii_lowercase());
    text
}

pub(crate) fn ucwords(text: impl Bytes) -> Vec<u8> {
    let mut text = text.bytes().into_owned();
    let mut first = true;
    for b in &mut text {
        if first {
            b.make_ascii_uppercase();
        }
        first = b" \t\r\n\x0c\x0b".contains(b);
    }
    text
}

pub(crate) fn strrev(text: impl Bytes) -> Vec<u8> {
    text.bytes().iter().rev().copied().collect()
}

/// Where a part begins and ends; both may count from the end.
pub(crate) fn range_of(len: usize, start: i64, length: Option<i64>) -> std::ops::Range<usize> {
    let len = len as i64;
    let from = if start < 0 { (len + start.max(-len)).max(0) } else { start.min(len) };
    let to = match length {
        None => len,
        Some(length) if length < 0 => (len + length.max(-len)).max(from),
        Some(length) => from.saturating_add(length).min(len),
    };
    to_usize(from)..to_usize(to)
}

pub(crate) fn substr(text: impl Bytes, start: i64, length: impl Into<Option<i64>>) -> Vec<u8> {
    let text = text.bytes();
    text[range_of(text.len(), start, length.into())].to_vec()
}

pub(crate) fn str_repeat(text: impl Bytes, times: i64) -> Vec<u8> {
    if times < 0 {
        fatal("ValueError: str_repeat(): Argument #2 ($times) must be greater than or equal to 0");
    }
    text.bytes().repeat(to_usize(times))
}

pub(crate) fn str_pad(text: impl Bytes, length: i64) -> Vec<u8> {
    str_pad_at(text, length, " ", 1)
}

pub(crate) fn str_pad_with(text: impl Bytes, length: i64, with: impl Bytes) -> Vec<u8> {
    str_pad_at(text, length, with, 1)
}

pub(crate) const STR_PAD_LEFT: i32 = 0;

pub(crate) const STR_PAD_RIGHT: i32 = 1;

pub(crate) const STR_PAD_BOTH: i32 = 2;

pub(crate) fn str_pad_at(text: impl Bytes, length: i64, with: impl Bytes, side: i32) -> Vec<u8> {
    let (text, with) = (text.bytes(), with.bytes());
    let missing = to_usize(length).saturating_sub(text.len());
    if with.is_empty() {
        fatal("ValueError: str_pad(): Argument #3 ($pad_string) must not be empty");
    }
    let left = match side {
        0 => missing,
        2 => missing / 2,
        _ => 0,
    };
    let pad = |count: usize| with.iter().cycle().take(count).copied();
    pad(left).chain(text.iter().copied()).chain(pad(missing - left)).collect()
}

pub(crate) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return Some(0);
    }
    text.windows(part.len()).position(|window| window == part)
}

pub(crate) fn strpos(text: impl Bytes, part: impl Bytes, offset: impl Into<Option<i64>>) -> Option<usize> {
    let text = text.bytes();
    let offset = offset.into().unwrap_or(0);
    if offset > text.len() as i64 || offset < -(text.len() as i64) {
        fatal("ValueError: strpos(): Argument #3 ($offset) must be contained in argument #1 ($haystack)");
    }
    let start = range_of(text.len(), offset, None).start;
    find(&text[start..], &part.bytes()).map(|at| at + start)
}

pub(crate) fn stripos(text: impl Bytes, part: impl Bytes, offset: impl Into<Option<i64>>) -> Option<usize> {
    strpos(strtolower(text), strtolower(part), offset)
}

pub(crate) fn strrpos(text: impl Bytes, part: impl Bytes) -> Option<usize> {
    let (text, part) = (text.bytes(), part.bytes());
    if part.is_empty() {
        return Some(text.len());
    }
    text.windows(part.len()).rposition(|window| window == &*part)
}

pub(crate) fn strstr(text: impl Bytes, part: impl Bytes) -> Option<Vec<u8>> {
    let text = text.bytes();
    find(&text, &part.bytes()).map(|at| text[at..].to_vec())
}

pub(crate) fn stristr(text: impl Bytes, part: impl Bytes) -> Option<Vec<u8>> {
    let text = text.bytes();
    find(&text.to_ascii_lowercase(), &part.bytes().to_ascii_lowercase()).map(|at| text[at..].to_vec())
}

pub(crate) fn strripos(text: impl Bytes, part: impl Bytes) -> Option<usize> {
    strrpos(strtolower(text), strtolower(part))
}

/// From the first byte that is among some.
pub(crate) fn strpbrk(text: impl Bytes, these: impl Bytes) -> Option<Vec<u8>> {
    let (text, these) = (text.bytes(), these.bytes());
    if these.is_empty() {
        fatal("ValueError: strpbrk(): Argument #2 ($characters) must be a non-empty string");
    }
    text.iter().position(|b| these.contains(b)).map(|at| text[at..].to_vec())
}

/// How many bytes two texts have in common: the longest common part, then what stands on both sides of it.
pub(crate) fn similar_text(a: impl Bytes, b: impl Bytes) -> usize {
    fn similar(a: &[u8], b: &[u8]) -> usize {
        let (mut longest, mut at) = (0, (0, 0));
        for start in 0..a.len() {
            for other in 0..b.len() {
                let length = a[start..].iter().zip(&b[other..]).take_while(|(x, y)| x == y).count();
                if length > longest {
                    (longest, at) = (length, (start, other));
                }
            }
        }
        if longest == 0 {
            return 0;
        }
        let (start, other) = at;
        longest + similar(&a[..start], &b[..other]) + similar(&a[start + longest..], &b[other + longest..])
    }
    similar(&a.bytes(), &b.bytes())
}

pub(crate) fn levenshtein(a: impl Bytes, b: impl Bytes) -> i64 {
    let (a, b) = (a.bytes(), b.bytes());
    let mut row: Vec<i64> = (0..=b.len() as i64).collect();
    for x in a.iter() {
        let mut corner = row[0];
        row[0] += 1;
        for (at, y) in b.iter().enumerate() {
            let changed = corner + i64::from(x != y);
            corner = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

/// Words of letters, with `'` and `-` in them.
pub(crate) fn str_word_count(text: impl Bytes) -> usize {
    let text = text.bytes();
    let start = text.iter().position(|b| *b != b'\'' && *b != b'-').unwrap_or(text.len());
    let end = text.iter().rposition(|b| *b != b'-').map_or(start, |at| (at + 1).max(start));
    let is = |b: &u8| b.is_ascii_alphabetic() || *b == b'\'' || *b == b'-';
    text[start..end].split(|b| !is(b)).filter(|word| !word.is_empty()).count()
}

/// Breaks lines at spaces; a word that is too long stays whole.
pub(crate) fn wordwrap(text: impl Bytes, width: i64, line_end: impl Bytes) -> Vec<u8> {
    let (text, line_end) = (text.bytes(), line_end.bytes());
    if line_end.is_empty() {
        fatal("ValueError: wordwrap(): Argument #3 ($break) must not be empty");
    }
    let (mut out, mut start, mut space, mut at) = (Vec::new(), 0, 0, 0);
    while at < text.len() {
        if text[at..].starts_with(&line_end) && at + line_end.len() < text.len() {
            out.extend_from_slice(&text[start..at + line_end.len()]);
            at += line_end.len() - 1;
            start = at + 1;
            space = start;
        } else if text[at] == b' ' {
            if at as i64 - start as i64 >= width {
                out.extend_from_slice(&text[start..at]);
                out.extend_from_slice(&line_end);
                start = at + 1;
            }
            space = at;
        } else if at as i64 - start as i64 >= width && start < space {
            out.extend_from_slice(&text[start..space]);
            out.extend_from_slice(&line_end);
            start = space + 1;
            space = start;
        }
        at += 1;
    }
    out.extend_from_slice(&text[start..]);
    out
}

pub(crate) fn strrchr(text: impl Bytes, part: impl Bytes) -> Option<Vec<u8>> {
    let (text, part) = (text.bytes(), part.bytes());
    let first = part.first().copied().unwrap_or(0);
    text.iter().rposition(|b| *b == first).map(|at| text[at..].to_vec())
}

pub(crate) fn str_contains(text: impl Bytes, part: impl Bytes) -> bool {
    find(&text.bytes(), &part.bytes()).is_some()
}

pub(crate) fn str_starts_with(text: impl Bytes, part: impl Bytes) -> bool {
    text.bytes().starts_with(&part.bytes())
}

pub(crate) fn str_ends_with(text: impl Bytes, part: impl Bytes) -> bool {
    text.bytes().ends_with(&part.bytes())
}

pub(crate) fn strcmp(a: impl Bytes, b: impl Bytes) -> i64 {
    let (a, b) = (a.bytes(), b.bytes());
    match a.iter().zip(b.iter()).find(|(a, b)| a != b) {
        Some((a, b)) => i64::from(*a) - i64::from(*b),
        None => a.len().cmp(&b.len()) as i64,
    }
}

pub(crate) fn strncmp(a: impl Bytes, b: impl Bytes, length: i64) -> i64 {
    strcmp(substr(a, 0, length), substr(b, 0, length))
}

pub(crate) fn strcasecmp(a: impl Bytes, b: impl Bytes) -> i64 {
    let (a, b) = (strtolower(a), strtolower(b));
    match a.iter().zip(&b).find(|(a, b)| a != b) {
        Some((a, b)) => i64::from(*a) - i64::from(*b),
        None => (a.len() as i64 - b.len() as i64).clamp(-i64::MAX, i64::MAX),
    }
}

pub(crate) fn strncasecmp(a: impl Bytes, b: impl Bytes, length: i64) -> i64 {
    strcasecmp(substr(a, 0, length), substr(b, 0, length))
}

pub(crate) fn substr_count(text: impl Bytes, part: impl Bytes) -> usize {
    let (text, part) = (text.bytes(), part.bytes());
    if part.is_empty() {
        fatal("ValueError: substr_count(): Argument #2 ($needle) must not be empty");
    }
    let (mut count, mut rest) = (0, &*text);
    while let Some(at) = find(rest, &part) {
        count += 1;
        rest = &rest[at + part.len()..];
    }
    count
}

pub(crate) fn str_replace(part: impl Bytes, with: impl Bytes, text: impl Bytes) -> Vec<u8> {
    let (part, with, text) = (part.bytes(), with.bytes(), text.bytes());
    if part.is_empty() {
        return text.into_owned();
    }
    split(&text, &part).join(&*with)
}

pub(crate) fn str_ireplace(part: impl Bytes, with: impl Bytes, text: impl Bytes) -> Vec<u8> {
    let (part, with, text) = (part.bytes().to_ascii_lowercase(), with.bytes(), text.bytes());
    if part.is_empty() {
        return text.into_owned();
    }
    let (lower, mut out, mut at) = (text.to_ascii_lowercase(), Vec::new(), 0);
    while let Some(found) = find(&lower[at..], &part) {
        out.extend_from_slice(&text[at..at + found]);
        out.extend_from_slice(&with);
        at += found + part.len();
    }
    out.extend_from_slice(&text[at..]);
    out
}

pub(crate) fn split(text: &[u8], separator: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = find(rest, separator) {
        parts.push(rest[..at].to_vec());
        rest = &rest[at + separator.len()..];
    }
    parts.push(rest.to_vec());
    parts
}

pub(crate) fn explode(separator: impl Bytes, text: impl Bytes, limit: impl Into<Option<i64>>) -> Vec<Vec<u8>> {
    let separator = separator.bytes();
    if separator.is_empty() {
        fatal("ValueError: explode(): Argument #1 ($separator) must not be empty");
    }
    let mut parts = split(&text.bytes(), &separator);
    match limit.into() {
        Some(limit) if limit < 0 => parts.truncate(parts.len().saturating_sub(to_usize(-limit))),
        Some(limit) if parts.len() > to_usize(limit.max(1)) => {
            let rest = parts.split_off(to_usize(limit.max(1)) - 1).join(&*separator);
            parts.push(rest);
        }
        _ => {}
    }
    parts
}

pub(crate) fn implode<T: Bytes>(separator: impl Bytes, parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = parts.into_iter().map(|part| part.bytes().into_owned()).collect();
    parts.join(&*separator.bytes())
}

pub(crate) fn str_split(text: impl Bytes, length: impl Into<Option<i64>>) -> Vec<Vec<u8>> {
    let length = length.into().unwrap_or(1);
    if length < 1 {
        fatal("ValueError: str_split(): Argument #2 ($length) must be greater than 0");
    }
    text.bytes().chunks(to_usize(length)).map(<[u8]>::to_vec).collect()
}

thread_local! {
    static TOKENS: RefCell<(Vec<u8>, usize)> = const { RefCell::new((Vec::new(), 0)) };
}

/// Begins to take a text apart, at any of the characters.
pub(crate) fn strtok(text: impl Bytes, characters: impl Bytes) -> Option<Vec<u8>> {
    TOKENS.set((text.bytes().into_owned(), 0));
    strtok_next(characters)
}

/// The next part of the text that `strtok` was given.
pub(crate) fn strtok_next(characters: impl Bytes) -> Option<Vec<u8>> {
    let characters = characters.bytes();
    TOKENS.with_borrow_mut(|(text, at)| {
        let start = *at + text[*at..].iter().take_while(|b| characters.contains(b)).count();
        let length = text[start..].iter().take_while(|b| !characters.contains(b)).count();
        *at = (start + length + 1).min(text.len());
        (length > 0).then(|| text[start..start + length].to_vec())
    })
}

pub(crate) fn chunk_split(text: impl Bytes, length: i64, end: impl Bytes) -> Vec<u8> {
    if length < 1 {
        fatal("ValueError: chunk_split(): Argument #2 ($length) must be greater than 0");
    }
    let (text, end) = (text.bytes(), end.bytes());
    let chunks: Vec<&[u8]> = text.chunks(to_usize(length)).collect();
    let chunks = if chunks.is_empty() { vec![b"".as_slice()] } else { chunks };
    chunks.into_iter().flat_map(|chunk| [chunk, &end].concat()).collect()
}
