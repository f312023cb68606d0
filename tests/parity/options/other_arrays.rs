use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    // The array of another option lacks a key, or has one that does not count.
    let arrays: [OptionValue; 5] = [
        Linger { l_onoff: 1, l_linger: 0 }.into(),
        Timeval { sec: 1, usec: 0 }.into(),
        GroupReq { group: "239.1.2.3".into(), interface: "lo".into() }.into(),
        GroupSourceReq { group: "239.1.2.4".into(), source: "127.0.0.1".into(), interface: "lo".into() }.into(),
        In6PktInfo { addr: "::1".into(), ifindex: 1.into() }.into(),
    ];
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    for value in &arrays {
        show(socket_set_option(&socket, SOL_SOCKET, SO_LINGER, value.clone()));
        show(socket_set_option(&socket, SOL_SOCKET, SO_RCVTIMEO, value.clone()));
        show(socket_set_option(&socket, IPPROTO_IP, MCAST_JOIN_GROUP, value.clone()));
        show(socket_set_option(&socket, IPPROTO_IP, MCAST_LEAVE_GROUP, value.clone()));
        show(socket_set_option(&socket, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, value.clone()));
        show(socket_set_option(&socket, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, value.clone()));
        show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_PKTINFO, value.clone()));
    }

    // For an interface true and false are texts.
    for value in [true, false] {
        show(socket_set_option(&socket, IPPROTO_IP, IP_MULTICAST_IF, value));
        show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, value));
    }
    show(socket_last_error(&socket));
    Ok(())
}
