use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        // Nobody listens on a port that is bound, and nobody else can take it.
        let bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_bind(&bound, "127.0.0.1", 0)?;
        let (_, port) = socket_getsockname(&bound)?;
        let socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_set_nonblock(&socket)?;
        show(socket_connect(&socket, "127.0.0.1", port).is_ok());
        context.add(&socket, Event::Write, 1)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
