use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    // PHP reports the number of an earlier lookup, here of none.
    always(
        "Host lookup failed [-10000]: Unknown error -10000\nfalse\n",
        "Host lookup failed [-10001]: Unknown host\nfalse\n",
    ),
    before(
        8,
        5,
        "passed in optval\nValueError: No key \"group\" passed in optval\n",
        "passed in optval\n\
         TypeError: socket_set_option(): Argument #4 ($value) must be of type array \
         when argument #3 ($option) is MCAST_BLOCK_SOURCE, int given\n",
    ),
    // PHP names one option for all.
    since(8, 5, "MCAST_LEAVE_SOURCE_GROUP, int given\n", "MCAST_BLOCK_SOURCE, int given\n"),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    let source = GroupSourceReq { group: "239.1.2.3".into(), source: "127.0.0.1".into(), interface: "lo".into() };
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, source.clone()));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, source.clone()));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, source.clone()));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, source.clone()));

    // Everybody but one.
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_BLOCK_SOURCE, source.clone()));
    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_JOIN_GROUP,
        GroupReq { group: "239.1.2.3".into(), interface: "lo".into() },
    ));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_BLOCK_SOURCE, source.clone()));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_UNBLOCK_SOURCE, source.clone()));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_UNBLOCK_SOURCE, source.clone()));
    show(socket_last_error(&socket));

    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_BLOCK_SOURCE,
        GroupSourceReq { group: "239.1.2.3".into(), source: "1.2.3.4.5".into(), interface: "lo".into() },
    ));
    show(socket_set_option(
        &socket,
        IPPROTO_IP,
        MCAST_BLOCK_SOURCE,
        GroupSourceReq { group: "239.1.2.3".into(), interface: "lo".into(), ..GroupSourceReq::default() },
    ));
    show(socket_set_option(&socket, IPPROTO_IP, MCAST_BLOCK_SOURCE, 5));
    Ok(())
}
