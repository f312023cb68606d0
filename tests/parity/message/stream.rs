use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn port() -> Result<()> {
    let [ours, theirs] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;

    // Several parts go as one.
    let iov = vec!["one, ".into(), "".into(), "二".into(), ", three".into()];
    show(socket_sendmsg(&ours, &MessageHeader { iov, ..MessageHeader::default() }, None));
    let mut message = MessageHeader { controllen: 1, ..MessageHeader::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);

    // No more than the buffer takes.
    socket_write(&ours, "hello, world", None)?;
    let mut message = MessageHeader { controllen: 1, buffer_size: Some(5), ..MessageHeader::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);
    let mut message = MessageHeader { controllen: 1, ..MessageHeader::default() };
    show(socket_recvmsg(&theirs, &mut message, MSG_PEEK));
    show(&message);
    let mut message = MessageHeader { controllen: 1, name: Some(MessageName::default()), ..MessageHeader::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);

    // Nothing to send, and the end.
    show(socket_sendmsg(&ours, &MessageHeader::default(), None));
    show(socket_sendmsg(&ours, &MessageHeader { iov: vec![], ..MessageHeader::default() }, None));
    show(socket_sendmsg(&ours, &MessageHeader { iov: vec!["".into()], ..MessageHeader::default() }, None));
    socket_close(&ours)?;
    let mut message = MessageHeader { controllen: 1, ..MessageHeader::default() };
    show(socket_recvmsg(&theirs, &mut message, None));
    show(&message);
    show(socket_sendmsg(&theirs, &MessageHeader { iov: vec!["x".into()], ..MessageHeader::default() }, None));
    show(socket_last_error(&theirs));
    Ok(())
}
