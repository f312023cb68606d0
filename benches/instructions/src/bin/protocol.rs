//! Both ends of a connection without any socket: a client's messages are masked, decoded, sent back and decoded again.
//!
//! ```sh
//! cargo run --release --bin protocol -- 200 2 8000     # messages of 200 bytes, two at once, 8,000 times
//! ```

use std::{env, error::Error};

use php_sockets::ws::{Config, Message, Protocol, Role, WebSocketError};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let mut number = || arguments.next().unwrap_or_default().parse::<usize>();
    let (payload, in_flight, rounds) = (number()?, number()?, number()?);
    let text = "x".repeat(payload);
    let mut client = Protocol::new(Role::Client, Config::client());
    let mut server = Protocol::new(Role::Server, Config::server());
    let mut buffer = Vec::new();
    for _ in 0..rounds {
        (0..in_flight).try_for_each(|_| client.send(&*text))?;
        pass(&mut client, &mut server)?;
        while let Some(message) = server.next(&mut buffer)? {
            server.send(message)?;
        }
        pass(&mut server, &mut client)?;
        let mut heard = 0;
        while let Some(message) = client.next(&mut buffer)? {
            assert_eq!(message, Message::Text(&text));
            heard += 1;
        }
        assert_eq!(heard, in_flight);
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
