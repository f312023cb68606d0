use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// An HTTP server of three requests: the head line by line, the body by its length.
fn server() -> Result<()> {
    let listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&listener, "0", 0)?;
    socket_listen(&listener, SOMAXCONN)?;
    let (_, port) = socket_getsockname(&listener)?;
    listening(port);
    for _ in 0..3 {
        let connection = socket_accept(&listener)?;
        let mut head = Vec::new();
        loop {
            let line = socket_read(&connection, 4096, PHP_NORMAL_READ)?;
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            socket_read(&connection, 1, None)?;
            if line.is_empty() {
                break;
            }
            head.push(line);
        }
        echo!(head.join(" | "), "\n");
        let mut length = 0;
        for line in &head {
            if let Some(number) = line.strip_prefix("Content-Length: ") {
                length = number.parse().unwrap_or(0);
            }
        }
        let mut body = Vec::new();
        while body.len() < length {
            body.extend(socket_read(&connection, length - body.len(), None)?);
        }
        let mut words = head[0].split(' ');
        let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let (status, content) = match (method, path) {
            ("GET", "/") => ("200 OK", "<h1>你好，世界</h1>".to_owned()),
            ("POST", "/upper") => ("200 OK", String::from_utf8_lossy(&body).to_uppercase()),
            _ => ("404 Not Found", format!("没有 {path}")),
        };
        let response = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\
             \r\nConnection: close\r\n\r\n{content}",
            content.len()
        );
        socket_write(&connection, &response, response.len())?;
        socket_shutdown(&connection, 1)?;
        socket_close(&connection)?;
    }
    Ok(())
}

fn request(port: i32, r#in: &str) -> Result<()> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    if let Err(error) = socket_connect(&socket, "localhost", port) {
        warn(&error);
        echo!("socket_connect() failed: reason: ", socket_strerror(socket_last_error(&socket)), "\n");
    }
    socket_write(&socket, r#in, r#in.len())?;
    loop {
        let out = socket_read(&socket, 2048, None)?;
        if out.is_empty() {
            break;
        }
        echo!(out);
    }
    echo!("\n");
    socket_close(&socket)
}

fn client() -> Result<()> {
    let port = argument().parse::<i32>().expect("it is a port");
    request(port, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Close\r\n\r\n")?;
    let body = "abc ".repeat(5000);
    request(port, &format!("POST /upper HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len()))?;
    request(port, "GET /不存在 HTTP/1.1\r\nHost: localhost\r\n\r\n")
}
