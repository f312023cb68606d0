//! The load generator: one thread, epoll, frames encoded before, no allocation a message.
//!
//! ```sh
//! cargo run --release --bin load -- 127.0.0.1:9002 --kind echo --connections 100 --payload 20 --window 16
//! ```
//!
//! `--content chinese`, `--fragments 16`, `--deflate takeover` say what the messages are; `--kind latency --rate 10000` sends
//! by a schedule, with `--flood` and `--stalled 100` beside clients that behave badly. `--tls full` and `--tls resumed` speak
//! TLS, with a whole handshake for each connection or with a session of an earlier one.
//!
//! It checks the first reply of each connection byte by byte and counts the bytes of the others without looking at them,
//! so that it is no bottleneck. It prints `NAME=NUMBER` pairs: what was counted, in how many nanoseconds, and with
//! `--pid` the processor time that the server took for it.

mod accept;
mod broadcast;
mod connection;
mod echo;
mod frames;
mod idle;
mod latency;
mod meter;
mod options;
mod replies;
mod secure;
mod sending;

use std::{error::Error, process::ExitCode};

use options::{Kind, Options};

fn main() -> ExitCode {
    match Options::parse().map_err(Into::into).and_then(|options| run(&options)) {
        Ok(result) => {
            println!("{result}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    match options.kind {
        Kind::Echo | Kind::Raw => echo::run(options),
        Kind::Latency => latency::run(options),
        Kind::Broadcast => broadcast::run(options),
        Kind::Accept => accept::run(options),
        Kind::Idle => idle::run(options),
    }
}
