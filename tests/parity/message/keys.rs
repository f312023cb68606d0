use crate::prelude::*;

/// An empty string stands for a missing key.
const DIFFERENCES: &[Difference] = &[
    before(8, 6, "the path is cannot be empty\n", "the path is must not be empty\n"),
    always(
        "Warning: socket_sendmsg(): Error in sendmsg [111]: Connection refused\n",
        "Warning: socket_sendmsg(): error converting user data (path: msghdr > name > path): \
         the path is must not be empty\n",
    ),
    always(
        "Warning: socket_sendmsg(): Host lookup failed [-10003]: Unknown server error\n\
         Warning: socket_sendmsg(): error converting user data (path: msghdr > control > element #0 > data > addr): \
         could not resolve address '' to get an AF_INET6 address\n",
        "Warning: socket_sendmsg(): error converting user data (path: msghdr > control > element #0 > data): \
         The key 'addr' is required\n",
    ),
    always(
        "Warning: socket_set_option(): Host lookup failed [-10003]: Unknown server error\n\
         Warning: socket_set_option(): error converting user data (path: in6_pktinfo > addr): \
         could not resolve address '' to get an AF_INET6 address\n",
        "Warning: socket_set_option(): error converting user data (path: in6_pktinfo): The key 'addr' is required\n",
    ),
    always(
        "Warning: socket_recvmsg(): error converting user data (path: msghdr): The key 'controllen' is required\n",
        "Warning: socket_recvmsg(): error converting user data (path: msghdr > controllen): controllen cannot be 0\n",
    ),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    // A key that is missing, and one whose value is an empty string.
    let unix = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    for name in [MessageName { path: String::new(), ..Default::default() }, MessageName::default()] {
        let message = MessageHeader { name: Some(name), iov: vec!["x".into()], ..Default::default() };
        show(socket_sendmsg(&unix, &message, None));
    }

    let inet6 = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    for info in [In6PktInfo { addr: String::new(), ifindex: 0.into() }, In6PktInfo::default()] {
        let control = vec![ControlMessage::new(IPPROTO_IPV6, IPV6_PKTINFO, info.clone())];
        show(socket_sendmsg(&inet6, &MessageHeader { iov: vec!["x".into()], control, ..Default::default() }, None));
        show(socket_set_option(&inet6, IPPROTO_IPV6, IPV6_PKTINFO, info));
    }

    // Without the one that a message to receive must have.
    show(socket_recvmsg(&unix, &mut MessageHeader::default(), None));
    Ok(())
}
