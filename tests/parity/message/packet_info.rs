use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn sent(control: Vec<ControlMessage>) -> MessageHeader {
    MessageHeader { iov: vec!["x".into()], control, ..MessageHeader::default() }
}

fn port() -> Result<()> {
    let server = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&server, "::1", 0)?;
    let (_, port) = socket_getsockname(&server)?;
    show(socket_set_option(&server, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
    show(socket_set_option(&server, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1));
    show(socket_set_option(&server, IPPROTO_IPV6, IPV6_RECVTCLASS, 1));
    let client = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    socket_connect(&client, "::1", port)?;

    // What the sender asks for, the receiver sees.
    let control = vec![
        ControlMessage::new(IPPROTO_IPV6, IPV6_TCLASS, 40),
        ControlMessage::new(IPPROTO_IPV6, IPV6_HOPLIMIT, 7),
        ControlMessage::new(IPPROTO_IPV6, IPV6_PKTINFO, In6PktInfo { addr: "::1".into(), ifindex: "lo".into() }),
    ];
    show(socket_sendmsg(&client, &sent(control), None));
    let mut message = MessageHeader { controllen: 1000, ..MessageHeader::default() };
    show(socket_recvmsg(&server, &mut message, None));
    show(&message);

    // Without a wish, the system's own numbers.
    show(socket_sendmsg(&client, &sent(vec![]), None));
    let mut message = MessageHeader { controllen: 1000, ..MessageHeader::default() };
    show(socket_recvmsg(&server, &mut message, None));
    show(&message);

    // Beyond what the system takes.
    let control = vec![ControlMessage::new(IPPROTO_IPV6, IPV6_HOPLIMIT, 300)];
    show(socket_sendmsg(&client, &sent(control), None));
    show(socket_last_error(&client));
    Ok(())
}
