//! Control messages of IP, UDP and time stamps, both ways.

use php_sockets::*;

use crate::message::{bound, room, text, with_control};

#[test]
fn control_messages_of_ipv6_arrive() -> Result<()> {
    let (socket, port) = bound(AF_INET6)?;
    for option in [IPV6_RECVPKTINFO, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS] {
        socket_set_option(&socket, IPPROTO_IPV6, option, 1)?;
    }
    let info = In6PktInfo { addr: "::1".into(), ifindex: "lo".into() };
    let message = MessageHeader {
        name: Some(MessageName { addr: "::1".into(), port, ..Default::default() }),
        control: vec![
            ControlMessage::new(IPPROTO_IPV6, IPV6_HOPLIMIT, 7),
            ControlMessage::new(IPPROTO_IPV6, IPV6_TCLASS, 32),
            ControlMessage::new(IPPROTO_IPV6, IPV6_PKTINFO, info),
        ],
        ..text("hi")
    };
    assert_eq!(socket_sendmsg(&socket, &message, None)?, 2);
    let controllen = socket_cmsg_space(IPPROTO_IPV6, IPV6_PKTINFO, None)?
        + socket_cmsg_space(IPPROTO_IPV6, IPV6_HOPLIMIT, None)?
        + socket_cmsg_space(IPPROTO_IPV6, IPV6_TCLASS, None)?;
    let mut message = room(controllen);
    assert_eq!(socket_recvmsg(&socket, &mut message, None)?, 2);
    let shown: Vec<String> = message
        .control
        .iter()
        .map(|control| format!("{} {} {:?}", control.level, control.r#type, control.data))
        .collect();
    assert_eq!(
        shown,
        ["41 50 In6PktInfo(In6PktInfo { addr: \"::1\", ifindex: Index(1) })", "41 52 Int(7)", "41 67 Int(32)"]
    );
    assert_eq!(message.flags, 0);
    Ok(())
}

#[test]
fn one_message_becomes_many_datagrams() -> Result<()> {
    let (receiver, port) = bound(AF_INET)?;
    let (sender, _) = bound(AF_INET)?;
    let message = MessageHeader {
        name: Some(MessageName { addr: "127.0.0.1".into(), port, ..Default::default() }),
        iov: vec!["aaaabbbbcc".into()],
        control: vec![ControlMessage::new(SOL_UDP, UDP_SEGMENT, 4)],
        ..Default::default()
    };
    assert_eq!(socket_sendmsg(&sender, &message, None)?, 10);
    for part in ["aaaa", "bbbb", "cc"] {
        assert_eq!(socket_read(&receiver, 100, None)?, part.as_bytes());
    }
    Ok(())
}

#[test]
fn unknown_control_messages_come_as_bytes() -> Result<()> {
    const SO_RXQ_OVFL: i32 = 40;
    let (socket, port) = bound(AF_INET)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RXQ_OVFL, 1)?;
    socket_set_option(&socket, SOL_SOCKET, SO_RCVBUF, 1)?;
    for _ in 0..100 {
        socket_sendto(&socket, "hi", 2, 0, "127.0.0.1", port)?; // more than there is room for
    }
    // Those that found room before any was lost come first, and say nothing.
    let mut message = room(100);
    while message.control.is_empty() {
        assert_eq!(socket_recvmsg(&socket, &mut message, None)?, 2);
        socket_sendto(&socket, "hi", 2, 0, "127.0.0.1", port)?;
    }
    assert_eq!((message.control[0].level, message.control[0].r#type), (SOL_SOCKET, SO_RXQ_OVFL));
    assert!(matches!(&message.control[0].data, ControlData::Bytes(bytes) if bytes.len() == 4));
    Ok(())
}

/// What IPv4 and time stamps tell and are told.
#[test]
fn control_messages_of_ipv4_arrive() -> Result<()> {
    let (receiver, port) = bound(AF_INET)?;
    for (level, option) in
        [(IPPROTO_IP, IP_PKTINFO), (IPPROTO_IP, IP_RECVTTL), (IPPROTO_IP, IP_RECVTOS), (SOL_SOCKET, SO_TIMESTAMPNS)]
    {
        socket_set_option(&receiver, level, option, 1)?;
    }
    let sender = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    let info = InPktInfo { ifindex: "lo".into(), spec_dst: "127.0.0.7".into(), ..Default::default() };
    let message = MessageHeader {
        name: Some(MessageName { addr: "127.0.0.1".into(), port, ..Default::default() }),
        control: vec![
            ControlMessage::new(IPPROTO_IP, IP_PKTINFO, info),
            ControlMessage::new(IPPROTO_IP, IP_TTL, 9),
            ControlMessage::new(IPPROTO_IP, IP_TOS, 16),
        ],
        ..text("hi")
    };
    assert_eq!(socket_sendmsg(&sender, &message, None)?, 2);

    let space = |level, r#type| socket_cmsg_space(level, r#type, None);
    let controllen = space(IPPROTO_IP, IP_PKTINFO)?
        + space(IPPROTO_IP, IP_TTL)?
        + space(IPPROTO_IP, IP_TOS)?
        + space(SOL_SOCKET, SO_TIMESTAMPNS)?;
    let mut message = MessageHeader { name: Some(MessageName::default()), ..room(controllen) };
    assert_eq!((socket_recvmsg(&receiver, &mut message, None)?, message.flags), (2, 0));
    assert!(message.name.is_some_and(|name| name.addr == "127.0.0.7"));
    let mut times = 0;
    for control in &message.control {
        match (control.r#type, &control.data) {
            (IP_PKTINFO, ControlData::InPktInfo(info)) => {
                assert_eq!((&*info.addr, &*info.spec_dst), ("127.0.0.1", "127.0.0.1"));
                assert!(info.ifindex != 0.into());
            }
            (IP_TTL, ControlData::Int(9)) | (IP_TOS, ControlData::Int(16)) => {}
            (SO_TIMESTAMPNS, ControlData::Timespec(time)) => {
                let age = std::time::SystemTime::now().duration_since((*time).try_into()?).expect("it came before");
                assert!(age.as_secs() < 60 && (0..1_000_000_000).contains(&time.nsec), "{time:?}");
                times += 1;
            }
            _ => unreachable!("{control:?}"),
        }
    }
    assert_eq!((message.control.len(), times), (4, 1));

    let error = socket_sendmsg(&sender, &with_control(SOL_SOCKET, SO_TIMESTAMPNS, 1), None).expect_err("received only");
    assert!(error.to_string().ends_with("(path: msghdr > control > element #0): it is only received"), "{error}");
    Ok(())
}
