//! The tutorial's JavaScript client in a terminal: what you type is sent, what comes is printed.
//!
//! ```sh
//! cargo run --release --example ws_client                                # ws://127.0.0.1:9002/
//! cargo run --release --example ws_client -- ws://127.0.0.1:8080/msg
//! cargo run --release --features tls --example ws_client -- wss://example.com/
//! ```
//!
//! Start `cargo run --release --example ws_echo` in another terminal first. Type a line and press Enter; Ctrl-D closes.

use std::error::Error;
use std::io::{Write, stdin, stdout};
use std::process::ExitCode;
use std::thread;

use php_sockets::ws::WebSocket;

fn main() -> ExitCode {
    if let Err(error) = converse() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn converse() -> Result<(), Box<dyn Error>> {
    let url = std::env::args_os().nth(1).unwrap_or_else(|| "ws://127.0.0.1:9002/".into());
    let ws = WebSocket::new(&url.to_string_lossy())?;
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
