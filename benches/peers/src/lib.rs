//! What the servers, the load generator and the comparison have in common. Start with `README.md`.

pub mod process;
pub mod server;
pub mod tls;
