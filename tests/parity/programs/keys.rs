use std::collections::{BTreeMap, HashMap};

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

/// PHP's globals.
#[derive(Default)]
struct Server {
    clients: BTreeMap<i32, Socket>,
    r#in: HashMap<i32, Vec<u8>>,
    out: HashMap<i32, Vec<u8>>,
    data: BTreeMap<Vec<u8>, Vec<u8>>,
    running: bool,
}

// Keys and values, as Redis has them: commands come many at once, and answers wait until their client takes them.
fn server() -> Result<()> {
    let sock = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
    socket_bind(&sock, "127.0.0.1", None)?;
    socket_listen(&sock, 128)?;
    socket_set_nonblock(&sock)?;
    let (_address, port) = socket_getsockname(&sock)?;
    listening(port);

    let mut this = Server { running: true, ..Server::default() };
    let (mut next, mut commands) = (0, 0);
    while this.running || this.out.values().any(|out| !out.is_empty()) {
        let mut read: BTreeMap<_, _> = this.clients.iter().map(|(id, conn)| (Some(*id), conn.clone())).collect();
        read.insert(None, sock.clone());
        let mut write = this.clients.clone();
        write.retain(|id, _| !this.out[id].is_empty());
        if socket_select(&mut read, &mut write, None, 10, None)? < 1 {
            break;
        }
        if read.remove(&None).is_some() {
            while let Ok(conn) = socket_accept(&sock) {
                socket_set_nonblock(&conn)?;
                this.clients.insert(next, conn);
                this.r#in.insert(next, Vec::new());
                this.out.insert(next, Vec::new());
                next += 1;
            }
        }
        let mut buffer = Vec::new();
        for (id, conn) in read {
            let id = id.expect("the new ones are accepted");
            let Ok(1..) = socket_recv(&conn, &mut buffer, 65536, 0) else {
                this.leave(id)?;
                continue;
            };
            this.r#in.get_mut(&id).expect("it is a client").extend(&buffer);
            while let Some(args) = command(this.r#in.get_mut(&id).expect("it is a client")) {
                commands += 1;
                let answer = this.answer(args);
                this.out.get_mut(&id).expect("it is a client").extend(answer);
            }
        }
        for (id, conn) in write {
            let Some(out) = this.out.get_mut(&id) else { continue };
            let sent = match socket_write(&conn, &*out, None) {
                Ok(sent) => sent,
                Err(error) if error.code() == SOCKET_EAGAIN => 0,
                Err(_) => {
                    this.leave(id)?;
                    continue;
                }
            };
            out.drain(..sent);
        }
    }
    for conn in this.clients.values() {
        socket_close(conn)?;
    }
    socket_close(&sock)?;
    for (key, value) in this.data {
        let value = if value.len() > 20 { format!("{} bytes", value.len()).into() } else { value };
        echo!(key, ": ", value, "\n");
    }
    echo!(next, " clients, ", commands, " commands\n");
    Ok(())
}

impl Server {
    fn leave(&mut self, id: i32) -> Result<()> {
        socket_close(&self.clients[&id])?;
        self.clients.remove(&id);
        self.r#in.remove(&id);
        self.out.remove(&id);
        Ok(())
    }

    fn answer(&mut self, mut args: Vec<Vec<u8>>) -> Vec<u8> {
        let key = args.get(1).cloned().unwrap_or_default();
        match &*args[0].to_ascii_uppercase() {
            b"PING" => b"+PONG\r\n".into(),
            b"SET" => {
                self.data.insert(key, args.remove(2));
                b"+OK\r\n".into()
            }
            b"GET" => bulk(self.data.get(&key)),
            b"INCR" => {
                let value = self.data.get(&key).map_or(&b"0"[..], |value| value);
                let Some(value) = std::str::from_utf8(value).ok().and_then(|value| value.parse::<i64>().ok()) else {
                    return b"-ERR value is not an integer or out of range\r\n".into();
                };
                let value = (value + 1).to_string();
                let answer = format!(":{value}\r\n");
                self.data.insert(key, value.into());
                answer.into()
            }
            b"DEL" => {
                let found = i32::from(self.data.remove(&key).is_some());
                format!(":{found}\r\n").into()
            }
            b"SHUTDOWN" => {
                self.running = false;
                b"+OK\r\n".into()
            }
            _ => [b"-ERR unknown command '", &*args[0], b"'\r\n"].concat(),
        }
    }
}

/// The arguments of the first command of `buffer`, which loses it; `None` if it is not complete.
fn command(buffer: &mut Vec<u8>) -> Option<Vec<Vec<u8>>> {
    let line_end = |buffer: &[u8], at: usize| Some(at + buffer[at..].windows(2).position(|two| two == b"\r\n")?);
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<usize>().ok();
    let mut end = line_end(buffer, 0)?;
    if buffer[0] != b'*' {
        let args = buffer[..end].split(|byte| *byte == b' ').map(<[u8]>::to_vec).collect();
        buffer.drain(..end + 2);
        return Some(args);
    }
    let count = number(&buffer[1..end])?;
    let mut at = end + 2;
    let mut args = Vec::new();
    for _ in 0..count {
        end = line_end(buffer, at)?;
        let length = number(&buffer[at + 1..end])?;
        if buffer.len() < end + 2 + length + 2 {
            return None;
        }
        args.push(buffer[end + 2..end + 2 + length].to_vec());
        at = end + 2 + length + 2;
    }
    buffer.drain(..at);
    Some(args)
}

fn bulk(value: Option<&Vec<u8>>) -> Vec<u8> {
    match value {
        None => b"$-1\r\n".into(),
        Some(value) => [format!("${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat(),
    }
}

fn connect(port: &str) -> Result<Socket> {
    let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let Ok(()) = socket_connect(&socket, "127.0.0.1", port.parse::<i32>().expect("a port")) else {
        echo!("no server\n");
        std::process::exit(0);
    };
    Ok(socket)
}

fn encode(args: &[&[u8]]) -> Vec<u8> {
    let mut text = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        text.extend([format!("${}\r\n", arg.len()).as_bytes(), arg, b"\r\n"].concat());
    }
    text
}

fn send(socket: &Socket, mut text: &[u8]) {
    while !text.is_empty() {
        let Ok(sent) = socket_write(socket, text, None) else {
            echo!("the server has left\n");
            std::process::exit(0);
        };
        text = &text[sent..];
    }
}

fn line(socket: &Socket) -> Result<String> {
    let line = socket_read(socket, 1024, PHP_NORMAL_READ)?;
    socket_read(socket, 1, None)?; // the \n
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

/// One answer, for people to read.
fn reply(socket: &Socket) -> Result<Vec<u8>> {
    let line = line(socket)?;
    let Some(length) = line.strip_prefix('$').filter(|length| *length != "-1") else { return Ok(line.into()) };
    let length = length.parse().unwrap_or(0);
    let mut value = Vec::new();
    socket_recv(socket, &mut value, length + 2, MSG_WAITALL)?;
    value.truncate(length);
    Ok(value)
}

fn client() -> Result<()> {
    let one = connect(&argument())?;
    let two = connect(&argument())?;
    send(&one, b"PING\r\n");
    echo!(reply(&one)?, "\n");
    // Many at once, and the last one in two halves.
    let incr = encode(&[b"INCR", b"count"]);
    let name = "测试".as_bytes();
    let all = [encode(&[b"SET", b"name", name]), encode(&[b"GET", b"name"]), encode(&[b"GET", b"nobody"])].concat();
    send(&one, &[&all, &incr, &incr[..11]].concat());
    for _ in 0..4 {
        echo!(reply(&one)?, "\n");
    }
    send(&two, &incr);
    echo!("two: ", reply(&two)?, "\n");
    send(&one, &incr[11..]);
    echo!(reply(&one)?, "\n");
    // Bytes of all kinds, and more than the kernel keeps.
    let all: Vec<u8> = (0..=255).collect();
    send(&two, &encode(&[b"SET", b"bytes", &all]));
    echo!("two: ", reply(&two)?, "\n");
    let large = all.repeat(4096);
    let get = encode(&[b"GET", b"large"]);
    let others = [encode(&[b"INCR", b"name"]), encode(&[b"LPUSH", b"a", b"b"])].concat();
    send(&one, &[&*encode(&[b"SET", b"large", &large]), &get, &get, &get, &others].concat());
    send(&two, &encode(&[b"GET", b"bytes"]));
    let value = reply(&two)?;
    echo!("two: ", if value == all { b"the bytes".into() } else { value }, "\n");
    for _ in 0..6 {
        let value = reply(&one)?;
        echo!(if value == large { b"a mebibyte".into() } else { value }, "\n");
    }
    let del = encode(&[b"DEL", b"name"]);
    send(&two, &[&*del, &del, &encode(&[b"SHUTDOWN"])].concat());
    echo!(reply(&two)?, reply(&two)?, reply(&two)?, "\n");
    show(socket_read(&two, 10, None));
    Ok(())
}
