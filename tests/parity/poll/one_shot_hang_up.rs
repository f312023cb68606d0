use super::*;

#[test]
fn parity() -> Outcome {
    compare_since(8, 6, module_path!(), port, &[])
}

fn port() -> Result {
    for backend in BACKENDS {
        let context = Context::with_backend(backend)?;
        let [a, b] = sockets()?;
        context.add(&a, Event::Read | Event::OneShot, 1)?;
        socket_write(&b, "x", None)?;
        found(context.wait(milliseconds(5000), None)?);
        // It has fired: not even the end of the connection is told.
        socket_close(&b)?;
        found(context.wait(milliseconds(1), None)?);
    }
    Ok(())
}
