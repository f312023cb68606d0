/// A message with the padding of MD5, SHA-1 and SHA-256: a one, zeros, and room for its length in bits.
pub(crate) fn padded(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    text.push(0x80);
    while text.len() % 64 != 56 {
        text.push(0);
    }
    text
}

/// The words of a block, the most significant byte first.
pub(crate) fn words_of(block: &[u8]) -> impl Iterator<Item = u32> {
    block.chunks_exact(4).map(|word| word.iter().fold(0, |number, b| number << 8 | u32::from(*b)))
}

pub(crate) fn sha1(text: impl Bytes) -> String {
    let text = text.bytes();
    let mut blocks = padded(&text);
    blocks.extend((text.len() as u64).wrapping_mul(8).to_be_bytes());
    let mut sums = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in blocks.chunks_exact(64) {
        let mut words: Vec<u32> = words_of(block).collect();
        for at in 16..80 {
            words.push((words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1));
        }
        let [mut a, mut b, mut c, mut d, mut e] = sums;
        for (at, word) in words.iter().enumerate() {
            let (f, k) = match at / 20 {
                0 => (b & c | !b & d, 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => (b & c | b & d | c & d, 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let sum = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(k).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, sum);
        }
        for (sum, more) in sums.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(more);
        }
    }
    sums.iter().map(|sum| format!("{sum:08x}")).collect()
}

/// `hash('sha256', $text)`
pub(crate) fn sha256(text: impl Bytes) -> String {
    // The first 32 bits behind the point of the roots of the first primes.
    let primes = || (2_u32..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0));
    let part = |root: f64| ((root - root.floor()) * 4_294_967_296.0) as u32;
    let factors: Vec<u32> = primes().take(64).map(|prime| part(f64::from(prime).cbrt())).collect();
    let mut sums: Vec<u32> = primes().take(8).map(|prime| part(f64::from(prime).sqrt())).collect();
    let text = text.bytes();
    let mut blocks = padded(&text);
    blocks.extend((text.len() as u64).wrapping_mul(8).to_be_bytes());
    for block in blocks.chunks_exact(64) {
        let mut words: Vec<u32> = words_of(block).collect();
        for at in 16..64 {
            let (old, new) = (words[at - 15], words[at - 2]);
            let old = old.rotate_right(7) ^ old.rotate_right(18) ^ old >> 3;
            let new = new.rotate_right(17) ^ new.rotate_right(19) ^ new >> 10;
            words.push(words[at - 16].wrapping_add(old).wrapping_add(words[at - 7]).wrapping_add(new));
        }
        let mut s = sums.clone();
        for (word, factor) in words.iter().zip(&factors) {
            let one = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = s[4] & s[5] ^ !s[4] & s[6];
            let first = s[7].wrapping_add(one).wrapping_add(choice).wrapping_add(*factor).wrapping_add(*word);
            let zero = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let most = s[0] & s[1] ^ s[0] & s[2] ^ s[1] & s[2];
            s.rotate_right(1);
            s[4] = s[4].wrapping_add(first);
            s[0] = first.wrapping_add(zero).wrapping_add(most);
        }
        for (sum, more) in sums.iter_mut().zip(s) {
            *sum = sum.wrapping_add(more);
        }
    }
    sums.iter().map(|sum| format!("{sum:08x}")).collect()
}

/// What is no character of base64 is left out.
pub(crate) fn base64_decode(text: impl Bytes) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let text = text.bytes();
    let values = text.iter().filter_map(|b| LETTERS.iter().position(|letter| letter == b));
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
    for value in values {
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}
