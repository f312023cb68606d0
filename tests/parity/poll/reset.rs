use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let server = socket_create_listen(0, None)?;
        let a = socket_create(AF_INET, SOCK_STREAM, SOL_TCP)?;
        socket_connect(&a, "127.0.0.1", socket_getsockname(&server)?.1)?;
        let b = socket_accept(&server)?;

        context.add(&a, Event::Read, 1)?;
        socket_set_option(&b, SOL_SOCKET, SO_LINGER, Linger { l_onoff: 1, l_linger: 0 })?;
        socket_close(&b)?;
        found(context.wait(milliseconds(5000), None)?);
    }
    Ok(())
}
