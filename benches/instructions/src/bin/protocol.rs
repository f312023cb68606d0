//! Both ends of connections without any socket: a client's messages are masked, decoded, sent back and decoded again.
//!
//! ```sh
//! cargo run --release --bin protocol -- 1 200 2 8000             # a connection, 200 bytes, two at once, 8,000 times
//! cargo run --release --bin protocol -- deflate 20 200 1 1000    # the same, compressed
//! ```

use std::{env, error::Error};

use php_sockets::ws::{Config, Message, Protocol, Role, WebSocketError, deflate::Parameters};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1).peekable();
    let deflate = arguments.next_if(|argument| argument == "deflate").map(|_| Parameters::default());
    let mut number = || arguments.next().unwrap_or_default().parse::<usize>();
    let (connections, payload, in_flight, rounds) = (number()?, number()?, number()?, number()?);
    let text = if deflate.is_some() { records(payload) } else { "x".repeat(payload) };
    let client = || Protocol::with_deflate(Role::Client, Config::client(), deflate);
    let server = || Protocol::with_deflate(Role::Server, Config::server(), deflate);
    let mut pairs: Vec<_> = (0..connections).map(|_| (client(), server())).collect();
    let mut buffer = Vec::new();
    for _ in 0..rounds {
        for (client, server) in &mut pairs {
            (0..in_flight).try_for_each(|_| client.send(&*text))?;
            pass(client, server)?;
            while let Some(message) = server.next(&mut buffer)? {
                server.send(message)?;
            }
            pass(server, client)?;
            let mut heard = 0;
            while let Some(message) = client.next(&mut buffer)? {
                assert_eq!(message, Message::Text(&text));
                heard += 1;
            }
            assert_eq!(heard, in_flight);
        }
    }
    Ok(())
}

fn pass(from: &mut Protocol, to: &mut Protocol) -> Result<(), WebSocketError> {
    let mut output = from.output();
    while !output.is_empty() {
        to.read_from(&mut output)?;
    }
    let length = from.output().len();
    from.written(length)
}

/// Some JSON of so many bytes.
fn records(length: usize) -> String {
    let record = |number: usize| {
        let (id, user, time) = (number * 7919 % 100_003, number * 31 % 97, 1_764_000_000 + number * 17);
        format!(r#"{{"id":{id},"user":"user{user}","room":"lobby","text":"message number {number}","time":{time}}},"#)
    };
    let mut text: String = (1..).map(record).take(length / 80 + 1).collect();
    text.truncate(length);
    text
}
