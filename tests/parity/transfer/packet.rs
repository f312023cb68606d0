use crate::harness::compare_since;
use crate::prelude::*;

/// It knows the family since then.
#[test]
fn parity() -> Outcome {
    compare_since(8, 5, module_path!(), port, &[])
}

fn hex(data: &[u8]) -> String {
    data.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn port() -> Result<()> {
    // Frames of an experimental protocol on the loopback interface; without the privilege there are no such sockets.
    const PROTOCOL: u16 = 0x88b5;
    let frame = [&[0; 12][..], &PROTOCOL.to_be_bytes(), b"hello"].concat();
    let mut data = Vec::new();
    for r#type in [SOCK_RAW, SOCK_DGRAM] {
        let created = socket_create(AF_PACKET, r#type, PROTOCOL.into());
        show(&created);
        let Ok(socket) = created else { continue };
        socket_set_nonblock(&socket)?;
        show(socket_getsockname(&socket));
        show(socket_getpeername(&socket));
        show(socket_bind(&socket, "lo", None));
        show(socket_connect(&socket, "lo", 1));
        show(socket_listen(&socket, None));
        show(socket_accept(&socket));
        show(socket_shutdown(&socket, None));
        let sender = socket_create(AF_PACKET, SOCK_RAW, 0)?;
        show(socket_sendto(&socket, &frame, frame.len(), 0, "", None));
        for interface in [9999, -1, 70000] {
            show(socket_sendto(&socket, &frame, frame.len(), 0, "", interface));
        }
        show(socket_sendto(&socket, "", 0, 0, "", 1));
        for (length, flags) in [(100, 0), (3, MSG_PEEK)] {
            show(socket_sendto(&sender, &frame, frame.len(), 0, "", 1));
            let (count, address, port) = socket_recvfrom(&socket, &mut data, length, flags)?;
            show(count);
            show((hex(&data), address, port));
        }
        show(socket_recvfrom(&socket, &mut data, 100, MSG_TRUNC));
        while let Ok(1..) = socket_recv(&socket, &mut data, 100, 0) {
            show(hex(&data));
        }
        show(socket_last_error(&socket));

        // As a message.
        let mut message =
            MessageHeader { name: Some(MessageName::default()), controllen: 100, ..MessageHeader::default() };
        show(socket_recvmsg(&socket, &mut message, None));
        let name = Some(MessageName { addr: "lo".to_owned(), ..MessageName::default() });
        let message = MessageHeader { iov: vec!["hello".into()], name, ..MessageHeader::default() };
        show(socket_sendmsg(&socket, &message, None));
        show(socket_send(&sender, &frame, frame.len(), 0));
        show(socket_write(&sender, &frame, None));
        for size in [100, 5] {
            socket_sendto(&sender, &frame, frame.len(), 0, "", 1)?;
            let mut message = MessageHeader { buffer_size: Some(size), controllen: 100, ..MessageHeader::default() };
            show(socket_recvmsg(&socket, &mut message, None));
            show((hex(&message.iov.concat()), &message.control[..], message.flags));
        }
        while let Ok(1..) = socket_recv(&socket, &mut data, 100, 0) {}
        let mut message = MessageHeader { buffer_size: Some(100), controllen: 100, ..MessageHeader::default() };
        show(socket_recvmsg(&socket, &mut message, MSG_CMSG_CLOEXEC));
    }
    Ok(())
}
