use crate::prelude::*;

/// PHP warns twice of a host that it does not find, where an error is one; and it reports the number of an earlier lookup.
const DIFFERENCES: &[Difference] = &[
    always("Warning: socket_sendmsg(): Host lookup failed [-10000]: Unknown error -10000\n", ""),
    always("AF_INET address\nfalse\n-10000\n", "AF_INET address\nfalse\n-10001\n"),
    always("Warning: socket_sendmsg(): Host lookup failed [-10001]: Unknown host\n", ""),
    before(8, 6, "the path is cannot be empty\n", "the path is must not be empty\n"),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn sent(socket: &Socket, name: Option<MessageName>, control: Vec<ControlMessage>) -> Result<usize> {
    socket_sendmsg(socket, &MessageHeader { name, iov: vec!["x".into()], control, ..MessageHeader::default() }, None)
}

fn name(family: impl Into<Option<i32>>, addr: &str, port: i32, path: &str) -> Option<MessageName> {
    Some(MessageName { family: family.into(), addr: addr.into(), port, path: path.into(), ..MessageName::default() })
}

fn control(level: i32, r#type: i32, data: impl Into<ControlData>) -> Vec<ControlMessage> {
    vec![ControlMessage::new(level, r#type, data)]
}

fn port() -> Result<()> {
    // Addresses.
    let inet = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(sent(&inet, name(None, "127.0.0.1", 65536, ""), vec![]));
    show(sent(&inet, name(None, "127.0.0.1", -1, ""), vec![]));
    show(sent(&inet, name(AF_INET6, "::1", 9, ""), vec![]));
    show(sent(&inet, name(AF_UNIX, "", 0, "server.sock"), vec![]));
    show(sent(&inet, name(99, "", 0, ""), vec![]));
    show(socket_last_error(&inet));
    show(sent(&inet, name(None, "1.2.3.4.5", 9, ""), vec![]));
    show(socket_last_error(&inet));
    show(sent(&inet, None, vec![]));
    show(socket_last_error(&inet) == SOCKET_EDESTADDRREQ);
    let inet6 = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    show(sent(&inet6, name(None, "::g", 9, ""), vec![]));
    let unix = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    show(sent(&unix, name(None, "", 0, &"x".repeat(108)), vec![]));
    show(sent(&unix, name(None, "", 0, ""), vec![]));
    show(sent(&unix, name(None, "", 0, "nobody.sock"), vec![]));
    show(socket_last_error(&unix) == SOCKET_ENOENT);

    // Control messages.
    show(sent(&unix, None, control(SOL_SOCKET, 99, 1)));
    show(sent(&unix, None, control(SOL_SOCKET, SCM_RIGHTS, Vec::<Socket>::new())));
    show(sent(&unix, None, control(SOL_SOCKET, SCM_RIGHTS, 5)));
    show(sent(&inet6, None, control(IPPROTO_IPV6, IPV6_PKTINFO, 5)));
    let info = In6PktInfo { addr: "".into(), ifindex: 1.into() };
    show(sent(&inet6, None, control(IPPROTO_IPV6, IPV6_PKTINFO, info)));
    show(sent(&unix, None, control(SOL_SOCKET, SCM_CREDENTIALS, 5)));
    show(sent(&unix, None, control(SOL_SOCKET, SCM_CREDENTIALS, Ucred { pid: -1, uid: 0, gid: 0 })));
    let info = In6PktInfo { addr: "::1".into(), ifindex: "nosuchdevice".into() };
    show(sent(&inet6, None, control(IPPROTO_IPV6, IPV6_PKTINFO, info)));
    let credentials = ControlMessage::new(SOL_SOCKET, SCM_CREDENTIALS, Ucred::default());
    show(sent(&unix, None, vec![credentials, ControlMessage::new(SOL_SOCKET, 99, 1)]));
    show(socket_last_error(&unix) == SOCKET_ENOENT);

    let closed = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_close(&closed)?;
    show(sent(&unix, None, control(SOL_SOCKET, SCM_RIGHTS, vec![closed])));
    Ok(())
}
