use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    before(
        8,
        5,
        "ValueError: socket_create(): Argument #1 ($domain) must be one of AF_UNIX, AF_INET6, or AF_INET\n",
        "ValueError: socket_create(): Argument #1 ($domain) must be one of AF_UNIX, AF_PACKET, AF_INET6, or AF_INET\n",
    ),
    before(
        8,
        4,
        "must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM\n",
        "must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM \
         optionally OR'ed with SOCK_CLOEXEC, SOCK_NONBLOCK\n",
    ),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    show(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
    show(socket_create(AF_INET, SOCK_STREAM, 0));
    show(socket_create(AF_INET, SOCK_DGRAM, SOL_UDP));
    show(socket_create(AF_INET6, SOCK_STREAM, SOL_TCP));
    show(socket_create(AF_INET6, SOCK_DGRAM, SOL_UDP));
    show(socket_create(AF_UNIX, SOCK_STREAM, 0));
    show(socket_create(AF_UNIX, SOCK_DGRAM, 0));
    show(socket_create(AF_UNIX, SOCK_SEQPACKET, 0));

    // What the system refuses.
    show(socket_create(AF_INET, SOCK_STREAM, SOL_UDP));
    show(socket_last_error(None));
    show(socket_create(AF_INET, SOCK_SEQPACKET, 0));
    show(socket_last_error(None));
    show(socket_create(AF_INET, SOCK_RDM, 0));
    show(socket_create(AF_UNIX, SOCK_STREAM, 99));
    show(socket_create(AF_INET, 0, 0));
    show(socket_create(AF_INET, -1, 0));
    show(socket_last_error(None));

    // What PHP refuses: no number is recorded.
    socket_clear_error(None);
    show(socket_create(99, SOCK_STREAM, 0));
    show(socket_create(AF_INET, 11, 0));
    show(socket_last_error(None));
    Ok(())
}
