use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Sends three million bytes through a non-blocking socket, as fast as the client takes them.
fn server() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    listening(port);
    let connection = socket_accept(&listener)?;
    socket_set_nonblock(&connection)?;
    let file = "0123456789abcdefghijklmno\n3456".repeat(100_000);
    let mut sent = 0;
    while sent < file.len() {
        let mut write = vec![connection.clone()];
        if socket_select(None, &mut write, None, 10, None)? != 1 {
            echo!("the client has stopped\n");
            return Ok(());
        }
        match socket_write(&connection, &file[sent..], 1_000_000) {
            Ok(count) => sent += count,
            Err(_) if socket_last_error(&connection) == SOCKET_EAGAIN => continue,
            Err(error) => return Err(error),
        }
    }
    echo!(sent, "\n");
    socket_close(&connection)
}

fn client() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&socket, "127.0.0.1", argument().parse::<i32>().expect("it is a port"))?;
    let (mut length, mut lines) = (0, 0);
    let mut data = Vec::new();
    let count = loop {
        let count = socket_recv(&socket, &mut data, 65536, 0)?;
        if count == 0 {
            break count;
        }
        length += count;
        lines += data.iter().filter(|byte| **byte == b'\n').count();
    };
    show([count, length, lines]);
    Ok(())
}
