use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// Counts until the client has said everything, then answers.
fn server() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    listening(port);
    let connection = socket_accept(&listener)?;
    let mut text = Vec::new();
    loop {
        let data = socket_read(&connection, 1000, None)?;
        if data.is_empty() {
            break;
        }
        text.extend(data);
    }
    let answer = format!("{} bytes, {} lines", text.len(), text.iter().filter(|byte| **byte == b'\n').count());
    echo!(&answer, "\n");
    socket_write(&connection, answer, None)?;
    socket_close(&connection)
}

fn client() -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&socket, "127.0.0.1", argument().parse::<i32>().expect("it is a port"))?;
    for i in 1..=2000 {
        socket_write(&socket, format!("第 {i} 行\n"), None)?;
    }
    show(socket_shutdown(&socket, 1));
    show(socket_write(&socket, "too late", None).is_ok());
    show(socket_last_error(&socket) == SOCKET_EPIPE);
    show(socket_read(&socket, 1000, None));
    show(socket_read(&socket, 1000, None));
    Ok(())
}
