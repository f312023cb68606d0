use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    before(8, 3, "1\nError: Call to undefined function socket_atmark()\n", "1\nfalse\n"),
    before(8, 3, "\"3 abc\"\nError: Call to undefined function socket_atmark()\n", "\"3 abc\"\ntrue\n"),
    before(
        8,
        3,
        "\"!\"\nError: Call to undefined function socket_atmark()\n",
        "\"!\"\nWarning: socket_atmark(): Unable to apply sockmark [25]: Inappropriate ioctl for device\nfalse\n",
    ),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let mut data = Vec::new();
    let listener = socket_create_listen(0, None)?;
    let (_, port) = socket_getsockname(&listener)?;
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;
    let connection = socket_accept(&listener)?;

    // The last byte is the urgent one.
    show(socket_send(&client, "abc!", 4, MSG_OOB));
    let mut read = vec![connection.clone()];
    let mut except = read.clone();
    show(socket_select(&mut read, None, &mut except, 5, None));
    let mut except = vec![connection.clone()];
    show(socket_select(None, None, &mut except, 0, None));
    show(socket_atmark(&connection));
    show(joined(socket_recv(&connection, &mut data, 10, MSG_OOB), &data));
    show(joined(socket_recv(&connection, &mut data, 10, 0), &data));
    show(socket_atmark(&connection));
    show(socket_recv(&connection, &mut data, 10, MSG_OOB));

    // In line, with the other bytes.
    let client = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&client, "127.0.0.1", port)?;
    let connection = socket_accept(&listener)?;
    socket_set_option(&connection, SOL_SOCKET, SO_OOBINLINE, 1)?;
    socket_send(&client, "def!", 4, MSG_OOB)?;
    show(joined(socket_recv(&connection, &mut data, 3, MSG_WAITALL), &data));
    show(socket_read(&connection, 10, None));

    let datagrams = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    show(socket_atmark(&datagrams));
    Ok(())
}
