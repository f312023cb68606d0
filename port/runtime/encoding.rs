pub(crate) fn ord(text: impl Bytes) -> i64 {
    text.bytes().first().map_or(0, |b| i64::from(*b))
}

pub(crate) fn chr(number: i64) -> Vec<u8> {
    vec![number.rem_euclid(256) as u8]
}

pub(crate) fn bin2hex(text: impl Bytes) -> String {
    text.bytes().iter().map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn dechex(number: i64) -> String {
    format!("{number:x}")
}

pub(crate) fn decbin(number: i64) -> String {
    format!("{number:b}")
}

pub(crate) fn md5(text: impl Bytes) -> String {
    let text = text.bytes();
    let mut blocks = padded(&text);
    blocks.extend((text.len() as u64).wrapping_mul(8).to_le_bytes());
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut sums = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for chunk in blocks.chunks_exact(64) {
        let word = |at: usize| u32::from_le_bytes([chunk[at * 4], chunk[at * 4 + 1], chunk[at * 4 + 2], chunk[at * 4 + 3]]);
        let [mut a, mut b, mut c, mut d] = sums;
        for i in 0..64 {
            let (f, g) = match i / 16 {
                0 => (b & c | !b & d, i),
                1 => (d & b | !d & c, (5 * i + 1) % 16),
                2 => (b ^ c ^ d, (3 * i + 5) % 16),
                _ => (c ^ (b | !d), 7 * i % 16),
            };
            let sine = ((i as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
            let sum = a.wrapping_add(f).wrapping_add(sine).wrapping_add(word(g)).rotate_left(SHIFTS[i / 16][i % 4]);
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum));
        }
        sums = [sums[0].wrapping_add(a), sums[1].wrapping_add(b), sums[2].wrapping_add(c), sums[3].wrapping_add(d)];
    }
    sums.iter().flat_map(|sum| sum.to_le_bytes()).map(|b| format!("{b:02x}")).collect()
}

pub(crate) fn crc32(text: impl Bytes) -> i64 {
    let mut sum = u32::MAX;
    for b in text.bytes().iter() {
        sum ^= u32::from(*b);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    i64::from(!sum)
}

pub(crate) fn base64_encode(text: impl Bytes) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.bytes().chunks(3) {
        let bits = chunk.iter().fold(0, |bits, b| bits << 8 | usize::from(*b)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            out.push(if at <= chunk.len() { char::from(DIGITS[bits >> (18 - 6 * at) & 63]) } else { '=' });
        }
    }
    out
}

pub(crate) fn nl2br(text: impl Bytes) -> Vec<u8> {
    let text = text.bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let length = match text[at..] {
            [b'\r', b'\n', ..] | [b'\n', b'\r', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        if length > 0 {
            out.extend_from_slice(b"<br />");
        }
        out.extend_from_slice(&text[at..at + length.max(1)]);
        at += length.max(1);
    }
    out
}

pub(crate) fn addslashes(text: impl Bytes) -> Vec<u8> {
    let mut out = Vec::new();
    for b in text.bytes().iter() {
        match b {
            b'\'' | b'"' | b'\\' => out.extend([b'\\', *b]),
            0 => out.extend(b"\\0"),
            _ => out.push(*b),
        }
    }
    out
}

pub(crate) fn number_format(number: f64, decimals: impl Into<Option<i64>>) -> String {
    number_format_with(number, decimals.into().unwrap_or(0), ".", ",")
}

/// `utf8_encode`: ISO 8859-1 as UTF-8.
pub(crate) fn utf8_encode(text: impl Bytes) -> Vec<u8> {
    eprintln!("PHP Deprecated:  Function utf8_encode() is deprecated since 8.2");
    text.bytes().iter().map(|b| char::from(*b)).collect::<String>().into_bytes()
}

pub(crate) fn utf8_decode(text: impl Bytes) -> Vec<u8> {
    eprintln!("PHP Deprecated:  Function utf8_decode() is deprecated since 8.2");
    String::from_utf8_lossy(&text.bytes()).chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// `number_format` with the point and what separates thousands.
pub(crate) fn number_format_with(number: f64, decimals: i64, point: impl Bytes, between: impl Bytes) -> String {
    let decimals = to_usize(decimals);
    let text = format!("{:.decimals$}", round(number.abs(), Some(decimals as i64)));
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let (point, between) = (point.bytes(), between.bytes());
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push_str(&String::from_utf8_lossy(&between));
        }
        out.push(digit);
    }
    if !part.is_empty() {
        out = format!("{out}{}{part}", String::from_utf8_lossy(&point));
    }
    if number < 0.0 && out.contains(|c: char| ('1'..='9').contains(&c)) { format!("-{out}") } else { out }
}

pub(crate) fn ctype_digit(text: impl Bytes) -> bool {
    let text = text.bytes();
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

pub(crate) fn ctype_alpha(text: impl Bytes) -> bool {
    let text = text.bytes();
    !text.is_empty() && text.iter().all(u8::is_ascii_alphabetic)
}

pub(crate) fn ctype_alnum(text: impl Bytes) -> bool {
    let text = text.bytes();
    !text.is_empty() && text.iter().all(u8::is_ascii_alphanumeric)
}

pub(crate) fn htmlspecialchars(text: impl Bytes) -> Vec<u8> {
    let text = str_replace("<", "&lt;", str_replace("&", "&amp;", text));
    str_replace("'", "&#039;", str_replace("\"", "&quot;", str_replace(">", "&gt;", text)))
}

pub(crate) fn htmlspecialchars_decode(text: impl Bytes) -> Vec<u8> {
    let text = text.bytes();
    let (mut out, mut rest) = (Vec::new(), &text[..]);
    const NAMES: &[(&[u8], u8)] = &[
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&amp;", b'&'),
        (b"&quot;", b'"'),
        (b"&#039;", b'\''),
        (b"&#39;", b'\''),
    ];
    while let Some(first) = rest.first() {
        let found = NAMES.iter().find(|(name, _)| rest.starts_with(name));
        let (byte, length) = found.map_or((*first, 1), |(name, byte)| (*byte, name.len()));
        out.push(byte);
        rest = &rest[length..];
    }
    out
}

pub(crate) fn decoct(number: i64) -> String {
    format!("{number:o}")
}

pub(crate) fn hex2bin(text: impl Bytes) -> Option<Vec<u8>> {
    let text = text.bytes();
    if text.len() % 2 == 1 {
        warning("hex2bin(): Hexadecimal input string must have an even length");
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16);
    let bytes = text.chunks(2).map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect::<Option<Vec<_>>>();
    if bytes.is_none() {
        warning("hex2bin(): Input string must be hexadecimal string");
    }
    bytes
}

pub(crate) fn rawurlencode(text: impl Bytes) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().iter().map(|b| if plain(*b) { char::from(*b).to_string() } else { format!("%{b:02X}") }).collect()
}

pub(crate) fn urlencode(text: impl Bytes) -> String {
    rawurlencode(text).replace("%20", "+").replace('~', "%7E")
}

pub(crate) fn rawurldecode(text: impl Bytes) -> Vec<u8> {
    let text = text.bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    let digit = |at: usize| text.get(at).and_then(|b| char::from(*b).to_digit(16));
    while at < text.len() {
        match (text[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 3;
            }
            (b, ..) => {
                out.push(b);
                at += 1;
            }
        }
    }
    out
}

pub(crate) fn urldecode(text: impl Bytes) -> Vec<u8> {
    let text: Vec<u8> = text.bytes().iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    rawurldecode(text)
}

pub(crate) fn ctype_space(text: impl Bytes) -> bool {
    let text = text.bytes();
    !text.is_empty() && text.iter().all(|b| b" \t\n\r\x0b\x0c".contains(b))
}

pub(crate) fn ctype_upper(text: impl Bytes) -> bool {
    let text = text.bytes();
    !text.is_empty() && text.iter().all(u8::is_ascii_uppercase)
}

pub(crate) fn ctype_lower(text: impl Bytes) -> bool {
    let text = text.bytes();
    !text.is_empty() && text.iter().all(u8::is_ascii_lowercase)
}

pub(crate) fn ctype_xdigit(text: impl Bytes) -> bool {
    let text = text.bytes();
    !text.is_empty() && text.iter().all(u8::is_ascii_hexdigit)
}

pub(crate) fn ctype_punct(text: impl Bytes) -> bool {
    let text = text.bytes();
    !text.is_empty() && text.iter().all(u8::is_ascii_punctuation)
}

/// How many bytes from the beginning are among some.
pub(crate) fn strspn(text: impl Bytes, these: impl Bytes) -> usize {
    let these = these.bytes();
    text.bytes().iter().take_while(|b| these.contains(b)).count()
}

/// How many bytes from the beginning are not among some.
pub(crate) fn strcspn(text: impl Bytes, these: impl Bytes) -> usize {
    let these = these.bytes();
    text.bytes().iter().take_while(|b| !these.contains(b)).count()
}

/// The digits of a text in a base; others are passed over.
pub(crate) fn in_base(text: impl Bytes, base: u32) -> i64 {
    let digits = text.bytes().iter().filter_map(|b| char::from(*b).to_digit(base)).collect::<Vec<_>>();
    let number = digits.iter().try_fold(0_i64, |number, digit| number.checked_mul(i64::from(base))?.checked_add(i64::from(*digit)));
    number.unwrap_or_else(|| fatal("a number that PHP makes a float of"))
}

pub(crate) fn hexdec(text: impl Bytes) -> i64 {
    let text = text.bytes();
    in_base(text.strip_prefix(b"0x").or(text.strip_prefix(b"0X")).unwrap_or(&text), 16)
}

pub(crate) fn bindec(text: impl Bytes) -> i64 {
    let text = text.bytes();
    in_base(text.strip_prefix(b"0b").or(text.strip_prefix(b"0B")).unwrap_or(&text), 2)
}

pub(crate) fn octdec(text: impl Bytes) -> i64 {
    let text = text.bytes();
    in_base(text.strip_prefix(b"0o").or(text.strip_prefix(b"0O")).unwrap_or(&text), 8)
}
