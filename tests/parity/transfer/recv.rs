use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let [ours, theirs] = pair;
    let mut data = Vec::new();

    socket_write(&theirs, "你好, world", None)?;
    show(joined(socket_recv(&ours, &mut data, 6, MSG_PEEK), &data));
    show(joined(socket_recv(&ours, &mut data, 6, 0), &data));
    show(joined(socket_recv(&ours, &mut data, 2048, 0), &data));

    // All of it, or what there is.
    socket_write(&theirs, "hello", None)?;
    socket_write(&theirs, ", world", None)?;
    show(joined(socket_recv(&ours, &mut data, 12, MSG_WAITALL), &data));
    socket_write(&theirs, "hello", None)?;
    show(joined(socket_recv(&ours, &mut data, 12, MSG_DONTWAIT), &data));
    show(socket_recv(&ours, &mut data, 12, MSG_DONTWAIT));
    show(socket_last_error(&ours) == SOCKET_EWOULDBLOCK);

    // Without a length nothing is touched.
    data = b"kept".to_vec();
    socket_clear_error(&ours);
    show(socket_recv(&ours, &mut data, 0, 0));
    show(&data);
    show(socket_last_error(&ours));

    // PHP makes it null where nothing came; a string is empty.
    let result = Answer::of(socket_recv(&ours, &mut data, 12, MSG_DONTWAIT));
    show((result, &data));
    socket_close(&theirs)?;
    data = b"kept".to_vec();
    let result = Answer::of(socket_recv(&ours, &mut data, 12, 0));
    show((result, &data));
    Ok(())
}
