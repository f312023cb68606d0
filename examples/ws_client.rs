//! The browser's WebSocket API in a terminal: what you type is sent, what arrives is printed.
//!
//! ```sh
//! cargo run --release --example ws_echo                                  # in another terminal, first
//! cargo run --release --example ws_client                                # ws://127.0.0.1:9002/
//! cargo run --release --example ws_client -- ws://localhost:9002/
//! cargo run --release --features tls --example ws_client -- wss://example.com/
//! ```
//!
//! Type a line and press Enter; Ctrl-D closes.

mod support;

use std::error::Error;
use std::io::{Write, stdin, stdout};
use std::process::ExitCode;
use std::thread;

use php_sockets::ws::WebSocket;
use support::Arguments;

fn main() -> ExitCode {
    support::run(include_str!("ws_client.rs"), converse)
}

fn converse(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let ws = WebSocket::new(&arguments.text("ws://127.0.0.1:9002/")?)?;
    ws.onopen(|ws| {
        say("Connection open ...");
        ws.send("Hello WebSockets!");
        // Handlers run on this thread, so the keyboard has one of its own. The handle works from both.
        let ws = ws.clone();
        thread::spawn(move || {
            for line in stdin().lines().map_while(Result::ok) {
                ws.send(line);
            }
            ws.close();
        });
    });
    ws.onmessage(|_, event| say(&format!("Received Message: {}", event.data)));
    ws.onclose(|_, event| say(&format!("Connection closed. {} {}", event.code, event.reason)));
    ws.run()?;
    Ok(())
}

/// `console.log`, which does not mind when nobody listens.
fn say(line: &str) {
    let _ = writeln!(stdout(), "{line}");
}
