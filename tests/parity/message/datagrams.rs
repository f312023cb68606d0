use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

// The ports are the system's choice: print whether they are right.
fn received(socket: &Socket, port: i32, buffer_size: usize) -> Result<MessageHeader> {
    let mut message = asking(buffer_size);
    show(socket_recvmsg(socket, &mut message, None));
    if let Some(name) = &mut message.name {
        name.port = i32::from(name.port == port);
    }
    Ok(message)
}

/// A message to be received with its sender's name.
fn asking(buffer_size: usize) -> MessageHeader {
    MessageHeader {
        name: Some(MessageName::default()),
        controllen: 1,
        buffer_size: Some(buffer_size),
        ..MessageHeader::default()
    }
}

fn text(parts: &[&str]) -> Vec<Vec<u8>> {
    parts.iter().map(|part| part.as_bytes().to_vec()).collect()
}

fn port() -> Result<()> {
    for (family, host) in [(AF_INET, "127.0.0.1"), (AF_INET6, "::1")] {
        let server = socket_create(family, SOCK_DGRAM, SOL_UDP)?;
        socket_bind(&server, host, 0)?;
        let (_, port) = socket_getsockname(&server)?;
        let client = socket_create(family, SOCK_DGRAM, SOL_UDP)?;
        socket_bind(&client, host, 0)?;
        let (_, port_of_client) = socket_getsockname(&client)?;

        let name = Some(MessageName { family: Some(family), addr: host.into(), port, ..MessageName::default() });
        show(socket_sendmsg(
            &client,
            &MessageHeader { name, iov: text(&["你好", "，", "世界"]), ..MessageHeader::default() },
            None,
        ));
        show(received(&server, port_of_client, 8192));
        let name = Some(MessageName { addr: host.into(), port, ..MessageName::default() });
        show(socket_sendmsg(
            &client,
            &MessageHeader { name: name.clone(), iov: text(&["cut off"]), ..MessageHeader::default() },
            None,
        ));
        show(received(&server, port_of_client, 3));
        show(socket_sendmsg(&client, &MessageHeader { name, iov: text(&[]), ..MessageHeader::default() }, None));
        show(received(&server, port_of_client, 8192));

        // A connected socket needs no name.
        socket_connect(&client, host, port)?;
        show(socket_sendmsg(
            &client,
            &MessageHeader { iov: text(&["connected"]), ..MessageHeader::default() },
            MSG_DONTWAIT,
        ));
        show(received(&server, port_of_client, 8192));
    }

    let server = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&server, "server.sock", None)?;
    let client = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    let name = Some(MessageName { path: "server.sock".into(), ..MessageName::default() });
    show(socket_sendmsg(&client, &MessageHeader { name, iov: text(&["no name"]), ..MessageHeader::default() }, None));
    let mut message = asking(8192);
    show(socket_recvmsg(&server, &mut message, None));
    show(&message);
    socket_bind(&client, "client.sock", None)?;
    let name = Some(MessageName { family: Some(AF_UNIX), path: "server.sock".into(), ..MessageName::default() });
    show(socket_sendmsg(&client, &MessageHeader { name, iov: text(&["named"]), ..MessageHeader::default() }, None));
    let mut message = asking(8192);
    show(socket_recvmsg(&server, &mut message, None));
    show(&message);
    Ok(())
}
