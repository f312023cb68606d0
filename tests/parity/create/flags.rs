use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    4,
    "ValueError: socket_create(): Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM\n\
     ValueError: socket_create(): Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM\n\
     ValueError: socket_create_pair(): Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM\n\
     ValueError: socket_create(): Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM\n",
    "Socket\n\
     Socket\n\
     false\n\
     ValueError: socket_create(): Argument #2 ($type) must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM \
     optionally OR'ed with SOCK_CLOEXEC, SOCK_NONBLOCK\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    // The names came with PHP 8.4.
    let nonblock = SOCK_NONBLOCK;
    let cloexec = SOCK_CLOEXEC;

    show(socket_create(AF_INET, SOCK_STREAM | cloexec, SOL_TCP));
    show(socket_create(AF_UNIX, SOCK_DGRAM | nonblock | cloexec, 0));
    show(socket_create_pair(AF_UNIX, SOCK_STREAM | nonblock, 0).and_then(|pair| socket_read(&pair[0], 1, None)));
    show(socket_create(AF_INET, SOCK_STREAM | 0o10000, 0));
    Ok(())
}
