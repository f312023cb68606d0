use crate::prelude::*;

/// PHP warns twice; an error is one.
const DIFFERENCES: &[Difference] = &[always(
    "Warning: socket_set_option(): Host lookup failed [-10001]: Unknown host\n\
     Warning: socket_set_option(): error converting",
    "Warning: socket_set_option(): error converting",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP)?;
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_PKTINFO, In6PktInfo { addr: "::1".into(), ifindex: 1.into() }));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        IPV6_PKTINFO,
        In6PktInfo { addr: "::1".into(), ifindex: "lo".into() },
    ));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_PKTINFO, In6PktInfo { addr: "::".into(), ifindex: 0.into() }));
    show(socket_last_error(&socket));
    show(socket_set_option(
        &socket,
        IPPROTO_IPV6,
        IPV6_PKTINFO,
        In6PktInfo { addr: "::1".into(), ifindex: "nosuchdevice".into() },
    ));
    show(socket_last_error(&socket));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_PKTINFO, In6PktInfo { addr: "::g".into(), ifindex: 1.into() }));
    show(socket_last_error(&socket));
    show(socket_set_option(&socket, IPPROTO_IPV6, IPV6_PKTINFO, 5));
    Ok(())
}
