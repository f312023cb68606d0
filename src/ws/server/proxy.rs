//! What a proxy says of a client: before the client's own bytes, by the PROXY protocol, or in its request.

use std::{
    collections::HashSet,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Instant,
};

use crate::{AF_UNIX, MSG_PEEK, Socket, socket_recv, ws::handshake::Request};

/// Whom to believe when they say whose connection theirs is: who comes from one of these addresses, or by a Unix socket, which is
/// not open to others.
#[derive(Debug)]
pub(super) struct Proxies(HashSet<IpAddr>);

impl Proxies {
    pub(super) fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self(addresses.into_iter().map(|ip| ip.to_canonical()).collect())
    }

    pub(super) fn contains(&self, ip: &IpAddr) -> bool {
        self.0.contains(ip)
    }

    /// Says whether a connection is one of theirs.
    pub(super) fn have(&self, socket: &Socket, ip: Option<IpAddr>) -> bool {
        ip.map_or_else(|| socket.family() == AF_UNIX, |ip| self.contains(&ip))
    }
}

/// A connection of a proxy that is to say whose it is.
#[derive(Debug)]
pub(super) struct Announcement {
    pub(super) socket: Socket,
    /// When it is dropped.
    pub(super) until: Instant,
    header: Vec<u8>,
}

/// What the header's beginning asks for.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// So many bytes more.
    Bytes(usize),
    /// The rest of its line.
    Line,
    /// Nothing: it is whole. The proxy may not tell whom it speaks for.
    Nothing(Option<SocketAddr>),
}

/// No header of the PROXY protocol.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

/// How version 2 begins.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// The shortest header of version 1: `PROXY UNKNOWN` and the line's end.
const SHORTEST: usize = 15;
/// The longest of version 1.
const LONGEST_LINE: usize = 107;
/// The longest of version 2 that is taken, with what else the proxy has to say.
const LONGEST: u16 = 4096;

impl Announcement {
    pub(super) fn new(socket: Socket, until: Instant) -> Self {
        Self { socket, until, header: Vec::new() }
    }

    /// Reads what has come of the header and not a byte behind it. `None` when there is more to come, then whose connection it
    /// is, if the proxy tells.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] when this is no header; the end of the connection; the socket's.
    pub(super) fn read(&mut self) -> io::Result<Option<Option<SocketAddr>>> {
        loop {
            let count = match next(&self.header).map_err(|Malformed| io::ErrorKind::InvalidData)? {
                Next::Nothing(address) => return Ok(Some(address)),
                Next::Bytes(count) => count,
                Next::Line => {
                    let mut line = Vec::new();
                    if !receive(&self.socket, &mut line, LONGEST_LINE - self.header.len(), MSG_PEEK)? {
                        return Ok(None);
                    }
                    line.iter().position(|byte| *byte == b'\n').map_or(line.len(), |end| end + 1)
                }
            };
            let mut bytes = Vec::new();
            if !receive(&self.socket, &mut bytes, count, 0)? {
                return Ok(None);
            }
            self.header.append(&mut bytes);
        }
    }
}

/// Receives once; `false` when nothing has come.
fn receive(socket: &Socket, bytes: &mut Vec<u8>, count: usize, flags: i32) -> io::Result<bool> {
    match socket_recv(socket, bytes, count, flags) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(true),
        Err(error) if error.is_silent() || error.code() == crate::SOCKET_EINTR => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn next(header: &[u8]) -> Result<Next, Malformed> {
    let start = &header[..header.len().min(SIGNATURE.len())];
    if SIGNATURE.starts_with(start) {
        return next_binary(header);
    }
    let start = &header[..header.len().min(6)];
    if !b"PROXY ".starts_with(start) {
        return Err(Malformed);
    }
    if header.len() < SHORTEST {
        return Ok(Next::Bytes(SHORTEST - header.len()));
    }
    match header.strip_suffix(b"\r\n") {
        Some(line) => line_address(line).map(Next::Nothing),
        None if header.contains(&b'\n') || header.len() >= LONGEST_LINE => Err(Malformed),
        None => Ok(Next::Line),
    }
}

/// `PROXY TCP4 192.0.2.1 198.51.100.1 51234 443`
fn line_address(line: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    let line = std::str::from_utf8(line).map_err(|_| Malformed)?;
    let words: Vec<_> = line.split(' ').skip(1).collect();
    match words[..] {
        ["UNKNOWN", ..] => Ok(None),
        [family, ip, _, port, _] => {
            let ip: IpAddr = ip.parse().map_err(|_| Malformed)?;
            let port = port.parse().map_err(|_| Malformed)?;
            let is_right = family == if ip.is_ipv4() { "TCP4" } else { "TCP6" };
            if is_right { Ok(Some(SocketAddr::new(ip, port))) } else { Err(Malformed) }
        }
        _ => Err(Malformed),
    }
}

fn next_binary(header: &[u8]) -> Result<Next, Malformed> {
    // Of what begins like neither version it is not known yet which it is.
    if header.len() < SHORTEST {
        return Ok(Next::Bytes(SHORTEST - header.len()));
    }
    let &[.., command, family, high, low] = header.get(..16).unwrap_or_default() else { return Ok(Next::Bytes(1)) };
    let length = u16::from_be_bytes([high, low]);
    if command >> 4 != 2 || length > LONGEST {
        return Err(Malformed);
    }
    let body = &header[16..];
    if body.len() < usize::from(length) {
        return Ok(Next::Bytes(usize::from(length) - body.len()));
    }
    let address = match (command & 0xF, family) {
        // The proxy speaks for itself, or of something that is not TCP over IP.
        (0, _) => None,
        (1, 0x11) => {
            let (ip, rest) = body.split_first_chunk::<4>().ok_or(Malformed)?;
            Some((IpAddr::from(Ipv4Addr::from(*ip)), port(&rest[4.min(rest.len())..])?))
        }
        (1, 0x21) => {
            let (ip, rest) = body.split_first_chunk::<16>().ok_or(Malformed)?;
            Some((IpAddr::from(Ipv6Addr::from(*ip)), port(&rest[16.min(rest.len())..])?))
        }
        (1, _) => None,
        _ => return Err(Malformed),
    };
    Ok(Next::Nothing(address.map(SocketAddr::from)))
}

fn port(bytes: &[u8]) -> Result<u16, Malformed> {
    bytes.first_chunk().map(|port| u16::from_be_bytes(*port)).ok_or(Malformed)
}

/// Returns an address as everybody is told it: a socket for both families calls one of IPv4 `::ffff:192.0.2.1`.
pub(super) fn canonical(address: String) -> String {
    let mapped = address.parse().ok().and_then(|ip: Ipv6Addr| ip.to_ipv4_mapped());
    mapped.map_or(address, |ip| ip.to_string())
}

/// Returns where a request comes from by what its proxies say: the last address that is none of theirs.
pub(super) fn forwarded(request: &Request, proxies: &Proxies) -> Option<IpAddr> {
    let fields = request.headers().filter(|(name, _)| name.eq_ignore_ascii_case("X-Forwarded-For"));
    let addresses: Vec<_> = fields.flat_map(|(_, value)| value.split(',')).map(named).collect();
    addresses.into_iter().rev().find(|address| address.is_none_or(|address| !proxies.contains(&address))).flatten()
}

/// An address as a proxy writes it: alone, in brackets, with a port.
fn named(address: &str) -> Option<IpAddr> {
    let address = address.trim();
    let alone = address.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(address).parse::<IpAddr>();
    let ip = alone.or_else(|_| address.parse::<SocketAddr>().map(|it| it.ip()));
    ip.ok().map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).expect("short").to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, body].concat()
    }

    /// Gives a parser what it asks for, byte by byte where it takes fewer; returns what it says, and how much it took.
    fn parse(bytes: &[u8]) -> (Result<Option<SocketAddr>, Malformed>, usize) {
        let mut taken = 0;
        loop {
            let count = match next(&bytes[..taken]) {
                Ok(Next::Nothing(address)) => return (Ok(address), taken),
                Ok(Next::Bytes(count)) => count,
                Ok(Next::Line) => 1,
                Err(error) => return (Err(error), taken),
            };
            assert!(count > 0 && taken < bytes.len(), "it takes nothing behind the header");
            taken += 1;
        }
    }

    #[test]
    fn headers_say_who_the_client_is() {
        let four = [192, 0, 2, 1, 198, 51, 100, 1, 0xC8, 0x22, 1, 187];
        let mut six = [0; 36];
        six[15] = 1;
        six[32..34].copy_from_slice(&[0xC8, 0x22]);
        let with_more = [&four[..], &[4, 0, 1, 0]].concat();
        for (header, address) in [
            (b"PROXY TCP4 192.0.2.1 198.51.100.1 51234 443\r\n".to_vec(), Some("192.0.2.1:51234")),
            (b"PROXY TCP6 ::1 ::2 51234 443\r\n".to_vec(), Some("[::1]:51234")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN ::1 ::1 1 1\r\n".to_vec(), None),
            (binary(0x21, 0x11, &four), Some("192.0.2.1:51234")),
            (binary(0x21, 0x11, &with_more), Some("192.0.2.1:51234")),
            (binary(0x21, 0x21, &six), Some("[::1]:51234")),
            (binary(0x20, 0, &[]), None),
            (binary(0x21, 0x31, &[0; 216]), None),
        ] {
            let bytes = [&header[..], b"GET / HTTP/1.1\r\n"].concat();
            let expected = address.map(|address| address.parse().expect("an address"));
            assert_eq!(parse(&bytes), (Ok(expected), header.len()), "{header:?}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for header in [
            b"GET / HTTP/1.1\r\n".to_vec(),
            b"\x16\x03\x01\x02\x00\x01".to_vec(),
            b"PROXY TCP4 ::1 ::2 51234 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 198.51.100.1 65536 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1\r\n".to_vec(),
            b"PROXY NOTHING AT ALL\n".to_vec(),
            [b"PROXY UNKNOWN ".to_vec(), vec![b'a'; 200]].concat(),
            binary(0x11, 0x11, &[0; 12]),
            binary(0x22, 0x11, &[0; 12]),
            binary(0x21, 0x11, &[0; 9]),
            [&SIGNATURE[..], &[0x21, 0x11, 0xFF, 0xFF]].concat(),
        ] {
            assert_eq!(parse(&[&header[..], &[0; 300]].concat()).0, Err(Malformed), "{header:?}");
        }
    }
}
