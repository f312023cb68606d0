//! Models of what several threads share, for loom, which tries the orders in which the threads can go on.
//!
//! ```sh
//! cargo run --release --manifest-path models/Cargo.toml          # all of them
//! cargo run --release --manifest-path models/Cargo.toml inbox    # those with this in their name
//! ```
//!
//! The files of the crate that `#[path]` names are built here as they are; their `crate::sync` is loom. An order that breaks
//! what a model asserts, or in which nobody goes on, is a panic. Everything is tried in which threads are interrupted at
//! most three times where they would not wait.

mod poll;
mod socket;
mod sync;
mod ws;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use socket::Socket;

const MODELS: [(&str, fn()); 7] = [
    ("closing: a socket is closed while a context begins to watch it", poll::models::add),
    ("closing: and while another context does so, too", poll::models::add_twice),
    ("closing: and while the one context stops and another begins", poll::models::remove_and_add),
    ("closing: and while it is closed by somebody else", poll::models::close_twice),
    ("door: what a reader leaves is answered, whoever sends", ws::connection::models::post),
    ("inbox: what several put in is taken, in order, by who waits to be woken", ws::server::models::wait),
    ("inbox: and by who looks into it between", ws::server::models::look),
];

fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    for (name, model) in MODELS.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        let orders = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&orders);
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(move || {
            count.fetch_add(1, Ordering::Relaxed);
            model();
        });
        println!("{name}: {} orders", orders.load(Ordering::Relaxed));
    }
}
