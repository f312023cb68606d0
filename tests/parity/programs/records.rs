use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// SOCK_SEQPACKET: a connection of whole messages.
fn server() -> Result<()> {
    let listener = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_bind(&listener, "records.sock", None)?;
    socket_listen(&listener, None)?;
    listening("records.sock");
    let connection = socket_accept(&listener)?;
    loop {
        let record = socket_read(&connection, 20, None)?;
        if record.is_empty() {
            break;
        }
        echo!(record.len(), " ", &record, "\n");
        socket_write(&connection, &record, None)?;
    }
    Ok(())
}

fn client() -> Result<()> {
    let socket = socket_create(AF_UNIX, SOCK_SEQPACKET, 0)?;
    socket_connect(&socket, argument(), None)?;
    for record in ["one", "二", "a record that is longer than the buffer"] {
        show(socket_write(&socket, record, None));
        show(socket_read(&socket, 100, None));
    }
    socket_send(&socket, "two", 3, MSG_EOR)?;
    socket_send(&socket, "at once", 7, MSG_EOR)?;
    show(socket_read(&socket, 100, None));
    show(socket_read(&socket, 100, None));
    Ok(())
}
