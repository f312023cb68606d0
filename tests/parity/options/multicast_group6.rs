use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_JOIN_GROUP,
        GroupReq { group: "ff02::1:3".into(), interface: "lo".into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_JOIN_GROUP,
        GroupReq { group: "ff02::1:3".into(), interface: 1.into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_LEAVE_GROUP,
        GroupReq { group: "ff02::1:3".into(), interface: 1.into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_LEAVE_GROUP,
        GroupReq { group: "ff02::1:3".into(), interface: 1.into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_JOIN_GROUP,
        GroupReq { group: "239.1.1.1".into(), interface: 1.into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_JOIN_GROUP,
        GroupReq { group: "::g".into(), interface: 1.into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_JOIN_SOURCE_GROUP,
        GroupSourceReq { group: "ff02::1:3".into(), source: "::1".into(), interface: "lo".into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        MCAST_LEAVE_SOURCE_GROUP,
        GroupSourceReq { group: "ff02::1:3".into(), source: "::1".into(), interface: "lo".into() },
    ));
    Ok(())
}
