use std::collections::HashMap;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

/// PHP's globals.
struct Server {
    control: Socket,
    passive: Option<Socket>,
}

// Files by two connections, as FTP's passive mode has them: commands on one, each file on another that the server waits for.
fn server() -> Result<()> {
    let mut names = vec!["readme.txt".to_owned(), "zeroes".to_owned()];
    let mut files = HashMap::from([
        ("readme.txt".to_owned(), b"hello\r\nworld\r\n".to_vec()),
        ("zeroes".to_owned(), b"\0\xff".repeat(100_000)),
    ]);
    let sock = socket_create_listen(0, 1)?;
    let (_, port) = socket_getsockname(&sock)?;
    listening(port);
    let control = socket_accept(&sock)?;
    socket_close(&sock)?;
    let (own, _) = socket_getsockname(&control)?;
    let mut this = Server { control, passive: None };
    let mut user = String::new();
    let (mut retrieved, mut stored) = (0, 0);
    this.reply(220, "ready")?;
    while let Ok(line) = socket_read(&this.control, 512, PHP_NORMAL_READ) {
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() {
            continue; // between \r and \n
        }
        let (command, name) = line.split_once(' ').unwrap_or((line, ""));
        let command = command.to_uppercase();
        if user != "anonymous" && !["USER", "QUIT"].contains(&&*command) {
            this.reply(530, "who are you?")?;
            continue;
        }
        match &*command {
            "USER" => {
                name.clone_into(&mut user);
                this.reply(if user == "anonymous" { 230 } else { 530 }, &format!("hello {user}"))?;
            }
            "PASV" => {
                if let Some(passive) = &this.passive {
                    socket_close(passive)?;
                }
                let passive = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
                socket_set_option(&passive, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 0, usec: 200_000 })?;
                socket_bind(&passive, &own, None)?;
                socket_listen(&passive, 1)?;
                let (ip, port) = socket_getsockname(&passive)?;
                this.passive = Some(passive);
                let ip = ip.replace('.', ",");
                this.reply(227, &format!("passive ({ip},{},{})", port >> 8, port & 0xff))?;
            }
            "NLST" | "RETR" => {
                let list = (names.join("\r\n") + "\r\n").into_bytes();
                let text = if command == "NLST" { Some(&list) } else { files.get(name) };
                let Some(text) = text else {
                    this.reply(550, &format!("no file {name}"))?;
                    continue;
                };
                let Some(data) = this.data()? else { continue };
                let mut sent = 0;
                while sent < text.len() {
                    let Ok(n) = socket_write(&data, &text[sent..], 8192) else { break };
                    sent += n;
                }
                socket_close(&data)?;
                if command == "RETR" {
                    retrieved += 1;
                }
                this.reply(226, &format!("{sent} bytes"))?;
            }
            "STOR" => {
                let Some(data) = this.data()? else { continue };
                let (mut all, mut part) = (Vec::new(), Vec::new());
                while let Ok(1..) = socket_recv(&data, &mut part, 4096, MSG_WAITALL) {
                    all.extend_from_slice(&part);
                }
                socket_close(&data)?;
                stored += 1;
                this.reply(226, &format!("{} bytes", all.len()))?;
                names.push(name.to_owned());
                files.insert(name.to_owned(), all);
            }
            "SIZE" => match files.get(name) {
                Some(file) => this.reply(213, &file.len().to_string())?,
                None => this.reply(550, "no such file")?,
            },
            "QUIT" => {
                this.reply(221, "bye")?;
                break;
            }
            _ => this.reply(502, &format!("what is {command}?"))?,
        }
    }
    socket_shutdown(&this.control, 1)?;
    echo!("rest: '", socket_read(&this.control, 100, None)?, "'\n");
    socket_close(&this.control)?;
    for (command, count) in [("RETR", retrieved), ("STOR", stored)] {
        echo!(command, " ", count, "\n");
    }
    Ok(())
}

impl Server {
    fn reply(&self, code: i32, text: &str) -> Result<()> {
        let line = format!("{code} {text}\r\n");
        if socket_write(&self.control, &line, line.len())? != line.len() {
            echo!("short\n");
        }
        Ok(())
    }

    /// The next connection of the client, who may not come.
    fn data(&mut self) -> Result<Option<Socket>> {
        let Some(passive) = self.passive.take() else {
            self.reply(425, "PASV first")?;
            return Ok(None);
        };
        self.reply(150, "here it comes")?;
        let data = socket_accept(&passive);
        match &data {
            Err(_) => self.reply(425, &socket_strerror(socket_last_error(None)))?,
            // It has taken over the other one.
            Ok(data) => socket_set_option(data, SOL_SOCKET, SO_RCVTIMEO, Timeval { sec: 20, usec: 0 })?,
        }
        socket_close(&passive)?;
        Ok(data.ok())
    }
}

fn client() -> Result<()> {
    let control = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    let Ok(()) = socket_connect(&control, "localhost", argument().parse::<i32>().expect("a port")) else {
        panic!("nobody there")
    };
    let control = &control;
    echo!(answer(control), "\n");
    for line in
        ["noop", "user me", "LIST", "USER anonymous", "RETR readme.txt", "site help", "size readme.txt", "size nothing"]
    {
        echo!(command(control, line)?, "\n");
    }
    echo!(get(control, "NLST")?.len(), " bytes of names\n");
    echo!(get(control, "RETR readme.txt")?);
    let mut zeroes = get(control, "RETR zeroes")?;
    echo!(zeroes.len(), " ", (zeroes == b"\0\xff".repeat(100_000)).to_string(), "\n");
    let data = passive(control)?;
    echo!(command(control, "STOR 上传")?, "\n");
    zeroes.reverse();
    for part in zeroes.chunks(7777) {
        let mut left = part;
        while !left.is_empty() {
            left = &left[socket_send(&data, left, left.len(), 0)?..];
        }
    }
    socket_close(&data)?;
    echo!(answer(control), "\n");
    echo!(command(control, "size 上传")?, "\n");
    echo!((get(control, "RETR 上传")? == zeroes).to_string(), "\n");
    // It asks for a file and does not come for it.
    echo!(if &*command(control, "PASV")? > "227" { "passive\n" } else { "not passive\n" });
    echo!(command(control, "RETR readme.txt")?, "\n", answer(control), "\n");
    echo!(command(control, "RETR nothing")?, "\n");
    echo!(command(control, "QUIT")?, "\n");
    socket_close(control)
}

fn command(control: &Socket, line: &str) -> Result<String> {
    socket_write(control, format!("{line}\r\n"), None)?;
    Ok(answer(control))
}

fn answer(control: &Socket) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        match socket_read(control, 1024, PHP_NORMAL_READ) {
            Ok(part) => line.extend(part),
            Err(_) => return format!("lost: {}", String::from_utf8_lossy(&line)),
        }
    }
    String::from_utf8_lossy(line.trim_ascii_end()).into_owned()
}

fn passive(control: &Socket) -> Result<Socket> {
    let answer = command(control, "PASV")?;
    let number: Vec<_> = answer.split(['(', ',', ')']).collect();
    let high: i32 = number[5].parse().expect("a number");
    let low: i32 = number[6].parse().expect("a number");
    let data = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
    socket_connect(&data, number[1..5].join("."), high * 256 + low)?;
    Ok(data)
}

fn get(control: &Socket, line: &str) -> Result<Vec<u8>> {
    let data = passive(control)?;
    echo!(command(control, line)?, "\n");
    let mut all = Vec::new();
    loop {
        let part = socket_read(&data, 3000, None).unwrap_or_default();
        all.extend_from_slice(&part);
        if part.is_empty() {
            break;
        }
    }
    socket_close(&data)?;
    echo!(answer(control), "\n");
    Ok(all)
}
