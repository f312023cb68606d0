use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(socket_get_option(&socket, SOL_SOCKET, SO_TYPE));
    show(socket_get_option(&socket, SOL_SOCKET, SO_ERROR));
    show(socket_get_option(&socket, SOL_SOCKET, SO_DEBUG));
    show(socket_get_option(&socket, SOL_SOCKET, SO_REUSEADDR));
    show(socket_set_option(&socket, SOL_SOCKET, SO_REUSEADDR, 1));
    show(socket_get_option(&socket, SOL_SOCKET, SO_REUSEADDR));
    show(socket_set_option(&socket, SOL_SOCKET, SO_REUSEPORT, true));
    show(socket_get_option(&socket, SOL_SOCKET, SO_REUSEPORT));
    show(socket_set_option(&socket, SOL_SOCKET, SO_KEEPALIVE, 7));
    show(socket_get_option(&socket, SOL_SOCKET, SO_KEEPALIVE));
    show(socket_set_option(&socket, SOL_SOCKET, SO_KEEPALIVE, false));
    show(socket_get_option(&socket, SOL_SOCKET, SO_KEEPALIVE));
    show(socket_set_option(&socket, SOL_SOCKET, SO_KEEPALIVE, "1"));
    show(socket_get_option(&socket, SOL_SOCKET, SO_KEEPALIVE));
    show(socket_set_option(&socket, SOL_SOCKET, SO_DONTROUTE, 1));
    show(socket_get_option(&socket, SOL_SOCKET, SO_DONTROUTE));
    show(socket_set_option(&socket, SOL_SOCKET, SO_OOBINLINE, 1));
    show(socket_get_option(&socket, SOL_SOCKET, SO_OOBINLINE));
    show(socket_set_option(&socket, SOL_SOCKET, SO_RCVLOWAT, 5));
    show(socket_get_option(&socket, SOL_SOCKET, SO_RCVLOWAT));
    show(socket_get_option(&socket, SOL_SOCKET, SO_SNDLOWAT));
    show(socket_get_option(&socket, SOL_SOCKET, SO_INCOMING_CPU));
    show(socket_get_option(&socket, SOL_SOCKET, SO_BPF_EXTENSIONS));
    show(socket_set_option(&socket, SOL_SOCKET, SO_ZEROCOPY, 1));
    show(socket_get_option(&socket, SOL_SOCKET, SO_ZEROCOPY));
    show(socket_get_option(&socket, SOL_SOCKET, SO_MARK));

    // The other names of the two functions.
    show(socket_setopt(&socket, SOL_SOCKET, SO_KEEPALIVE, 0));
    show(socket_getopt(&socket, SOL_SOCKET, SO_KEEPALIVE));

    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_get_option(&socket, SOL_SOCKET, SO_TYPE));
    show(socket_set_option(&socket, SOL_SOCKET, SO_BROADCAST, 1));
    show(socket_get_option(&socket, SOL_SOCKET, SO_BROADCAST));

    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_get_option(&socket, SOL_SOCKET, SO_PASSCRED));
    show(socket_set_option(&socket, SOL_SOCKET, SO_PASSCRED, 1));
    show(socket_get_option(&socket, SOL_SOCKET, SO_PASSCRED));

    let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_V6ONLY));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 7));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_RECVPKTINFO));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_RECVHOPLIMIT));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_RECVTCLASS, 1));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_RECVTCLASS));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_TCLASS, 16));
    show(socket_get_option(&socket, IPPROTO_IPV6, IPV6_TCLASS));
    Ok(())
}
