//! A WebSocket echo server: thousands of connections, messages of up to 64 MiB, text stays text.
//!
//! ```sh
//! cargo run --release --example ws_echo                                # 127.0.0.1:9002
//! cargo run --release --features deflate --example ws_echo -- 127.0.0.1:9000
//! cargo run --release --example ws_echo -- 127.0.0.1:9002 4            # on four threads
//! ```
//!
//! Then: `cargo run --release --example ws_client -- ws://127.0.0.1:9002/`, and type a line. `ws_poll` is the same server
//! with its loop written by hand.

use std::{
    env,
    error::Error,
    io::{Write, stdout},
    process::ExitCode,
};

use php_sockets::ws::{
    Config, handshake,
    server::{Callbacks, Server},
};

fn main() -> ExitCode {
    if let Err(error) = serve() {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn serve() -> Result<(), Box<dyn Error>> {
    // As many connections as the system allows.
    rlimit::increase_nofile_limit(u64::MAX)?;
    let mut arguments = env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:9002".to_owned());
    let form = "the address is IP:PORT, as 127.0.0.1:9002";
    let (ip, port) = address.rsplit_once(':').ok_or(form)?;
    let port = port.parse().map_err(|_| form)?;
    let threads = arguments.next().map_or(Ok(1), |threads| threads.parse());
    let threads = threads.map_err(|_| "how many threads there are to be is a number")?;

    let handshake = handshake::Server::new();
    #[cfg(feature = "deflate")]
    let handshake = handshake.deflate(php_sockets::ws::deflate::Parameters::default())?;
    let config = Config::server().max_message(64 << 20).send_buffer_limit(65 << 20);
    let server = Server::bind(ip, port)?.handshake(handshake).config(config);
    let (ip, port) = server.address()?;
    writeln!(stdout(), "listening on ws://{ip}:{port}")?;
    Ok(server.threads(threads).run(|| Callbacks::<()>::new().onmessage(|client, message| client.send(message)))?)
}
