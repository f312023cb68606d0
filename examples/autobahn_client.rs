//! The client of the Autobahn test suite: it echoes what the fuzzing server sends, case by case.
//!
//! ```sh
//! wstest -m fuzzingserver -s fuzzingserver.json                                # in another terminal, first
//! cargo run --release --features deflate --example autobahn_client            # ws://127.0.0.1:9001
//! ```

mod support;

use std::process::ExitCode;

use php_sockets::ws::{Config, Connection, Connector, Message, Transport, WebSocketError, handshake};

const AGENT: &str = "php-sockets";

fn main() -> ExitCode {
    support::run(include_str!("autobahn_client.rs"), |arguments| {
        Ok(run(arguments.text("ws://127.0.0.1:9001")?.trim_end_matches('/'))?)
    })
}

fn run(url: &str) -> Result<(), WebSocketError> {
    let connector = connector()?;
    let mut buffer = Vec::new();
    let count: u32 = match connector.connect(&format!("{url}/getCaseCount"))?.read(&mut buffer)? {
        Message::Text(text) => text.parse().unwrap_or(0),
        _ => 0,
    };
    for case in 1..=count {
        let mut connection = connector.connect(&format!("{url}/runCase?case={case}&agent={AGENT}"))?;
        // How a case ends is for the server to judge.
        let _ = echo(&mut connection, &mut buffer);
        let _ = connection.finish();
    }
    connector.connect(&format!("{url}/updateReports?agent={AGENT}"))?.finish()
}

fn connector() -> Result<Connector, WebSocketError> {
    let client = handshake::Client::new();
    #[cfg(feature = "deflate")]
    let client = client.deflate(php_sockets::ws::deflate::Parameters::default())?;
    Ok(Connector::new().handshake(client).config(Config::client()))
}

fn echo(connection: &mut Connection<Transport>, buffer: &mut Vec<u8>) -> Result<(), WebSocketError> {
    loop {
        match connection.read(buffer)? {
            Message::Close(_) => return Ok(()),
            message => connection.send(message)?,
        }
    }
}
