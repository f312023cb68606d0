//! Asking a proxy for a connection: HTTP's CONNECT (RFC 9110, section 9.3.6) and SOCKS5 (RFC 1928, RFC 1929).

use std::{
    fmt,
    io::{self, Read, Write},
    net::{IpAddr, SocketAddr},
};

use super::{Wait, lookup::lookup};
use crate::{
    Socket,
    ws::{
        ProxyError, Status, WebSocketError,
        error::would_block,
        handshake::{self, Authority, MAX_INTERIM, Parser, without_zone},
    },
};

/// A proxy: its address, the protocol that it speaks, and the credentials for it.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::ws) struct Proxy {
    kind: Kind,
    authority: Authority,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    /// The name is looked up here.
    Socks5,
    /// The proxy looks the name up.
    Socks5h,
}

impl Proxy {
    pub(in crate::ws) fn parse(url: &str) -> Result<Self, handshake::Error> {
        let fail = handshake::Error::ProxyUrl;
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let (kind, port) = match &*scheme.to_ascii_lowercase() {
            "http" => (Kind::Http, 80),
            "socks5" => (Kind::Socks5, 1080),
            "socks5h" => (Kind::Socks5h, 1080),
            _ => return Err(fail("it starts with none of http://, socks5:// and socks5h://")),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#']) {
            return Err(fail("it has a path"));
        }
        Ok(Self { kind, authority: Authority::parse(authority, port).map_err(fail)? })
    }

    /// Connects to the host by way of the proxy.
    pub(super) fn connect(&self, host: &str, port: u16, wait: &Wait) -> Result<Socket, WebSocketError> {
        let socket = super::connect_directly(&self.authority.host, self.authority.port, wait)?;
        let mut tunnel = Tunnel { socket: &socket, wait };
        let host = without_zone(host);
        match self.kind {
            Kind::Http => self.ask_http(&mut tunnel, host, port)?,
            Kind::Socks5 | Kind::Socks5h => self.ask_socks(&mut tunnel, host, port)?,
        }
        Ok(socket)
    }

    fn ask_http(&self, tunnel: &mut Tunnel<'_>, host: &str, port: u16) -> Result<(), WebSocketError> {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let authorization =
            self.authority.basic().map_or_else(String::new, |basic| format!("Proxy-Authorization: {basic}\r\n"));
        tunnel.write(
            format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{authorization}\r\n").as_bytes(),
        )?;
        let mut parser = Parser::new();
        let mut received = Vec::new();
        let mut interim = 0;
        loop {
            match parser.response(&received) {
                Ok(Status::Partial) => {
                    let mut space = [0; 1024];
                    let count = tunnel.read(&mut space)?;
                    received.extend_from_slice(&space[..count]);
                }
                Ok(Status::Complete(response, consumed)) if response.is_interim() => {
                    interim += 1;
                    if interim > MAX_INTERIM {
                        return Err(ProxyError::Malformed.into());
                    }
                    received.drain(..consumed);
                    parser.restart();
                }
                Ok(Status::Complete(response, consumed)) => match response.status() {
                    // The server does not speak first, so there is nothing behind the answer.
                    200..=299 if consumed == received.len() => return Ok(()),
                    200..=299 => return Err(ProxyError::Malformed.into()),
                    status => return Err(ProxyError::Status(status).into()),
                },
                Err(_) => return Err(ProxyError::Malformed.into()),
            }
        }
    }

    fn ask_socks(&self, tunnel: &mut Tunnel<'_>, host: &str, port: u16) -> Result<(), WebSocketError> {
        const VERSION: u8 = 5;
        const ANONYMOUS: u8 = 0;
        const PASSWORD: u8 = 2;
        const CONNECT: u8 = 1;
        let credentials = self.authority.credentials();
        tunnel.write(if credentials.is_some() {
            &[VERSION, 2, ANONYMOUS, PASSWORD]
        } else {
            &[VERSION, 1, ANONYMOUS]
        })?;
        match (tunnel.read_exact()?, credentials) {
            ([VERSION, ANONYMOUS], _) => {}
            ([VERSION, PASSWORD], Some((user, password))) => {
                let user = with_length(&user)?;
                let password = with_length(&password)?;
                tunnel.write(&[&[1], &*user, &*password].concat())?;
                if tunnel.read_exact::<2>()?[1] != 0 {
                    return Err(ProxyError::Authentication.into());
                }
            }
            ([VERSION, 0xff], _) => return Err(ProxyError::Authentication.into()),
            _ => return Err(ProxyError::Malformed.into()),
        }
        let port_bytes = port.to_be_bytes();
        let target = match self.target(host, port, tunnel.wait)? {
            Target::Address(IpAddr::V4(address)) => [&[1], &address.octets()[..]].concat(),
            Target::Address(IpAddr::V6(address)) => [&[4], &address.octets()[..]].concat(),
            Target::Name(name) => [&[3], &*with_length(name.as_bytes())?].concat(),
        };
        tunnel.write(&[&[VERSION, CONNECT, 0], &*target, &port_bytes].concat())?;
        let [version, reply, _, kind] = tunnel.read_exact()?;
        if version != VERSION {
            return Err(ProxyError::Malformed.into());
        }
        if reply != 0 {
            return Err(ProxyError::Socks(reply).into());
        }
        // The address that the proxy connects from is not needed.
        let length = match kind {
            1 => 4,
            4 => 16,
            3 => usize::from(tunnel.read_exact::<1>()?[0]),
            _ => return Err(ProxyError::Malformed.into()),
        };
        for _ in 0..length + port_bytes.len() {
            tunnel.read_exact::<1>()?;
        }
        Ok(())
    }

    fn target<'h>(&self, host: &'h str, port: u16, wait: &Wait) -> Result<Target<'h>, WebSocketError> {
        match host.parse() {
            Ok(address) => Ok(Target::Address(address)),
            Err(_) if self.kind == Kind::Socks5h => Ok(Target::Name(host)),
            Err(_) => {
                let none = || io::Error::new(io::ErrorKind::NotFound, "the host has no address");
                let address = lookup(host, port, wait)?.first().map(SocketAddr::ip).ok_or_else(none)?;
                Ok(Target::Address(address))
            }
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({}:{})", self.kind, self.authority.host, self.authority.port)
    }
}

enum Target<'h> {
    Address(IpAddr),
    Name(&'h str),
}

/// A string of SOCKS: at most 255 bytes.
fn with_length(bytes: &[u8]) -> Result<Vec<u8>, WebSocketError> {
    let length = u8::try_from(bytes.len()).map_err(|_| ProxyError::TooLong)?;
    Ok([&[length], bytes].concat())
}

const LEFT: &str = "the proxy ended the connection before its answer was complete";

/// The conversation with the proxy.
struct Tunnel<'a> {
    socket: &'a Socket,
    wait: &'a Wait,
}

impl Tunnel<'_> {
    fn write(&mut self, mut bytes: &[u8]) -> Result<(), WebSocketError> {
        while !bytes.is_empty() {
            match Write::write(&mut &*self.socket, bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if would_block(&error) => self.wait.until_writable(self.socket)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads at least one byte.
    fn read(&mut self, space: &mut [u8]) -> Result<usize, WebSocketError> {
        loop {
            // Also when bytes keep coming: a proxy has no more time than everybody else.
            self.wait.check()?;
            match Read::read(&mut &*self.socket, space) {
                Ok(0) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, LEFT).into()),
                Ok(count) => return Ok(count),
                Err(error) if would_block(&error) => self.wait.until_readable(self.socket)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn read_exact<const N: usize>(&mut self) -> Result<[u8; N], WebSocketError> {
        let mut bytes = [0; N];
        let mut count = 0;
        while count < N {
            count += self.read(&mut bytes[count..])?;
        }
        Ok(bytes)
    }
}
