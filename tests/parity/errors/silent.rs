use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    // Where a call would have to wait PHP returns false without a warning; the number is recorded.
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let [ours, _theirs] = pair;
    let mut data = Vec::new();
    socket_set_nonblock(&ours)?;
    show(socket_read(&ours, 10, None));
    show([socket_last_error(&ours), socket_last_error(None)]);
    socket_clear_error(&ours);
    show(socket_recv(&ours, &mut data, 10, 0));
    show([socket_last_error(&ours), socket_last_error(None)]);
    socket_clear_error(&ours);
    show(socket_recvfrom(&ours, &mut data, 10, 0));
    show([socket_last_error(&ours), socket_last_error(None)]);

    let listener = socket_create_listen(0, None)?;
    socket_set_nonblock(&listener)?;
    socket_clear_error(None);
    show(socket_accept(&listener));
    show(socket_last_error(None));

    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_nonblock(&client)?;
    show(socket_connect(&client, "127.0.0.1", port));
    show([socket_last_error(&client), socket_last_error(None)]);
    show(socket_strerror(socket_last_error(&client)));
    echo!(socket_strerror(SOCKET_EWOULDBLOCK), "\n");

    // A queue of datagrams that is full.
    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_set_nonblock(&pair[0])?;
    let mut count = 0;
    while socket_write(&pair[0], "x", None).is_ok() {
        count += 1;
    }
    show(count > 0);
    show(socket_last_error(&pair[0]));
    show(socket_send(&pair[0], "x", 1, 0));
    Ok(())
}
