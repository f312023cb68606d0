use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let [ours, theirs] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;

    // Several parts go as one.
    let iov = vec!["one, ".into(), "".into(), "二".into(), ", three".into()];
    show(socket_sendmsg(&ours, &Message { iov, ..Message::default() }, None));
    let mut message = Message { controllen: 1, ..Message::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);

    // No more than the buffer takes.
    socket_write(&ours, "hello, world", None)?;
    let mut message = Message { controllen: 1, buffer_size: Some(5), ..Message::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);
    let mut message = Message { controllen: 1, ..Message::default() };
    show(socket_recvmsg(&theirs, &mut message, MSG_PEEK));
    show(&message);
    let mut message = Message { controllen: 1, name: Some(MessageName::default()), ..Message::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);

    // Nothing to send, and the end.
    show(socket_sendmsg(&ours, &Message::default(), None));
    show(socket_sendmsg(&ours, &Message { iov: vec![], ..Message::default() }, None));
    show(socket_sendmsg(&ours, &Message { iov: vec!["".into()], ..Message::default() }, None));
    socket_close(&ours)?;
    let mut message = Message { controllen: 1, ..Message::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);
    show(socket_sendmsg(&theirs, &Message { iov: vec!["x".into()], ..Message::default() }, None));
    show(socket_last_error(&theirs));
    Ok(())
}
