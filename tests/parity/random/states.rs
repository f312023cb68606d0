//! Calls in states that need a little preparation: blocking ones, sockets that were streams, and no descriptor left.

use super::call::Arg;
use super::calls::{Answer, Game, answer, last, used};
use crate::prelude::*;

impl Game {
    /// A blocking call that ends after a moment.
    pub(super) fn blocking(&mut self, slot: &Arg, what: &str, other: &Arg) -> Answer {
        let socket = self.slot(slot).0.clone();
        let moment = Timeval { sec: 0, usec: 1000 };
        socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, moment)?;
        socket_set_option(&socket, SOL_SOCKET, SO_SNDTIMEO, moment)?;
        socket_set_block(&socket)?;
        let mut data = used();
        let result = match what {
            "read" => answer(socket_read(&socket, 100, None)),
            "recv" => answer(socket_recv(&socket, &mut data, 100, MSG_WAITALL)),
            "recvfrom" => answer(socket_recvfrom(&socket, &mut data, 100, 0).map(|(count, ..)| count)),
            "recvmsg" => {
                let mut message = MessageHeader { buffer_size: Some(100), controllen: 100, ..Default::default() };
                message.name = Some(MessageName::default());
                answer(socket_recvmsg(&socket, &mut message, None))
            }
            "accept" => answer(socket_accept(&socket)),
            "write" => answer(socket_write(&socket, "x", None)),
            "sendto" => answer(
                self.target(slot, other).and_then(|(address, port)| socket_sendto(&socket, "x", 1, 0, address, port)),
            ),
            "sendmsg" => {
                let message = MessageHeader { iov: vec!["x".into(), "y".into()], ..MessageHeader::default() };
                answer(socket_sendmsg(&socket, &message, None))
            }
            _ => answer(self.target(slot, other).and_then(|(address, port)| socket_connect(&socket, address, port))),
        };
        let result = result.unwrap_or_else(|error| Err::<(), _>(error).describe());
        let lost = ["accept", "recvmsg"].contains(&what); // by PHP
        let errors = (last(&socket).filter(|_| !lost), socket_last_error(None)).describe();
        socket_set_nonblock(&socket)?;
        socket_clear_error(&socket);
        Ok(format!("{result}\n{errors}"))
    }

    /// A socket that was a stream of the standard library.
    pub(super) fn imported(&mut self, slot: &Arg, kind: &str) -> Answer {
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

        let unix = || {
            let name = format!("imported{} {:?}", std::process::id(), std::time::Instant::now());
            UnixListener::bind_addr(&SocketAddr::from_abstract_name(name)?)
        };
        let (socket, family) = match kind {
            "tcp" => (socket_import_stream(std::net::TcpListener::bind("127.0.0.1:0").expect("bind")), AF_INET),
            "tcp6" => (socket_import_stream(std::net::TcpListener::bind("[::1]:0").expect("bind")), AF_INET6),
            "udp" => (socket_import_stream(std::net::UdpSocket::bind("127.0.0.1:0").expect("bind")), AF_INET),
            "unix" => (socket_import_stream(unix().expect("bind")), AF_UNIX),
            "pair" => (socket_import_stream(UnixStream::pair().expect("a pair").0), AF_UNIX),
            _ => (socket_import_stream(tempfile::tempfile().expect("a file")), 0),
        };
        if let Ok(socket) = &socket {
            socket_set_option(socket, SOL_SOCKET, SO_REUSEADDR, 0)?; // the two set it for different streams
        }
        self.store(slot, socket, family)
    }
}

/// Waits until what was sent can be read.
fn arrived(socket: &Socket) -> Result<()> {
    socket_select(&mut vec![socket.clone()], None, None, 5, None).map(|_| ())
}

/// Two ends of a connection.
fn connected(family: i32, address: &str) -> Result<[Socket; 2]> {
    let (ours, listener) = (socket_create(family, SOCK_STREAM, 0)?, socket_create(family, SOCK_STREAM, 0)?);
    socket_bind(&listener, if family == AF_INET6 { "::" } else { address }, None)?;
    socket_listen(&listener, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    socket_connect(&ours, address, port)?;
    let theirs = socket_accept(&listener)?;
    Ok([ours, theirs])
}

/// Closing it will reset its connection.
fn reset(socket: &Socket) -> Result<()> {
    socket_set_option(socket, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
    socket_close(socket)
}

impl Game {
    /// A socket, or the two ends of a connection, in a state that random calls seldom lead to.
    pub(super) fn state(&mut self, slot: &Arg, other: &Arg, kind: &str) -> Answer {
        match kind {
            "reset" => {
                let [ours, theirs] = connected(AF_INET, "127.0.0.1")?;
                reset(&theirs)?;
                arrived(&ours)?;
                return self.store(slot, Ok(ours), AF_INET);
            }
            "accepted after a reset" => {
                let listener = socket_create_listen(0, None)?;
                let (_, port) = socket_getsockname(&listener)?;
                let theirs = socket_create(AF_INET, SOCK_STREAM, 0)?;
                socket_connect(&theirs, "127.0.0.1", port)?;
                arrived(&listener)?;
                reset(&theirs)?;
                return self.store(slot, Ok(listener), AF_INET);
            }
            "in progress" => {
                let full = match self.full.take() {
                    Some(full) => full,
                    None => {
                        // The queue has room for one.
                        let full = socket_create_listen(0, 0)?;
                        let (_, port) = socket_getsockname(&full)?;
                        let waiting = socket_create(AF_INET, SOCK_STREAM, 0)?;
                        socket_connect(&waiting, "127.0.0.1", port)?;
                        arrived(&full)?;
                        (full, waiting)
                    }
                };
                let (_, port) = socket_getsockname(&full.0)?;
                self.full = Some(full);
                let ours = socket_create(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)?;
                let _ = socket_connect(&ours, "127.0.0.1", port);
                return self.store(slot, Ok(ours), AF_INET);
            }
            "refused" => {
                let (ours, theirs) = (socket_create(AF_INET, SOCK_DGRAM, 0)?, socket_create(AF_INET, SOCK_DGRAM, 0)?);
                socket_bind(&theirs, "127.0.0.1", None)?;
                let (address, port) = socket_getsockname(&theirs)?;
                socket_connect(&ours, address, port)?;
                socket_close(&theirs)?;
                socket_write(&ours, "x", None)?;
                arrived(&ours)?;
                return self.store(slot, Ok(ours), AF_INET);
            }
            "stream left" | "datagrams left" | "packets left" => {
                // With something unread.
                let r#type = match kind {
                    "stream left" => SOCK_STREAM,
                    "datagrams left" => SOCK_DGRAM,
                    _ => SOCK_SEQPACKET,
                };
                let [ours, theirs] = socket_create_pair(AF_UNIX, r#type, 0)?;
                socket_write(&ours, "unread", None)?;
                socket_write(&theirs, "left", None)?;
                socket_close(&theirs)?;
                return self.store(slot, Ok(ours), AF_UNIX);
            }
            _ => {}
        }
        let family = if kind == "mapped" { AF_INET6 } else { AF_INET };
        let [ours, theirs] = connected(family, "127.0.0.1")?;
        let (done, sent) = match kind {
            "mapped" => (true.describe(), answer(socket_write(&ours, "as IPv6", None))?),
            "half closed" => {
                let written = socket_write(&ours, "last", None)?;
                ((written == 4).describe(), answer(socket_shutdown(&ours, SHUT_WR))?)
            }
            "deaf" => (answer(socket_shutdown(&theirs, SHUT_RD))?, answer(socket_write(&ours, "unheard", None))?),
            _ => (answer(socket_write(&ours, "a", None))?, answer(socket_send(&ours, "bc", 2, MSG_OOB))?),
        };
        arrived(&theirs)?;
        self.store(slot, Ok(ours), family)?;
        Ok(format!("[{done}, {sent}, {}]", self.store(other, Ok(theirs), family)?))
    }
}

/// A call while no descriptor is left.
pub(super) fn exhausted(socket: &Socket, family: i32, what: &str) -> Answer {
    let all: Vec<_> = std::iter::from_fn(|| socket_create(AF_UNIX, SOCK_DGRAM, 0).ok()).collect();
    socket_clear_error(None);
    let result = match what {
        "accept" => answer(socket_accept(socket)),
        "recvmsg" => {
            let mut message = MessageHeader { buffer_size: Some(100), controllen: 100, ..MessageHeader::default() };
            answer(socket_recvmsg(socket, &mut message, 0).map(|count| (count, message.flags)))
        }
        "export" => answer(socket_export_stream::<std::os::fd::OwnedFd>(socket).map(|_| ())),
        "interface" => answer(socket_set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, "lo")),
        "multicast" => answer(socket_set_option(socket, IPPROTO_IP, IP_MULTICAST_IF, 1)),
        "bind" if [AF_INET, AF_INET6].contains(&family) => answer(socket_bind(socket, "localhost", None)),
        "bind" => Ok("null".to_owned()),
        "lookup" => {
            let hints = AddrInfoHints { ai_socktype: SOCK_STREAM, ..AddrInfoHints::default() };
            answer(socket_addrinfo_lookup("localhost", "http", hints))
        }
        _ => answer(socket_get_option(socket, IPPROTO_IP, IP_MULTICAST_IF)),
    };
    all.iter().try_for_each(socket_close)?;
    socket_clear_error(socket);
    result
}
