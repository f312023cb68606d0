use crate::prelude::*;

const DIFFERENCES: &[Difference] =
    &[always("ours is not told\n", "ours is told\n"), always("another is not told\n", "another is told\n")];

#[test]
fn parity() -> Outcome {
    compare(module_path!(), port, DIFFERENCES)
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
    let (address, _) = socket_getsockname(&socket)?;
    echo!("ours is ", if address == name { "told" } else { "not told" }, "\n");
    let other = socket_create(AF_UNIX, SOCK_STREAM, 0)?;
    show(socket_bind(&other, &name, None));
    socket_bind(&other, "", None)?;
    let (address, _) = socket_getsockname(&other)?;
    echo!("another is ", if address.is_empty() { "not told" } else { "told" }, "\n");
    Ok(())
}
