//! Runs the calls as calls.php does.

use std::collections::BTreeMap;

use super::call::{Arg, Call};
use super::make::SLOTS;
use super::states;
use crate::prelude::*;

pub(super) type Answer = Result<String>;

/// Here that is no error.
const CLEARED_CLOSED: &str = "Error: socket_clear_error(): Argument #1 ($socket) has already been closed";

/// The sockets, each with its family.
#[derive(Default)]
pub(super) struct Game {
    slots: Vec<Option<Socket>>,
    families: Vec<i32>,
    /// A listening socket whose queue is full, and the connection that fills it.
    pub(super) full: Option<(Socket, Socket)>,
}

/// Prints what calls.php prints for these calls.
pub(super) fn run(calls: &[Call]) -> Result<()> {
    let slots = usize::try_from(SLOTS).expect("not negative");
    rlimit::setrlimit(rlimit::Resource::NOFILE, 60, 60).expect("a lower limit");
    let mut game = Game { slots: vec![None; slots], families: vec![0; slots], full: None };
    for call in calls {
        let answer = match game.call(call) {
            Ok(answer) => answer,
            Err(error) => Err::<(), _>(error).describe(),
        };
        let socket = match call.args.first() {
            Some(Arg::Int(slot @ 0..8)) => game.slots[usize::try_from(*slot).expect("not negative")].as_ref(),
            _ => None,
        };
        echo!("#", call.json(), "\n", answer, "\n");
        show((socket.and_then(last), socket_last_error(None)));
        if call.clear {
            if let Some(socket) = socket {
                socket_clear_error(socket);
            }
            socket_clear_error(None);
        }
    }
    Ok(())
}

fn is_closed(socket: &Socket) -> bool {
    matches!(socket_recv(socket, &mut Vec::new(), 0, 0), Err(Error::Closed { .. }))
}

pub(super) fn last(socket: &Socket) -> Option<i32> {
    (!is_closed(socket)).then(|| socket_last_error(socket))
}

pub(super) fn answer<T: Describe>(result: Result<T>) -> Answer {
    result.map(|value| value.describe())
}

/// PHP does not tell an abstract name.
fn told(address: String) -> String {
    if address.starts_with('\0') { String::new() } else { address }
}

fn name(name: Result<(String, i32)>) -> Answer {
    answer(name.map(|(address, port)| (told(address), port > 0)))
}

/// What an earlier call has left, and nobody may see again.
pub(super) fn used() -> Vec<u8> {
    b"left ".repeat(100)
}

fn interface(arg: &Arg) -> Interface {
    match arg {
        Arg::Int(index) => (*index).into(),
        other => other.text().into(),
    }
}

fn value(kind: &str, rest: &[Arg]) -> OptionValue {
    match kind {
        "int" => rest[0].int().into(),
        "long" => rest[0].long().into(),
        "bool" => (rest[0].int() != 0).into(),
        "string" => match &rest[0] {
            Arg::Int(value) => (*value).into(),
            other => other.text().into(),
        },
        "linger" => Linger { l_onoff: rest[0].int(), l_linger: rest[1].int() }.into(),
        "timeval" => Timeval { sec: rest[0].long(), usec: rest[1].long() }.into(),
        "group" => GroupReq { group: rest[0].text().into(), interface: interface(&rest[1]) }.into(),
        "source" => GroupSourceReq {
            group: rest[0].text().into(),
            source: rest[1].text().into(),
            interface: interface(&rest[2]),
        }
        .into(),
        _ => In6PktInfo { addr: rest[0].text().into(), ifindex: interface(&rest[1]) }.into(),
    }
}

impl Game {
    pub(super) fn slot(&self, arg: &Arg) -> (&Socket, i32) {
        let slot = arg.size();
        (self.slots[slot].as_ref().expect("the first calls fill every slot"), self.families[slot])
    }

    pub(super) fn store(&mut self, slot: &Arg, socket: Result<Socket>, family: i32) -> Answer {
        let socket = socket?;
        socket_set_nonblock(&socket)?;
        if family != AF_UNIX && socket_get_option(&socket, SOL_SOCKET, SO_TYPE)? == SOCK_STREAM {
            socket_set_option(&socket, SOL_TCP, TCP_NODELAY, 1)?; // what is sent is there at once
        }
        self.slots[slot.size()] = Some(socket);
        self.families[slot.size()] = family;
        Ok("Socket".to_owned())
    }

    pub(super) fn target(&self, slot: &Arg, target: &Arg) -> Result<(String, i32)> {
        let same = self.slot(slot).1 == self.slot(target).1;
        socket_getsockname(self.slot(if same { target } else { slot }).0).map(|(address, port)| (told(address), port))
    }

    fn set(&self, mask: &Arg) -> BTreeMap<usize, Socket> {
        let chosen = |(slot, socket): (usize, &Option<Socket>)| {
            (mask.int() >> slot & 1 == 1).then(|| Some((slot, socket.clone()?))).flatten()
        };
        self.slots.iter().enumerate().filter_map(chosen).collect()
    }

    fn control(&self, kind: &str, rest: &[Arg]) -> Vec<ControlMessage> {
        let message = match kind {
            "none" => return Vec::new(),
            "rights" => ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, vec![self.slot(&rest[0]).0.clone()]),
            "credentials" => {
                let pid = i32::try_from(std::process::id()).expect("a pid_t");
                let pid = rest[0].optional().unwrap_or(pid);
                ControlMessage::new(SOL_SOCKET, SCM_CREDENTIALS, Ucred { pid, uid: owner().0, gid: owner().1 })
            }
            "pktinfo" => {
                let info = In6PktInfo { addr: rest[0].text().into(), ifindex: interface(&rest[1]) };
                ControlMessage::new(IPPROTO_IPV6, IPV6_PKTINFO, info)
            }
            _ => ControlMessage::new(rest[0].int(), rest[1].int(), rest[2].int()),
        };
        vec![message]
    }

    fn call(&mut self, call: &Call) -> Answer {
        let a = &call.args[..];
        // Not every call has a socket.
        let s = || self.slot(&a[0]).0;
        match call.name {
            "create" => {
                let socket = socket_create(a[1].int(), a[2].int(), a[3].int());
                self.store(&a[0], socket, a[1].int())
            }
            "create_only" => answer(socket_create(a[0].int(), a[1].int(), a[2].int())),
            "create_pair" => {
                let pair = socket_create_pair(a[2].int(), a[3].int(), a[4].int())?;
                for (end, socket) in a.iter().zip(pair) {
                    self.store(end, Ok(socket), a[2].int())?;
                }
                answer(Ok(()))
            }
            "create_listen" => {
                let socket = socket_create_listen(a[1].int(), a.get(2).map(Arg::int));
                self.store(&a[0], socket, AF_INET)
            }
            "same" => {
                let (socket, family) = self.slot(&a[0]);
                let socket = socket.clone();
                self.slots[a[1].size()] = Some(socket);
                self.families[a[1].size()] = family;
                answer(Ok(()))
            }
            "bind" => answer(socket_bind(s(), a[1].text(), a[2].int())),
            // Whether a port is still in use is a matter of time.
            "bind_same" => answer(self.target(&a[0], &a[1]).and_then(|(address, _)| socket_bind(s(), address, None))),
            "listen" => answer(socket_listen(s(), a.get(1).map(Arg::int))),
            "accept" => {
                let (socket, family) = self.slot(&a[0]);
                let accepted = socket_accept(socket);
                self.store(&a[1], accepted, family)
            }
            "connect" => answer(socket_connect(s(), a[1].text(), a[2].optional())),
            "connect_same" => {
                answer(self.target(&a[0], &a[1]).and_then(|(address, port)| socket_connect(s(), address, port)))
            }
            "read" => answer(socket_read(s(), a[1].size(), a.get(2).map(Arg::int))),
            "read_line" => {
                // Where the line is not complete PHP would never return; of a packet it reads a byte.
                let mut data = Vec::new();
                let count = socket_recv(s(), &mut data, a[1].size(), MSG_PEEK | MSG_DONTWAIT);
                if let Err(error @ Error::Closed { .. }) = count {
                    return Err(error);
                }
                let stream = socket_get_option(s(), SOL_SOCKET, SO_TYPE)? == SOCK_STREAM;
                if let Some(error) = count.as_ref().err().filter(|error| !error.is_silent()) {
                    return Ok(format!("Warning: {error}\nnull"));
                }
                let complete = stream
                    && count.is_ok_and(|count| {
                        count == a[1].size() || count == 0 || data.iter().any(|byte| b"\r\n".contains(byte))
                    });
                if !complete {
                    return Ok("null".to_owned());
                }
                answer(socket_read(s(), a[1].size(), PHP_NORMAL_READ))
            }
            "write" => answer(socket_write(s(), a[1].bytes(), a.get(2).map(Arg::size))),
            "send" => answer(socket_send(s(), a[1].bytes(), a[2].size(), a[3].int())),
            // Of a stream the system takes as much as it likes.
            "write_long" if socket_get_option(s(), SOL_SOCKET, SO_TYPE)? == SOCK_STREAM => Ok("null".to_owned()),
            "write_long" => answer(socket_write(s(), vec![b'x'; a[1].size()], None)),
            "recv" => {
                let mut data = used();
                answer(socket_recv(s(), &mut data, a[1].size(), a[2].int()).map(|count| (count, data)))
            }
            "recvfrom" => {
                let mut data = used();
                let received = socket_recvfrom(s(), &mut data, a[1].size(), a[2].int());
                answer(received.map(|(count, address, port)| (count, data, told(address), port > 0)))
            }
            "sendto" => {
                let port = a[5].optional();
                answer(socket_sendto(s(), a[1].bytes(), a[2].size(), a[3].int(), a[4].text(), port))
            }
            "sendto_same" => {
                answer(self.target(&a[0], &a[1]).and_then(|(address, port)| {
                    socket_sendto(s(), a[2].bytes(), a[3].size(), a[4].int(), address, port)
                }))
            }
            "shutdown" => answer(socket_shutdown(s(), a[1].int())),
            "getsockname" => name(socket_getsockname(s())),
            "getpeername" => name(socket_getpeername(s())),
            "select" => {
                let [mut read, mut write, mut except] = [&a[0], &a[1], &a[2]].map(|mask| self.set(mask));
                let (seconds, microseconds) = (a[3].long(), a[4].long());
                let count = socket_select(&mut read, &mut write, &mut except, seconds, microseconds)?;
                let [read, write, except] =
                    [read, write, except].map(|set| format!("{:?}", set.into_keys().collect::<Vec<_>>()));
                Ok(format!("[{count}, {read}, {write}, {except}]"))
            }
            "close" => answer(socket_close(s())),
            "set_nonblock" => answer(socket_set_nonblock(s())),
            "set_block" => {
                socket_set_block(s())?;
                answer(socket_set_nonblock(s()).map(|()| (true, true)))
            }
            "last_error" => Ok(last(s()).describe()),
            "clear_error" if is_closed(s()) => Ok(CLEARED_CLOSED.to_owned()),
            "clear_error" => {
                socket_clear_error(s());
                answer(Ok(()))
            }
            "strerror" => Ok(socket_strerror(a[0].int()).describe()),
            "get_option" => answer(socket_get_option(s(), a[1].int(), a[2].int())),
            "getopt" => answer(socket_getopt(s(), a[1].int(), a[2].int())),
            "set_option" => answer(socket_set_option(s(), a[1].int(), a[2].int(), value(a[3].text(), &a[4..]))),
            "setopt" => answer(socket_setopt(s(), a[1].int(), a[2].int(), value(a[3].text(), &a[4..]))),
            "atmark" => answer(socket_atmark(s())),
            "cmsg_space" => answer(socket_cmsg_space(a[0].int(), a[1].int(), a.get(2).map(Arg::int))),
            "sendmsg" => {
                let control = self.control(a[3].text(), &a[4..]);
                let message = MessageHeader { iov: vec![a[1].bytes()], control, ..MessageHeader::default() };
                answer(socket_sendmsg(s(), &message, a[2].int()))
            }
            "sendmsg_to" => {
                let name = if self.slot(&a[0]).1 == AF_UNIX {
                    MessageName { path: a[3].text().into(), ..MessageName::default() }
                } else {
                    MessageName { addr: a[3].text().into(), port: a[4].int(), ..MessageName::default() }
                };
                let iov = vec!["a".into(), a[1].bytes()];
                answer(socket_sendmsg(
                    s(),
                    &MessageHeader { name: Some(name), iov, ..MessageHeader::default() },
                    a[2].int(),
                ))
            }
            "recvmsg" => {
                let mut message = MessageHeader {
                    name: Some(MessageName::default()),
                    buffer_size: Some(a[1].size()),
                    controllen: a[2].size(),
                    iov: vec![used()],
                    ..MessageHeader::default()
                };
                let count = socket_recvmsg(s(), &mut message, a[3].int())?;
                Ok(format!("[{count}, {}]", self::message(&message)))
            }
            "addrinfo" => {
                let hints = AddrInfoHints {
                    ai_flags: a[2].int(),
                    ai_family: a[3].int(),
                    ai_socktype: a[4].int(),
                    ai_protocol: a[5].int(),
                };
                let service = (a[1] != Arg::Null).then(|| a[1].text());
                let found = socket_addrinfo_lookup(a[0].text(), service, hints)?;
                Ok(found.iter().map(socket_addrinfo_explain).collect::<Vec<_>>()[..].describe())
            }
            "addrinfo_bind" => {
                let found = found(&a[1], &a[2], &a[3])?;
                let family = socket_addrinfo_explain(&found).ai_family;
                self.store(&a[0], socket_addrinfo_bind(&found), family)
            }
            "addrinfo_connect" => answer(socket_addrinfo_connect(&found(&a[0], &a[1], &a[2])?)),
            "export_stream" => answer(socket_export_stream::<std::os::fd::OwnedFd>(s()).map(|_| ())),
            "import_stream" if a[0].text() == "file" => {
                answer(socket_import_stream(tempfile::tempfile().expect("a temporary file")))
            }
            "state" => self.state(&a[0], &a[1], a[2].text()),
            "blocking" => self.blocking(&a[0], a[1].text(), &a[2]),
            "exhausted" => states::exhausted(s(), self.slot(&a[0]).1, a[1].text()),
            "sendmsg_parts" => {
                let (address, port) = self.target(&a[0], &a[1])?;
                let own = self.slot(&a[0]).1;
                let (flowinfo, scope_id) = (a[4].int().unsigned_abs(), a[5].int().unsigned_abs());
                let family = Some(a[3].int());
                let name = if family == Some(AF_UNIX) {
                    MessageName { family, path: address, ..MessageName::default() }
                } else {
                    let addr = if own == AF_UNIX { "::1".to_owned() } else { address };
                    MessageName { family, addr, port, flowinfo, scope_id, ..MessageName::default() }
                };
                let iov = vec!["ab".into(); a[2].size()];
                let message = MessageHeader { name: Some(name), iov, ..MessageHeader::default() };
                answer(socket_sendmsg(s(), &message, 0))
            }
            // PHP reads an address of one family as one of the other.
            "recvmsg_family" if self.slot(&a[0]).1 == AF_INET6 && a[1].int() == AF_INET => Ok("null".to_owned()),
            "recvmsg_family" => {
                let mut message = MessageHeader {
                    name: Some(MessageName { family: Some(a[1].int()), ..MessageName::default() }),
                    buffer_size: Some(a[2].size()),
                    controllen: 100,
                    iov: vec![used()],
                    ..MessageHeader::default()
                };
                let count = socket_recvmsg(s(), &mut message, a[3].int())?;
                Ok(format!("[{count}, {}]", self::message(&message)))
            }
            "imported" => self.imported(&a[0], a[1].text()),
            "fill" => {
                let mut count = 0;
                if self.slot(&a[0]).1 == AF_UNIX {
                    while count < 1000 {
                        match socket_write(s(), vec![b'x'; 5000], None) {
                            Ok(1..) => count += 1,
                            Ok(0) => break,
                            Err(error) if error.is_silent() => break,
                            Err(error @ Error::Closed { .. }) => return Err(error),
                            Err(error) => return Ok(format!("Warning: {error}\n{}", count > 0)),
                        }
                    }
                }
                Ok((count > 0).describe())
            }
            "import_stream" => {
                answer(socket_import_stream(std::net::TcpListener::bind("127.0.0.1:0").expect("a listener")))
            }
            other => unreachable!("{other} is no call"),
        }
    }
}

fn found(host: &Arg, service: &Arg, r#type: &Arg) -> Result<AddressInfo> {
    let hints = AddrInfoHints { ai_socktype: r#type.int(), ai_flags: AI_NUMERICHOST, ..AddrInfoHints::default() };
    Ok(socket_addrinfo_lookup(host.text(), service.text(), hints)?.swap_remove(0))
}

/// The user and the group of this process.
fn owner() -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;

    let this = std::fs::metadata("/proc/self").expect("this process is there");
    (this.uid(), this.gid())
}

fn message(message: &MessageHeader) -> String {
    let name = match &message.name {
        None => "null".to_owned(),
        Some(name) if name.family == Some(AF_UNIX) => told(name.path.clone()).describe(),
        Some(name) => name.addr.describe(),
    };
    let control = message.control.iter().map(|control| {
        let number = match control.data {
            ControlData::Int(number) => Some(number),
            _ => None,
        };
        (control.level, control.r#type, number)
    });
    let control = control.collect::<Vec<_>>();
    format!("[{name}, {}, {}, {}]", message.iov[..].describe(), message.flags, control[..].describe())
}
