use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_get_option(&socket, IPPROTO_IP, IP_MULTICAST_TTL));
    show(socket_set_option(&socket, IPPROTO_IP, IP_MULTICAST_TTL, 255));
    show(socket_get_option(&socket, IPPROTO_IP, IP_MULTICAST_TTL));
    show(socket_set_option(&socket, IPPROTO_IP, IP_MULTICAST_TTL, 256));
    show(socket_set_option(&socket, IPPROTO_IP, IP_MULTICAST_TTL, -1));
    show(socket_get_option(&socket, IPPROTO_IP, IP_MULTICAST_LOOP));
    show(socket_set_option(&socket, IPPROTO_IP, IP_MULTICAST_LOOP, false));
    show(socket_get_option(&socket, IPPROTO_IP, IP_MULTICAST_LOOP));
    show(socket_set_option(&socket, IPPROTO_IP, IP_MULTICAST_LOOP, 5));
    show(socket_get_option(&socket, IPPROTO_IP, IP_MULTICAST_LOOP));

    let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, -1));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 256));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, -2));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, true));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP));

    // A group's datagram comes back over the loopback interface.
    let member = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&member, "0.0.0.0", 0)?;
    let (_, port) = socket_getsockname(&member)?;
    show(socket_set_option(
        &member,
        IPPROTO_IP,
        MCAST_JOIN_GROUP,
        GroupReq { group: "239.1.2.4".into(), interface: "lo".into() },
    ));
    let sender = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_set_option(&sender, IPPROTO_IP, IP_MULTICAST_IF, "lo"));
    show(socket_sendto(&sender, "大家好", 9, 0, "239.1.2.4", port));
    let mut data = Vec::new();
    show(joined(socket_recvfrom(&member, &mut data, 100, 0).map(|(count, ..)| count), &data));
    Ok(())
}
