//! `php_sockets::poll`. What needs a process of its own is in `tests/alone`.

#[path = "../support/mod.rs"]
mod support;

mod close;
mod context;
mod threads;
