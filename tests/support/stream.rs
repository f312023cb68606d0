//! Builds WebSocket streams byte by byte, without the code under test.

/// A number of rounds or bytes: the second one in Miri, which takes some thousand times as long.
pub(crate) const fn sized(usually: usize, in_miri: usize) -> usize {
    if cfg!(miri) { in_miri } else { usually }
}

/// A small deterministic generator (xorshift64*), so that every failure repeats.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 33) % end as u64).expect("below a usize")
    }
}

pub(crate) const FIN: u8 = 0x80;
pub(crate) const RSV1: u8 = 0x40;
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// A frame with the given first byte, masked when there is a key.
pub(crate) fn frame(first: u8, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let mask = if key.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(mask | u8::try_from(length).expect("at most 125")),
        length @ 126..=0xFFFF => {
            bytes.push(mask | 126);
            bytes.extend(u16::try_from(length).expect("at most 65535").to_be_bytes());
        }
        length => {
            bytes.push(mask | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    let Some(key) = key else { return [&bytes, payload].concat() };
    bytes.extend(key);
    // Sixteen at a time: byte by byte it takes a minute in Miri.
    let keys = u128::from_ne_bytes([key; 4].concat().try_into().expect("four times four"));
    let sixteens = payload.chunks_exact(16);
    let rest = sixteens.remainder();
    for sixteen in sixteens {
        bytes.extend((u128::from_ne_bytes(sixteen.try_into().expect("sixteen")) ^ keys).to_ne_bytes());
    }
    bytes.extend(rest.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// A frame as a client sends it.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, Some([0x37, 0xfa, 0x21, 0x3d]), payload)
}

/// A frame as a server sends it.
pub(crate) fn unmasked(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, None, payload)
}

/// A message as it is expected to come out: (opcode, payload).
pub(crate) type Expected = (u8, Vec<u8>);

/// A valid stream of data messages, whole or fragmented, with control frames between and a Close at the end.
pub(crate) fn valid(
    random: &mut Random,
    from_client: bool,
    messages: usize,
    longest: usize,
) -> (Vec<u8>, Vec<Expected>) {
    let mut bytes = Vec::new();
    let mut expected = Vec::new();
    for _ in 0..messages {
        let (opcode, payload) = message(random, longest);
        let fragments = if random.below(2) == 0 { 1 } else { 1 + random.below(4) };
        let mut start = 0;
        for index in 0..fragments {
            let last = index + 1 == fragments;
            let end = if last { payload.len() } else { start + random.below(payload.len() - start + 1) };
            let first = if index == 0 { opcode } else { CONTINUATION } | if last { FIN } else { 0 };
            bytes.extend(frame(first, key(random, from_client), &payload[start..end]));
            start = end;
            if !last && random.below(3) == 0 {
                control(random, from_client, &mut bytes, &mut expected);
            }
        }
        expected.push((opcode, payload));
        if random.below(4) == 0 {
            control(random, from_client, &mut bytes, &mut expected);
        }
    }
    let close = [&1000u16.to_be_bytes()[..], "再见".as_bytes()].concat();
    bytes.extend(frame(FIN | CLOSE, key(random, from_client), &close));
    expected.push((CLOSE, "再见".into()));
    (bytes, expected)
}

fn key(random: &mut Random, from_client: bool) -> Option<[u8; 4]> {
    from_client.then(|| u32::try_from(random.next() >> 32).expect("32 bits").to_be_bytes())
}

fn control(random: &mut Random, from_client: bool, bytes: &mut Vec<u8>, expected: &mut Vec<Expected>) {
    let opcode = if random.below(2) == 0 { PING } else { PONG };
    let payload: Vec<u8> = (0..random.below(126)).map(|_| random.next().to_le_bytes()[3]).collect();
    bytes.extend(frame(FIN | opcode, key(random, from_client), &payload));
    expected.push((opcode, payload));
}

fn message(random: &mut Random, longest: usize) -> Expected {
    let length = random.below(longest + 1);
    if random.below(2) == 0 {
        return (BINARY, (0..length).map(|_| random.next().to_le_bytes()[3]).collect());
    }
    let letters = ['a', '7', ' ', 'é', 'ß', '你', '好', '，', '🦀', '\u{10FFFF}'];
    let mut text = String::new();
    while text.len() < length {
        text.push(letters[random.below(letters.len())]);
    }
    (TEXT, text.into_bytes())
}
