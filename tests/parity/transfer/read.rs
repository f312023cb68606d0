use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let [ours, theirs] = pair;

    // What is there, up to the length; cut between the bytes, not the characters.
    socket_write(&theirs, "first line\nsecond line\r\nthird", None)?;
    show(socket_read(&ours, 5, None));
    show(socket_read(&ours, 2048, None));
    socket_write(&theirs, "测试成功！", None)?;
    show(socket_read(&ours, 6, PHP_BINARY_READ));
    show(socket_read(&ours, 2, None).map(|data| data.len()));
    show(socket_read(&ours, 8192, None).map(|data| data.len()));
    socket_write(&theirs, "nul \0 byte", None)?;
    show(socket_read(&ours, 100, None));

    // Any mode but PHP_NORMAL_READ is binary.
    socket_write(&theirs, "a\nb\nc\n", None)?;
    show(socket_read(&ours, 4, 0));
    show(socket_read(&ours, 4, 3));

    // Nothing there yet.
    socket_set_nonblock(&ours)?;
    show(socket_read(&ours, 100, None));
    show(socket_last_error(&ours));
    show(socket_last_error(None));

    // No length, no bytes: nothing is recorded.
    socket_write(&theirs, "x", None)?;
    socket_clear_error(&ours);
    show(socket_read(&ours, 0, None));
    show(socket_read(&ours, 0, PHP_NORMAL_READ));
    show(socket_last_error(&ours));
    show(socket_read(&ours, 100, None));

    // The end, again and again.
    socket_close(&theirs)?;
    show(socket_read(&ours, 100, None));
    show(socket_read(&ours, 100, None));
    show(socket_last_error(&ours));

    // A datagram that is empty, and one that does not fit.
    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_write(&pair[0], "", None)?;
    socket_write(&pair[0], "long datagram", None)?;
    socket_write(&pair[0], "next", None)?;
    show(socket_read(&pair[1], 100, None));
    show(socket_read(&pair[1], 4, None));
    show(socket_read(&pair[1], 100, None));
    Ok(())
}
