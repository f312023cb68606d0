/// The characters of a text in UTF-8, by their first byte: what is none counts for as long as that says.
pub(crate) fn characters(text: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut all) = (text, Vec::new());
    while let Some(first) = rest.first() {
        let length = match first {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => 1,
        };
        let (character, behind) = rest.split_at(length.min(rest.len()));
        all.push(character);
        rest = behind;
    }
    all
}

pub(crate) fn mb_strlen(text: impl Bytes) -> usize {
    characters(&text.bytes()).len()
}

pub(crate) fn mb_substr(text: impl Bytes, start: i64, length: impl Into<Option<i64>>) -> Vec<u8> {
    let text = text.bytes();
    let all = characters(&text);
    all[range_of(all.len(), start, length.into())].concat()
}
