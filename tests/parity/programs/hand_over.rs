use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Accepts a connection and leaves it to a worker: the other process answers.
fn server() -> Result<()> {
    let control = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_bind(&control, "worker.sock", None)?;
    socket_listen(&control, 1)?;
    listening("worker.sock");
    let worker = socket_accept(&control)?;

    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let visitor = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&visitor, "127.0.0.1", port)?;
    let connection = socket_accept(&listener)?;
    let rights = ControlMessage::new(SOL_SOCKET, SCM_RIGHTS, vec![connection.clone()]);
    let message = MessageHeader { iov: vec!["新的访客".into()], control: vec![rights], ..MessageHeader::default() };
    show(socket_sendmsg(&worker, &message, None));
    show(socket_read(&visitor, 100, PHP_NORMAL_READ));
    show(socket_write(&visitor, "谢谢\n", None));

    // The connection ends when both processes have closed it.
    socket_close(&connection)?;
    show(socket_read(&visitor, 100, None));
    Ok(())
}

fn client() -> Result<()> {
    let control = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    socket_connect(&control, argument(), None)?;
    let mut message =
        MessageHeader { controllen: socket_cmsg_space(SOL_SOCKET, SCM_RIGHTS, 1)?, ..MessageHeader::default() };
    show(socket_recvmsg(&control, &mut message, None));
    show(&message);
    let ControlData::Rights(received) = &message.control[0].data else { panic!("a descriptor came") };
    let Descriptor::Socket(connection) = &received[0] else { panic!("it is a socket") };
    socket_write(connection, "您好，我来接待\n", None)?;
    show(socket_read(connection, 100, None));
    socket_close(connection)
}
