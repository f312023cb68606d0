use std::collections::BTreeMap;

use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    exchange(module_path!(), server, client, &[])
}

// A guessing game for several players; who hits the number ends it.
fn server() -> Result<()> {
    let secret = 42;
    let Ok(sock) = socket_create(AF_INET, SOCK_STREAM, SOL_TCP) else { panic!("no socket") };
    socket_set_option(&sock, SOL_SOCKET, SO_REUSEADDR, 1)?;
    if socket_bind(&sock, "127.0.0.1", 0).is_err() {
        panic!("{}", socket_strerror(socket_last_error(&sock)))
    }
    socket_listen(&sock, 5)?;
    let (_, port) = socket_getsockname(&sock)?;
    listening(port);
    let mut players = BTreeMap::new();
    let mut names = BTreeMap::new();
    'game: loop {
        let mut read: Vec<Socket> = players.values().cloned().collect();
        read.push(sock.clone());
        if socket_select(&mut read, None, None, 10, None).unwrap_or(0) == 0 {
            panic!("nobody plays")
        }
        for socket in &read {
            if *socket == sock {
                let player = socket_accept(&sock)?;
                players.insert(player.id(), player.clone());
                names.insert(player.id(), format!("Player {}", players.len()));
                socket_write(&player, "Guess a number from 1 to 100\n", None)?;
                continue;
            }
            let id = socket.id();
            let guess = socket_read(socket, 1024, PHP_NORMAL_READ).unwrap_or_default();
            if guess.is_empty() {
                echo!(&names[&id], " has left\n");
                players.remove(&id);
                socket_close(socket)?;
                continue;
            }
            let guess = String::from_utf8_lossy(guess.trim_ascii());
            if guess.is_empty() || guess == "0" {
                continue;
            }
            echo!(&names[&id], ": ", &*guess, "\n");
            if guess == "quit" {
                socket_write(socket, "Bye\n", None)?;
                players.remove(&id);
                socket_close(socket)?;
            } else if guess.parse() == Ok(secret) {
                for player in players.values() {
                    socket_write(player, format!("{} has won\n", names[&id]), None)?;
                }
                break 'game;
            } else {
                socket_write(socket, if guess.parse().unwrap_or(0) < secret { "More\n" } else { "Less\n" }, None)?;
            }
        }
    }
    for player in players.values() {
        socket_close(player)?;
    }
    socket_close(&sock)
}

fn client() -> Result<()> {
    let mut players = BTreeMap::new();
    for name in ["one", "two", "three"] {
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        let Ok(()) = socket_connect(&socket, "127.0.0.1", argument().parse::<i32>().ok()) else { panic!("no server") };
        echo!(name, ": ", socket_read(&socket, 1024, PHP_NORMAL_READ)?);
        players.insert(name, socket);
    }
    for (name, guess) in [("one", "50"), ("two", "7"), ("three", "quit"), ("one", "0\n41")] {
        socket_write(&players[name], format!("{guess}\n"), None)?;
        echo!(name, ": ", guess, ": ", socket_read(&players[name], 1024, PHP_NORMAL_READ)?);
    }
    socket_write(&players["two"], "42\n", None)?;
    echo!("one: ", socket_read(&players["one"], 1024, PHP_NORMAL_READ)?);
    echo!("two: ", socket_read(&players["two"], 1024, PHP_NORMAL_READ)?);
    for socket in players.values() {
        socket_close(socket)?;
    }
    Ok(())
}
