//! Messages that are refused, in the words of PHP: observed on the real one, or written in its source.

use php_sockets::*;

fn datagrams() -> Result<[Socket; 2]> {
    socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)
}

fn datagram(family: i32) -> Result<Socket> {
    socket_create(family, SOCK_DGRAM, SOL_UDP)
}

fn text(text: &str) -> MessageHeader {
    MessageHeader { iov: vec![text.into()], ..Default::default() }
}

/// Sends a message that cannot be converted; PHP says `path` and `reason`.
#[track_caller]
fn refuse(socket: &Socket, message: &MessageHeader, path: &str, reason: &str) {
    let error = socket_sendmsg(socket, message, None).expect_err(reason);
    assert_eq!(
        error.to_string(),
        format!("socket_sendmsg(): error converting user data (path: msghdr > {path}): {reason}")
    );
}

#[test]
fn families() -> Result<()> {
    let [unix, _peer] = datagrams()?;
    let v4 = datagram(AF_INET)?;
    let family = |family: i32| MessageHeader {
        name: Some(MessageName { family: Some(family), ..Default::default() }),
        ..text("hi")
    };
    refuse(&v4, &family(99), "name", "the only families currently supported are AF_INET, AF_INET6 and AF_UNIX");
    refuse(&v4, &family(AF_INET6), "name", "the specified family (AF_INET6) is not supported on this socket");
    refuse(&v4, &family(AF_UNIX), "name", "the specified family (AF_UNIX) is not supported on this socket");
    refuse(&unix, &family(AF_INET), "name", "the specified family (number 2) is not supported on this socket");
    refuse(&unix, &family(AF_INET6), "name", "the specified family (AF_INET6) is not supported on this socket");
    Ok(())
}

#[test]
fn addresses() -> Result<()> {
    let addr = |addr: &str, port: i32| MessageHeader {
        name: Some(MessageName { addr: addr.into(), port, ..Default::default() }),
        ..text("hi")
    };
    for (family, name, here) in [(AF_INET, "AF_INET", "127.0.0.1"), (AF_INET6, "AF_INET6", "::1")] {
        let socket = datagram(family)?;
        let reason = "given PHP integer is out of bounds for an unsigned 16-bit integer";
        refuse(&socket, &addr(here, 65_536), "name > port", reason);
        refuse(&socket, &addr(here, -1), "name > port", reason);
        let reason = format!("could not resolve address '::g' to get an {name} address");
        refuse(&socket, &addr("::g", 1), "name > addr", &reason);
        assert_eq!((socket_last_error(&socket), socket_last_error(None)), (-10_001, -10_001));
    }
    let [unix, _peer] = datagrams()?;
    let path = |path: &str| MessageHeader {
        name: Some(MessageName { path: path.into(), ..Default::default() }),
        ..text("hi")
    };
    refuse(&unix, &path(""), "name > path", "the path is must not be empty");
    let reason = "the path is too long, the maximum permitted length is 107";
    refuse(&unix, &path(&"x".repeat(108)), "name > path", reason);
    let error = socket_sendmsg(&unix, &path(&"x".repeat(107)), None).expect_err("it fits, but is not there");
    assert_eq!(error.to_string(), "socket_sendmsg(): Error in sendmsg [2]: No such file or directory");
    Ok(())
}

#[test]
fn control_messages() -> Result<()> {
    let [unix, _peer] = datagrams()?;
    let v4 = datagram(AF_INET)?;
    let v6 = datagram(AF_INET6)?;
    fn control(level: i32, r#type: i32, data: impl Into<ControlData>) -> MessageHeader {
        MessageHeader { control: vec![ControlMessage::new(level, r#type, data)], ..text("hi") }
    }
    const ELEMENT: &str = "control > element #0";
    const DATA: &str = "control > element #0 > data";

    refuse(&unix, &control(1, 99, 1), ELEMENT, "cmsghdr with level 1 and type 99 not supported");
    let none = control(SOL_SOCKET, SCM_RIGHTS, Vec::<Socket>::new());
    refuse(&unix, &none, ELEMENT, "expected at least one element in this array");
    refuse(&unix, &control(SOL_SOCKET, SCM_RIGHTS, 1), ELEMENT, "expected an array here");
    let bytes = control(SOL_SOCKET, SCM_RIGHTS, ControlData::Bytes(vec![0; 4]));
    refuse(&unix, &bytes, ELEMENT, "expected an array here");
    refuse(&unix, &control(SOL_SOCKET, SCM_CREDENTIALS, 1), DATA, "expected an array here");
    refuse(&v6, &control(IPPROTO_IPV6, IPV6_PKTINFO, 1), DATA, "expected an array here");
    let nobody = control(SOL_SOCKET, SCM_CREDENTIALS, Ucred { pid: -1, ..Default::default() });
    let reason = "given PHP integer is out of bounds for a pid_t value";
    refuse(&unix, &nobody, "control > element #0 > data > pid", reason);
    let reason = "expected an integer, either of a PHP integer type or of a convertible type";
    refuse(&v6, &control(IPPROTO_IPV6, IPV6_HOPLIMIT, Ucred::default()), DATA, reason);
    refuse(&v6, &control(IPPROTO_IPV6, IPV6_TCLASS, Ucred::default()), DATA, reason);
    refuse(&v4, &control(SOL_UDP, UDP_SEGMENT, Ucred::default()), DATA, reason);
    let reason = "given PHP integer is out of bounds for an unsigned 16-bit integer";
    refuse(&v4, &control(SOL_UDP, UDP_SEGMENT, 65_536), DATA, reason);

    let packet =
        |addr: &str, ifindex: Interface| control(IPPROTO_IPV6, IPV6_PKTINFO, In6PktInfo { addr: addr.into(), ifindex });
    let reason = "no interface with name \"nope\" could be found";
    refuse(&v6, &packet("::1", "nope".into()), "control > element #0 > data > ifindex", reason);
    let reason = "could not resolve address '::g' to get an AF_INET6 address";
    refuse(&v6, &packet("::g", 1.into()), "control > element #0 > data > addr", reason);

    let mut second = control(SOL_SOCKET, SCM_RIGHTS, vec![v4.clone()]);
    second.control.push(ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, 1));
    refuse(&unix, &second, "control > element #1", "expected an array here");
    Ok(())
}

#[test]
fn numbers_of_the_system() -> Result<()> {
    let v4 = datagram(AF_INET)?;
    let error = socket_sendmsg(&v4, &text("hi"), None).expect_err("where to?");
    assert_eq!(error.to_string(), "socket_sendmsg(): Error in sendmsg [89]: Destination address required");
    assert_eq!((socket_last_error(&v4), socket_last_error(None)), (SOCKET_EDESTADDRREQ, SOCKET_EDESTADDRREQ));
    Ok(())
}

#[test]
fn what_to_receive() -> Result<()> {
    let socket = datagram(AF_INET)?;
    let room = |controllen: usize| MessageHeader { controllen, ..Default::default() };
    let sized = |size: usize| MessageHeader { buffer_size: Some(size), ..room(10) };
    let name = MessageName { family: Some(AF_UNIX), ..Default::default() };
    #[cfg(target_pointer_width = "64")]
    let unsigned = "given PHP integer is out of bounds for an unsigned 32-bit integer";
    let cases = [
        (room(0), "controllen): controllen cannot be 0".to_owned()),
        #[cfg(target_pointer_width = "64")]
        (room(1 << 32), format!("controllen): {unsigned}")),
        (
            sized(104_857_601),
            "buffer_size): the buffer size must be between 1 and 104857600; given 104857601".to_owned(),
        ),
        (
            MessageHeader { name: Some(name), ..room(10) },
            "name): the specified family (AF_UNIX) is not supported on this socket".to_owned(),
        ),
    ];
    for (mut message, text) in cases {
        let error = socket_recvmsg(&socket, &mut message, MSG_DONTWAIT).expect_err(&text);
        assert_eq!(error.to_string(), format!("socket_recvmsg(): error converting user data (path: msghdr > {text}"));
        assert_eq!(error.code(), 0);
    }
    // The most that is allowed is allowed, and costs no memory before it is used.
    let mut message = MessageHeader { controllen: u32::MAX as usize, ..sized(104_857_600) };
    let error = socket_recvmsg(&socket, &mut message, MSG_DONTWAIT).expect_err("nothing is there");
    assert!(matches!(error.code(), SOCKET_EAGAIN | SOCKET_ENOMEM), "{error}");
    Ok(())
}

#[test]
fn closed_sockets() -> Result<()> {
    let [socket, _peer] = datagrams()?;
    socket_close(&socket)?;
    let text = "Argument #1 ($socket) has already been closed";
    let error = socket_sendmsg(&socket, &MessageHeader::default(), None).expect_err(text);
    assert_eq!(error.to_string(), format!("socket_sendmsg(): {text}"));
    let error = socket_recvmsg(&socket, &mut MessageHeader::default(), None).expect_err(text);
    assert_eq!(error.to_string(), format!("socket_recvmsg(): {text}"));
    Ok(())
}
