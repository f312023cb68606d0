use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    always(
        "Warning: socket_recvmsg(): Error in recvmsg [11]: Resource temporarily unavailable\nfalse\n[0, 11]\n",
        "false\n[11, 11]\n",
    ),
    always("[\"old\"]\n", "[]\n"),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn received(socket: &Socket, mut message: MessageHeader, flags: i32) -> Result<usize> {
    socket_recvmsg(socket, &mut message, flags)
}

fn port() -> Result<()> {
    let [ours, theirs] = socket_create_pair(AF_UNIX, SOCK_STREAM, 0)?;
    socket_write(&theirs, "x", None)?;

    // What the message must say.
    show(received(&ours, MessageHeader { controllen: 0, ..MessageHeader::default() }, 0));
    let too_much = usize::try_from(4294967296_u64).expect("64 bits");
    show(received(&ours, MessageHeader { controllen: too_much, ..MessageHeader::default() }, 0));
    show(received(&ours, MessageHeader { controllen: 1, buffer_size: Some(104857601), ..MessageHeader::default() }, 0));
    show(socket_last_error(&ours));
    show(socket_last_error(None));

    // Nothing there yet: PHP warns, and records it without the socket only.
    show(received(&theirs, MessageHeader { controllen: 1, ..MessageHeader::default() }, MSG_DONTWAIT));
    show([socket_last_error(&theirs), socket_last_error(None)]);
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    show(received(&socket, MessageHeader { controllen: 1, ..MessageHeader::default() }, 0));
    show(socket_last_error(None));
    let mut message = MessageHeader { controllen: 1, iov: vec!["old".into()], ..MessageHeader::default() };
    show(socket_recvmsg(&socket, &mut message, None));
    echo!(message.iov[..].describe(), "\n");

    socket_close(&socket)?;
    show(received(&socket, MessageHeader { controllen: 1, ..MessageHeader::default() }, 0));
    show(socket_sendmsg(&socket, &MessageHeader { iov: vec!["x".into()], ..MessageHeader::default() }, None));
    Ok(())
}
