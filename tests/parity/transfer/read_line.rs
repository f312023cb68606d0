use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[always("\"f\\n\"\n", "\"first\\n\"\n")];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let [ours, theirs] = pair;

    // A line ends with \n or with \r, which it keeps; \0 ends nothing.
    socket_write(&theirs, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", None)?;
    for _ in 0..6 {
        show(socket_read(&ours, 2048, PHP_NORMAL_READ));
    }
    socket_write(&theirs, "\n\none\ntwo\rthree \0 four\n", None)?;
    for _ in 0..5 {
        show(socket_read(&ours, 2048, PHP_NORMAL_READ));
    }

    // A line longer than the length comes in parts.
    socket_write(&theirs, "一行比长度更长的文字\nshort\n", None)?;
    show(socket_read(&ours, 12, PHP_NORMAL_READ));
    show(socket_read(&ours, 18, PHP_NORMAL_READ));
    show(socket_read(&ours, 1, PHP_NORMAL_READ));
    show(socket_read(&ours, 6, PHP_NORMAL_READ));

    // What follows the line stays, for either mode.
    socket_write(&theirs, "line\nbinary\nline\n", None)?;
    show(socket_read(&ours, 2048, PHP_NORMAL_READ));
    show(socket_read(&ours, 7, None));
    show(socket_read(&ours, 2048, PHP_NORMAL_READ));

    // A long line.
    socket_write(&theirs, "x".repeat(20000) + "\nrest", None)?;
    show(socket_read(&ours, 65536, PHP_NORMAL_READ).map(|line| line.len()));
    show(socket_read(&ours, 2048, None));

    // On a non-blocking socket, too.
    socket_set_nonblock(&ours)?;
    socket_write(&theirs, "hello\nworld\n", None)?;
    show(socket_read(&ours, 2048, PHP_NORMAL_READ));
    show(socket_read(&ours, 2048, PHP_NORMAL_READ));

    // Of a datagram PHP keeps the first byte.
    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    for datagram in ["first\nsecond\n", "\n"] {
        socket_write(&pair[0], datagram, None)?;
    }
    show(socket_read(&pair[1], 2048, PHP_NORMAL_READ));
    Ok(())
}
