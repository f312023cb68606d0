use crate::prelude::*;

const DIFFERENCES: &[Difference] = &[
    before(
        8,
        5,
        "4\nWarning: socket_sendto(): Unable to write to socket [2]: No such file or directory\nfalse\n",
        "4\nValueError: socket_sendto(): Argument #6 ($port) must be between 0 and 65535\n",
    ),
    before(
        8,
        5,
        // PHP cuts the path to 107 bytes.
        "Warning: socket_sendto(): Unable to write to socket [111]: Connection refused\n\
         false\n\
         Warning: socket_sendto(): Unable to write to socket [2]: No such file or directory\n\
         false\n",
        "Warning: socket_sendto(): Unable to write to socket [111]: Connection refused\n\
         false\n\
         ValueError: socket_sendto(): Argument #5 ($address) must be less than 108\n",
    ),
    // PHP's name ends at its first byte.
    always("Warning: socket_sendto(): Unable to write to socket [22]: Invalid argument\nfalse\n", "6\n"),
];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
}

fn port() -> Result<()> {
    let server = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&server, "server.sock", None)?;
    let client = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;

    fn received(socket: &Socket, length: usize, flags: i32) -> Result<String> {
        let mut data = Vec::new();
        let (count, address, _) = socket_recvfrom(socket, &mut data, length, flags)?;
        Ok(format!("{count} {} [{address}]", String::from_utf8_lossy(&data)))
    }

    // A client without a name, then with one.
    show(socket_sendto(&client, "匿名", 6, 0, "server.sock", None));
    show(received(&server, 2048, 0));
    socket_bind(&client, "client.sock", None)?;
    show(socket_sendto(&client, "named", 5, 0, "server.sock", None));
    show(received(&server, 2048, 0));
    show(socket_sendto(&server, "reply", 5, 0, "client.sock", None));
    show(received(&client, 2048, 0));

    // The port does not matter, if it is one.
    show(socket_sendto(&client, "port", 4, 0, "server.sock", 7));
    show(socket_sendto(&client, "port", 4, 0, "nobody.sock", 70_000));
    show(socket_sendto(&client, "", 0, 0, "server.sock", None));
    show(received(&server, 2, 0));
    show(received(&server, 2048, 0));
    show(received(&server, 2048, MSG_DONTWAIT));

    show(socket_sendto(&client, "x", 1, 0, "nobody.sock", None));
    show(socket_last_error(&client) == SOCKET_ENOENT);
    socket_close(&server)?;
    show(socket_sendto(&client, "x", 1, 0, "server.sock", None));
    show(socket_sendto(&client, "x", 1, 0, "x".repeat(108), None));

    // A name without a file.
    let server = socket_create(AF_UNIX, SOCK_DGRAM, 0)?;
    socket_bind(&server, format!("\0php-sockets {}", std::process::id()), None)?;
    let name = format!("\0php-sockets {}", std::process::id());
    show(socket_sendto(&client, "抽象", 6, MSG_DONTWAIT, &name, None));
    Ok(())
}
