use std::collections::BTreeMap;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// A chat on socket_select(): the first line is a name, every other goes to everybody.
fn server() -> Result<()> {
    let listener = socket_create_listen(0, None)?;
    socket_set_nonblock(&listener)?;
    let (_, port) = socket_getsockname(&listener)?;
    listening(port);
    let mut clients = BTreeMap::from([(0, listener.clone())]);
    let mut names = BTreeMap::<usize, String>::new();
    let mut next = 1;
    loop {
        let mut read = clients.clone();
        if socket_select(&mut read, None, None, 10, None)? < 1 {
            echo!("nobody speaks\n");
            return Ok(());
        }
        if read.values().any(|socket| *socket == listener) {
            let client = socket_accept(&listener)?;
            socket_set_block(&client)?; // PHP 8.5 and later hand the mode of the listener on
            clients.insert(next, client);
            next += 1;
            read.retain(|_, socket| *socket != listener);
        }
        for (key, socket) in &read {
            let line = match (socket_read(socket, 1024, PHP_NORMAL_READ), names.get(key)) {
                (Err(_), name) => {
                    let line = format!("{} 离开了\n", name.map_or("", String::as_str));
                    clients.remove(key);
                    names.remove(key);
                    socket_close(socket)?;
                    line
                }
                (Ok(line), None) => {
                    let name = String::from_utf8_lossy(&line).trim().to_owned();
                    let line = format!("欢迎 {name}\n");
                    names.insert(*key, name);
                    line
                }
                (Ok(line), Some(name)) => format!("{name}: {}", String::from_utf8_lossy(&line)),
            };
            echo!(line);
            for client in clients.values() {
                if *client != listener {
                    socket_write(client, &line, line.len())?;
                }
            }
        }
        if clients.len() <= 1 {
            break;
        }
    }
    socket_close(&listener)
}

// Three people, each line awaited before the next is sent.
fn client() -> Result<()> {
    let mut people = Vec::<(&str, Socket)>::new();
    let hear = |other: &str, socket: &Socket| {
        echo!(other, " hears ", socket_read(socket, 1024, PHP_NORMAL_READ)?);
        Ok::<(), Error>(())
    };
    for name in ["小明", "Bob", "李华"] {
        let person = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&person, "127.0.0.1", argument().parse::<i32>().expect("it is a port"))?;
        socket_write(&person, format!("{name}\n"), None)?;
        people.push((name, person));
        for (other, socket) in &people {
            hear(other, socket)?;
        }
    }
    for (name, line) in [("Bob", "大家好\n"), ("小明", "hello Bob\n"), ("李华", "再见\n")] {
        for (_, socket) in people.iter().filter(|(other, _)| *other == name) {
            socket_write(socket, line, line.len())?;
        }
        for (other, socket) in &people {
            hear(other, socket)?;
        }
    }
    while people.len() > 1 {
        let (_, gone) = people.remove(0);
        socket_close(&gone)?;
        for (other, socket) in &people {
            hear(other, socket)?;
        }
    }
    Ok(())
}
