//! Sockets out of streams, and streams out of sockets.

mod export;
mod import;
