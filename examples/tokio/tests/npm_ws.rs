//! The server beside npm ws.

mod echo;

#[test]
fn speaks_with_npm_ws() -> Result<(), Box<dyn std::error::Error>> {
    echo::speaks_with_npm_ws(env!("CARGO_BIN_EXE_with_tokio"), "/")
}
