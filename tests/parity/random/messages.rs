//! Messages with any number of control messages, right and wrong, beside PHP 8.6: sent and received over sockets of each kind.

use super::call::{Arg, Random};
use super::same_lines;
use crate::harness::{Outcome, run_if_asked};
use crate::prelude::*;

/// Messages of one seed.
const MESSAGES: usize = 2000;

#[test]
fn parity() -> Outcome {
    run_if_asked(&[("port", &|| run(argument().parse().expect("a number")))]);
    same_lines(module_path!(), MESSAGES, |seed| cases(seed).iter().map(|case| case.json() + "\n").collect())
}

const FAMILIES: &[i32] = &[AF_UNIX, AF_INET, AF_INET6, AF_PACKET, AF_UNSPEC, -1];

/// A message, and how it is received.
struct Case {
    kind: &'static str,
    /// Set on the receiver: level and number.
    options: Vec<(i32, i32)>,
    /// Keys and values; the port 0 stands for the receiver's.
    name: Option<Vec<(&'static str, Arg)>>,
    parts: Vec<&'static str>,
    /// Level, type, kind of data, and the data.
    control: Vec<Vec<Arg>>,
    flags: i32,
    room: i32,
    size: Option<i32>,
    /// Whether the sender's address is asked for: its family, or -1 for the socket's own.
    from: Option<i32>,
    receive_flags: i32,
}

impl Case {
    fn json(&self) -> String {
        let list = |parts: Vec<String>| format!("[{}]", parts.join(","));
        let options = list(self.options.iter().map(|(level, option)| format!("[{level},{option}]")).collect());
        let name = self.name.as_ref().map_or_else(
            || "null".to_owned(),
            |name| {
                let keys = name.iter().map(|(key, value)| format!("\"{key}\":{}", value.json()));
                format!("{{{}}}", keys.collect::<Vec<_>>().join(","))
            },
        );
        let parts = list(self.parts.iter().map(Describe::describe).collect());
        let control = list(self.control.iter().map(|one| list(one.iter().map(Arg::json).collect())).collect());
        let Self { kind, flags, room, receive_flags, .. } = self;
        let (size, from) = (self.size.describe(), self.from.describe());
        format!(
            "{{\"kind\":\"{kind}\",\"options\":{options},\"name\":{name},\"parts\":{parts},\"control\":{control},\
             \"flags\":{flags},\"room\":{room},\"size\":{size},\"from\":{from},\"receive_flags\":{receive_flags}}}"
        )
    }
}

fn cases(seed: u64) -> Vec<Case> {
    let mut random = Random::new(seed);
    (0..MESSAGES).map(|_| case(&mut random)).collect()
}

fn case(random: &mut Random) -> Case {
    const KINDS: &[&str] = &["unix stream", "unix packets", "unix datagrams", "tcp", "udp", "tcp6", "udp6", "mapped"];
    let kind = random.one(KINDS);
    let (unix, six) = (kind.starts_with("unix"), ["tcp6", "udp6", "mapped"].contains(&kind));
    let possible: &[(i32, i32)] = match kind {
        _ if unix => &[(SOL_SOCKET, SO_PASSCRED)],
        _ if six => {
            &[(IPPROTO_IPV6, IPV6_RECVPKTINFO), (IPPROTO_IPV6, IPV6_RECVHOPLIMIT), (IPPROTO_IPV6, IPV6_RECVTCLASS)]
        }
        _ => &[],
    };
    // Most datagrams need a name, and most else none.
    let named = if kind.contains("udp") || kind.contains("datagrams") || kind == "mapped" { 7 } else { 1 };
    let family = random.one(FAMILIES);
    let from = random.one(&[None, Some(-1), Some(-1), Some(-1), Some(family)]);
    Case {
        kind,
        options: possible.iter().filter(|_| random.below(2) == 0).copied().collect(),
        name: (random.below(8) < named).then(|| name(random, unix, six)),
        parts: (0..random.below(4))
            .map(|_| random.one(&["", "a", "hello", "测试", "twenty letters and more"]))
            .collect(),
        control: (0..random.one(&[0, 1, 1, 1, 2, 3])).map(|_| control(random, unix)).collect(),
        flags: random.one(&[0, 0, 0, MSG_DONTWAIT, MSG_EOR, MSG_OOB, MSG_CONFIRM, MSG_NOSIGNAL]),
        // PHP loses a message whose control messages were cut; where there is room for none, there are none.
        room: random.one(&[1, 500, 500, 500]),
        size: random.one(&[None, Some(1), Some(3), Some(100)]),
        // PHP reads an address of one family as one of the other.
        from: from.filter(|family| !six || *family != AF_INET),
        receive_flags: random.one(&[0, 0, 0, MSG_PEEK, MSG_WAITALL, MSG_CMSG_CLOEXEC, MSG_OOB, MSG_ERRQUEUE]),
    }
}

fn name(random: &mut Random, unix: bool, six: bool) -> Vec<(&'static str, Arg)> {
    let mut name = match random.below(12) {
        0 => vec![("family", random.one(FAMILIES).into())],
        _ => Vec::new(),
    };
    if unix {
        name.push(("path", mostly(random, &["receiver".into()], &["nobody".into(), "x".repeat(108).into()])));
        return name;
    }
    let (own, wrong) = if six {
        ("::1", ["127.0.0.1", "::ffff:127.0.0.1", "::1%1", "::g"])
    } else {
        ("127.0.0.1", ["::1", "127.1", "0", "::g"])
    };
    name.push(("addr", mostly(random, &[own.into()], &wrong.map(Arg::from))));
    name.push(("port", mostly(random, &[0.into()], &[1, -1, 65_535, 65_536].map(Arg::from))));
    if random.below(3) == 0 {
        name.push(("flowinfo", random.one(&[0, 1, 0xf_ffff]).into()));
        name.push(("scope_id", random.one(&[0, 1, 99]).into()));
    }
    name
}

/// One of `right` or, one time in ten, of `wrong`.
fn mostly(random: &mut Random, right: &[Arg], wrong: &[Arg]) -> Arg {
    let of = if random.below(10) == 0 { wrong } else { right };
    random.one(of)
}

/// One that the socket takes, mostly.
fn control(random: &mut Random, unix: bool) -> Vec<Arg> {
    let fits = random.below(8) > 0;
    match (unix == fits, random.below(2)) {
        (true, 0) => {
            let mut call = vec![SOL_SOCKET.into(), SCM_RIGHTS.into(), "rights".into()];
            for _ in 0..random.one(&[0, 1, 1, 1, 2, 2, 3]) {
                call.push(mostly(random, &["socket", "file", "receiver"].map(Arg::from), &["closed".into()]));
            }
            call
        }
        (true, _) => {
            let pid = mostly(random, &[Arg::Null], &[1.into(), (-1).into(), i32::MAX.into()]);
            let [uid, gid] = [(); 2].map(|()| mostly(random, &[0.into(), 1000.into()], &[Arg::Int(u32::MAX.into())]));
            vec![SOL_SOCKET.into(), SCM_CREDENTIALS.into(), "credentials".into(), pid, uid, gid]
        }
        (false, 0) => {
            let wrong = ["fe80::1", "127.0.0.1", "::ffff:127.0.0.1", "::g"].map(Arg::from);
            let address = mostly(random, &["::1".into(), "::".into()], &wrong);
            let wrong = ["nosuchdevice".into(), (-1).into(), 9999.into()];
            let interface = mostly(random, &[0.into(), 1.into(), "lo".into()], &wrong);
            vec![IPPROTO_IPV6.into(), IPV6_PKTINFO.into(), "pktinfo".into(), address, interface]
        }
        _ => {
            let r#type = mostly(random, &[IPV6_HOPLIMIT.into(), IPV6_TCLASS.into()], &[53.into()]);
            let number = mostly(random, &[0, 1, 64, 255].map(Arg::from), &[256, -1, -2, i32::MIN].map(Arg::from));
            vec![IPPROTO_IPV6.into(), r#type, "int".into(), number]
        }
    }
}

fn run(seed: u64) -> Result<()> {
    for case in cases(seed) {
        echo!(case.json(), " ");
        let (sender, receiver, port) = ends(case.kind)?;
        socket_set_nonblock(&sender)?;
        socket_set_nonblock(&receiver)?;
        for (level, option) in &case.options {
            let _ = socket_set_option(&receiver, *level, *option, 1);
        }
        let mut warnings = String::new();
        let message = MessageHeader {
            name: case.name.as_ref().map(|keys| message_name(keys, port)),
            iov: case.parts.iter().map(|part| (*part).into()).collect(),
            control: case.control.iter().map(|call| control_message(call, &receiver)).collect::<Result<_>>()?,
            ..MessageHeader::default()
        };
        let sent = said(socket_sendmsg(&sender, &message, case.flags), &mut warnings);
        let error = socket_last_error(&sender).max(0);
        let mut message = MessageHeader {
            name: case.from.map(|from| MessageName { family: (from >= 0).then_some(from), ..MessageName::default() }),
            buffer_size: case.size.map(|size| usize::try_from(size).expect("not negative")),
            controllen: usize::try_from(case.room).expect("not negative"),
            ..MessageHeader::default()
        };
        let count = socket_recvmsg(&receiver, &mut message, case.receive_flags);
        let found = match said(count, &mut warnings) {
            count if count == "false" => count,
            count => {
                let control: Vec<_> = message.control.iter().map(|control| Answer::text(received(control))).collect();
                let name = message.name.as_ref().map_or_else(|| "null".to_owned(), told);
                let (iov, flags) = (message.iov[..].describe(), message.flags);
                format!("[{count}, {name}, {iov}, {flags}, {}]", control[..].describe())
            }
        };
        echo!("[", sent, ", ", error, ", ", found, "]", warnings, "\n");
    }
    Ok(())
}

/// The number, or `false` and what PHP warns about.
fn said(result: Result<usize>, warnings: &mut String) -> String {
    result.map_or_else(
        |error| {
            if !error.is_silent() {
                *warnings += &format!("; {error}");
            }
            "false".to_owned()
        },
        |count| count.to_string(),
    )
}

fn message_name(keys: &[(&str, Arg)], own_port: i32) -> MessageName {
    let mut name = MessageName::default();
    for (key, value) in keys {
        match *key {
            "family" => name.family = Some(value.int()),
            "addr" => name.addr = value.text().to_owned(),
            "port" if value.int() == 0 => name.port = own_port,
            "port" => name.port = value.int(),
            "flowinfo" => name.flowinfo = value.int().unsigned_abs(),
            "scope_id" => name.scope_id = value.int().unsigned_abs(),
            _ => name.path = value.text().to_owned(),
        }
    }
    name
}

fn control_message(call: &[Arg], receiver: &Socket) -> Result<ControlMessage> {
    let (level, r#type, rest) = (call[0].int(), call[1].int(), &call[3..]);
    let number = |arg: &Arg| match arg {
        Arg::Int(number) => u32::try_from(*number).expect("an id"),
        other => unreachable!("{other:?} is no id"),
    };
    let data: ControlData = match call[2].text() {
        "int" => rest[0].int().into(),
        "pktinfo" => {
            let ifindex = if let Arg::Int(index) = &rest[1] { (*index).into() } else { rest[1].text().into() };
            In6PktInfo { addr: rest[0].text().to_owned(), ifindex }.into()
        }
        "credentials" => {
            let own = i32::try_from(std::process::id()).expect("a pid_t");
            Ucred { pid: rest[0].optional().unwrap_or(own), uid: number(&rest[1]), gid: number(&rest[2]) }.into()
        }
        _ => rest.iter().map(|one| descriptor(one.text(), receiver)).collect::<Result<Vec<_>>>()?.into(),
    };
    Ok(ControlMessage::new(level, r#type, data))
}

fn descriptor(what: &str, receiver: &Socket) -> Result<Descriptor> {
    Ok(match what {
        "file" => std::fs::File::open("/dev/null").expect("every system has it").into(),
        "receiver" => receiver.clone().into(),
        _ => {
            let socket = socket_create(AF_INET, SOCK_DGRAM, 0)?;
            if what == "closed" {
                socket_close(&socket)?;
            }
            socket.into()
        }
    })
}

/// The sender, without its port.
fn told(name: &MessageName) -> String {
    let port = format!("port: {}", name.port);
    name.describe().replace(&port, &format!("port: {}", name.port > 0))
}

/// Of a control message what is the same in every run.
fn received(control: &ControlMessage) -> String {
    let data = match &control.data {
        ControlData::Ucred(sender) if i64::from(sender.pid) == i64::from(std::process::id()) => {
            sender.describe().replace(&format!("pid: {},", sender.pid), "pid: \"own\",")
        }
        data => data.describe(),
    };
    format!("[{}, {}, {data}]", control.level, control.r#type)
}

/// Two sockets, of which the first sends, and the port of the second.
fn ends(kind: &str) -> Result<(Socket, Socket, i32)> {
    let (family, address) = match kind {
        "tcp" | "udp" => (AF_INET, "127.0.0.1"),
        "mapped" => (AF_INET6, "::"),
        _ => (AF_INET6, "::1"),
    };
    match kind {
        "unix stream" | "unix packets" => {
            let r#type = if kind == "unix stream" { SOCK_STREAM } else { SOCK_SEQPACKET };
            let [sender, receiver] = socket_create_pair(AF_UNIX, r#type, 0)?;
            Ok((sender, receiver, 0))
        }
        "unix datagrams" => {
            let bound = |path: &str| {
                let _ = std::fs::remove_file(path);
                let socket = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
                socket_bind(&socket, path, None).map(|()| socket)
            };
            Ok((bound("sender")?, bound("receiver")?, 0))
        }
        "tcp" | "tcp6" => {
            let (sender, listener) = (socket_create(family, SOCK_STREAM, 0)?, socket_create(family, SOCK_STREAM, 0)?);
            socket_bind(&listener, address, None)?;
            socket_listen(&listener, None)?;
            let (_, port) = socket_getsockname(&listener)?;
            socket_connect(&sender, address, port)?;
            Ok((sender, socket_accept(&listener)?, port))
        }
        _ => {
            let (sender, receiver) = (socket_create(family, SOCK_DGRAM, 0)?, socket_create(family, SOCK_DGRAM, 0)?);
            socket_bind(&receiver, address, None)?;
            let (_, port) = socket_getsockname(&receiver)?;
            Ok((sender, receiver, port))
        }
    }
}
