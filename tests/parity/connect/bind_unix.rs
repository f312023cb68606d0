use crate::prelude::*;

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, &[])
}

fn bound(address: &str) -> Result<Answer> {
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    if let Err(error) = socket_bind(&socket, address, None) {
        if matches!(error, Error::ValueError { .. }) {
            return Err(error);
        }
        warn(&error);
        return Ok(Answer::of(socket_last_error(&socket)));
    }
    let (address, _) = socket_getsockname(&socket)?;
    Ok(Answer::of(address))
}

fn port() -> Result<()> {
    show(bound("server.sock"));
    show(bound("server.sock"));
    show(std::fs::remove_file("server.sock").is_ok());
    show(bound("server.sock"));
    show(bound("频道.sock"));
    show(bound("nowhere/server.sock"));
    show(bound(&"x".repeat(107)));
    show(bound(&"x".repeat(108)));
    show(bound(&("\0".to_owned() + &"x".repeat(107))));

    // Names without a file: of our own, and of the system's choice.
    let name = format!("\0php-sockets {}", std::process::id());
    let socket = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_bind(&socket, &name, None));
    show(socket_getsockname(&socket).map(|(address, _)| address));
    let other = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_bind(&other, &name, None));
    show(bound(""));
    Ok(())
}
