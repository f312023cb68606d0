//! Calls in states that need a little preparation: blocking ones, sockets that were streams, and no descriptor left.

use super::call::Arg;
use super::calls::{Answer, Game, answer, last};
use crate::prelude::*;

impl Game {
    /// A blocking call that ends after a moment.
    pub(super) fn blocking(&mut self, slot: &Arg, what: &str, other: &Arg) -> Answer {
        let socket = self.slot(slot).0.clone();
        let moment = Timeval { sec: 0, usec: 1000 };
        socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, moment)?;
        socket_set_option(&socket, SOL_SOCKET, SO_SNDTIMEO, moment)?;
        socket_set_block(&socket)?;
        let mut data = Vec::new();
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
