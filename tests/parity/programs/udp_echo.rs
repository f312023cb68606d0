use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

fn server() -> Result<()> {
    let server = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_bind(&server, "127.0.0.1", 0)?;
    let (_, port) = socket_getsockname(&server)?;
    listening(port);
    let mut buf = Vec::new();
    loop {
        let (length, from, port) = socket_recvfrom(&server, &mut buf, 65535, 0)?;
        echo!(&from, ": ", length, " bytes: ", buf[..length.min(30)].to_vec(), "\n");
        socket_sendto(&server, &buf, length, 0, &from, port)?;
        if buf == b"quit" {
            break;
        }
    }
    socket_close(&server)
}

fn client() -> Result<()> {
    let server = argument().parse::<i32>().expect("it is a port");
    let client = socket_create(AF_INET, SOCK_DGRAM, SOL_UDP)?;
    socket_set_option(&client, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 10, usec: 0 })?;
    let mut buf = Vec::new();
    for message in ["hello", "你好，世界", "", &"0123456789".repeat(2000), "quit"] {
        socket_sendto(&client, message, message.len(), 0, "127.0.0.1", server)?;
        let (_, from, port) = socket_recvfrom(&client, &mut buf, 65535, 0)?;
        let who = if port == server { "the server" } else { "somebody" };
        echo!(from, " ", who, " ", if buf == message.as_bytes() { "same" } else { "other" }, " ", buf.len(), "\n");
    }
    Ok(())
}
