//! The server beside npm ws.

#[path = "../../tokio/tests/echo/mod.rs"]
mod echo;

#[test]
fn speaks_with_npm_ws() -> Result<(), Box<dyn std::error::Error>> {
    echo::speaks_with_npm_ws(env!("CARGO_BIN_EXE_with_axum"), "/ws")
}
