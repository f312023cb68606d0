//! A page and its WebSocket on one port: the page sets a cookie, the WebSocket requires it, and sends the time every second.
//!
//! ```sh
//! cargo run --release --example ws_page                        # then open http://127.0.0.1:8080
//! ```
//!
//! Ctrl-C ends it: every client is closed with 1001.

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use php_sockets::ws::handshake::Response;
use php_sockets::ws::server::{Answer, Callbacks};
use signal_hook::{consts::SIGINT, iterator::Signals};
use support::Arguments;

const PAGE: &str = r#"<!DOCTYPE html><title>时间</title><h1>开了 <output></output> 秒</h1><script>
new WebSocket(`ws://${location.host}/ws`).onmessage = e => document.querySelector("output").value = e.data</script>"#;

fn main() -> ExitCode {
    support::run(include_str!("ws_page.rs"), serve)
}

fn serve(arguments: &mut Arguments) -> Result<(), Box<dyn Error>> {
    let server = support::bind(arguments, "127.0.0.1:8080")?;
    let (handle, mut signals) = (server.handle(), Signals::new([SIGINT])?);
    std::thread::spawn(move || signals.forever().for_each(|_| handle.stop()));
    let page = Response::new(200).with_html(PAGE).with_header("Set-Cookie", "visitor=1; HttpOnly; SameSite=Strict")?;
    let started = Instant::now();
    let clock = Callbacks::new()
        .onstart(|clients| _ = clients.every(Duration::from_secs(1)))
        .onrequest(move |_, request| match request.path() {
            "/" => page.clone().into(),
            "/ws" if request.cookie("visitor").is_some() => Answer::upgrade(),
            "/ws" => Response::new(401).into(),
            _ => Response::new(404).into(),
        })
        .ontimer(move |clients, _| clients.broadcast(&started.elapsed().as_secs().to_string()));
    Ok(server.run(clock)?)
}
