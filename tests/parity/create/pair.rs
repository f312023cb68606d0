use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[before(
    8,
    4,
    "must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM\n",
    "must be one of SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW, or SOCK_RDM \
     optionally OR'ed with SOCK_CLOEXEC, SOCK_NONBLOCK\n",
)];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    show(socket_create_pair(AF_UNIX, SOCK_STREAM, 0));
    show(socket_create_pair(AF_UNIX, SOCK_DGRAM, 0));
    show(socket_create_pair(AF_UNIX, SOCK_SEQPACKET, 0));
    show(socket_create_pair(AF_INET, SOCK_STREAM, 0));
    show(socket_last_error(None));
    show(socket_create_pair(AF_INET6, SOCK_STREAM, 0));
    show(socket_create_pair(AF_UNIX, 0, 0));
    show(socket_create_pair(AF_UNIX, SOCK_STREAM, 99));
    show(socket_last_error(None));
    show(socket_create_pair(99, SOCK_STREAM, 0));
    show(socket_create_pair(AF_UNIX, 11, 0));

    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let [left, right] = pair.clone();
    show(left == right);
    show(left == pair[0]);
    show(socket_write(&left, "测试成功！", None));
    show(socket_read(&right, 2048, None));
    show(socket_write(&right, "back", None));
    show(socket_read(&left, 2048, None));

    // Messages keep their limits on SOCK_SEQPACKET.
    let pair = socket_create_pair(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_write(&pair[0], "one", None)?;
    socket_write(&pair[0], "two", None)?;
    show(socket_read(&pair[1], 2, None));
    show(socket_read(&pair[1], 2048, None));
    Ok(())
}
