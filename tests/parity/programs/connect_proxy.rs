use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// An HTTP proxy that knows CONNECT alone: one tunnel, pumped both ways until both sides have ended.
fn server() -> Result<()> {
    let Ok(listen) = socket_create_listen(0, 5) else { panic!("no socket") };
    let (_, port) = socket_getsockname(&listen)?;
    listening(port);
    let (client, server) = loop {
        let client = socket_accept(&listen)?;
        socket_set_option(&client, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 20, usec: 0 })?;
        let (mut head, mut part) = (Vec::new(), Vec::new());
        while !head.ends_with(b"\r\n\r\n") && matches!(socket_recv(&client, &mut part, 512, 0), Ok(1..)) {
            head.extend_from_slice(&part);
        }
        if let Some(server) = open_tunnel(&client, &String::from_utf8_lossy(&head))? {
            break (client, server);
        }
    };
    socket_close(&listen)?;

    let mut open = vec![("client", client.clone()), ("server", server.clone())];
    let mut bytes = [0, 0];
    'pump: while !open.is_empty() {
        let mut read = open.clone();
        let n = socket_select(&mut read, None, None, 20, 0)?;
        if n == 0 {
            break;
        }
        for (name, from) in read {
            let to = if name == "client" { &server } else { &client };
            let data = socket_read(&from, 4096, None).unwrap_or_default();
            if data.is_empty() {
                let _ = socket_shutdown(to, 1);
                open.retain(|(other, _)| *other != name);
                continue;
            }
            bytes[usize::from(name == "server")] += data.len();
            let mut data = &data[..];
            while !data.is_empty() {
                let Ok(sent) = socket_write(to, data, data.len()) else { break 'pump };
                data = &data[sent..];
            }
        }
    }
    socket_close(&client)?;
    socket_close(&server)?;
    echo!(bytes[0], " bytes there, ", bytes[1], " back\n");
    Ok(())
}

fn open_tunnel(client: &Socket, head: &str) -> Result<Option<Socket>> {
    let asked = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()?.split_once(':'));
    let Some((host, port)) = asked else {
        socket_write(client, "HTTP/1.1 405 Method Not Allowed\r\n\r\n", None)?;
        socket_close(client)?;
        return Ok(None);
    };
    let server = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    if socket_connect(&server, host, port.parse::<i32>().ok()).is_err() {
        let error = socket_last_error(&server);
        socket_write(client, format!("HTTP/1.1 502 Bad Gateway\r\n\r\n{}", socket_strerror(error)), None)?;
        socket_close(&server)?;
        socket_close(client)?;
        return Ok(None);
    }
    socket_write(client, "HTTP/1.1 200 OK\r\n\r\n", None)?;
    Ok(Some(server))
}

fn client() -> Result<()> {
    let port: i32 = argument().parse().expect("a port");
    let service = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_bind(&service, "localhost", None)?;
    let (_, own) = socket_getsockname(&service)?;
    let (answer, socket) = ask(port, "GET / HTTP/1.1\r\n\r\n")?;
    echo!(answer, "\n");
    socket_close(&socket)?;
    let (answer, socket) = ask(port, &format!("CONNECT 127.0.0.1:{own} HTTP/1.1\r\n\r\n"))?;
    echo!(answer, "\n");
    socket_close(&socket)?;
    socket_listen(&service, 1)?;
    let (answer, socket) = ask(port, &format!("CONNECT 127.0.0.1:{own} HTTP/1.1\r\n\r\n"))?;
    echo!(answer, "\n");
    let far = socket_accept(&service)?;
    socket_close(&service)?;
    let (ip, _) = socket_getpeername(&far)?;
    echo!("from ", ip, "\n");
    socket_write(&socket, "你好", None)?;
    echo!(socket_read(&far, 100, None)?, "\n");
    let large = "0123456789".repeat(10000).into_bytes();
    let mut left = &large[..];
    while !left.is_empty() {
        let Ok(sent @ 1..) = socket_send(&far, left, left.len(), 0) else { break };
        left = &left[sent..];
    }
    socket_shutdown(&far, 1)?;
    let (mut came, mut data) = (Vec::new(), Vec::new());
    while let Ok(1..) = socket_recv(&socket, &mut data, 8192, 0) {
        came.extend_from_slice(&data);
    }
    echo!("bool(", if came == large { "true" } else { "false" }, ")\n");
    socket_shutdown(&socket, None)?;
    let end = socket_read(&far, 100, None)?;
    echo!("string(", end.len(), ") \"", end, "\"\n");
    socket_close(&far)?;
    socket_close(&socket)
}

fn ask(port: i32, request: &str) -> Result<(Vec<u8>, Socket)> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let Ok(()) = socket_connect(&socket, "127.0.0.1", port) else { panic!("no proxy") };
    socket_write(&socket, request, None)?;
    Ok((socket_read(&socket, 2048, None)?.trim_ascii_end().to_vec(), socket))
}
