use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let pair = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    let [ours, theirs] = pair;
    let msg = "测试成功！\n";
    show(socket_write(&ours, msg, None));
    show(socket_write(&ours, msg, msg.len()));
    show(socket_write(&ours, msg, 6));
    show(socket_write(&ours, msg, 1000));
    show(socket_write(&ours, msg, None));
    show(socket_write(&ours, msg, 0));
    show(socket_write(&ours, "", None));
    show(socket_write(&ours, "nul \0 byte", None));
    show(socket_read(&theirs, 2048, None));
    show(socket_last_error(&ours));

    // Datagrams: one for each call, empty ones too.
    let pair = socket_create_pair(AF_UNIX, SOCK_DGRAM, 0)?;
    show(socket_write(&pair[0], "one", None));
    show(socket_write(&pair[0], "", None));
    show(socket_write(&pair[0], "three", None));
    show(socket_read(&pair[1], 100, None));
    show(socket_read(&pair[1], 100, None));
    show(socket_read(&pair[1], 100, None));
    Ok(())
}
