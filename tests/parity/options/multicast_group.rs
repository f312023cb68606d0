use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    // PHP reports the number of an earlier lookup, here of none.
    always(
        "Host lookup failed [-10000]: Unknown error -10000\nfalse\n-10000",
        "Host lookup failed [-10001]: Unknown host\nfalse\n-10001",
    ),
    before(
        8,
        5,
        "ValueError: No key \"group\" passed in optval\n\
         ValueError: No key \"group\" passed in optval\n\
         ValueError: No key \"group\" passed in optval\n",
        "ValueError: No key \"group\" passed in optval\n\
         TypeError: socket_set_option(): Argument #4 ($value) must be of type array \
         when argument #3 ($option) is MCAST_LEAVE_GROUP, int given\n\
         TypeError: socket_set_option(): Argument #4 ($value) must be of type array \
         when argument #3 ($option) is MCAST_JOIN_GROUP, string given\n",
    ),
    // PHP names one option for all.
    since(8, 5, "MCAST_LEAVE_GROUP, string given\n", "MCAST_JOIN_GROUP, string given\n"),
    before(
        8,
        5,
        "Warning: socket_set_option(): IP address used in the context of an unexpected type of socket\nfalse\n",
        "ValueError: IP address used in the context of an unexpected type of socket\n",
    ),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    for interface in [Interface::from("lo"), Interface::from(1)] {
        show(socket_set_option(
            &socket,
            IPPROTO_IP,
            MCAST_JOIN_GROUP,
            GroupReq { group: "239.1.2.3".into(), interface: interface.clone() },
        ));
        show(socket_set_option(
            &socket,
            IPPROTO_IP,
            MCAST_JOIN_GROUP,
            GroupReq { group: "239.1.2.3".into(), interface: interface.clone() },
        ));
        show(socket_set_option(
            &socket,
            IPPROTO_IP,
            MCAST_LEAVE_GROUP,
            GroupReq { group: "239.1.2.3".into(), interface: interface.clone() },
        ));
        show(socket_set_option(
            &socket,
            IPPROTO_IP,
            MCAST_LEAVE_GROUP,
            GroupReq { group: "239.1.2.3".into(), interface: interface.clone() },
        ));
        show(socket_last_error(&socket));
    }

    // Not a group, not an address, not an interface.
    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_JOIN_GROUP,
        GroupReq { group: "127.0.0.1".into(), interface: "lo".into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_JOIN_GROUP,
        GroupReq { group: "1.2.3.4.5".into(), interface: "lo".into() },
    ));
    show(socket_last_error(&socket));
    socket_clear_error(&socket);
    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_JOIN_GROUP,
        GroupReq { group: "239.1.2.3".into(), interface: "nosuchdevice".into() },
    ));
    show(socket_last_error(&socket));
    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_JOIN_GROUP,
        GroupReq { group: "239.1.2.3".into(), interface: 9999.into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_JOIN_GROUP,
        GroupReq { group: "239.1.2.3".into(), interface: (-1).into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_JOIN_GROUP,
        GroupReq { interface: 1.into(), ..GroupReq::default() },
    ));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_LEAVE_GROUP, 5));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_JOIN_GROUP, "text"));

    // A socket without IP addresses.
    let unix = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    let group = GroupReq { group: "239.1.2.3".into(), interface: "lo".into() };
    show(socket_set_option(&unix, IPPROTO_IP, MCAST_JOIN_GROUP, group));
    Ok(())
}
